"""The services of one process, wired for the main loop. The one place where a processor meets its log."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from services.audit import processor as audit
from services.classifier import processor as classifier
from services.core.processing import Processor
from services.delivery import processor as delivery
from services.delivery.outbox import Outbox
from services.deployment.loop import ROUND_LIMIT, Part, drain
from services.deployment.opening import Deployment
from services.deployment.servers import delivery_places
from services.recoder import processor as recoder
from services.resubmitter import gate
from services.resubmitter import processor as resubmitter
from services.runtime.configuration import Definitions
from services.runtime.embedded import EmbeddedLog
from services.runtime.worker import Worker

PROCESSORS: Final[dict[str, Processor[Any]]] = {
    "classifier": classifier.PROCESSOR,
    "recoder": recoder.PROCESSOR,
    "resubmitter": resubmitter.processor(gate.findings),
    "delivery": delivery.PROCESSOR,
    "audit": audit.PROCESSOR,
}
"""In the order of a claim's way, so that one round carries it as far as it goes."""

MEMBER: Final = "1"
"""The name in its groups of a process that runs all services."""

OUTBOX_NOTE: Final = "outbox.path"
"""In the data folder: where the last run delivered to, for a decision that is typed while no run is active."""


KAFKA_WAIT: Final = 0.05
"""Seconds that a turn waits for a first record on Kafka: its client joins groups and fetches only while it is
waited for. The embedded log answers at once."""


@dataclass(frozen=True, slots=True)
class Turn:
    """A worker as a part of the round."""

    worker: Worker
    wait: float
    outbox: Outbox | None = None
    """of delivery"""

    @property
    def places(self) -> Mapping[str, bool]:
        """The places that it works with, and whether each failed at the last attempt."""
        if self.outbox is None:
            return {}
        return {name: name in self.outbox.failing for name in self.outbox.places}

    @property
    def name(self) -> str:
        return self.worker.name

    def step(self) -> int:
        return self.worker.step(ROUND_LIMIT, self.wait)

    def at_end(self) -> bool:
        return self.worker.at_end()

    def close(self) -> None:
        self.worker.close()


@dataclass(frozen=True, slots=True)
class Parts:
    """What goes round, and the outbox among it."""

    round: Sequence[Part]
    outbox: Outbox | None

    @property
    def failing(self) -> dict[str, str]:
        """The places that could not be delivered to at the last attempt, by name: why."""
        return self.outbox.failing if self.outbox is not None else {}

    def seal(self, now: bool) -> None:
        """Whether delivery is to close, at its steps, every open batch that is not on hold."""
        if self.outbox is not None:
            self.outbox.drain = now


@contextmanager
def workers(
    deployment: Deployment,
    names: Sequence[str],
    outbox: Path | None,
    member: str = MEMBER,
    tries: int = 1,
) -> Iterator[Parts]:
    """Workers of the services `names`, closed at the end. Without an outbox there is no delivery: what is to be
    delivered stays in the log for the next run. `tries`: how often a server that does not answer is asked."""
    definitions = Definitions(deployment.log, deployment.blobs)
    box = None
    if outbox is not None:
        box = Outbox(outbox, targets=delivery_places(deployment.settings, tries))
    with ExitStack() as opened:
        joined: list[Part] = []
        wait = 0.0 if isinstance(deployment.log, EmbeddedLog) else KAFKA_WAIT
        for name in names:
            if name == "delivery" and box is None:
                continue
            worker = Worker(
                PROCESSORS[name],
                deployment.log,
                member=member,
                settings=deployment.settings,
                tend=box.tend if name == "delivery" and box is not None else None,
                definitions=definitions,
            )
            opened.callback(worker.close)
            joined.append(Turn(worker, wait, box if name == "delivery" else None))
        yield Parts(joined, box)


def note_outbox(deployment: Deployment, outbox: Path) -> None:
    """Remember where this run delivers to."""
    deployment.settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    (deployment.settings.data / OUTBOX_NOTE).write_text(str(outbox.absolute()), "utf-8")


def noted_outbox(deployment: Deployment) -> Path | None:
    """Where the last run delivered to, null where there was none."""
    try:
        return Path((deployment.settings.data / OUTBOX_NOTE).read_text("utf-8"))
    except FileNotFoundError:
        return None


def work_off(deployment: Deployment) -> None:
    """Handle everything that stands in the log, intake aside, and deliver it. The caller has the service lock."""
    with workers(deployment, tuple(PROCESSORS), noted_outbox(deployment)) as parts:
        drain(parts.round, parts.seal, lambda: False, lambda _: None)
