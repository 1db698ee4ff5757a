"""The services of one process, wired for the main loop."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from services.audit.__main__ import worker as audit
from services.classifier.__main__ import worker as classifier
from services.cli.deployment import Deployment
from services.cli.loop import Part, drain
from services.delivery.__main__ import delivery
from services.delivery.outbox import Outbox
from services.recoder.__main__ import worker as recoder
from services.resubmitter.__main__ import worker as resubmitter

MEMBER: Final = "1"
"""The name in its groups of a process that runs all services."""

OUTBOX_NOTE: Final = "outbox.path"
"""In the data folder: where the last run delivered to, for a decision that is typed while no run is active."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What goes round, in the order of a claim's way, so that one round carries it as far as it goes."""

    round: tuple[Part, ...]
    outbox: Outbox | None

    def seal(self, now: bool) -> None:
        """Whether delivery is to close, at its steps, every open batch that is not on hold."""
        if self.outbox is not None:
            self.outbox.drain = now


@contextmanager
def workers(deployment: Deployment, outbox: Path | None, member: str, *before: Part) -> Iterator[Parts]:
    """The workers of every service, with `before` (intake) ahead of them; all are closed at the end.

    Without an outbox delivery is left out: what is to be delivered stays in the log for the next run.
    """
    log, settings = deployment.log, deployment.settings
    box: Outbox | None = None
    with ExitStack() as opened:
        joined: list[Part] = []

        def join(part: Part) -> None:
            joined.append(part)
            opened.callback(part.close)

        for part in before:
            join(part)
        for wire in (classifier, recoder, resubmitter):
            join(wire(log, settings, member))
        if outbox is not None:
            worker, box = delivery(log, settings, member, outbox)
            join(worker)
        join(audit(log, settings, member))
        yield Parts(tuple(joined), box)


def note_outbox(deployment: Deployment, outbox: Path) -> None:
    """Remember where this run delivers to."""
    (deployment.settings.data / OUTBOX_NOTE).write_text(str(outbox.absolute()), "utf-8")


def noted_outbox(deployment: Deployment) -> Path | None:
    """Where the last run delivered to, null where there was none."""
    try:
        return Path((deployment.settings.data / OUTBOX_NOTE).read_text("utf-8"))
    except FileNotFoundError:
        return None


def work_off(deployment: Deployment) -> None:
    """Handle everything that stands in the log, intake aside, and deliver it. Holds the service lock."""
    with workers(deployment, noted_outbox(deployment), MEMBER) as parts:
        drain(parts.round, parts.seal, lambda: False, lambda _: None)
