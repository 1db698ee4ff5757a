"""`reclaim lag`: what waits where, since when and for how many dollars, and whether that is as agreed."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

import click
from rich.console import Console
from rich.table import Table

from services.account.quantities import dollars, minutes_words
from services.cli.options import deployment_options
from services.cli.printing import wide_console
from services.deployment.faults import EXIT_BREACHED, WrongUse
from services.deployment.monitoring import OBJECTIVES, load_objectives, measure_lag
from services.deployment.opening import Deployment
from services.monitor.groups import GroupLag
from services.monitor.lag import CAUSE_WINDOWS, Lag, StageLag
from services.monitor.objectives import ALL

_CAUSES: Final = 5
"""How many causes a person is shown, those with the most dollars; `--json` has all."""

_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@click.option(
    "--objectives",
    "files",
    multiple=True,
    envvar=OBJECTIVES,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Your own objectives (YAML); they go before those that ship.",
)
@click.option(
    "--as-of",
    metavar="DATE|TIME",
    help="The business day for silent payers (default: the day opened last); a time "
    "(2026-11-22T14:00Z) is also the moment to which waits are measured (default: now).",
)
@deployment_options
def lag(deployment: Deployment, as_json: bool, files: tuple[Path, ...], as_of: str | None) -> int:
    """What waits in each stage and for each payer: since when, for how many dollars, until when at this rate; silent
    payers, causes of the last hours, and whether every service keeps up.

    Ends with 0 where all is within the objectives, and with 4 where one is breached, an alert burns, a payer is
    silent, or a service is STOP, STALL or REWIND.
    """
    now, day = _moment(as_of)
    found = measure_lag(deployment, load_objectives(files), now, day)
    if as_json:
        click.echo(found.model_dump_json(indent=2))
    else:
        print_lag(wide_console(), found)
    return EXIT_BREACHED if found.breached else 0


def _moment(as_of: str | None) -> tuple[int | None, date | None]:
    """The moment in ms and the business day that `--as-of` names; null where it leaves them open."""
    if as_of is None:
        return None, None
    try:
        if _DAY.fullmatch(as_of):
            return None, date.fromisoformat(as_of)
        moment = datetime.fromisoformat(as_of)
    except ValueError:
        raise WrongUse("--as-of takes a date (2026-11-22) or a time (2026-11-22T14:00Z)") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return int(moment.timestamp() * 1000), moment.date()


def print_lag(console: Console, found: Lag) -> None:
    """The document as a person reads it: totals of every stage, then the payers of which something waits."""
    table = Table("waits to be", "payer", title=f"Lag at {found.now}", title_justify="left", box=None)
    for name in ("waiting", "dollars", "oldest", "in/min", "out/min", "caught up in", "objective"):
        table.add_column(name, justify="right")
    for stage in found.stages:
        if stage.payer == ALL or stage.waiting or stage.breached:
            table.add_row(*_row(stage), style="bold" if stage.payer == ALL else None)
    console.print(table)
    for alert in found.alerts:
        console.print(
            f"{alert.severity}: {alert.stage}, payer {alert.payer}: burns {alert.long_burn} times its budget over "
            f"{alert.long_minutes} minutes, {alert.short_burn} times over {alert.short_minutes}",
            markup=False,
        )
    for payer in found.silence:
        if payer.silent:
            console.print(
                f"silent: payer {payer.payer}: no remittance for {payer.business_days} business days "
                f"(the last of {payer.last.isoformat()}; {payer.limit} are agreed)",
                markup=False,
            )
    if causes := [cause for cause in found.causes if cause.minutes == CAUSE_WINDOWS[0]]:
        named = [f"{cause.cause} {cause.count} ({dollars(cause.amount)})" for cause in causes[:_CAUSES]]
        more = f", {len(causes) - _CAUSES} more causes" if len(causes) > _CAUSES else ""
        console.print(f"Classified in the last {CAUSE_WINDOWS[0]} minutes: {', '.join(named)}{more}")
    for group in found.consumers:
        console.print(
            f"{group.group}: {group.status} (window {group.complete:.0%} full), {group.lag:,} records behind, "
            f"{minutes_words(group.behind_minutes)}{_through(group)}, {group.retention_share:.2%} of retention used"
        )


def _row(stage: StageLag) -> tuple[str, ...]:
    breached = f" breached: {', '.join(stage.breached)}" if stage.breached else ""
    bounds = [
        *([minutes_words(stage.objective_minutes)] if stage.objective_minutes is not None else []),
        *([dollars(stage.objective_amount)] if stage.objective_amount is not None else []),
    ]
    return (
        stage.stage,
        stage.payer,
        f"{stage.waiting:,}",
        dollars(stage.amount),
        minutes_words(stage.oldest_minutes),
        f"{stage.entered_per_minute:g}",
        f"{stage.ended_per_minute:g}",
        "not at this rate" if stage.catch_up_minutes is None else minutes_words(stage.catch_up_minutes),
        f"{' or '.join(bounds)}{breached}",
    )


def _through(group: GroupLag) -> str:
    if group.lag == 0 or group.read_per_minute is None:
        return ""
    if group.catch_up_minutes is None:
        return f", does not catch up ({group.come_per_minute:,.0f}/min come, {group.read_per_minute:,.0f} are read)"
    return f", caught up in {minutes_words(group.catch_up_minutes)}"
