"""`reclaim service NAME`: one service alone, for a deployment on Kafka."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final

import click

from services.cli.deployment import Deployment, deployment_options
from services.cli.faults import WrongUse
from services.cli.intake import Inbox, open_intake
from services.cli.loop import Part, watch
from services.cli.parts import MEMBER, PROCESSORS, workers
from services.cli.run import local_day, open_day, stopping
from services.resubmitter.gate import load_maps
from services.runtime.logging import configure_logging

NAMES: Final = ("intake", *PROCESSORS, "timekeeper")

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
    with deployment.sole_service(), stopping() as stop:
        if name == "timekeeper":
            while not stop.is_set():
                open_day(deployment, as_of.date() if as_of else local_day())
                stop.wait(CALENDAR_SECONDS)
            return
        with _part(deployment, name, inbox, outbox, member) as parts:
            watch(parts, stop.is_set, lambda _: None, lambda: None)


@contextmanager
def _part(
    deployment: Deployment, name: str, inbox: str | None, outbox: Path | None, member: str
) -> Iterator[Sequence[Part]]:
    if name == "intake":
        if inbox is None:
            raise WrongUse("intake needs --inbox DIR")
        with closing(open_intake(deployment, inbox)) as intake:
            yield (intake,)
        return
    if name == "delivery" and outbox is None:
        raise WrongUse("delivery needs --outbox DIR")
    if name == "resubmitter":
        load_maps()
    with workers(deployment, (name,), outbox, member) as parts:
        yield parts.round
