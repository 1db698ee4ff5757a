"""`reclaim payers`: what is known of each payer, where it is written, and what a change of it touches."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date, datetime
from typing import Any, Final

import click
from rich.console import Console
from rich.table import Table

from services.cli.deployment import Deployment, deployment_options
from services.cli.faults import Failure
from services.cli.payers_page import page
from services.cli.profile_sets import ACTIVE, find_set
from services.cli.rendering import counted, wide_console
from services.core.profile_difference import Changed, Touched, difference, shown, touched
from services.core.resubmission.profile_documents import KEYS
from services.core.resubmission.profiles import Profile, Profiles
from services.core.resubmission.spans import read_span
from services.runtime.configuration import read_configuration, shipped_profiles
from services.runtime.log import TopicPartition

CONFIRM: Final = "example"
"""A value that a contract must confirm."""

_RECEIPT_DAYS: Final = 5


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


def latest_day(deployment: Deployment) -> date | None:
    """The latest day that was opened."""
    end = deployment.log.ends(["control"]).get(TopicPartition("control", 0), 0)
    return read_configuration(deployment.log, 0, end).today


def profile_rows(profiles: Profiles) -> list[dict[str, Any]]:
    """Every payer, then every family, with whom it inherits from and how many of its values a contract must confirm."""
    return [
        {
            "name": document.name,
            "level": document.level,
            "inherits": document.inherits,
            "filing_indicators": list(document.filing_indicators),
            "states": list(document.states),
            "aliases": list(document.aliases),
            "own_values": len(document.values) + len(document.clocks),
            "examples": sum(told.example for told in profiles.own(document.name).sources.values()),
            "cases": len(document.cases),
        }
        for document in sorted(profiles.documents.values(), key=lambda d: (d.level != "payer", d.name))
    ]


def find_profile(
    profiles: Profiles, payer: str, indicator: str | None = None, state: str | None = None
) -> Profile:
    """What holds for a payer, or for a family by its name. Raises Failure where nothing says so."""
    profile = profiles.of(payer, indicator, state)
    if profile.known or indicator is not None:
        return profile
    if payer in profiles.documents:
        return profiles.own(payer)
    raise Failure(
        "no profile of this payer; give --filing-indicator for its family, or see `reclaim payers list`"
    )


def value_rows(profile: Profile) -> list[dict[str, Any]]:
    """Every key of a profile with its value and who says so; `from` is empty where nobody does."""
    rows = []
    for key in KEYS:
        told = profile.sources.get(key)
        rows.append(
            {
                "key": key,
                "value": shown(getattr(profile, key)),
                "from": told.document if told is not None else "",
                "source": told.source if told is not None else "no document says it",
                "date": told.date.isoformat() if told is not None else "",
                "": CONFIRM if told is not None and told.example else "",
            }
        )
    return rows


def clock_rows(profile: Profile) -> list[dict[str, Any]]:
    """The clocks of a profile, with their sources."""
    return [
        {
            "clock": rule.clock,
            "rule": rule.said,
            "under": " ".join(
                [
                    *sorted(rule.remarks),
                    *sorted(rule.reasons),
                    *([f"level {rule.level}"] if rule.level else []),
                ]
            ),
            "source": rule.source,
            "": CONFIRM if rule.example else "",
        }
        for rule in profile.clock_rules
    ]


def appeal_rows(profile: Profile, decided: date | None) -> list[dict[str, Any]]:
    """The levels of appeal. `decided`: the date of the decision that each would answer."""
    rows = []
    for number, level in enumerate(profile.appeal_levels, start=1):
        within = level.within if level.within is not None else profile.appeal_days
        receipt = level.within is not None or profile.appeal_anchor == "receipt"
        last = ""
        if decided is not None and within is not None:
            start = date.fromordinal(decided.toordinal() + (_RECEIPT_DAYS if receipt else 0))
            due = read_span(within).after(start)
            last = due.isoformat() if due is not None else ""
        rows.append(
            {
                "level": f"{number} {level.name.replace('_', ' ')}",
                "within": f"{read_span(within)} from {'receipt' if receipt else 'the notice'}"
                if within
                else "not known",
                "amount in controversy": f"${level.minimum_amount}"
                if level.minimum_amount is not None
                else "",
                "path": level.path or (profile.appeal_path if number == 1 else None) or "a person",
                "last day": last,
            }
        )
    return rows


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
