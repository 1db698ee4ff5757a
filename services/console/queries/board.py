"""The numbers of the dashboard, each with what it is of. Read from the rows of `read_model/board.py`."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from statistics import mean, median
from typing import Any, Final

from services.console.queries.measures import MEASURES, RECOVERED_WITHIN, Measure, Selection
from services.monitor.outcomes import TOO_FEW

REVENUE_MISSING: Final = (
    "net patient service revenue of the same months, from the general ledger: no remittance says it"
)
"""What HFMA's MAP Key AR-6 divides denial write-offs by."""

TENTH: Final = Decimal("0.1")
THOUSANDTH: Final = Decimal("0.001")


@dataclass(frozen=True, slots=True)
class Counted:
    """Claims, and their dollars as the measure counts them."""

    count: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Rate:
    """A part of a whole. `share`: from 0 to 1; null where the whole is too few to say."""

    part: int
    whole: int
    share: Decimal | None


@dataclass(frozen=True, slots=True)
class MoneyRate:
    """Dollars of dollars. `share`: null where there are too few claims to say, or nothing to divide by."""

    part: Decimal
    whole: Decimal
    share: Decimal | None


@dataclass(frozen=True, slots=True)
class Days:
    """A length of time. `of`: how many claims it is known of; null lengths where these are too few to say."""

    of: int
    mean: Decimal | None
    median: Decimal | None


@dataclass(frozen=True, slots=True)
class WriteOffs:
    """Denial write-offs. `share` of net patient revenue is null: `missing` says what it needs."""

    count: int
    amount: Decimal
    share: Decimal | None
    missing: str


@dataclass(frozen=True, slots=True)
class Numbers:
    """HFMA's denial metrics (Claim Integrity Task Force, 2021) by our predicate of a denial."""

    initial_claims: Rate
    initial_lines: Rate
    initial_charges: MoneyRate
    """billed of the claims that were denied, of billed"""
    initial_dollars: MoneyRate
    """denied dollars, of billed"""
    primary_claims: Rate
    place_unsaid: int
    """claims of which nobody says whether the payer is the first"""
    write_offs: WriteOffs
    to_appeal: Days
    to_corrected: Days
    to_resolution: Days
    overturned: Rate
    """of those that were resolved"""
    unresolved: int
    recovered: MoneyRate
    """of what was denied at first"""


def counted(db: sqlite3.Connection, measure: Measure, chosen: Selection) -> Counted:
    """How many claims, and dollars, a measure has."""
    (count, amount), *_ = grouped(db, measure, chosen, ())
    return Counted(count, amount)


def grouped(
    db: sqlite3.Connection, measure: Measure, chosen: Selection, by: Sequence[str]
) -> list[tuple[Any, ...]]:
    """The same for each value of some columns: (column..., count, dollars). One row where there is no column."""
    where, values = condition(measure, chosen)
    columns = "".join(f"{column}, " for column in by)
    rows = db.execute(
        f"select {columns}count(*), coalesce(sum({measure.amount}), 0) from board where {where}"
        + (f" group by {', '.join(by)}" if by else ""),
        values,
    )
    return [(*row[:-1], dollars(row[-1])) for row in rows]


def condition(measure: Measure, chosen: Selection) -> tuple[str, tuple[str | int, ...]]:
    """The predicate of a measure under a selection."""
    found = [(f"({measure.where})", ()), *chosen.conditions()]
    return " and ".join(sql for sql, _ in found), tuple(value for _, values in found for value in values)


def dollars(cents: int) -> Decimal:
    return Decimal(cents).scaleb(-2)


def rate(part: int, whole: int) -> Rate:
    return Rate(part, whole, share_of(Decimal(part), Decimal(whole), whole))


def share_of(part: Decimal, whole: Decimal, claims: int) -> Decimal | None:
    """To a tenth of a percent; null under TOO_FEW claims."""
    return (part / whole).quantize(THOUSANDTH) if claims >= TOO_FEW and whole > 0 else None


def numbers(db: sqlite3.Connection, chosen: Selection) -> Numbers:
    """Every number of the dashboard, over the claims that a selection holds."""

    def of(measure: str) -> Counted:
        return counted(db, MEASURES[measure], chosen)

    adjudicated, denials = of("adjudicated"), of("initial_denials")
    resolved, recovered, written = of("resolved"), of("recovered"), of("written_off")
    where, values = condition(MEASURES["adjudicated"], chosen)
    lines, denied_lines, charges, unsaid = db.execute(
        "select coalesce(sum(lines), 0), coalesce(sum(denied_lines), 0),"
        " coalesce(sum(case when denied_first then charge end), 0), coalesce(sum(place = ''), 0)"
        f" from board where {where}",
        values,
    ).fetchone()
    return Numbers(
        initial_claims=rate(denials.count, adjudicated.count),
        initial_lines=rate(denied_lines, lines),
        initial_charges=_money(dollars(charges), adjudicated),
        initial_dollars=_money(denials.amount, adjudicated),
        primary_claims=rate(of("primary_denials").count, of("primary_adjudicated").count),
        place_unsaid=unsaid,
        write_offs=WriteOffs(written.count, written.amount, None, REVENUE_MISSING),
        to_appeal=_days(db, "appealed", "appealed", chosen),
        to_corrected=_days(db, "sent_back", "delivered", chosen),
        to_resolution=_days(db, "resolved", "resolved", chosen),
        overturned=rate(of("overturned").count, resolved.count),
        unresolved=denials.count - resolved.count,
        recovered=_money(recovered.amount, denials),
    )


def _money(part: Decimal, whole: Counted) -> MoneyRate:
    return MoneyRate(part, whole.amount, share_of(part, whole.amount, whole.count))


