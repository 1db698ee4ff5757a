"""The real command in a process of its own, forked from one that has imported everything: starting the interpreter and
importing anew would be most of what a short command costs."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Final

from services.cli.__main__ import COMMANDS, main

SECONDS: Final = 120
"""A command that goes on for longer hangs."""

_SERVER: Final = get_context("forkserver")
_SERVER.set_forkserver_preload(
    [__name__, "tests.warmed", *sorted({place.partition(":")[0] for place in COMMANDS.values()})]
)


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    status: int
    out: str
    err: str


def start(
    arguments: Sequence[str | Path],
    environment: Mapping[str, str],
    out: str = os.devnull,
    err: str = os.devnull,
) -> ForkServerProcess:
    """`reclaim` with these arguments, begun; what it prints goes to the two files."""
    process = _SERVER.Process(
        target=_command, args=([str(a) for a in arguments], dict(environment), out, err)
    )
    process.start()
    return process


def run(arguments: Sequence[str | Path], environment: Mapping[str, str]) -> Ended:
    """The same, waited for. Raises TimeoutExpired after SECONDS."""
    with tempfile.TemporaryDirectory(prefix="reclaim-command-") as folder:
        out, err = Path(folder, "out"), Path(folder, "err")
        process = start(arguments, environment, str(out), str(err))
        process.join(SECONDS)
        if process.exitcode is None:
            process.kill()
            process.join()
            raise subprocess.TimeoutExpired(
                [str(a) for a in arguments], SECONDS, out.read_bytes(), err.read_bytes()
            )
        return Ended(process.exitcode, out.read_text(), err.read_text())


def _command(arguments: list[str], environment: dict[str, str], out: str, err: str) -> None:
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(Path(__file__).resolve().parents[1])
    for number, name in ((1, out), (2, err)):
        file = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(file, number)
        os.close(file)
    sys.argv = ["reclaim", *arguments]
    main(arguments)
