"""The worklist: rows of a filter in its order, their totals, what else could be filtered by, and who stands beside whom."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from services.console.queries.conditions import AGE, CODED, Asked, beyond, condition_of, order_of
from services.console.queries.filters import Filter
from services.console.read_model.work import FAR

PAGE: Final = 50
"""Rows of a page: with them a page stays far below 100 KB."""

SOON: Final = 14
"""Days within which a clock is said to run out soon."""

TOO_MANY: Final = 200
"""Values of one filter that are offered; the rest is found by search or in an address."""

_LISTED: Final = (
    "payer",
    "cause",
    "action",
    "path",
    "proof_state",
    "owner",
    "provider",
    "file",
    "clock",
    "kind",
)
"""What options counts of the rows themselves."""


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that waits, or was decided. No patient."""

    ref: str
    """in an address: /claims/{ref}"""
    key: str
    lineage: str
    proposal: str
    revision: int
    kind: str
    status: str
    claim_number: str
    payer: str
    payer_name: str
    cause: str
    codes: tuple[str, ...]
    served: date | None
    lines_denied: int
    lines: int
    amount: Decimal
    chance: Decimal
    action: str
    path: str
    automation: str
    proof_state: str
    needs: tuple[str, ...]
    vetoes: tuple[str, ...]
    rule: str
    rule_version: str
    clock: str
    due: date | None
    days_left: int | None
    other_clock: str
    other_due: date | None
    other_days: int | None
    priority: Decimal
    owner: str
    held_until: date | None
    held_reason: str
    returned: str
    first_approval: str
    attempts: int
    first_day: date | None
    age: int | None
    """days since the first denial"""
    tried: int
    paid: int
    """of `tried` answered claims that this rule version sent to this payer"""
    last_event: str
    last_at: str

    @property
    def id(self) -> str:
        """Of this row alone: a claim may have a proposal and, beside it, what waits without one."""
        return f"{self.ref}.{self.proposal}"


@dataclass(frozen=True, slots=True)
class Totals:
    """Of every row of the filter."""

    claims: int
    denied: Decimal
    expected: Decimal
    """dollars times the chance of recovering them"""
    soon: int
    past: int
    held: int


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Where a claim stands in a filter."""

    previous: str | None
    next: str | None
    position: int
    of: int


def rows(model: sqlite3.Connection, asked: Filter, limit: int = PAGE) -> list[Row]:
    """The page of the filter."""
    condition = condition_of(asked)
    found = model.execute(
        f"{_SELECT} where {condition.where} order by {order_of(asked)} limit ? offset ?",
        (*condition.values, limit, (asked.page - 1) * limit),
    ).fetchall()
    return _dressed(model, found)


def rows_after(model: sqlite3.Connection, asked: Filter, after: str | None, limit: int = PAGE) -> list[Row]:
    """The rows that follow the one with this id (`Row.ref.proposal`) in the order of the filter: a page by its key, so
    that rows that come or go meanwhile shift nothing. Null: from the first."""
    condition = condition_of(asked)
    further = beyond(model, asked, after, forward=True) if after is not None else Asked("1", ())
    found = model.execute(
        f"{_SELECT} where {condition.where} and {further.where} order by {order_of(asked)} limit ?",
        (*condition.values, *further.values, limit),
    ).fetchall()
    return _dressed(model, found)


def count_after(model: sqlite3.Connection, asked: Filter, after: str) -> int:
    """How many rows follow the one with this id in the order of the filter."""
    condition, further = condition_of(asked), beyond(model, asked, after, forward=True)
    found = model.execute(
        f"select count(*) from work where {condition.where} and {further.where}",
        (*condition.values, *further.values),
    )
    count: int = found.fetchone()[0]
    return count


def row_of(model: sqlite3.Connection, ref: str) -> Row | None:
    """What waits, or was last decided, of a claim with a payer: the proposal before what waits without one."""
    found = model.execute(
        f"{_SELECT} where ref = ? order by kind = 'proposal' desc, id limit 1", (ref,)
    ).fetchall()
    return _dressed(model, found)[0] if found else None


def beside(model: sqlite3.Connection, ref: str) -> list[Row]:
    """What waits, or was ended, of a claim with a payer without a proposal; the oldest first."""
    found = model.execute(
        f"{_SELECT} where ref = ? and kind <> 'proposal' order by first_day, id", (ref,)
    ).fetchall()
    return _dressed(model, found)


def at_place(model: sqlite3.Connection, ref: str, proposal: str) -> Row | None:
    """The row of one proposal, or of what waits without one, of a claim; null where it is another's turn by now."""
    found = model.execute(f"{_SELECT} where id = ?", (f"{ref}.{proposal}",)).fetchall()
    return _dressed(model, found)[0] if found else None


def named(model: sqlite3.Connection, ids: tuple[str, ...], asked: Filter) -> list[Row]:
    """Of the rows of a filter those with these ids, for a preview."""
    marks = ", ".join("?" * len(ids))
    condition = condition_of(asked)
    found = model.execute(
        f"{_SELECT} where {condition.where} and id in ({marks}) order by priority desc, id",
        (*condition.values, *ids),
    ).fetchall()
    return _dressed(model, found)


def totals(model: sqlite3.Connection, asked: Filter) -> Totals:
    """The sums of every row of the filter."""
    condition = condition_of(asked)
    claims, denied, expected, soon, past, held = model.execute(
        "select count(*), coalesce(sum(amount), 0), coalesce(sum(amount * chance), 0),"
        " coalesce(sum(days_left between 0 and ?), 0), coalesce(sum(days_left < 0), 0),"
        " coalesce(sum(status = 'held'), 0)"
        f" from work where {condition.where}",
        (SOON, *condition.values),
    ).fetchone()
    return Totals(
        claims, _dollars(denied), (Decimal(expected) / 10_000).quantize(Decimal("0.01")), soon, past, held
    )


