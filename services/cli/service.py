"""`reclaim service NAME`: one service alone, for a deployment on Kafka."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Final

import click

from services.cli.options import Inbox, deployment_options
from services.cli.run import local_day, open_day, stopping
from services.deployment.exported import exported
from services.deployment.faults import WrongUse
from services.deployment.intake import open_intake
from services.deployment.loop import Part, watch
from services.deployment.monitoring import NAME as MONITOR
from services.deployment.monitoring import Monitor, load_objectives
from services.deployment.opening import Deployment
from services.deployment.parts import MEMBER, PROCESSORS, workers
from services.resubmitter.gate import load_maps
from services.runtime.embedded import EmbeddedLog
from services.runtime.log import TransientLogError
from services.runtime.logging import Events, bind_logger, configure_logging

TIMEKEEPER: Final = "timekeeper"

NAMES: Final = ("intake", *PROCESSORS, TIMEKEEPER, MONITOR)

CALENDAR_SECONDS: Final = 30.0
"""How often the timekeeper looks at the calendar: a day that opens half a minute late moves no deadline."""


@click.command()
@click.argument("name", type=click.Choice(NAMES))
@click.option("--inbox", type=Inbox(), help="For intake: a folder, or sftp://NAME of the configuration.")
@click.option("--outbox", type=click.Path(file_okay=False, path_type=Path), help="For delivery.")
@click.option("--member", default=MEMBER, metavar="NAME", help="This process's lasting name in the group.")
@click.option(
    "--as-of", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="For timekeeper: a fixed day."
)
@deployment_options
def service(
    deployment: Deployment,
    name: str,
    inbox: str | None,
    outbox: Path | None,
    member: str,
    as_of: datetime | None,
) -> None:
    """Run service NAME until SIGTERM or Ctrl-C; the batch that runs is committed first.

    Several members share a service's partitions; each needs a --member of its own that it keeps over restarts.
    """
    configure_logging("info")
    if name == MONITOR and not isinstance(deployment.log, EmbeddedLog):
        _run_on_kafka(deployment)
        return
    with (
        deployment.sole_service(),
        stopping() as stop,
        _part(deployment, name, inbox, outbox, member, as_of) as parts,
        exported(deployment, parts) as watched,
    ):
        watch(watched, stop.is_set, lambda _: None, lambda: None)


def _run_on_kafka(deployment: Deployment) -> None:
    # Both are libraries that only this service on this log needs.
    from services.deployment.live import run_live
    from services.runtime.kafka import KafkaLog

    assert isinstance(deployment.log, KafkaLog)
    run_live(deployment, deployment.log)


@dataclass(slots=True)
class Timekeeper:
    """Opens each day as it begins, or one fixed day."""

    deployment: Deployment
    day: date | None
    _looked: float | None = None

    @property
    def name(self) -> str:
        return TIMEKEEPER

    def step(self) -> int:
        """Look at the calendar when it is time. A log that cannot be reached is asked again at the next look."""
        now = time.monotonic()
        if self._looked is None or now - self._looked >= CALENDAR_SECONDS:
            self._looked = now
            try:
                open_day(self.deployment, self.day or local_day())
            except TransientLogError as error:
                bind_logger(service=TIMEKEEPER).warning(Events.TRANSIENT, type=type(error).__name__)
        return 0

    def at_end(self) -> bool:
        return True

    def close(self) -> None:
        """Nothing is held."""


@contextmanager
def _part(
    deployment: Deployment,
    name: str,
    inbox: str | None,
    outbox: Path | None,
    member: str,
    as_of: datetime | None,
) -> Iterator[Sequence[Part]]:
    if name == TIMEKEEPER:
        yield (Timekeeper(deployment, as_of.date() if as_of else None),)
        return
    if name == "intake":
        if inbox is None:
            raise WrongUse("intake needs --inbox DIR")
        with closing(open_intake(deployment, inbox)) as intake:
            yield (intake,)
        return
    if name == MONITOR:
        with closing(Monitor.open(deployment, load_objectives())) as monitor:
            yield (monitor,)
        return
    if name == "delivery" and outbox is None:
        raise WrongUse("delivery needs --outbox DIR")
    if name == "resubmitter":
        load_maps()
    with workers(deployment, (name,), outbox, member) as parts:
        yield parts.round
