"""`reclaim work`: what waits for a person, and whose it is."""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

import click
from rich.console import Console
from rich.table import Table

from services.account.quantities import counted, dollars
from services.account.words import ACTION_WORDS, cause_words
from services.cli.options import deployment_options
from services.cli.printing import wide_console
from services.core.worklist import SORTS, WorkRow, ordered, work_rows
from services.deployment.opening import Deployment
from services.runtime.configuration import read_configuration
from services.runtime.log import TopicPartition

NOBODY: Final = "nobody"


@click.command()
@click.option("--payer", metavar="ID", help="Only of this payer.")
@click.option("--cause", metavar="WORD", help="Only with this primary cause: auth, code_mod, ...")
@click.option(
    "--clock", metavar="WORD", help="Only against this clock: corrected_claim, appeal, filing_limit."
)
@click.option("--within", type=click.IntRange(0), metavar="DAYS", help="Only what runs out in so many days.")
@click.option("--owner", metavar="WHO", help="Only of this person, or of `nobody`.")
@click.option("--sort", type=click.Choice(SORTS), default=SORTS[0], show_default=True)
@click.option("--limit", type=click.IntRange(1), metavar="N", help="At most so many rows.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@deployment_options
def work(
    deployment: Deployment,
    payer: str | None,
    cause: str | None,
    clock: str | None,
    within: int | None,
    owner: str | None,
    sort: str,
    limit: int | None,
    as_json: bool,
) -> None:
    """List what waits for a person: dollars at stake x chance / days left on the binding clock, most first.

    Decide with `reclaim decide CLAIM ...`; take it with `reclaim decide CLAIM assign --by YOU --reason mine`.
    """
    latest = deployment.latest("work-items")
    items = {key: record.value for key, record in latest.items() if record.value is not None}
    end = deployment.log.ends(["control"]).get(TopicPartition("control", 0), 0)
    rows = work_rows(items, read_configuration(deployment.log, 0, end).today)
    kept = [
        row
        for row in ordered(rows, sort)
        if _same(payer, row.payer)
        and _same(cause, row.cause)
        and _same(clock, row.clock)
        and (owner is None or _same(owner, row.owner or NOBODY))
        and (within is None or (row.days_left is not None and row.days_left <= within))
    ]
    at_stake = sum((row.amount for row in kept), Decimal("0.00"))
    shown = kept[:limit]
    if as_json:
        document = {
            "count": len(kept),
            "amount": str(at_stake),
            "rows": [row.model_dump(mode="json") for row in shown],
        }
        click.echo(json.dumps(document, indent=2))
        return
    _print(wide_console(), shown)
    click.echo(f"{counted(len(kept), 'claim')}, {dollars(at_stake)} at stake")


def _same(wanted: str | None, said: str | None) -> bool:
    return wanted is None or (said or "").strip().casefold() == wanted.strip().casefold()


def _print(console: Console, rows: Sequence[WorkRow]) -> None:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for name, justify in (("priority", "right"), ("days", "right"), ("at stake", "right")):
        table.add_column(name, justify=justify, no_wrap=True)  # type: ignore[arg-type]
    for name in ("claim", "payer", "why", "what", "whose"):
        table.add_column(name)
    for row in rows:
        left = "" if row.days_left is None else str(row.days_left)
        whose = row.owner or ""
        if row.held_reason is not None:
            until = f" until {row.held_until}" if row.held_until is not None else ""
            whose = f"{whose} held{until}: {row.held_reason.replace('_', ' ')}".strip()
        table.add_row(
            str(row.priority),
            left,
            dollars(row.amount),
            row.claim_number,
            row.payer or "",
            f"{cause_words(row.cause)} ({', '.join(row.codes)})",
            f"{row.automation} {ACTION_WORDS[row.action]}",
            whose,
        )
    if rows:
        console.print(table)
