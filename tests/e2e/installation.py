"""The real command in a process of its own, on folders of a test."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from services.deployment.opening import open_log
from services.deployment.parts import OUTBOX_NOTE
from services.runtime.records import structured
from services.runtime.settings import load_settings
from tests import forked
from tests.forked import SECONDS, Ended

PROJECT: Final = Path(__file__).resolve().parents[2]
CORPUS: Final = PROJECT.parent / "shared" / "corpus"
CHECKS: Final = PROJECT.parent / "shared" / "checks"


@dataclass(frozen=True)
class Installation:
    """Inbox, outbox, data folder, and the command on them."""

    home: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    """of the log (RECLAIM_LOG, RECLAIM_KAFKA_*)"""

    @property
    def inbox(self) -> Path:
        return self.home / "inbox"

    @property
    def outbox(self) -> Path:
        return self.home / "outbox"

    @property
    def data(self) -> Path:
        return self.home / "data"

    def copy(self, home: Path) -> Installation:
        """The same installation, as it stands, in other folders (embedded log)."""
        shutil.copytree(self.home, home, dirs_exist_ok=True)
        (home / "data" / OUTBOX_NOTE).unlink(missing_ok=True)  # it names the outbox of the other one
        return Installation(home, self.environment)

    def __call__(self, *arguments: str | Path) -> Ended:
        """Run `reclaim` with these arguments and wait for it."""
        return forked.run(arguments, self.variables())

    def variables(self) -> dict[str, str]:
        """The environment of the command: nothing of the tester's own settings."""
        own = {name: value for name, value in os.environ.items() if not name.startswith("RECLAIM_")}
        return {**own, **self.environment, "RECLAIM_DATA": str(self.data)}

    def ok(self, *arguments: str | Path) -> str:
        """The same where it must succeed; returns what it printed."""
        ended = self(*arguments)
        assert ended.status == 0, ended.err
        assert "Traceback" not in ended.err
        return ended.out

    def run(self, day: str, *options: str) -> Ended:
        """`reclaim run --once` on the inbox."""
        self.inbox.mkdir(exist_ok=True)
        return self("run", "--inbox", self.inbox, "--outbox", self.outbox, "--once", "--as-of", day, *options)

    @contextmanager
    def running(self, day: str) -> Iterator[subprocess.Popen[str]]:
        """`reclaim run` without --once, in a process of its own; it must live until the end, and leave cleanly."""
        command = [sys.executable, "-m", "services.cli", "run", "--inbox", str(self.inbox)]
        running = subprocess.Popen(
            [*command, "--outbox", str(self.outbox), "--as-of", day],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            cwd=PROJECT,
            env=self.variables(),
        )
        try:
            yield running
            running.send_signal(signal.SIGTERM)
            _, complaints = running.communicate(timeout=SECONDS)
            assert running.returncode == 0, complaints
            assert "Traceback" not in complaints
        finally:
            running.kill()
            running.wait()

    def put(self, name: str, data: bytes) -> None:
        """Put a whole file into the inbox: old enough that nobody waits for more of it."""
        self.inbox.mkdir(parents=True, exist_ok=True)
        file = self.inbox / name
        file.write_bytes(data)
        os.utime(file, (1_700_000_000, 1_700_000_000))

    def status(self) -> dict[str, Any]:
        """`reclaim status --json`."""
        document = json.loads(self.ok("status", "--json"))
        assert isinstance(document, dict)
        return document

    def events(self, topic: str, *options: str) -> list[dict[str, Any]]:
        """A topic as its JSON lines."""
        return [json.loads(line) for line in self.ok("events", topic, *options).splitlines()]

    def recorded(self, topic: str) -> list[dict[str, Any]]:
        """The same of all of a topic of the embedded log, read in this process: the command costs two seconds."""
        log = open_log(load_settings(self.variables()))
        try:
            return [structured(record) for record in log.read(topic)]
        finally:
            log.close()

    def outgoing(self) -> list[Path]:
        """The 837s in the outbox, without one that is being written."""
        found = self.outbox.rglob("*.837") if self.outbox.exists() else ()
        return sorted(path for path in found if path.parent.name != ".unfinished")
