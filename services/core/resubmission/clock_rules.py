"""The rules of a profile's clocks, made ready once: what starts each, how long it runs, where that is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import Enum
from typing import Any, Final, Protocol

from schemas.recoding import Deadline
from services.core.resubmission.profile_documents import AppealLevel, Clock
from services.core.resubmission.spans import Span, next_business_day, read_span

# A notice is presumed to be received five days after its date (42 CFR 405.942).
_PRESUMED_RECEIPT: Final = timedelta(days=5)

_REMEMBERED: Final = 1_024
"""How many first days are remembered of a rule: they come from claims, and some hundred are in use at a time."""

_REMEMBERED_DAYS: Final = 16
"""For how many todays and ways a started clock is remembered."""


class Told(Protocol):
    """Where a value comes from."""

    @property
    def document(self) -> str: ...
    @property
    def source(self) -> str: ...
    @property
    def date(self) -> date: ...
    @property
    def example(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class ClockRule:
    """One clock of a profile. A denial meets its condition or not."""

    clock: str
    span: Span | None
    """null: the clock is over"""
    anchor: str
    said: str
    """the rule in one line: document, key, span and anchor"""
    source: str
    example: bool
    remarks: frozenset[str] = frozenset()
    reasons: frozenset[str] = frozenset()
    level: int | None = None
    """only at this level of appeal"""
    after: str | None = None
    """starts where this other clock ends"""
    moved: bool = False
    """ends on the next business day where its last day is a day off"""
    coordinated: bool = False
    """only for a claim that another payer decided first"""
    _runs: dict[date, Run | None] = field(init=False, repr=False, compare=False, default_factory=dict)

    @property
    def conditional(self) -> bool:
        return bool(self.remarks or self.reasons or self.coordinated)

    def run(self, anchor: date) -> Run | None:
        """The clock when it starts on this day; null where it is over, and beyond the calendar. Made once for a day."""
        found = self._runs.get(anchor, _NOT_YET)
        if found is _NOT_YET:
            if len(self._runs) >= _REMEMBERED:
                self._runs.clear()
            self._runs[anchor] = found = self._run(anchor)
        return found

    def _run(self, anchor: date) -> Run | None:
        if self.span is None:
            return None
        try:
            last = self.span.after(anchor + _PRESUMED_RECEIPT if self.anchor == "receipt" else anchor)
            if last is None:
                return None
            return Run(self, self.clock, anchor, last, next_business_day(last) if self.moved else last)
        except OverflowError:
            return None

    def meets(self, remarks: frozenset[str], reasons: frozenset[str], level: int) -> bool:
        if self.level is not None and self.level != level:
            return False
        if not self.remarks and not self.reasons:
            return True
        return not (self.remarks.isdisjoint(remarks) and self.reasons.isdisjoint(reasons))


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """A clock that started on one day."""

    rule: ClockRule
    clock: str
    anchor: date
    last: date
    """by the count"""
    due: date
    _told: dict[tuple[date, bool | None, str | None], Deadline] = field(
        init=False, repr=False, default_factory=dict
    )

    def deadline(self, today: date, binds: bool | None, payer_id: str | None = None) -> Deadline:
        """The clock as a proposal of this day names it. `binds`: whether it runs against what is proposed; `payer_id`:
        whose it is, where it is another's than the payer's who denied."""
        key = (today, binds, payer_id)
        found = self._told.get(key)
        if found is None:
            if len(self._told) >= _REMEMBERED_DAYS:
                self._told.clear()
            self._told[key] = found = self._deadline(today, binds, payer_id)
        return found

    def _deadline(self, today: date, binds: bool | None, payer_id: str | None) -> Deadline:
        rule = self.rule
        return Deadline.trust(
            {
                "clock": self.clock,
                "due": self.due,
                "days_left": (self.due - today).days,
                "anchor": self.anchor,
                "rule": rule.said,
                "example": rule.example,
                "source": rule.source,
                "moved_from": self.last if self.last != self.due else None,
                "binds": binds,
                "of": payer_id,
            }
        )


class _NotYet(Enum):
    NOT_YET = "not_yet"


_NOT_YET: Final = _NotYet.NOT_YET

_SECONDARY: Final = "secondary_filing_days"
"""The filing limit of a claim that another payer decided first: it stands in the place of the usual one."""

_BASE: Final = (
    ("corrected_claim", "corrected_claim_days", "corrected_claim_anchor", None),
    ("appeal", "appeal_days", "appeal_anchor", None),
    ("filing_limit", "timely_filing_days", "timely_filing_anchor", "dos"),
    ("filing_limit", _SECONDARY, "secondary_filing_anchor", "prior_remit"),
)
"""Clock, key of its span, key of its anchor, the anchor where no document names one."""


def clock_rules(
    values: Mapping[str, Any], sources: Mapping[str, Told], clocks: Mapping[str, tuple[str, Clock]]
) -> tuple[ClockRule, ...]:
    """All rules of one profile, those without a condition first. `clocks`: rule -> document and clock."""
    moved: frozenset[str] = frozenset(values.get("moved_off_days_off") or ())
    rules = [*_base(values, sources, moved), *_levels(values, sources, moved)]
    for rule, (document, clock) in clocks.items():
        span = read_span(clock.within) if clock.within is not None else None
        how = f"{span} after {clock.after}" if clock.after else f"{span} from {clock.anchor}"
        rules.append(
            ClockRule(
                clock=clock.clock,
                span=span,
                anchor=clock.anchor,
                said=f"{document}.{rule}: {how if span else 'over'}",
                source=clock.source,
                example=clock.example,
                remarks=frozenset(clock.remarks),
                reasons=frozenset(clock.reasons),
                level=clock.level,
                after=clock.after,
                moved=clock.clock in moved,
            )
        )
    return tuple(sorted(rules, key=lambda r: (r.after is not None, r.conditional, r.span is None)))


def _base(
    values: Mapping[str, Any], sources: Mapping[str, Told], moved: frozenset[str]
) -> Iterator[ClockRule]:
    for clock, key, anchor_key, usual in _BASE:
        anchor = values.get(anchor_key) or usual
        if values.get(key) is None or anchor is None:
            continue
        span = read_span(values[key])
        yield ClockRule(
            clock=clock,
            span=span,
            anchor=anchor,
            said=f"{sources[key].document}.{key}: {span} from {anchor}",
            source=sources[key].source,
            example=sources[key].example,
            level=1 if clock == "appeal" else None,
            moved=clock in moved,
            coordinated=key == _SECONDARY,
        )


def _levels(
    values: Mapping[str, Any], sources: Mapping[str, Told], moved: frozenset[str]
) -> Iterator[ClockRule]:
    levels: tuple[AppealLevel, ...] = values.get("appeal_levels") or ()
    for number, level in enumerate(levels, start=1):
        if level.within is None:
            continue
        span, told = read_span(level.within), sources["appeal_levels"]
        yield ClockRule(
            clock="appeal",
            span=span,
            anchor="receipt",
            said=f"{told.document}.appeal_levels.{level.name}: {span} from receipt",
            source=told.source,
            example=told.example,
            level=number,
            moved="appeal" in moved,
        )
