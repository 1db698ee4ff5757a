"""The charts of the dashboard, each with its predicate, its denominator and the same numbers as a table."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from services.account.quantities import dollars
from services.account.words import CLOCK_WORDS, cause_words, said_of
from services.console.charts import bars, curves, grids
from services.console.charts.figures import Cell, Figure, Mark
from services.console.queries.board import Counted, Rate, cohorts, rate
from services.console.queries.measures import MEASURES, UNDATED, Selection, address
from services.console.queries.series import PARTS, ages, causes, causes_by_payer, deadlines, trend, waterfall
from services.monitor.outcomes import TOO_FEW

HEAT_CAUSES: Final = 7
"""Columns of the heat map; every cause stands in the table beside it."""

PARETO_CAUSES: Final = 14
"""Bars of the ranking; every cause stands in the table beside it."""

CALENDAR_WEEKS: Final = 9

_NO_REMITTANCE: Final = "An 835 in the inbox that decides a claim fills this."


def figures(
    db: sqlite3.Connection, chosen: Selection, today: date | None, names: dict[str, str]
) -> list[Figure]:
    """All charts, in the order of the page. `names`: of payers, by id."""
    found = [
        _trend(db, chosen, names),
        _pareto(db, chosen),
        _heat_map(db, chosen, names),
        _ages(db, chosen),
        _waterfall(db, chosen),
        _recovery(db, chosen, today),
    ]
    return [_deadlines(db, chosen, today), *found] if today is not None else found


def payer_words(payer: str, names: dict[str, str]) -> str:
    """A payer as a person knows it."""
    return names.get(payer) or payer or "payer without an id"


def share_words(told: Rate) -> str:
    """`12 of 40 (30.0 %)`; under 20 no percentage, of nothing `none`."""
    if not told.whole:
        return "none"
    share = "too few to say" if told.share is None else percent(told.share)
    return f"{told.part:,} of {told.whole:,} ({share})"


def percent(share: Decimal) -> str:
    """`41.7 %`."""
    return f"{share * 100:.1f} %"


def _mark(label: str, counted: Counted, measure: str, chosen: Selection) -> Mark:
    return Mark(label, counted.count, counted.amount, address(measure, chosen))


def _row(*cells: str | Cell) -> tuple[Cell, ...]:
    return tuple(cell if isinstance(cell, Cell) else Cell(cell) for cell in cells)


def _number(said: str, href: str | None = None) -> Cell:
    return Cell(said, href, number=True)


def _amounts(mark: Mark) -> tuple[Cell, Cell]:
    """Count and dollars of a mark, the count with its list."""
    return _number(f"{mark.count:,}", mark.href if mark.count else None), _number(dollars(mark.amount))


def _both(found: Counted) -> str:
    return f"{dollars(found.amount)} ({found.count:,} claim{'' if found.count == 1 else 's'})"


def _trend(db: sqlite3.Connection, chosen: Selection, names: dict[str, str]) -> Figure:
    found = trend(db, chosen)
    word = "week" if found.weekly else "month"
    labels = [f"{begin:%b} {begin.day}" if found.weekly else f"{begin:%b %Y}" for begin, _ in found.periods]
    nothing = Counted(0, Decimal("0.00"))
    bands = [
        (
            payer_words(payer, names),
            [
                _mark(
                    f"{word} of {begin.isoformat()}",
                    found.found.get((payer, begin), nothing),
                    "initial_denials",
                    chosen.under(
                        payer=payer, since=_later(begin, chosen.since), until=_earlier(end, chosen.until)
                    ),
                )
                for begin, end in found.periods
            ],
        )
        for payer in found.payers
    ]
    rows = [
        _row(
            payer_words(payer, names),
            begin.isoformat(),
            *_amounts(mark),
            _number(share_words(rate(mark.count, found.decided.get((payer, begin), 0)))),
        )
        for payer, (_, marks) in zip(found.payers, bands, strict=True)
        for (begin, _), mark in zip(found.periods, marks, strict=True)
        if found.decided.get((payer, begin))
    ]
    title = "Initial denials by payer over time"
    says = (
        f"Dollars denied at first, by payer and {word} of the first adjudication, all on one scale. "
        f"In the table: of the claims that the payer decided in the {word}."
    )
    svg = (
        grids.multiples("trend", title, says, labels, bands)
        if any(m.count for _, ms in bands for m in ms)
        else None
    )
    head = ("payer", f"{word} of", "denied at first", "dollars", "of decided claims")
    return Figure("trend", title, says, svg, head, tuple(rows), f"No initial denial. {_NO_REMITTANCE}")


def _later(day: date, other: date | None) -> date:
    return day if other is None else max(day, other)


def _earlier(day: date, other: date | None) -> date:
    return day if other is None else min(day, other)


def _pareto(db: sqlite3.Connection, chosen: Selection) -> Figure:
    marks = [
        _mark(cause_words(cause), counted, "denials", chosen.under(cause=cause))
        for cause, counted in causes(db, chosen)
    ]
    everything = sum((mark.amount for mark in marks), Decimal(0))
    so_far = Decimal(0)
    rows = []
    for mark in marks:
        so_far += mark.amount
        share = percent(so_far / everything) if everything else ""
        rows.append(_row(mark.label, *_amounts(mark), _number(share)))
    title = "Causes by dollars"
    says = f"{MEASURES['denials'].words} Of all denied dollars that the selection holds."
    svg = bars.pareto("pareto", title, says, marks[:PARETO_CAUSES], everything) if marks else None
    head = ("cause", "claims", "denied", "together")
    rest = marks[PARETO_CAUSES:]
    note = f"The table has {len(rest)} more causes." if rest else None
    return Figure("pareto", title, says, svg, head, tuple(rows), f"No denial. {_NO_REMITTANCE}", note)


def _heat_map(db: sqlite3.Connection, chosen: Selection, names: dict[str, str]) -> Figure:
    found = causes_by_payer(db, chosen)
    by_payer, by_cause = _summed(found, 0), _summed(found, 1)
    shown = by_cause[:HEAT_CAUSES]
    labels = {payer: payer_words(payer, names) for payer in by_payer}
    labels = labels if len(set(labels.values())) == len(labels) else {payer: payer for payer in by_payer}
    marks = {
        (payer, cause): _mark(
            f"{labels[payer]}, {cause_words(cause)}",
            counted,
            "denials",
            chosen.under(payer=payer, cause=cause),
        )
        for (payer, cause), counted in found.items()
    }
    cells = {(labels[p], cause_words(c)): mark for (p, c), mark in marks.items() if c in shown}
    rows = [
        _row(labels[payer], cause_words(cause), *_amounts(marks[payer, cause]))
        for payer in by_payer
        for cause in by_cause
        if (payer, cause) in marks
    ]
    title = "Payer by cause"
    rest = len(by_cause) - len(shown)
    says = f"Denied dollars and claims of each payer and cause. {MEASURES['denials'].words}"
    note = f"The {len(shown)} causes with most dollars; the table has {rest} more." if rest else None
    svg = (
        grids.heat_map(
            "heat", title, says, [labels[p] for p in by_payer], [cause_words(c) for c in shown], cells
        )
        if cells
        else None
    )
    head = ("payer", "cause", "claims", "denied")
    return Figure("heat", title, says, svg, head, tuple(rows), f"No denial. {_NO_REMITTANCE}", note)


def _summed(found: dict[tuple[str, str], Counted], place: int) -> list[str]:
    """The names at a place of the keys, most dollars first."""
    sums: dict[str, Decimal] = {}
    for key, counted in found.items():
        sums[key[place]] = sums.get(key[place], Decimal(0)) + counted.amount
    return sorted(sums, key=lambda name: (-sums[name], name))


def _ages(db: sqlite3.Connection, chosen: Selection) -> Figure:
    marks = [
        _mark("no date" if age == UNDATED else f"{age} days", counted, "standing", chosen.under(age=age))
        for age, counted in ages(db, chosen)
    ]
    title = "Age of the denials that stand"
    says = (
        f"{MEASURES['standing'].words} By days from the first denial to the day of the books; of a claim that was "
        "paid at first, from the denial that stands."
    )
    svg = bars.columns("ages", title, says, marks) if any(mark.count for mark in marks) else None
    rows = tuple(_row(mark.label, *_amounts(mark)) for mark in marks)
    return Figure(
        "ages", title, says, svg, ("age", "claims", "denied now"), rows, f"No denial stands. {_NO_REMITTANCE}"
    )


_STEP_WORDS: Final = {
    "adjudicated": ("billed, and decided", "k-neutral"),
    "initial_denials": ("denied at first", "k-bad"),
    "sent_back": ("of it sent back corrected", "k-sent"),
    "recovered": ("recovered", "k-good"),
    "initial_written_off": ("written off", "k-lost"),
    "initial_billed_patient": ("billed to the patient", "k-lost"),
    "initial_given_up": ("given up", "k-lost"),
    "initial_closed": ("ended by the payer, unpaid", "k-lost"),
    "initial_open": ("open", "k-open"),
}


def _waterfall(db: sqlite3.Connection, chosen: Selection) -> Figure:
    found = waterfall(db, chosen)
    falls, start = [], Decimal(0)
    for step, counted in found.items():
        words, kind = _STEP_WORDS[step]
        part = step in PARTS
        falls.append(bars.Fall(_mark(words, counted, step, chosen), start if part else Decimal(0), kind))
        start += counted.amount if part else Decimal(0)
    title = "From billed to recovered"
    says = (
        "What became of each dollar that was denied at first: the steps from “recovered” to “open” add up to “denied "
        "at first”. “Billed” is of all claims that were decided."
    )
    rows = tuple(
        _row(fall.mark.label, *_amounts(fall.mark), MEASURES[step].words)
        for step, fall in zip(found, falls, strict=True)
    )
    svg = bars.waterfall("waterfall", title, says, falls) if found["adjudicated"].count else None
    head = ("step", "claims", "dollars", "what is counted")
    return Figure("waterfall", title, says, svg, head, rows, f"No claim was decided. {_NO_REMITTANCE}")


def _recovery(db: sqlite3.Connection, chosen: Selection, today: date | None) -> Figure:
    found = cohorts(db, chosen, today)
    drawn, rows, few = [], [], []
    for cohort in found:
        begin, end = _month(cohort.month)
        month = chosen.under(since=_later(begin, chosen.since), until=_earlier(end, chosen.until))
        points = []
        for days, claims, amount in cohort.recovered:
            share = amount / cohort.denied if cohort.denied else Decimal(0)
            href = address("initial_denials", month.under(within=days)) if claims else None
            told = percent(share) if cohort.count >= TOO_FEW else "too few to say"
            says = (
                f"{cohort.month}, after {days} days: {dollars(amount)} of {dollars(cohort.denied)} ({told})"
            )
            points.append(curves.Point(days, share, says, href))
            rows.append(
                _row(
                    cohort.month,
                    _number(str(days)),
                    _number(f"{claims:,}", href),
                    _number(dollars(amount)),
                    told,
                )
            )
        if cohort.count >= TOO_FEW:
            drawn.append(curves.Curve(cohort.month, tuple(points)))
        else:
            few.append(f"{cohort.month} ({cohort.count})")
    title = "Recovery by month of the first denial"
    says = (
        "Of the dollars denied at first in a month, the share that the payers pay more than at first, so many days "
        "later. A curve ends where the month's last claim is no older."
    )
    note = f"Too few claims to draw: {', '.join(few)}; the table has them." if few else None
    drawable = [curve for curve in drawn if curve.points][-curves.MOST :]
    svg = curves.curves("recovery", title, says, drawable) if drawable else None
    head = ("month", "days", "claims", "recovered", "of what was denied")
    empty = f"No month has {TOO_FEW} initial denials. {_NO_REMITTANCE}"
    return Figure("recovery", title, says, svg, head, tuple(rows), empty, note)


def _month(month: str) -> tuple[date, date]:
    begin = date.fromisoformat(f"{month}-01")
    return begin, (begin + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def _deadlines(db: sqlite3.Connection, chosen: Selection, today: date) -> Figure:
    last = grids.monday(today) + timedelta(days=7 * CALENDAR_WEEKS - 1)
    found = deadlines(db, chosen, today, last)
    days: dict[date, Mark] = {}
    for day in sorted({day for day, _ in found.days}):
        of_day = [counted for (each, _), counted in found.days.items() if each == day]
        together = Counted(sum(c.count for c in of_day), sum((c.amount for c in of_day), Decimal(0)))
        days[day] = _mark(day.isoformat(), together, "running", chosen.under(due=day))
    rows = [
        _row(
            day.isoformat(),
            said_of(CLOCK_WORDS, clock),
            *_amounts(_mark("", counted, "running", chosen.under(due=day, clock=clock))),
        )
        for (day, clock), counted in sorted(found.days.items())
    ]
    rows += _beside(
        ("ended before today", found.passed, "running", chosen.under(due_before=today)),
        (
            f"after {last.isoformat()}",
            found.later,
            "running",
            chosen.under(due_from=last + timedelta(days=1)),
        ),
        ("no clock known", found.no_clock, "no_clock", chosen),
    )
    title = "Deadlines: dollars at stake by day"
    says = (
        f"{MEASURES['running'].words} Each claim on the day on which its binding clock ends. "
        f"Ended already: {_both(found.passed)}; after {last.isoformat()}: {_both(found.later)}; "
        f"no clock known: {_both(found.no_clock)}."
    )
    svg = grids.calendar("deadlines", title, says, today, CALENDAR_WEEKS, days) if rows else None
    head = ("ends on", "clock", "claims", "at stake")
    return Figure(
        "deadlines",
        title,
        says,
        svg,
        head,
        tuple(rows),
        "Nothing undecided has a clock. A denial with a proposal that nobody has decided fills this.",
    )


def _beside(*rest: tuple[str, Counted, str, Selection]) -> Iterable[tuple[Cell, ...]]:
    for words, counted, measure, chosen in rest:
        if counted.count:
            yield _row(words, "", *_amounts(_mark("", counted, measure, chosen)))
