"""`reclaim hold payer ID` and `reclaim release payer ID`: stop and resume what goes out to a payer."""

from __future__ import annotations

import click

from services.cli.options import deployment_options
from services.deployment.opening import Deployment, os_user
from services.desk.holds import change_hold, subject_of


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
