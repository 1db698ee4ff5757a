"""What a worklist is asked for: one frozen value that is read from an address and written back into one."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Final
from urllib.parse import parse_qsl, urlencode

from services.console.queries.measures import MEASURES, Measure, Selection, SelectionError, read_selection

SORTS: Final = ("priority", "dollars", "due", "payer", "claim", "cause", "owner", "age")
"""`-` before one turns it round."""

AGES: Final = ("0-30", "31-60", "61-90", "91-120", "121-")
NOBODY: Final = "nobody"

READY: Final = "ready"
"""What waits for a person now: not on hold."""

STATES: Final = (READY, "held", "approved", "waiting", "sent", "taken", "rejected", "any")
"""What the list may hold in place of what waits for a person."""

_RANGE: Final = re.compile(r"(-?\d{0,9})(?:(-|\+)(\d{0,9}))?")
_FURTHER: Final = (
    *("carc", "rarc", "group", "procedure", "provider", "rule", "file", "clock", "age", "repeat", "state"),
    *("served_from", "served_to", "due", "kind"),
)
_NAMES: Final = {"served_from": "from", "served_to": "to"}
"""Where the name in an address is another than that of the field."""


class FilterError(Exception):
    """An address names a filter or a value that there is not. The text names the filter only."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which rows, and in which order. Empty text: not asked. Ranges are `from-to`, either end may be missing."""

    payer: str = ""
    cause: str = ""
    days: str = ""
    """days left on the binding clock, as a range; `past`: it has run out; `none`: no clock is known"""
    action: str = ""
    path: str = ""
    proof: str = ""
    """complete | needs | vetoed"""
    owner: str = ""
    """a name, or `nobody`"""
    amount: str = ""
    """dollars denied, as a range"""
    carc: str = ""
    rarc: str = ""
    group: str = ""
    procedure: str = ""
    """the first character of a denied procedure code: its family"""
    provider: str = ""
    """NPI that billed"""
    rule: str = ""
    """`id@version`, or an id"""
    file: str = ""
    """sha256 of the remittance file"""
    clock: str = ""
    age: str = ""
    """days since the first denial, as a range"""
    repeat: str = ""
    """first | repeat: whether it was sent back before"""
    state: str = ""
    """of STATES; else what waits for a person"""
    kind: str = ""
    """proposal, or what waits without one"""
    due: str = ""
    """the last day of the binding clock"""
    served_from: str = ""
    served_to: str = ""
    behind: str = ""
    """a number or a mark of the dashboard, as the query of an address (`measure=running&due=2026-06-01`): the claims
    that it counts, whatever their state"""
    sort: str = ""
    """of SORTS; else priority"""
    page: int = 1

    def query(self) -> str:
        """The filter as the query of an address, without the page."""
        return urlencode([(_NAMES.get(n, n), v) for n, v in self._set() if n != "page"])

    def at(self, page: int) -> str:
        """The same at another page."""
        return "&".join(part for part in (self.query(), f"page={page}" if page > 1 else "") if part)

    def given(self) -> bool:
        """Whether anything but the order is asked."""
        return any(name not in ("sort", "page") for name, _ in self._set())

    def further(self) -> bool:
        """Whether something beyond the first few filters is asked."""
        return any(name in _FURTHER for name, _ in self._set())

    def counted(self) -> tuple[Measure, Selection] | None:
        """What `behind` names; null where it is not asked. Raises FilterError."""
        if not self.behind:
            return None
        given = dict(parse_qsl(self.behind))
        measure = MEASURES.get(given.get("measure", ""))
        try:
            if measure is not None:
                return measure, read_selection(given)
        except SelectionError:
            pass
        raise FilterError("behind names no number of the dashboard")

    @property
    def order(self) -> tuple[str, bool]:
        """The sort, and whether it is turned round."""
        return (self.sort.lstrip("-") or SORTS[0], self.sort.startswith("-"))

    @property
    def direction(self) -> str:
        """As `aria-sort` has it."""
        name, turned = self.order
        return "ascending" if (name in ("priority", "dollars")) == turned else "descending"

    def sorted_by(self, sort: str) -> bool:
        """Whether it is in this order."""
        return self.order[0] == sort

    def resorted(self, sort: str) -> str:
        """The query with another order; with the same one, turned round."""
        turned = self.sorted_by(sort) and not self.order[1]
        return replace(self, sort=f"-{sort}" if turned else sort, page=1).query()

    def _set(self) -> list[tuple[str, str]]:
        empty = Filter()
        return [
            (field.name, str(getattr(self, field.name)))
            for field in fields(self)
            if getattr(self, field.name) != getattr(empty, field.name)
        ]


def read_filter(items: Iterable[tuple[str, str]]) -> Filter:
    """The filter that an address names (`request.query_params.multi_items()`); what it does not know is passed over.
    Raises FilterError."""
    named = {_NAMES.get(field.name, field.name): field.name for field in fields(Filter)}
    values = {named[name]: value.strip() for name, value in items if name in named and value.strip()}
    page = values.pop("page", "1")
    if not page.isdecimal() or not 1 <= int(page) <= 1_000_000:
        raise FilterError("page is a number from 1")
    found = Filter(**values, page=int(page))
    if found.order[0] not in SORTS:
        raise FilterError(f"sort is one of {', '.join(SORTS)}")
    found.counted()
    if found.state and found.state not in STATES:
        raise FilterError(f"state is one of {', '.join(STATES)}")
    for name in ("days", "amount", "age"):
        value = getattr(found, name)
        if value and not (name == "days" and value in ("past", "none")):
            span(value)
    for name in ("due", "served_from", "served_to"):
        value = getattr(found, name)
        if value:
            _day(name, value)
    return found


def span(text: str) -> tuple[int | None, int | None]:
    """`7-14`, `-14`, `121-`, `121+` or `14` (up to it) as two ends. Raises FilterError."""
    found = _RANGE.fullmatch(text)
    if found is None:
        raise FilterError("a range is written from-to")
    first, between, last = found[1], found[2], found[3]
    if between is None:
        # `14` and `-14` are both "up to 14": a lower end below zero has no use here.
        return None, int(first.lstrip("-") or 0)
    return (int(first) if first else None), (int(last) if last else None)


def _day(name: str, value: str) -> None:
    try:
        date.fromisoformat(value)
    except ValueError:
        raise FilterError(f"{_NAMES.get(name, name)} is a date (YYYY-MM-DD)") from None
