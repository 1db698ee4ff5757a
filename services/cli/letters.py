"""`reclaim dead-letters`: what could not be handled, and what a person makes of it."""

from __future__ import annotations

import click

from schemas.faults import DeadLetter
from services.cli.options import deployment_options
from services.cli.printing import print_json_lines, print_listing
from services.deployment.opening import Deployment
from services.desk.letters import OpenLetter, discard_letter, open_letters, replay_letter


@click.group("dead-letters")
def dead_letters() -> None:
    """Work the dead letters. A claim with an open one is neither automated nor sent."""


@dead_letters.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@deployment_options
def list_letters(deployment: Deployment, as_json: bool) -> None:
    """The open letters: id, service, reason and where the original came from; never its content."""
    letters = open_letters(deployment)
    if as_json:
        print_json_lines(map(_described, letters))
        return
    columns = ("letter", "service", "reason", "type", "from")
    print_listing(columns, [_row(one.letter) for one in letters], none="no open dead letters")


def _row(letter: DeadLetter) -> tuple[str, ...]:
    origin = letter.origin
    place = f"{origin.topic}/{origin.partition}@{origin.offset}"
    return letter.letter, letter.service, letter.reason, letter.event_type or "", place


def _described(open_letter: OpenLetter) -> dict[str, object]:
    letter = open_letter.letter
    return {
        "letter": letter.letter,
        "service": letter.service,
        "reason": letter.reason,
        "event_type": letter.event_type,
        "event_id": letter.event_id,
        "origin": letter.origin.model_dump(),
        "key": open_letter.record.key,
        "bytes": len(letter.original),
    }


@dead_letters.command("replay")
@click.argument("letter_id")
@click.option("--by", required=True, metavar="WHO", help="Who decides it.")
@click.option("--reason", required=True, metavar="CODE", help="Why, in one word (fixed, new_release, ...).")
@deployment_options
def replay(deployment: Deployment, letter_id: str, by: str, reason: str) -> None:
    """Have the service that wrote LETTER_ID handle the original bytes again."""
    found = replay_letter(deployment, letter_id, by, reason)
    click.echo(f"{found.letter.letter}: {found.letter.service} handles it again with the next run")


@dead_letters.command("discard")
@click.argument("letter_id")
@click.option("--by", required=True, metavar="WHO", help="Who decides it.")
@click.option("--reason", required=True, metavar="CODE", help="Why, in one word (duplicate, not_ours, ...).")
@deployment_options
def discard(deployment: Deployment, letter_id: str, by: str, reason: str) -> None:
    """Give LETTER_ID up: the claim goes on without it."""
    found = discard_letter(deployment, letter_id, by, reason)
    click.echo(f"{found.letter.letter}: discarded")
