"""`reclaim link`: a remittance that does not say which claim of ours it answers."""

from __future__ import annotations

from datetime import datetime

import click

from services.cli.options import deployment_options
from services.deployment.opening import Deployment, os_user
from services.desk.links import tie


@click.command()
@click.argument("remit_number")
@click.argument("claim_number")
@click.option("--by", default=os_user, metavar="WHO", help="Who says so (default: the user of this machine).")
@click.option(
    "--served",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Which claim of CLAIM_NUMBER, by its first date of service, where the number was used again.",
)
@click.option("--npi", help="And by its billing provider, where several billed for that date.")
@deployment_options
def link(
    deployment: Deployment,
    remit_number: str,
    claim_number: str,
    by: str,
    served: datetime | None,
    npi: str | None,
) -> None:
    """Publish what was remitted under REMIT_NUMBER again under CLAIM_NUMBER, the number of our claim: its claims, and
    money that the payer took or gave under that number outside the claims.

    What stands under REMIT_NUMBER stays there; its own proposal, if it has one, is yours to reject. With the same
    number twice and --served, what names no date or no provider is about the claim of that date.
    """
    claims, money = tie(deployment, remit_number, claim_number, by, served.date() if served else None, npi)
    if not claims + money:
        click.echo("linked already; nothing changed")
        return
    told = [f"{claims} remitted claims"] if claims else []
    told += [f"{money} entries of money taken or given"] if money else []
    click.echo(f"{' and '.join(told)} stand under the claim now; the next run explains them")
