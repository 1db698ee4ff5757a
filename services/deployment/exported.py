"""What a process exports while its parts go round: metrics, ready, health."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version

from services.deployment.faults import Failure
from services.deployment.intake import IntakePart
from services.deployment.loop import Part
from services.deployment.monitoring import Monitor, load_objectives
from services.deployment.opening import Deployment
from services.deployment.parts import Turn
from services.runtime import metrics
from services.runtime.embedded import EmbeddedLog
from services.runtime.exposition import Board, Samples, listen


@dataclass(frozen=True, slots=True)
class Watched:
    """A part whose steps are noted on the board."""

    part: Part
    board: Board

    @property
    def name(self) -> str:
        return self.part.name

    def step(self) -> int:
        done = self.part.step()
        self.board.moved(self.name)
        return done

    def at_end(self) -> bool:
        return self.part.at_end()

    def close(self) -> None:
        self.part.close()


@contextmanager
def exported(deployment: Deployment, parts: Sequence[Part]) -> Iterator[Sequence[Part]]:
    """The same parts; their metrics are served while they run, where a port is set."""
    if deployment.settings.metrics_port is None:
        yield parts
        return
    board = Board(tuple(part.name for part in parts))
    board.sources.append(lambda: _counts(parts, board))
    for part in parts:
        if isinstance(part, Monitor):
            part.board = board
    with ExitStack() as opened:
        serve_board(deployment, board, opened)
        yield [Watched(part, board) for part in parts]


def serve_board(deployment: Deployment, board: Board, until: ExitStack) -> None:
    """Serve the board until the stack is closed, where a port is set."""
    port, host = deployment.settings.metrics_port, deployment.settings.metrics_host
    if port is None:
        return
    try:
        until.callback(listen(board, host, port).close)
    except OSError as error:
        raise Failure(f"metrics cannot be served on port {port}: set another RECLAIM_METRICS_PORT") from error


@contextmanager
def monitored(deployment: Deployment, parts: Sequence[Part]) -> Iterator[Sequence[Part]]:
    """The parts of the main loop with what they export. On the embedded log the monitor is one of them: on Kafka it
    is a service of its own."""
    with ExitStack() as opened:
        if isinstance(deployment.log, EmbeddedLog):
            monitor = opened.enter_context(closing(Monitor.open(deployment, load_objectives())))
            parts = (*parts, monitor)
        yield opened.enter_context(exported(deployment, parts))


def process_samples(board: Board) -> dict[metrics.Metric, Mapping[tuple[str, ...], float]]:
    """What every process shows: when its parts moved, and which version it is."""
    return {
        metrics.PROGRESS: {(name,): at for name, at in board.progress().items()},
        metrics.BUILD: {(version("reclaim"),): 1.0},
    }


def _counts(parts: Sequence[Part], board: Board) -> Samples:
    """What the parts have counted, and when each moved. Asked by the thread of a scrape."""
    turns = [part for part in parts if isinstance(part, Turn)]
    counts = {part.name: part.worker.counts for part in turns}
    found = process_samples(board) | {
        metrics.RECORDS: {(name,): float(c.records) for name, c in counts.items()},
        metrics.OUTCOMES: {(name,): float(c.outcomes) for name, c in counts.items()},
        metrics.DEAD_LETTERS: {(name,): float(c.letters) for name, c in counts.items()},
        metrics.COMMITS: {(name,): float(c.commits) for name, c in counts.items()},
        metrics.COMMIT_SECONDS: {(name,): c.seconds for name, c in counts.items()},
        metrics.CRASHES: {(name,): float(c.crashes) for name, c in counts.items()},
        metrics.FAULTS: {(name,): float(c.faults) for name, c in counts.items()},
        metrics.PARTITIONS: {(part.name,): float(part.worker.partitions) for part in turns},
        metrics.PLACE_FAILING: {
            (part.name, place): float(failing)
            for part in parts
            if isinstance(part, Turn | IntakePart)
            for place, failing in part.places.items()
        },
    }
    if inboxes := [part.untaken() for part in parts if isinstance(part, IntakePart)]:
        now = datetime.now(UTC)
        ages = [(now - since).total_seconds() for _, since in inboxes if since is not None]
        found[metrics.INBOX_FILES] = {(): float(sum(count for count, _ in inboxes))}
        found[metrics.INBOX_OLDEST] = {(): max(ages, default=0.0)}
    return found
