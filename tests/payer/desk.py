"""Reclaim from the outside: its command in a process of its own, killed at times, and the people at its desk."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from random import Random
from typing import Any, Final

PROJECT: Final = Path(__file__).resolve().parents[2]
LONG_AGO: Final = 1_700_000_000
SECONDS: Final = 1_200

_TYPED: Final = """
import json, sys
from services.cli.__main__ import main
for arguments in json.load(sys.stdin):
    try:
        main(arguments)
    except SystemExit as end:
        print(end.code or 0, flush=True)
"""
"""Commands that one person types one after the other; starting the program anew for each would be all the time."""


@dataclass
class Desk:
    """An installation: folders, and the environment of its log. `kills`: how often `run` is killed, from `draw`."""

    home: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    draw: Random = field(default_factory=lambda: Random(1))
    kills: int = 0
    killed: int = 0
    runs: int = 0
    seconds: list[float] = field(default_factory=list)
    """of each run that ended by itself"""

    @property
    def inbox(self) -> Path:
        return self.home / "inbox"

    @property
    def outbox(self) -> Path:
        return self.home / "outbox"

    def put(self, name: str, data: bytes) -> None:
        """A file in the inbox, old enough that nobody waits for more of it."""
        self.inbox.mkdir(parents=True, exist_ok=True)
        path = self.inbox / name
        path.write_bytes(data)
        os.utime(path, (LONG_AGO, LONG_AGO))

    def reclaim(self, *arguments: str | Path) -> str:
        """One command that must succeed; returns what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", "services.cli", *map(str, arguments)],
            capture_output=True,
            text=True,
            timeout=SECONDS,
            cwd=PROJECT,
            env=self._variables(),
            check=False,
        )
        if done.returncode:
            raise AssertionError(f"reclaim {arguments[0]} ended with {done.returncode}: {done.stderr}")
        return done.stdout

    def type(self, commands: Sequence[Sequence[str]]) -> list[int]:
        """Commands of people, and how each ended."""
        if not commands:
            return []
        done = subprocess.run(
            [sys.executable, "-c", _TYPED],
            input=json.dumps(commands),
            capture_output=True,
            text=True,
            timeout=SECONDS,
            cwd=PROJECT,
            env=self._variables(),
            check=False,
        )
        ended = [int(line) for line in done.stdout.splitlines() if line.isdigit()]
        if len(ended) != len(commands):
            raise AssertionError(done.stderr)
        return ended

    def run(self, day: date) -> None:
        """`reclaim run --once`, killed as long as kills are left, until it ends by itself."""
        self.outbox.mkdir(parents=True, exist_ok=True)
        self.inbox.mkdir(parents=True, exist_ok=True)
        while True:
            self.runs += 1
            began = time.monotonic()
            process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "services.cli", "run", "--once", "--as-of", day.isoformat()),
                    *("--inbox", str(self.inbox), "--outbox", str(self.outbox)),
                ],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
                cwd=PROJECT,
                env=self._variables(),
            )
            patience = self._patience()
            try:
                _, errors = process.communicate(timeout=patience)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                process.communicate()
                self.kills -= 1
                self.killed += 1
                continue
            if process.returncode:
                raise AssertionError(f"reclaim run ended with {process.returncode}: {errors}")
            self.seconds.append(time.monotonic() - began)
            return

    def _patience(self) -> float:
        """How long this run may live: as long as it wants, or to somewhere in the middle of what runs take."""
        if self.kills <= 0 or not self.seconds or self.draw.random() < 0.3:
            return SECONDS
        return self.draw.uniform(0.3, 0.95) * max(self.seconds[-3:])

    def events(self, topic: str) -> list[dict[str, Any]]:
        """The data of each event of a topic, with its key, in order."""
        found = (json.loads(line) for line in self.reclaim("events", topic).splitlines())
        return [{**event["data"], "_key": event["key"], "_id": event["id"]} for event in found]

    def status(self) -> dict[str, Any]:
        document = json.loads(self.reclaim("status", "--json", "--waiting"))
        assert isinstance(document, dict)
        return document

    def outgoing(self) -> list[Path]:
        found = self.outbox.rglob("*.837") if self.outbox.exists() else ()
        return sorted(path for path in found if path.parent.name != ".unfinished")

    def _variables(self) -> dict[str, str]:
        own = {name: value for name, value in os.environ.items() if not name.startswith("RECLAIM_")}
        return {**own, **self.environment, "RECLAIM_DATA": str(self.home / "data")}
