"""What the dashboards count: for each number its predicate, in SQL and in words, in one place.

The list behind a mark and the mark itself are counted by the same predicate, so that they cannot differ. The unit is
one claim with one payer (services/core/board/episodes.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any, Final
from urllib.parse import urlencode


@dataclass(frozen=True, slots=True)
class Measure:
    """A set of claims. `where` and `amount` (cents) are of the view `board`."""

    id: str
    title: str
    words: str
    """the predicate, as a person checks it"""
    where: str
    amount: str
    amount_words: str
    work: bool = False
    """whether all that it counts is somebody's work: its claims are listed in the worklist"""


_DENIED: Final = "denied_first"
_STANDING: Final = "state in ('denied_full', 'denied_partial')"
_UNDECIDED: Final = "status in ('open', 'held', 'waiting') and automation <> 'A0'"
_RECOVERED: Final = "min(recovered, first_denied)"

MEASURES: Final = {
    measure.id: measure
    for measure in (
        Measure(
            "adjudicated",
            "Claims that a payer has decided",
            "An 835 decided the claim: paid, paid nothing rightly, or denied. Not: pended, predetermination, a "
            "reversal alone. The same claim with two payers counts twice, a repeated remittance once.",
            "1",
            "charge",
            "billed",
        ),
        Measure(
            "initial_denials",
            "Initial denials",
            "The first adjudication that decided the claim denies it, in full or in part.",
            _DENIED,
            "first_denied",
            "denied at first",
        ),
        Measure(
            "not_denied",
            "Not denied at first",
            "The first adjudication that decided the claim does not deny any of it.",
            f"not {_DENIED}",
            "charge",
            "billed",
        ),
        Measure(
            "denied_lines",
            "Claims with denied lines",
            "At least one service line of the first adjudication is denied, in full or in part.",
            "denied_lines > 0",
            "first_denied",
            "denied at first",
        ),
        Measure(
            "primary_adjudicated",
            "Claims that a primary payer has decided",
            "The payer is the first that was asked to pay (SBR01, CLP02).",
            "place = 'primary'",
            "charge",
            "billed",
        ),
        Measure(
            "primary_denials",
            "Primary denials",
            "An initial denial by the payer that was asked to pay first (SBR01, CLP02).",
            f"{_DENIED} and place = 'primary'",
            "first_denied",
            "denied at first",
        ),
        Measure(
            "denials",
            "Denials by cause",
            "Every claim that was classified as denied, under the latest primary cause; open or ended since.",
            "cause is not null",
            "cause_denied",
            "denied",
        ),
        Measure(
            "standing",
            "Denials that stand",
            "The adjudication in force denies the claim, and it was neither written off, nor billed to the patient, "
            "nor given up.",
            f"{_STANDING} and resolution is null",
            "denied",
            "denied now",
            work=True,
        ),
        Measure(
            "at_risk",
            "Denials that nobody has decided",
            "A proposal is open, held or waits to be sent, and asks for something to be done.",
            _UNDECIDED,
            "at_stake",
            "at stake",
            work=True,
        ),
        Measure(
            "running",
            "Denials with a clock that runs",
            "A proposal is open, held or waits to be sent, and a clock is known to run against it.",
            f"{_UNDECIDED} and due is not null",
            "at_stake",
            "at stake",
            work=True,
        ),
        Measure(
            "no_clock",
            "Undecided denials without a known clock",
            "A proposal is open, held or waits to be sent, and no clock is known to run against it.",
            f"{_UNDECIDED} and due is null",
            "at_stake",
            "at stake",
            work=True,
        ),
        Measure(
            "appealed",
            "Initial denials that were appealed",
            "A redetermination, a reconsideration or a provider dispute was approved.",
            f"{_DENIED} and appealed is not null",
            "first_denied",
            "denied at first",
        ),
        Measure(
            "sent_back",
            "Initial denials sent back corrected",
            "A corrected claim lay in a file for the payer.",
            f"{_DENIED} and delivered is not null",
            "first_denied",
            "denied at first",
        ),
        Measure(
            "resolved",
            "Initial denials that were resolved",
            "The claim is no longer denied (overturned, found to be no denial, taken back by the payer), or a person "
            "ended it: written off, billed to the patient, given up.",
            f"{_DENIED} and resolution is not null",
            "first_denied",
            "denied at first",
        ),
        Measure(
            "overturned",
            "Initial denials that were overturned",
            "The claim is no longer denied, and the payer pays more than it did at first.",
            f"{_DENIED} and resolution = 'overturned'",
            "recovered",
            "recovered",
        ),
        Measure(
            "recovered",
            "Initial denials with dollars recovered",
            "The payer pays more than it did at first, whether a part is denied still or not. Counted up to what was "
            "denied at first.",
            f"{_DENIED} and recovered > 0",
            _RECOVERED,
            "recovered",
        ),
        Measure(
            "written_off",
            "Denials written off",
            "A person approved a write-off, and the claim is denied still.",
            "resolution = 'written_off'",
            "denied",
            "written off",
        ),
        Measure(
            "initial_written_off",
            "Initial denials written off",
            "A person approved a write-off; what was recovered before is not counted.",
            f"{_DENIED} and resolution = 'written_off'",
            f"first_denied - {_RECOVERED}",
            "written off",
        ),
        Measure(
            "initial_billed_patient",
            "Initial denials billed to the patient",
            "A person approved that the patient is billed; what was recovered before is not counted.",
            f"{_DENIED} and resolution = 'billed_patient'",
            f"first_denied - {_RECOVERED}",
            "billed to the patient",
        ),
        Measure(
            "initial_given_up",
            "Initial denials given up",
            "A person rejected what was proposed and nothing was proposed since; what was recovered before is not "
            "counted.",
            f"{_DENIED} and resolution = 'given_up'",
            f"first_denied - {_RECOVERED}",
            "given up",
        ),
        Measure(
            "initial_closed",
            "Initial denials that the payer ended otherwise",
            "The claim is no longer denied, and this part is not paid: reduced by contract, the patient's share, or "
            "taken back by the payer.",
            f"{_DENIED} and resolution in ('overturned', 'no_denial', 'taken_back') "
            f"and first_denied > {_RECOVERED}",
            f"first_denied - {_RECOVERED}",
            "not paid, and not denied any more",
        ),
        Measure(
            "initial_open",
            "Initial denials that are not resolved",
            "Denied or pended still, and nobody ended it; what was recovered before is not counted.",
            f"{_DENIED} and resolution is null",
            f"first_denied - {_RECOVERED}",
            "open",
        ),
    )
}
"""By the id that stands in a URL."""

