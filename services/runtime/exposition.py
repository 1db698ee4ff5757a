"""The listener of a process: `/metrics` for Prometheus, `/health` and `/ready` for who starts and stops it.

On loopback unless told otherwise. What it shows are values that the process's own thread has put there; it never
asks the log or a fold. A sample that was shown once stays, at its last value or at 0, so that an alert on it fires.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from math import isnan
from typing import Any, Final

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from services.runtime.metrics import METRICS, Metric

READY_SECONDS: Final = 30.0
"""A part that has not finished a step for so long is not ready: a batch takes well under a second."""

HEALTH_SECONDS: Final = 300.0
"""After which the process should be started anew: longer than the broker's restart that a worker waits out
(worker.py: TRANSIENT_ATTEMPTS) and than the longest batch."""

Labels = tuple[str, ...]
"""Values of a metric's labels, in their order."""

Samples = Mapping[Metric, Mapping[Labels, float]]


@dataclass(slots=True, eq=False)
class Board:
    """The values that a process shows, and when its parts last moved. One thread writes, others read."""

    parts: tuple[str, ...]
    clock: Callable[[], float] = time.time
    sources: list[Callable[[], Samples]] = field(default_factory=list)
    """asked at each scrape for what costs nothing to read (counts of a worker)"""
    _shown: dict[Metric, dict[Labels, float]] = field(default_factory=dict)
    _moved: dict[str, float] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def show(self, samples: Samples) -> None:
        """Replace the values of these metrics. A gauge's sample that is missing now is 0 from now on."""
        with self._lock:
            for metric, values in samples.items():
                kept = self._shown.setdefault(metric, {})
                gone = {labels: 0.0 for labels in kept if labels not in values}
                self._shown[metric] = {**kept, **gone, **values}

    def moved(self, part: str) -> None:
        """A part has finished a step."""
        self._moved[part] = self.clock()

    def progress(self) -> dict[str, float]:
        """When each part last finished a step, seconds since the epoch."""
        return dict(self._moved)

    def is_ready(self) -> bool:
        """Every part has finished a step lately."""
        return self._within(READY_SECONDS)

    def is_healthy(self) -> bool:
        """Every part that has begun goes on."""
        oldest = min(self._moved.values(), default=self.clock())
        return self.clock() - oldest <= HEALTH_SECONDS

    def collect(self) -> Iterator[Any]:
        """The families of all metrics of which there is a sample, for prometheus_client."""
        with self._lock:
            shown = {metric: dict(values) for metric, values in self._shown.items()}
        for source in self.sources:
            for metric, values in source().items():
                shown.setdefault(metric, {}).update(values)
        for metric in METRICS:
            if metric in shown:
                yield _family(metric, shown[metric])

    def _within(self, seconds: float) -> bool:
        now = self.clock()
        return all(now - self._moved.get(part, 0.0) <= seconds for part in self.parts)


def _family(metric: Metric, values: Mapping[Labels, float]) -> Any:
    made = {"gauge": GaugeMetricFamily, "counter": CounterMetricFamily}[metric.kind](
        metric.name, metric.help, labels=metric.labels
    )
    for labels, value in sorted(values.items()):
        if len(labels) == len(metric.labels) and not isnan(value):
            made.add_metric(labels, value)
    return made


def render(board: Board) -> bytes:
    """The board in Prometheus' text format."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(board)
    ProcessCollector(registry=registry)
    return generate_latest(registry)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: Any) -> None:
        """Who asked has gone, or asked no HTTP: that is theirs."""


@dataclass(slots=True)
class Listener:
    """Serves a board until it is closed."""

    server: ThreadingHTTPServer
    thread: threading.Thread

    @property
    def port(self) -> int:
        return int(self.server.server_address[1])

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


def listen(board: Board, host: str, port: int) -> Listener:
    """Start to serve; port 0 takes a free one. Raises OSError where the address is taken."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answers: dict[str, Callable[[], tuple[int, bytes]]] = {
                "/metrics": lambda: (200, render(board)),
                "/health": lambda: _verdict(board.is_healthy()),
                "/ready": lambda: _verdict(board.is_ready()),
            }
            answer = answers.get(self.path.partition("?")[0])
            status, body = answer() if answer is not None else (404, b"not here\n")
            self.send_response(status)
            self.send_header(
                "Content-Type", CONTENT_TYPE_LATEST if body[:1] == b"#" else "text/plain; charset=utf-8"
            )
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *_: Any) -> None:
            """A scrape every few seconds is no news."""

    server = _Server((host, port), Handler)
    thread = threading.Thread(target=server.serve_forever, name="metrics", daemon=True)
    thread.start()
    return Listener(server, thread)


def _verdict(good: bool) -> tuple[int, bytes]:
    return (200, b"ok\n") if good else (503, b"no progress\n")
