"""`reclaim risk`: dollars at risk by clock."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Final

import click
from rich.table import Table

from services.cli.claim_words import CLOCK_WORDS, plain, said_of
from services.cli.deployment import Deployment, deployment_options
from services.cli.faults import Failure
from services.cli.payers import latest_day
from services.cli.rendering import counted, dollars, wide_console
from services.core.risk import RiskRow, at_risk
from services.core.worklist import CHANCES

_TITLES: Final = {
    "running_out": "Running out in the next {days} days",
    "later": "Later",
    "passed": "Passed: an exception to ask for, nothing is expected",
    "no_clock": "No clock known against what is proposed",
}


@click.command()
@click.option(
    "--days", type=click.IntRange(0), default=90, show_default=True, metavar="N", help="How far to look."
)
@click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="Look from this day (default: the latest that was opened). The open claims are those of now.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@deployment_options
def risk(deployment: Deployment, days: int, as_of: datetime | None, as_json: bool) -> None:
    """Dollars whose binding clock ends in the next days, by payer and path: count, dollars, expected value.

    Expected value = dollars x the chance of recovering them. The chance is a stated default until this installation
    knows outcomes.
    """
    today = as_of.date() if as_of is not None else latest_day(deployment)
    if today is None:
        raise Failure("no day was opened yet: run `reclaim run` first, or give --as-of")
    items = {k: r.value for k, r in deployment.latest("work-items").items() if r.value is not None}
    found = at_risk(items, today, days)
    basis = ", ".join(f"{word.value} {chance:.0%}" for word, chance in CHANCES.items())
    if as_json:
        document = {
            **found.model_dump(mode="json"),
            "chance": {"basis": "default", **{word.value: str(chance) for word, chance in CHANCES.items()}},
            "totals": {place: _totals(rows) for place, rows in found.places},
        }
        click.echo(json.dumps(document, indent=2))
        return
    console = wide_console()
    for place, rows in found.places:
        if rows:
            console.print(f"\n[bold]{_TITLES[place].format(days=days)}[/bold]")
            console.print(_table(rows))
            totals = _totals(rows)
            click.echo(
                f"{counted(sum(r.count for r in rows), 'claim')}, {dollars(Decimal(str(totals['amount'])))} at stake,"
                f" {dollars(Decimal(str(totals['expected'])))} expected"
            )
    click.echo(
        f"\nAs of {today.isoformat()}. Chance of recovery: stated defaults ({basis}), not of this installation."
    )


def _totals(rows: Iterable[RiskRow]) -> dict[str, int | str]:
    listed = list(rows)
    return {
        "count": sum(r.count for r in listed),
        "amount": str(sum((r.amount for r in listed), Decimal("0.00"))),
        "expected": str(sum((r.expected for r in listed), Decimal("0.00"))),
    }


def _table(rows: Iterable[RiskRow]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for name in ("first", "payer", "path", "clock"):
        table.add_column(name)
    for name in ("claims", "dollars", "expected"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("")
    for row in rows:
        table.add_row(
            row.first_due.isoformat() if row.first_due is not None else "",
            row.payer or "",
            plain(row.path) if row.path != "none" else "a person decides",
            said_of(CLOCK_WORDS, row.clock) if row.clock is not None else "",
            str(row.count),
            dollars(row.amount),
            dollars(row.expected),
            "example day counts" if row.example else "",
        )
    return table
