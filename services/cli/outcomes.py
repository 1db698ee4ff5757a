"""`reclaim outcomes`: what came of each rule version, by payer and path."""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal

import click
from rich.console import Console
from rich.table import Table

from services.account.quantities import counted, dollars
from services.account.rule import outcome_words
from services.cli.options import deployment_options
from services.cli.printing import wide_console
from services.deployment.opening import Deployment
from services.monitor.outcomes import LOG_TOPICS, TOO_FEW, Outcome, Outcomes


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
@click.option("--all", "everything", is_flag=True, help="Also the rules of which nothing was sent.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document, of all rules.")
@deployment_options
def show_outcomes(
    deployment: Deployment, rule: str | None, payer: str | None, everything: bool, as_json: bool
) -> None:
    """Per rule version, payer and path: tried, what the payer answered, and dollars.

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
    _print(wide_console(), rows, everything)


def _print(console: Console, rows: Sequence[Outcome], everything: bool) -> None:
    if not rows:
        console.print("no rule has proposed a claim or another next step yet")
        return
    tried = [row for row in rows if row.tried]
    shown = rows if everything else tried
    if shown:
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
        for name in ("rule", "payer", "path"):
            table.add_column(name, no_wrap=True)
        for name in ("tried", "paid", "again", "pending", "recovered"):
            table.add_column(name, justify="right", no_wrap=True)
        table.add_column("says", no_wrap=True)
        for row in shown:
            table.add_row(
                f"{row.rule} {row.version}",
                row.payer or "",
                row.path.replace("_", " "),
                str(row.tried),
                str(row.chance.paid),
                str(row.denied_same + row.denied_other),
                str(row.pending),
                dollars(row.recovered),
                outcome_words(row),
            )
        console.print(table)
    for row in shown:
        if details := _details(row):
            console.print(
                f"{row.rule} {row.version} {row.payer or ''} {row.path.replace('_', ' ')}: {details}"
            )
    if len(shown) < len(rows):
        others = [row for row in rows if not row.tried]
        proposals = sum(row.proposed for row in others)
        console.print(
            f"{counted(len(others), 'line')} with {counted(proposals, 'proposal')} of which nothing was sent: --all"
        )
    recovered = sum((row.recovered for row in rows), Decimal("0.00"))
    asked = sum((row.asked for row in rows), Decimal("0.00"))
    console.print(
        f"{counted(sum(row.tried for row in rows), 'claim')} sent back; {dollars(recovered)} recovered of"
        f" {dollars(asked)} that answered ones were denied for"
    )


def _details(row: Outcome) -> str:
    """What the table has no room for."""
    counts = {
        "paid in part": row.paid_in_part,
        "denied again for the same cause": row.denied_same,
        "for another": row.denied_other,
        "taken back": row.reversed,
        "turned away": row.rejected,
        "voided": row.voided,
        "not decided": row.open,
    }
    told = [f"{count} {word}" for word, count in counts.items() if count]
    told += [f"{count} skipped ({reason.replace('_', ' ')})" for reason, count in row.skipped.items()]
    return ", ".join(told)
