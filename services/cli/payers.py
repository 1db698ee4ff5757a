"""`reclaim payers`: what is known of each payer, where it is written, and what a change of it touches."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from services.account.payer import CONFIRM, appeal_rows, clock_rows, profile_rows, value_rows
from services.account.quantities import counted
from services.cli.options import deployment_options
from services.cli.payers_page import page
from services.cli.printing import wide_console
from services.core.profile_difference import Changed, Touched, difference, touched
from services.deployment.control import latest_day
from services.deployment.opening import Deployment
from services.deployment.profile_sets import ACTIVE, find_profile, find_set
from services.runtime.configuration import shipped_profiles


@click.group()
def payers() -> None:
    """Payer profiles: what each payer accepts, and its clocks."""


@payers.command("list")
@click.option(
    "--set", "named", default=ACTIVE, show_default=True, metavar="SET", help="Which set of profiles."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@deployment_options
def list_payers(deployment: Deployment, named: str, as_json: bool) -> None:
    """Every payer and family, with whom it inherits from and how many of its values a contract must confirm."""
    profiles = find_set(deployment, named)
    rows = profile_rows(profiles)
    if as_json:
        click.echo(
            json.dumps({"set": profiles.name, "version": profiles.version, "profiles": rows}, indent=2)
        )
        return
    table = _table("name", "level", "inherits", "claims with", "own", "to confirm", "cases")
    for row in rows:
        claims = " ".join([*row["filing_indicators"], *row["states"], *row["aliases"]])
        counts = (str(row[key]) for key in ("own_values", "examples", "cases"))
        table.add_row(row["name"], row["level"], row["inherits"] or "", claims, *counts)
    wide_console().print(table)
    click.echo(f"{counted(len(rows), 'document')}, set {profiles.name}@{profiles.version}")


@payers.command("show")
@click.argument("payer", metavar="ID")
@click.option("--filing-indicator", metavar="CODE", help="SBR09 or CLP06 of the claim: finds the family.")
@click.option("--state", metavar="CODE", help="The payer's state, for Medicaid.")
@click.option(
    "--set", "named", default=ACTIVE, show_default=True, metavar="SET", help="Which set of profiles."
)
@click.option(
    "--decided",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="Days of the appeal ladder from here.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@deployment_options
def show_payer(
    deployment: Deployment,
    payer: str,
    filing_indicator: str | None,
    state: str | None,
    named: str,
    decided: datetime | None,
    as_json: bool,
) -> None:
    """Each value of a payer or a family (ID: a payer id, an alias, or the name of a family), with where it comes from.

    A payer that no profile knows gets that of its family by --filing-indicator.
    """
    profiles = find_set(deployment, named)
    profile = find_profile(profiles, payer, filing_indicator, state)
    rows = value_rows(profile)
    clocks = clock_rows(profile)
    ladder = appeal_rows(profile, decided.date() if decided is not None else None)
    if as_json:
        document = {"payer": payer, "profile": profile.said, "version": profile.version}
        click.echo(json.dumps({**document, "values": rows, "clocks": clocks, "appeals": ladder}, indent=2))
        return
    console = wide_console()
    click.echo(f"{payer}: {profile.said}; set {profiles.name}@{profile.version}")
    known = [row for row in rows if row["from"]]
    _print(console, "Values", ("key", "value", "from", "source", "date", ""), known)
    _print(console, "Clocks", ("clock", "rule", "under", "source", ""), clocks)
    _print(console, "Appeals", ("level", "within", "amount in controversy", "path", "last day"), ladder)
    unknown = ", ".join(row["key"] for row in rows if not row["from"])
    click.echo(f"\nNot known: {unknown or 'nothing'}. What says `{CONFIRM}` a contract must confirm.")


@payers.command("diff")
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@deployment_options
def diff_payers(deployment: Deployment, old: str, new: str, as_json: bool) -> None:
    """What changed between two sets of profiles, and which open claims it touches.

    OLD and NEW: `active`, `shipped`, NAME@VERSION of an earlier load, or a YAML file or folder, which is laid over the
    active set as `reclaim load payer_profiles` would. Nothing is loaded.
    """
    before, after = find_set(deployment, old), find_set(deployment, new)
    changes = difference(before, after)
    items = {k: r.value for k, r in deployment.latest("work-items").items() if r.value is not None}
    claims = touched(items, before, after, latest_day(deployment))
    if as_json:
        document = {
            "old": f"{before.name}@{before.version}",
            "new": f"{after.name}@{after.version}",
            "changed": [asdict(change) for change in changes],
            "touched": [_touched_row(claim) for claim in claims],
        }
        click.echo(json.dumps(document, indent=2))
        return
    console = wide_console()
    _print(
        console,
        "Changed",
        ("profile", "key", "before", "after", "source", ""),
        [_change_row(c) for c in changes],
    )
    _print(
        console,
        "Open claims touched",
        ("claim", "payer", "what", "path", "last days"),
        [_claim_row(claim) for claim in claims],
    )
    click.echo(f"{counted(len(changes), 'change')}, {counted(len(claims), 'open claim')} touched")


@payers.command("page")
def print_page() -> None:
    """What ships, as one page of Markdown (docs/payers.md)."""
    click.echo(page(shipped_profiles()), nl=False)


def _touched_row(claim: Touched) -> dict[str, Any]:
    due = [
        {
            "clock": clock,
            "before": old.isoformat() if old else None,
            "after": new.isoformat() if new else None,
        }
        for clock, old, new in claim.due
    ]
    return {**asdict(claim), "due": due}


def _change_row(change: Changed) -> dict[str, Any]:
    confirm = CONFIRM if change.example else ""
    return {
        "profile": change.document,
        "key": change.key,
        "before": change.before,
        "after": change.after,
        "source": change.source,
        "": confirm,
    }


def _claim_row(claim: Touched) -> dict[str, Any]:
    path = claim.path_after
    if claim.path_before != claim.path_after:
        path = f"{claim.path_before} -> {claim.path_after}"
    return {
        "claim": claim.claim_number,
        "payer": claim.payer or "",
        "what": ", ".join(claim.keys),
        "path": path,
        "last days": "; ".join(
            f"{clock} {old or 'none'} -> {new or 'none'}" for clock, old, new in claim.due
        ),
    }


def _table(*columns: str) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for number, name in enumerate(columns):
        table.add_column(name, no_wrap=number == 0)
    return table


def _print(console: Console, title: str, columns: tuple[str, ...], rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    console.print(f"\n[bold]{title}[/bold]")
    table = _table(*columns)
    for row in rows:
        table.add_row(*(str(row[name]) for name in columns))
    console.print(table)
