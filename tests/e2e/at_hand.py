"""The command within the tester's own process: where a test needs many commands, and starting each would cost most."""

from __future__ import annotations

import io
import os
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import pytest

from services.cli.__main__ import main
from tests.e2e.installation import Installation
from tests.forked import Ended


@dataclass(frozen=True)
class AtHand(Installation):
    """An installation whose commands start no process. The environment is the tester's but for Reclaim's own."""

    def __call__(self, *arguments: str | Path) -> Ended:
        out, err = io.StringIO(), io.StringIO()
        status = 0
        with pytest.MonkeyPatch.context() as patch:
            for name in [n for n in os.environ if n.startswith("RECLAIM_")]:
                patch.delenv(name)
            patch.setenv("RECLAIM_DATA", str(self.data))
            with redirect_stdout(out), redirect_stderr(err):
                try:
                    main([str(argument) for argument in arguments])
                except SystemExit as ended:
                    status = ended.code if isinstance(ended.code, int) else 1
        return Ended(status, out.getvalue(), err.getvalue())

    def copy(self, home: Path) -> AtHand:
        return AtHand(super().copy(home).home)
