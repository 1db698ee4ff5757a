"""`reclaim risk`: dollars at risk by clock."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from typing import Final

import click
from rich.table import Table

from services.account.quantities import counted, dollars
from services.account.words import CLOCK_WORDS, plain, said_of
from services.cli.options import deployment_options
from services.cli.outcomes import read_outcomes
from services.cli.printing import wide_console
from services.core.risk import RiskRow, at_risk
from services.core.worklist import CHANCES
from services.deployment.control import latest_day
from services.deployment.faults import Failure
from services.deployment.opening import Deployment
from services.monitor.outcomes import TOO_FEW

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

    Expected value = dollars x the chance of recovering them: what share this payer has paid on this path, from 20
    answers on (`reclaim outcomes`), else a stated default.
    """
    today = as_of.date() if as_of is not None else latest_day(deployment)
    if today is None:
        raise Failure("no day was opened yet: run `reclaim run` first, or give --as-of")
    items = {k: r.value for k, r in deployment.latest("work-items").items() if r.value is not None}
    found = at_risk(items, today, days, _shares(deployment))
    basis = ", ".join(f"{word.value} {chance:.0%}" for word, chance in CHANCES.items())
    if as_json:
        document = {
            **found.model_dump(mode="json"),
            "default_chance": {word.value: str(chance) for word, chance in CHANCES.items()},
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
        f"\nAs of {today.isoformat()}. Chance of recovery: where no outcomes are counted, stated defaults ({basis})."
    )


def _shares(deployment: Deployment) -> dict[tuple[str, str], Decimal]:
    """What share of what was sent back each payer has paid on each path, where enough was answered to say it."""
    paid: Counter[tuple[str, str]] = Counter()
    answered: Counter[tuple[str, str]] = Counter()
    for row in read_outcomes(deployment).rows():
        key = (row.payer or "", row.path)
        paid[key] += row.chance.paid
        answered[key] += row.chance.of
    return {key: Decimal(paid[key]) / of for key, of in answered.items() if of >= TOO_FEW}


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
            ", ".join(_notes(row)),
        )
    return table


def _notes(row: RiskRow) -> Iterator[str]:
    if row.example:
        yield "example day counts"
    if row.basis == "outcomes":
        yield "chance from outcomes"
