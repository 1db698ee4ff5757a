"""A filter of the worklist as SQL: its condition, its order, and what lies beyond a row in that order."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Final

from schemas.records.work_item import HELD
from services.console.queries.board import condition
from services.console.queries.filters import NOBODY, READY, Filter, span
from services.console.read_model.work import FAR, PROPOSAL

_COLUMN: Final = {
    "priority": ("priority", True),
    "dollars": ("amount", True),
    "due": ("due", False),
    "payer": ("payer", False),
    "claim": ("claim_number", False),
    "cause": ("cause", False),
    "owner": ("owner", False),
    "age": ("first_day", False),
}
"""The column of each sort, and whether most comes first."""

_EQUAL: Final = ("payer", "cause", "action", "path", "provider", "file", "clock", "kind")
CODED: Final = ("carc", "rarc", "group", "procedure")


AGE: Final = (
    "(select cast(julianday(max(day)) - julianday(work.first_day) as integer) from opened_day"
    f" where work.first_day <> '{FAR}')"
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A filter as SQL."""

    where: str
    values: tuple[str | int, ...]


def condition_of(asked: Filter) -> Asked:
    """The filter as a condition on `work`, every value bound."""
    parts: list[str] = []
    values: list[str | int] = []

    def add(part: str, *bound: str | int) -> None:
        parts.append(part)
        values.extend(bound)

    if (behind := asked.counted()) is not None:
        where, bound = condition(*behind)
        add(
            f"kind = '{PROPOSAL}' and (key, lineage) in (select key, lineage from board where {where})",
            *bound,
        )
    if asked.state == READY:
        add(f"waits = 1 and status <> '{HELD}'")
    elif not asked.state:
        if behind is None:
            add("waits = 1")
    elif asked.state != "any":
        add("status = ?", asked.state)
    for name in _EQUAL:
        if value := getattr(asked, name):
            add(f"{name} = ?", value)
    if asked.proof:
        add("proof_state = ?", asked.proof)
    if asked.owner:
        add("owner = ?", "" if asked.owner == NOBODY else asked.owner)
    if asked.rule:
        rule, _, version = asked.rule.partition("@")
        add("rule = ?", rule)
        if version:
            add("rule_version = ?", version)
    if asked.repeat:
        add("attempts > 0" if asked.repeat == "repeat" else "attempts = 0")
    if asked.days in ("past", "none"):
        add("days_left < 0" if asked.days == "past" else "days_left is null")
    elif asked.days:
        _between(add, "days_left", asked.days, 1)
    if asked.amount:
        _between(add, "amount", asked.amount, 100)
    if asked.age:
        _between(add, AGE, asked.age, 1)
    if asked.due:
        add("due = ?", asked.due)
    if asked.served_from:
        add("served >= ? and served < ?", asked.served_from, FAR)
    if asked.served_to:
        add("served <= ?", asked.served_to)
    for kind in CODED:
        if value := getattr(asked, kind):
            add("id in (select id from work_code where kind = ? and code = ?)", kind, value)
    return Asked(" and ".join(parts) or "1", tuple(values))


def order_of(asked: Filter, *, back: bool = False) -> str:
    """The order, or with `back` the same from its end."""
    name, turned = asked.order
    column, most_first = _COLUMN[name]
    return f"{column} {_way(most_first ^ turned ^ back)}, id {_way(back)}"


def _way(descending: bool) -> str:
    return "desc" if descending else "asc"


def beyond(model: sqlite3.Connection, asked: Filter, id_: str, *, forward: bool) -> Asked:
    """The rows on one side of a row in the order of the filter."""
    name, turned = asked.order
    column, most_first = _COLUMN[name]
    found = model.execute(f"select {column} from work where id = ?", (id_,)).fetchone()
    if found is None:
        return Asked("0", ())
    down = most_first ^ turned
    more, after = ("<" if down == forward else ">"), (">" if forward else "<")
    return Asked(f"({column} {more} ? or ({column} = ? and id {after} ?))", (found[0], found[0], id_))


def _between(add, column: str, text: str, factor: int) -> None:  # type: ignore[no-untyped-def]
    first, last = span(text)
    if first is not None:
        add(f"{column} >= ?", first * factor)
    if last is not None:
        # A whole number of dollars is the last one that belongs to the range, with its cents.
        add(f"{column} <= ?", last * factor + (factor - 1))
