"""`reclaim outcomes`: what came of each rule version, by payer and path."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Final

import click
from rich.console import Console
from rich.table import Table

from services.cli.deployment import Deployment, deployment_options
from services.cli.rendering import counted, dollars, wide_console
from services.monitor.outcomes import LOG_TOPICS, TOO_FEW, Outcome, Outcomes

COLUMNS: Final = ("paid", "in part", "denied: same", "other", "reversed", "rejected", "pending")


def read_outcomes(deployment: Deployment) -> Outcomes:
    """The fold over the log as it stands now."""
    outcomes = Outcomes()
    for topic in LOG_TOPICS:
        for record in deployment.log.read(topic):
            if record.key is not None and record.value is not None:
                headers = record.headers
                outcomes.event(headers.get("ce_id", ""), headers.get("ce_type", ""), record.key, record.value)
    return outcomes


@click.command("outcomes")
@click.option("--rule", metavar="ID", help="Only of this rule.")
@click.option("--payer", metavar="ID", help="Only of this payer.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@deployment_options
def show_outcomes(deployment: Deployment, rule: str | None, payer: str | None, as_json: bool) -> None:
    """Per rule version, payer and path: proposed, tried, what the payer answered, and dollars.

    A share is told from 20 answers on. What was not sent is skipped, with the reason, and counts nowhere else.
    """
    rows = [
        row
        for row in read_outcomes(deployment).rows()
        if rule in (None, row.rule) and payer in (None, row.payer)
    ]
    if as_json:
        document = {"too_few": TOO_FEW, "rows": [row.model_dump(mode="json") for row in rows]}
        click.echo(json.dumps(document, indent=2))
        return
    _print(wide_console(), rows)


def _print(console: Console, rows: list[Outcome]) -> None:
    if not rows:
        console.print("no rule has proposed a claim or another next step yet")
        return
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for name in ("rule", "payer", "path"):
        table.add_column(name, overflow="fold")
    for name in ("proposed", "tried", *COLUMNS, "recovered", "of asked"):
        table.add_column(name, justify="right")
    table.add_column("says")
    for row in rows:
        table.add_row(
            f"{row.rule} {row.version}",
            row.payer or "",
            row.path,
            *map(str, (row.proposed, row.tried, row.paid, row.paid_in_part)),
            *map(str, (row.denied_same, row.denied_other, row.reversed, row.rejected, row.pending)),
            dollars(row.recovered),
            dollars(row.asked),
            said(row),
        )
    console.print(table)
    for row in rows:
        if row.skipped:
            reasons = ", ".join(f"{n} {reason.replace('_', ' ')}" for reason, n in row.skipped.items())
            console.print(f"skipped: {row.rule} {row.version} {row.payer or ''} {row.path}: {reasons}")
    tried = sum(row.tried for row in rows)
    recovered = sum((row.recovered for row in rows), Decimal("0.00"))
    console.print(f"{counted(tried, 'claim')} sent back, {dollars(recovered)} recovered")


def said(row: Outcome) -> str:
    """`12 of 14 paid`, with a share only where the answers allow one."""
    chance = row.chance
    if not chance.of:
        return "no answer yet"
    plain = f"{chance.paid} of {chance.of} paid"
    return f"{plain}, too few to say" if chance.share is None else f"{plain} ({chance.share:.0%})"