def _days(db: sqlite3.Connection, measure: str, until: str, chosen: Selection) -> Days:
    """From the first denial until a day, of the claims that have both."""
    where, values = condition(MEASURES[measure], chosen)
    rows = db.execute(
        f"select cast(julianday({until}) - julianday(first_day) as integer) from board"
        f" where {where} and {until} is not null and first_day is not null",
        values,
    )
    found = [row[0] for row in rows]
    if len(found) < TOO_FEW:
        return Days(len(found), None, None)
    return Days(len(found), _tenth(mean(found)), _tenth(median(found)))


def _tenth(value: float) -> Decimal:
    return Decimal(str(value)).quantize(TENTH)


@dataclass(frozen=True, slots=True)
class PayerRow:
    """One payer's numbers."""

    payer: str
    name: str
    initial_claims: Rate
    billed: Decimal
    denied: Decimal
    overturned: Rate
    recovered: Decimal
    standing: Counted


def payers(db: sqlite3.Connection, chosen: Selection) -> list[PayerRow]:
    """Each payer of the selection, the most denied dollars first."""

    def by_payer(measure: str) -> dict[str, Counted]:
        rows = grouped(db, MEASURES[measure], chosen, ("payer",))
        return {payer: Counted(count, amount) for payer, count, amount in rows}

    adjudicated, denials = by_payer("adjudicated"), by_payer("initial_denials")
    resolved, overturned = by_payer("resolved"), by_payer("overturned")
    recovered, standing = by_payer("recovered"), by_payer("standing")
    nothing = Counted(0, Decimal("0.00"))
    named = payer_names(db)
    rows = [
        PayerRow(
            payer=payer,
            name=named.get(payer, ""),
            initial_claims=rate(denials.get(payer, nothing).count, all_.count),
            billed=all_.amount,
            denied=denials.get(payer, nothing).amount,
            overturned=rate(overturned.get(payer, nothing).count, resolved.get(payer, nothing).count),
            recovered=recovered.get(payer, nothing).amount,
            standing=standing.get(payer, nothing),
        )
        for payer, all_ in adjudicated.items()
    ]
    return sorted(rows, key=lambda row: (-row.denied, -row.billed, row.payer))


def payer_names(db: sqlite3.Connection) -> dict[str, str]:
    """What each payer calls itself, as it did last by name."""
    return dict(db.execute("select payer, max(payer_name) from board_episode group by payer"))


@dataclass(frozen=True, slots=True)
class Cohort:
    """Initial denials of one month, and what was recovered of them after so many days."""

    month: str
    count: int
    denied: Decimal
    recovered: tuple[tuple[int, int, Decimal], ...]
    """(days, claims, dollars), for as many days as all claims of the month have behind them"""


HORIZONS: Final = (0, 7, 14, 30, 45, 60, 90, 120, 180, 270, 365)
"""Days at which recovery is looked at."""


def cohorts(db: sqlite3.Connection, chosen: Selection, today: date | None) -> list[Cohort]:
    """Months of first denials, the earliest first."""
    where, values = condition(MEASURES["initial_denials"], chosen)
    months = db.execute(
        "select substr(first_day, 1, 7), count(*), sum(first_denied), max(first_day) from board"
        f" where {where} and first_day is not null group by 1 order by 1",
        values,
    ).fetchall()
    found = []
    for month, count, denied, latest in months:
        observed = (today - date.fromisoformat(latest)).days if today is not None else -1
        curve = []
        for days in (each for each in HORIZONS if each <= observed):
            claims, amount = db.execute(
                f"select coalesce(sum(r > 0), 0), coalesce(sum(r), 0) from (select {RECOVERED_WITHIN} as r from board"
                f" where {where} and substr(first_day, 1, 7) = ?)",
                (days, *values, month),
            ).fetchone()
            curve.append((days, claims, dollars(amount)))
        found.append(Cohort(month, count, dollars(denied), tuple(curve)))
    return found


@dataclass(frozen=True, slots=True)
class ClaimRow:
    """A claim in the list behind a mark."""

    key: str
    lineage: str
    claim_number: str
    payer: str
    payer_name: str
    first_day: str | None
    first_state: str
    charge: Decimal
    first_denied: Decimal
    state: str
    paid: Decimal
    cause: str | None
    status: str | None
    due: str | None
    clock: str | None
    resolution: str | None
    amount: Decimal
    """as the measure counts it"""


def claims(
    db: sqlite3.Connection,
    measure: Measure,
    chosen: Selection,
    offset: int,
    limit: int,
) -> Iterator[ClaimRow]:
    """The claims of a measure, most dollars first."""
    where, values = condition(measure, chosen)
    amount = RECOVERED_WITHIN if chosen.within is not None else measure.amount
    first = (chosen.within,) if chosen.within is not None else ()
    rows = db.execute(
        "select key, lineage, claim_number, payer, payer_name, first_day, first_state, charge, first_denied, state,"
        f" paid, cause, status, due, clock, resolution, {amount} as counted from board where {where}"
        " order by counted desc, claim_number, lineage limit ? offset ?",
        (*first, *values, limit, offset),
    )
    for row in rows:
        read = list(row)
        for place in (7, 8, 10, 16):
            read[place] = dollars(read[place])
        yield ClaimRow(*read)


def counted_within(db: sqlite3.Connection, measure: Measure, chosen: Selection) -> Counted:
    """As `counted`; dollars of a selection `within` so many days are those that were recovered by then."""
    if chosen.within is None:
        return counted(db, measure, chosen)
    where, values = condition(measure, chosen)
    count, amount = db.execute(
        f"select count(*), coalesce(sum({RECOVERED_WITHIN}), 0) from board where {where}",
        (chosen.within, *values),
    ).fetchone()
    return Counted(count, dollars(amount))