AGES: Final = {
    "0-30": (0, 30),
    "31-60": (31, 60),
    "61-90": (61, 90),
    "91-120": (91, 120),
    "121+": (121, None),
}
"""Buckets of days since the denial, as receivables are aged."""

NO_PAYER: Final = "-"
"""In a URL: the payers that sent no id."""

UNDATED: Final = "undated"
"""The bucket of what no remittance dates."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which claims a dashboard, or the list behind a mark, looks at. What is null does not select.

    `since` and `until` are of the first adjudication; `age` counts to the latest day that was opened.
    """

    payer: str | None = None
    """the payer's id; empty: none was sent"""
    place: str | None = None
    since: date | None = None
    until: date | None = None
    cause: str | None = None
    clock: str | None = None
    due: date | None = None
    due_before: date | None = None
    """the clock has run out before this day"""
    due_from: date | None = None
    """the clock ends on this day or later"""
    age: str | None = None
    within: int | None = None
    """recovered within so many days of the first denial"""

    def query(self, **more: Any) -> str:
        """As a URL has it, with what is given over it."""
        values = {f.name: getattr(self, f.name) for f in fields(self)} | more
        values["payer"] = NO_PAYER if values["payer"] == "" else values["payer"]
        return urlencode([(name, _text(value)) for name, value in values.items() if value is not None])

    def under(self, **more: Any) -> Selection:
        """A narrower one."""
        return replace(self, **more)

    def conditions(self) -> Iterator[tuple[str, tuple[str | int, ...]]]:
        """Conditions of SQL over the view `board`, with their values."""
        for column, value in (
            ("payer", self.payer),
            ("place", self.place),
            ("cause", self.cause),
            ("clock", self.clock),
        ):
            if value is not None:
                yield f"{column} = ?", (value,)
        if self.since is not None:
            yield "first_day >= ?", (self.since.isoformat(),)
        if self.until is not None:
            yield "first_day <= ?", (self.until.isoformat(),)
        if self.due is not None:
            yield "due = ?", (self.due.isoformat(),)
        if self.due_before is not None:
            yield "due < ?", (self.due_before.isoformat(),)
        if self.due_from is not None:
            yield "due >= ?", (self.due_from.isoformat(),)
        if self.age == UNDATED:
            yield "denied_day is null", ()
        elif self.age is not None:
            first, last = AGES[self.age]
            days = "(select cast(julianday(max(day)) - julianday(denied_day) as integer) from opened_day)"
            yield f"max({days}, 0) >= ?", (first,)
            if last is not None:
                yield f"max({days}, 0) <= ?", (last,)
        if self.within is not None:
            yield f"{RECOVERED_WITHIN} > 0", (self.within,)


RECOVERED_WITHIN: Final = (
    "min(first_denied, max(0, coalesce((select s.paid from board_step s where s.key = board.key"
    " and s.lineage = board.lineage and julianday(s.day) - julianday(board.first_day) <= ?"
    " order by s.number desc limit 1), first_paid) - first_paid))"
)
"""Cents that were recovered of a claim so many days after its first adjudication."""


def read_selection(given: Mapping[str, str]) -> Selection:
    """The selection that a URL holds; what is empty does not select. Raises SelectionError."""
    named = {
        name: given[name].strip()
        for name in (f.name for f in fields(Selection))
        if given.get(name, "").strip()
    }
    values: dict[str, Any] = dict(named)
    if named.get("payer") == NO_PAYER:
        values["payer"] = ""
    if named.get("age", UNDATED) not in (*AGES, UNDATED):
        raise SelectionError("age")
    for name, read in _READERS.items():
        if name in named:
            try:
                values[name] = read(named[name])
            except ValueError:
                raise SelectionError(name) from None
    return Selection(**values)


class SelectionError(Exception):
    """A field of a URL cannot be read; the text is its name."""


_READERS: Final[Mapping[str, Callable[[str], object]]] = {
    **dict.fromkeys(("since", "until", "due", "due_before", "due_from"), date.fromisoformat),
    "within": int,
}


def _text(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


def address(measure: str, selection: Selection) -> str:
    """Where the claims behind a mark are listed: in the worklist where all of them are work, else as they stand."""
    if MEASURES[measure].work:
        return f"/work?{urlencode({'behind': selection.query(measure=measure)})}"
    return f"/board/claims?{selection.query(measure=measure)}"
