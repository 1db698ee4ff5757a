"""What the charts of the dashboard are drawn from: counts by period, payer, cause, age, day and clock."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from services.console.queries.board import Counted, condition, counted, grouped
from services.console.queries.measures import AGES, MEASURES, UNDATED, Selection

WEEKS_SHOWN: Final = 26
"""Weeks that a trend shows; where the claims span more, months are shown."""

WEEK: Final = "date(first_day, 'weekday 0', '-6 days')"
"""The Monday of the first adjudication's week."""
MONTH: Final = "substr(first_day, 1, 7) || '-01'"


@dataclass(frozen=True, slots=True)
class Trend:
    """Initial denials by payer and period. `periods`: the first and last day of each, none left out."""

    weekly: bool
    periods: tuple[tuple[date, date], ...]
    payers: tuple[str, ...]
    """the most dollars first"""
    found: dict[tuple[str, date], Counted]
    decided: dict[tuple[str, date], int]
    """claims that the payer decided in the period: the denominator of a rate"""


def trend(db: sqlite3.Connection, chosen: Selection) -> Trend:
    """Over all periods from the first to the last with a decided claim."""
    where, values = condition(MEASURES["adjudicated"], chosen)
    first, last = db.execute(
        f"select min(first_day), max(first_day) from board where {where}", values
    ).fetchone()
    if first is None:
        return Trend(True, (), (), {}, {})
    begin, end = date.fromisoformat(first), date.fromisoformat(last)
    weekly = (end - begin).days < WEEKS_SHOWN * 7
    period = WEEK if weekly else MONTH
    dated = f"{where} and first_day is not null"
    decided = {
        (payer, date.fromisoformat(begun)): count
        for payer, begun, count in db.execute(
            f"select payer, {period}, count(*) from board where {dated} group by 1, 2", values
        )
    }
    denials = grouped(db, MEASURES["initial_denials"], chosen, ("payer", period))
    found = {
        (payer, date.fromisoformat(begun)): Counted(count, amount)
        for payer, begun, count, amount in denials
        if begun is not None
    }
    sums: dict[str, Decimal] = {payer: Decimal(0) for payer, _ in decided}
    for (payer, _), each in found.items():
        sums[payer] += each.amount
    return Trend(
        weekly=weekly,
        periods=tuple(_periods(begin, end, weekly)),
        payers=tuple(sorted(sums, key=lambda payer: (-sums[payer], payer))),
        found=found,
        decided=decided,
    )


def _periods(begin: date, end: date, weekly: bool) -> list[tuple[date, date]]:
    day = begin - timedelta(days=begin.weekday()) if weekly else begin.replace(day=1)
    found = []
    while day <= end:
        following = day + timedelta(days=7) if weekly else (day + timedelta(days=31)).replace(day=1)
        found.append((day, following - timedelta(days=1)))
        day = following
    return found


def causes(db: sqlite3.Connection, chosen: Selection) -> list[tuple[str, Counted]]:
    """Denials by cause, most dollars first."""
    rows = grouped(db, MEASURES["denials"], chosen, ("cause",))
    found = [(cause, Counted(count, amount)) for cause, count, amount in rows]
    return sorted(found, key=lambda row: (-row[1].amount, row[0]))


def causes_by_payer(db: sqlite3.Connection, chosen: Selection) -> dict[tuple[str, str], Counted]:
    """Denials by payer and cause."""
    rows = grouped(db, MEASURES["denials"], chosen, ("payer", "cause"))
    return {(payer, cause): Counted(count, amount) for payer, cause, count, amount in rows}


def ages(db: sqlite3.Connection, chosen: Selection) -> list[tuple[str, Counted]]:
    """Denials that stand, by days since the denial; what no remittance dates last, where there is any."""
    found = [(age, counted(db, MEASURES["standing"], chosen.under(age=age))) for age in (*AGES, UNDATED)]
    return [row for row in found if row[0] != UNDATED or row[1].count]


def waterfall(db: sqlite3.Connection, chosen: Selection) -> dict[str, Counted]:
    """Billed, denied at first and sent back; then what became of each dollar that was denied at first."""
    return {step: counted(db, MEASURES[step], chosen) for step in (*LEADING, *PARTS)}


LEADING: Final = ("adjudicated", "initial_denials", "sent_back")
PARTS: Final = (
    "recovered",
    "initial_written_off",
    "initial_billed_patient",
    "initial_given_up",
    "initial_closed",
    "initial_open",
)
"""These add up to what was denied at first."""


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Dollars at stake by the day on which the binding clock of an undecided denial ends."""

    days: dict[tuple[date, str], Counted]
    """by day and clock, of the days shown"""
    passed: Counted
    later: Counted
    no_clock: Counted


def deadlines(db: sqlite3.Connection, chosen: Selection, today: date, last: date) -> Deadlines:
    """The days from `today` through `last`; what ended before, ends after, and has no clock."""
    running = MEASURES["running"]
    rows = grouped(db, running, chosen.under(due_from=today), ("due", "clock"))
    days = {
        (date.fromisoformat(due), clock): Counted(count, amount)
        for due, clock, count, amount in rows
        if date.fromisoformat(due) <= last
    }
    return Deadlines(
        days=days,
        passed=counted(db, running, chosen.under(due_before=today)),
        later=counted(db, running, chosen.under(due_from=last + timedelta(days=1))),
        no_clock=counted(db, MEASURES["no_clock"], chosen),
    )
