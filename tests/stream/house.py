"""Every service of a deployment as a process of its own, under load, and what they say of themselves."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from prometheus_client.parser import text_string_to_metric_families

from tests.e2e.installation import PROJECT, Installation

SERVICES: Final = (
    "timekeeper",
    "monitor",
    "intake",
    "classifier",
    "recoder",
    "resubmitter",
    "delivery",
    "audit",
)

DAY: Final = "2026-03-02"

T = TypeVar("T")

Labels = tuple[tuple[str, str], ...]


@dataclass(slots=True)
class Samples:
    """What one scrape showed."""

    values: Mapping[tuple[str, Labels], float]

    def of(self, name: str, **labels: str) -> float | None:
        """The one sample of a metric with these labels, null where there is none."""
        return self.values.get((name, tuple(sorted(labels.items()))))

    def all(self, name: str) -> dict[Labels, float]:
        return {labels: value for (found, labels), value in self.values.items() if found == name}


@dataclass(slots=True)
class House:
    """The processes of an installation whose topics are there."""

    reclaim: Installation
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    ports: dict[str, int] = field(default_factory=dict)

    def __enter__(self) -> House:
        self.reclaim.inbox.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(self, *_: object) -> None:
        for process in self.running.values():
            process.kill()
            process.wait()

    def start(self, *names: str) -> None:
        """Start services; one that was there before keeps its port."""
        for name in names:
            port = self.ports.setdefault(name, _free_port())
            self.running[name] = self._process(
                name,
                ["services.cli", "service", name, *self._options(name)],
                {"RECLAIM_METRICS_PORT": str(port)},
            )

    def load(self, rate: int, seconds: int, first: int = 0) -> None:
        """Let claims come."""
        asked = ["--rate", str(rate), "--seconds", str(seconds), "--first", str(first)]
        self.running["load"] = self._process(
            "load", ["tests.stream.load", str(self.reclaim.inbox), *asked], {}
        )

    def kill(self, name: str) -> None:
        """End it as a crash does."""
        self.running[name].send_signal(signal.SIGKILL)
        self.running.pop(name).wait()

    def end(self, name: str) -> None:
        """Ask it to leave, and wait until it has."""
        self.running[name].send_signal(signal.SIGTERM)
        self.running.pop(name).wait(60)

    def left(self) -> list[str]:
        """Services that ended by themselves."""
        return [n for n, process in self.running.items() if n != "load" and process.poll() is not None]

    def scrape(self, name: str) -> Samples | None:
        """The metrics of a service, null while it does not serve them."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.ports[name]}/metrics", timeout=10) as answer:
                text = answer.read().decode()
        except OSError:
            return None
        return Samples(
            {
                (sample.name, tuple(sorted(sample.labels.items()))): sample.value
                for family in text_string_to_metric_families(text)
                for sample in family.samples
            }
        )

    def lag(self) -> dict[str, Any]:
        """`reclaim lag --json`."""
        ended = self.reclaim("lag", "--json")
        assert ended.status in (0, 4), ended.err
        found = json.loads(ended.out)
        assert isinstance(found, dict)
        return found

    def _options(self, name: str) -> Iterable[str]:
        return {
            "timekeeper": ("--as-of", DAY),
            "intake": ("--inbox", str(self.reclaim.inbox)),
            "delivery": ("--outbox", str(self.reclaim.outbox)),
        }.get(name, ())

    def _process(self, name: str, words: list[str], more: Mapping[str, str]) -> subprocess.Popen[bytes]:
        with (self.reclaim.home / f"{name}.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", *words],
                cwd=PROJECT,
                env={**self.reclaim.variables(), **more},
                stdout=subprocess.DEVNULL,
                stderr=log,
            )


def stage(lag: Mapping[str, Any], name: str, payer: str = "all") -> dict[str, Any]:
    """One stage of the document of `reclaim lag`."""
    (found,) = [one for one in lag["stages"] if (one["stage"], one["payer"]) == (name, payer)]
    assert isinstance(found, dict)
    return found


def group(lag: Mapping[str, Any], name: str) -> dict[str, Any]:
    """One service's group of the document of `reclaim lag`."""
    (found,) = [one for one in lag["consumers"] if one["group"] == name]
    assert isinstance(found, dict)
    return found


def wait_until(what: Callable[[], T], seconds: float, pause: float = 0.5) -> T:
    """What `what()` gives once it is true; the last it gave when the time is over."""
    deadline = time.monotonic() + seconds
    while not (found := what()) and time.monotonic() < deadline:
        time.sleep(pause)
    return found


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
