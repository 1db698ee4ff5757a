"""Reclaim from the outside: its command, killed at times while it runs, and the people who type at its terminal."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from random import Random
from typing import Any, Final

from tests import forked

PROJECT: Final = Path(__file__).resolve().parents[2]
LONG_AGO: Final = 1_700_000_000

COMMANDS_AT_A_TERMINAL: Final = 100
"""The command is made to end after each use; a process that goes on for thousands of them would only grow."""

_TERMINAL: Final = """
import contextlib, io, json, sys
from services.cli.__main__ import main
for line in sys.stdin:
    out, err, status = io.StringIO(), io.StringIO(), 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main(json.loads(line))
        except SystemExit as end:
            status = end.code or 0
    print(json.dumps([status, out.getvalue(), err.getvalue()]), flush=True)
"""
"""One process for all commands of a person: starting the program anew for each would be most of the time."""


@dataclass
class Desk:
    """An installation: folders, and the environment of its log. `kills`: how many runs are killed, by `draw`."""

    home: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    draw: Random = field(default_factory=lambda: Random(1))
    kills: int = 0
    killed: int = 0
    runs: int = 0
    seconds: list[float] = field(default_factory=list)
    """of each run that ended by itself"""
    _terminal: subprocess.Popen[str] | None = None
    _typed: int = 0

    @property
    def inbox(self) -> Path:
        return self.home / "inbox"

    @property
    def outbox(self) -> Path:
        return self.home / "outbox"

    def put(self, name: str, data: bytes, *, whole: bool = True) -> None:
        """A file in the inbox, old enough that nobody waits for more of it, unless it is not whole."""
        self.inbox.mkdir(parents=True, exist_ok=True)
        path = self.inbox / name
        path.write_bytes(data)
        if whole:
            os.utime(path, (LONG_AGO, LONG_AGO))

    def type(self, *arguments: str | Path) -> tuple[int, str, str]:
        """One command at the terminal: how it ended, and what it printed."""
        self._typed += 1
        if self._typed % COMMANDS_AT_A_TERMINAL == 0:
            self.leave()
        if self._terminal is None:
            self._terminal = subprocess.Popen(
                [sys.executable, "-c", _TERMINAL],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                cwd=PROJECT,
                env=self._variables(),
            )
        terminal = self._terminal
        assert terminal.stdin is not None
        assert terminal.stdout is not None
        terminal.stdin.write(json.dumps([str(a) for a in arguments]) + "\n")
        terminal.stdin.flush()
        status, out, err = json.loads(terminal.stdout.readline())
        return status, out, err

    def reclaim(self, *arguments: str | Path) -> str:
        """One command that must succeed; returns what it printed."""
        status, out, err = self.type(*arguments)
        if status:
            raise AssertionError(f"reclaim {arguments[0]} ended with {status}: {err}")
        return out

    def leave(self) -> None:
        """Close the terminal."""
        terminal, self._terminal = self._terminal, None
        if terminal is not None and terminal.stdin is not None:
            terminal.stdin.close()
            terminal.wait()

    def run(self, day: date) -> None:
        """`reclaim run --once`. As long as kills are left some of its runs die by SIGKILL, and it is run again."""
        self.outbox.mkdir(parents=True, exist_ok=True)
        self.inbox.mkdir(parents=True, exist_ok=True)
        arguments = [
            *("run", "--once", "--as-of", day.isoformat()),
            *("--inbox", str(self.inbox), "--outbox", str(self.outbox)),
        ]
        while self.kills > 0 and self.seconds and self.draw.random() < 0.6:
            self.runs += 1
            self._run_and_kill(arguments)
        self.runs += 1
        began = time.monotonic()
        self.reclaim(*arguments)
        self.seconds.append(time.monotonic() - began)

    @contextmanager
    def watching(self, day: date) -> Iterator[None]:
        """The main job at work while people decide: on Kafka nothing else answers them."""
        if self.environment.get("RECLAIM_LOG") != "kafka":
            yield
            return
        process = forked.start(
            ["run", "--as-of", day.isoformat(), "--inbox", self.inbox, "--outbox", self.outbox],
            self._variables(),
        )
        try:
            yield
        finally:
            process.terminate()
            process.join()
            self.run(day)

    def _run_and_kill(self, arguments: list[str]) -> None:
        process = forked.start(arguments, self._variables())
        process.join(self.draw.random() * self.seconds[-1])
        if process.exitcode is None:
            process.kill()
            process.join()
            self.kills -= 1
            self.killed += 1

    def events(self, topic: str) -> list[dict[str, Any]]:
        """The data of each event of a topic, with its key and id, in order."""
        found = (json.loads(line) for line in self.reclaim("events", topic).splitlines())
        return [{**event["data"], "_key": event["key"], "_id": event["id"]} for event in found]

    def document(self, *arguments: str) -> dict[str, Any]:
        """What a command prints as JSON."""
        document = json.loads(self.reclaim(*arguments))
        assert isinstance(document, dict)
        return document

    def outgoing(self) -> list[Path]:
        found = self.outbox.rglob("*.837") if self.outbox.exists() else ()
        return sorted(path for path in found if path.parent.name != ".unfinished")

    def _variables(self) -> dict[str, str]:
        own = {name: value for name, value in os.environ.items() if not name.startswith("RECLAIM_")}
        return {**own, **self.environment, "RECLAIM_DATA": str(self.home / "data")}
