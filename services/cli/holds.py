"""`reclaim hold payer ID` and `reclaim release payer ID`: stop and resume what goes out to a payer."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime

import click

from schemas.control import Hold, HoldChanged
from services.cli.deployment import Deployment, deployment_options, os_user
from services.core.processing import Outcome
from services.runtime.partitioning import partition_of
from services.runtime.records import encode_state, time_text


@click.group()
def hold() -> None:
    """Stop what goes out, effective before the next publish."""


@click.group()
def release() -> None:
    """Resume what a hold stopped; what waited is sent by the next run."""


@hold.command("payer")
@click.argument("payer_id")
@click.option(
    "--by", default=os_user, metavar="WHO", help="Who orders it (default: the user of this machine)."
)
@deployment_options
def hold_payer(deployment: Deployment, payer_id: str, by: str) -> None:
    """Send nothing to payer PAYER_ID; any id that its profile lists will do."""
    subject = subject_of(payer_id)
    if subject in deployment.latest("holds"):
        click.echo(f"{subject} is on hold already; nothing changed")
        return
    change_hold(deployment, subject, by, held=True)
    click.echo(f"{subject} is on hold: nothing goes out to it until `reclaim release payer {payer_id}`")


@release.command("payer")
@click.argument("payer_id")
@click.option(
    "--by", default=os_user, metavar="WHO", help="Who orders it (default: the user of this machine)."
)
@deployment_options
def release_payer(deployment: Deployment, payer_id: str, by: str) -> None:
    """Send to payer PAYER_ID again."""
    subject = subject_of(payer_id)
    if subject not in deployment.latest("holds"):
        click.echo(f"{subject} is not on hold; nothing changed")
        return
    change_hold(deployment, subject, by, held=False)
    click.echo(f"{subject} is released; what waited goes out with the next run")


def subject_of(payer_id: str) -> str:
    """What a hold of a payer is called."""
    return f"payer:{payer_id.strip().upper()}"


def change_hold(
    deployment: Deployment,
    subject: str,
    by: str,
    held: bool,
    reason: str | None = None,
    login: str | None = None,
) -> None:
    """Hold or release a subject: the state of the hold, the event that wakes what waits, and who did it: in one
    transaction. `login`: who is signed in, where that is not the user of this machine."""
    now = datetime.now(UTC)
    requested = secrets.token_hex(8)
    action = "hold" if held else "release"
    hold = Hold(subject=subject, by=by, since=now.date()) if held else None

    def changed(partition: int) -> Outcome:
        return Outcome(
            type="hold-changed.v1",
            key=f"{deployment.settings.tenant}|control",
            natural_key=f"{subject}|{requested}|{partition}",
            time=now,
            data=HoldChanged(subject=subject, held=held, by=by),
        )

    state = encode_state(
        "holds",
        subject,
        hold.encode() if hold is not None else None,
        deployment.event(changed(0)),
        model=Hold,
        service=deployment.service,
        ingested=time_text(now),
        partition=partition_of(subject, deployment.log.partition_count),
    )
    deployment.publish(
        [
            state,
            *deployment.everywhere(changed),
            deployment.action(action, subject, by, reason, requested, login),
        ]
    )