def neighbours(model: sqlite3.Connection, asked: Filter, ref: str) -> Neighbours | None:
    """Those beside a claim; where it has left the filter, those beside the place where it stood. Null where nothing is
    known of it."""
    found = model.execute(
        "select id from work where ref = ? order by kind = 'proposal' desc, id", (ref,)
    ).fetchone()
    if found is None:
        return None
    condition = condition_of(asked)
    before = beyond(model, asked, found[0], forward=False)
    after = beyond(model, asked, found[0], forward=True)
    ahead = model.execute(
        f"select count(*) from work where {condition.where} and {before.where}",
        (*condition.values, *before.values),
    ).fetchone()[0]
    (of,) = model.execute(f"select count(*) from work where {condition.where}", condition.values).fetchone()
    sides = []
    for side, order in ((before, order_of(asked, back=True)), (after, order_of(asked))):
        one = model.execute(
            f"select ref from work where {condition.where} and {side.where} and ref <> ? order by {order} limit 1",
            (*condition.values, *side.values, ref),
        ).fetchone()
        sides.append(one[0] if one is not None else None)
    return Neighbours(sides[0], sides[1], ahead + 1, of)


def options(model: sqlite3.Connection) -> dict[str, list[tuple[str, int]]]:
    """For each filter with a list, the values among what waits for a person, with how many claims each has."""
    columns = ", ".join(_LISTED)
    counted = {name: Counter[str]() for name in (*_LISTED, "rule", *CODED)}
    waiting = model.execute(
        f"select {columns}, rule || '@' || rule_version from work where waits = 1"
    ).fetchall()
    for name, values in zip((*_LISTED, "rule"), zip(*waiting, strict=True), strict=False):
        counted[name] = Counter(values)
    for kind in CODED:
        counted[kind] = Counter(
            dict(
                model.execute(
                    "select code, count(*) from work_code where kind = ? and waits = 1 group by 1", (kind,)
                ).fetchall()
            )
        )
    return {
        name: sorted(
            ((value, count) for value, count in values.items() if value not in ("", "@")),
            key=lambda one: (-one[1], one[0]),
        )[:TOO_MANY]
        for name, values in counted.items()
    }


def find_claim(model: sqlite3.Connection, key: str) -> str | None:
    """The address of a claim key's claim: of what waits first, else of what is known last."""
    found = model.execute(
        "select ref from work where key = ? order by waits desc, priority desc, id limit 1", (key,)
    ).fetchone()
    return found[0] if found is not None else None


_SELECT: Final = (
    "select work.*,"
    f" {AGE} as age,"
    f" case when other_due = '{FAR}' then null"
    " else (select cast(julianday(work.other_due) - julianday(max(day)) as integer) from opened_day) end as other_days"
    " from work"
)


def _dressed(model: sqlite3.Connection, found: list[sqlite3.Row]) -> list[Row]:
    records: dict[tuple[str, str, str], tuple[int, int]] = {}
    dressed = []
    for one in found:
        place = (one["rule"], one["rule_version"], one["payer"])
        if place not in records:
            records[place] = _record(model, *place)
        last = model.execute("select type, at from last_event where key = ?", (one["key"],)).fetchone()
        dressed.append(
            _row(one, records[place], (last["type"], last["at"]) if last is not None else ("", ""))
        )
    return dressed


def _record(model: sqlite3.Connection, rule: str, version: str, payer: str) -> tuple[int, int]:
    """How many answered claims this rule version sent to this payer, and how many of them were paid."""
    tried, paid = model.execute(
        "select count(*), coalesce(sum(outcome in ('paid', 'paid_in_part')), 0) from proposed_by"
        " join sent using (proposal) join came_of using (resubmission)"
        " where rule = ? and version = ? and payer = ? and outcome in ('paid', 'paid_in_part', 'denied_again', 'reversed')",
        (rule, version, payer),
    ).fetchone()
    return tried, paid


def _row(one: sqlite3.Row, record: tuple[int, int], last: tuple[str, str]) -> Row:
    return Row(
        ref=one["ref"],
        key=one["key"],
        lineage=one["lineage"],
        proposal=one["proposal"],
        revision=one["revision"],
        kind=one["kind"],
        status=one["status"],
        claim_number=one["claim_number"],
        payer=one["payer"],
        payer_name=one["payer_name"],
        cause=one["cause"],
        codes=tuple(json.loads(one["codes"])),
        served=_day(one["served"]),
        lines_denied=one["lines_denied"],
        lines=one["lines"],
        amount=_dollars(one["amount"]),
        chance=Decimal(one["chance"]) / 100,
        action=one["action"],
        path=one["path"],
        automation=one["automation"],
        proof_state=one["proof_state"],
        needs=tuple(json.loads(one["needs"])),
        vetoes=tuple(json.loads(one["vetoes"])),
        rule=one["rule"],
        rule_version=one["rule_version"],
        clock=one["clock"],
        due=_day(one["due"]),
        days_left=one["days_left"],
        other_clock=one["other_clock"],
        other_due=_day(one["other_due"]),
        other_days=one["other_days"],
        priority=_dollars(one["priority"]),
        owner=one["owner"],
        held_until=_day(one["held_until"]),
        held_reason=one["held_reason"],
        returned=one["returned"],
        first_approval=one["first_approval"],
        attempts=one["attempts"],
        first_day=_day(one["first_day"]),
        age=one["age"],
        tried=record[0],
        paid=record[1],
        last_event=last[0].partition(".")[0],
        last_at=last[1],
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text and text != FAR else None


def _dollars(cents: int) -> Decimal:
    return (Decimal(cents) / 100).quantize(Decimal("0.01"))
