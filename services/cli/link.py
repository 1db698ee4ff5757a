"""`reclaim link`: a payer sent a remittance under a changed claim number."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import click

from schemas.envelope import Event
from schemas.remittance import Adjudication
from services.cli.deployment import Deployment, deployment_options, os_user
from services.cli.faults import Failure, WrongUse
from services.core.processing import Outcome

REMITTED: tuple[str, ...] = ("claim-denied", "claim-adjudicated")


@click.command()
@click.argument("remit_number")
@click.argument("claim_number")
@click.option("--by", default=os_user, metavar="WHO", help="Who says so (default: the user of this machine).")
@deployment_options
def link(deployment: Deployment, remit_number: str, claim_number: str, by: str) -> None:
    """Publish what was remitted under REMIT_NUMBER again under CLAIM_NUMBER, the number of our claim.

    What stands under REMIT_NUMBER stays there; its own proposal, if it has one, is yours to reject.
    """
    right = claim_number.strip().upper()
    key = deployment.claim_key(right)
    if deployment.claim_key(remit_number) == key:
        raise WrongUse("both numbers name the same claim; give the payer's number first, then ours")
    if next(deployment.of_claim("claim-submitted", key), None) is None:
        raise Failure(
            "no 837 with CLAIM_NUMBER has been read; check the number, or put its file into the inbox"
        )
    remitted = list(_remitted(deployment, remit_number))
    if not remitted:
        raise Failure("nothing was remitted under REMIT_NUMBER; check the number, or --data and --log")
    known = {event.id for topic in REMITTED for event in deployment.events_of(topic, key)}
    again = [
        outcome
        for event in remitted
        if deployment.event(outcome := _under(event, key, right)).id not in known
    ]
    if not again:
        click.echo("linked already; nothing changed")
        return
    action = deployment.action("link", key, by, None, secrets.token_hex(8))
    deployment.publish([*(deployment.draft(outcome) for outcome in again), action])
    click.echo(f"{len(again)} remitted claims stand under the claim now; the next run explains them")


def _remitted(deployment: Deployment, number: str) -> Iterator[Event[Adjudication]]:
    key = deployment.claim_key(number)
    for topic in REMITTED:
        for event in deployment.events_of(topic, key):
            if isinstance(event.data, Adjudication):
                yield Event(
                    event.id, event.type, event.source, event.time, event.key, event.data, event.topic
                )


def _under(event: Event[Adjudication], key: str, number: str) -> Outcome:
    """The same fact under the right claim; linking it twice is one event."""
    return Outcome(
        type=event.type,
        key=key,
        natural_key=f"link|{event.id}|{key}",
        time=event.time,
        data=event.data.model_copy(update={"claim_number": number}),
    )
