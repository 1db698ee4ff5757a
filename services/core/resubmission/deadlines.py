"""Clocks of a denied claim: until when a corrected claim, an appeal, a claim at all is taken.

The rules are those of the payer's profile. A later remittance does not move a clock that starts at the date of
service. A remark may put a clock in the place of the payer's usual one, or end it (domain reference 1.7 a, 3.3).
"""

from __future__ import annotations

from collections.abc import Container
from datetime import date, timedelta
from operator import attrgetter
from typing import Final, NamedTuple

from schemas.case import ClassifiedDenial
from schemas.codes import Action, Path
from schemas.recoding import Deadline
from services.core.denials.knowledge import remark_code
from services.core.resubmission.clock_rules import ClockRule, Run
from services.core.resubmission.profiles import Profile

FILING_LIMIT: Final = "filing_limit"

ALARM_DAYS: Final = (14, 7, 2)
"""How many days before a clock runs out an alarm is raised, widest first."""


class Occasion(NamedTuple):
    """What the clocks of a denial are made of: its dates, its remarks and its reason codes."""

    service_from: date | None
    service_to: date | None
    remitted: date | None
    remarks: frozenset[str]
    reasons: frozenset[str]
    """CARCs"""
    prior_remitted: date | None = None
    """when the payer before this one decided the claim; null: none did"""

    def anchor(self, kind: str) -> date | None:
        if kind in ("remit", "receipt"):
            return self.remitted
        if kind == "prior_remit":
            return self.prior_remitted
        return self.service_to if kind == "dos" else self.service_from

    def heard(self, profile: Profile) -> Occasion:
        """The same with those remarks and reasons alone that a clock or a level of the profile asks about."""
        remarks, reasons = profile.asked
        return self._replace(remarks=self.remarks & remarks, reasons=self.reasons & reasons)

    def handed_on(self) -> Occasion:
        """The same claim at the payer after this one: nothing said there yet, and this one's remittance before it."""
        return Occasion(self.service_from, self.service_to, None, frozenset(), frozenset(), self.remitted)


def occasion_of(denial: ClassifiedDenial) -> Occasion:
    """The occasion of a classified denial."""
    adjudication = denial.adjudication
    remarks = (
        *denial.directives,
        *[r.code for r in adjudication.remarks],
        *[r.code for cause in denial.causes for r in cause.remarks],
    )
    first, last = _service(denial)
    return Occasion(
        service_from=first,
        service_to=last,
        remitted=adjudication.remittance.payment_date or adjudication.remittance.production_date,
        remarks=frozenset([remark_code(code) for code in remarks]),
        reasons=frozenset([a.reason for cause in denial.causes for a in cause.adjustments]),
        prior_remitted=max([p.remitted for p in denial.other_payers if p.remitted], default=None),
    )


def appeal_level(occasion: Occasion, profile: Profile) -> int:
    """Which level of the payer's appeals a denial is at, from 1: the highest whose remark or reason it carries."""
    highest = 1
    for number, level in enumerate(profile.appeal_levels, start=1):
        if not (occasion.remarks.isdisjoint(level.remarks) and occasion.reasons.isdisjoint(level.reasons)):
            highest = number
    return highest


def running(occasion: Occasion, profile: Profile, today: date) -> tuple[Deadline, ...]:
    """The clocks of an occasion by due date, those that have passed among them (days left are then negative). A clock
    without its anchor or its span does not appear."""
    return tuple([run.deadline(today, None) for run in _started(occasion, profile)])


def clocks_against(
    occasion: Occasion, profile: Profile, today: date, action: Action, path: Path
) -> tuple[Deadline, ...]:
    """The clocks of an occasion, each with whether it runs against this action on this path."""
    started = _started(occasion, profile)
    wanted = _wanted([run.clock for run in started], action, path, profile)
    return tuple([run.deadline(today, run.clock in wanted) for run in started])


def filing_limit(occasion: Occasion, profile: Profile, today: date) -> tuple[Deadline, ...]:
    """The clock of a claim that goes to another payer, by that payer's profile; empty where none is known.
    `occasion`: the claim as that payer sees it."""
    found = [run for run in _started(occasion, profile) if run.clock == FILING_LIMIT]
    return tuple(run.deadline(today, True, profile.payer_id) for run in found)


_BY_DUE: Final = attrgetter("due", "clock")


def _started(occasion: Occasion, profile: Profile) -> list[Run]:
    found: dict[str, Run] = {}
    for rule in _met(occasion, profile):
        if rule.span is None:
            found.pop(rule.clock, None)
            continue
        if rule.coordinated and occasion.prior_remitted is None:
            continue
        if rule.after is not None:
            earlier = found.get(rule.after)
            anchor = earlier.due if earlier is not None else None
        else:
            anchor = occasion.anchor(rule.anchor)
        run = rule.run(anchor) if anchor is not None else None
        if run is not None:
            found[run.clock] = run
    return sorted(found.values(), key=_BY_DUE)


def _met(occasion: Occasion, profile: Profile) -> tuple[ClockRule, ...]:
    """The rules of a profile whose condition is met. Of all remarks and reasons a profile asks about few."""
    remarks, reasons = occasion.remarks, occasion.reasons
    return profile.remembered((_met, remarks, reasons), lambda: _meeting(occasion, profile))


def _meeting(occasion: Occasion, profile: Profile) -> tuple[ClockRule, ...]:
    level = appeal_level(occasion, profile)
    return tuple(
        [rule for rule in profile.clock_rules if rule.meets(occasion.remarks, occasion.reasons, level)]
    )


def _service(denial: ClassifiedDenial) -> tuple[date | None, date | None]:
    """The first and the last day of service: as submitted, else as the 835 says."""
    claim, adjudication = denial.claim, denial.adjudication
    if claim is not None and (claim.service_from or claim.service_to):
        return claim.service_from or claim.service_to, claim.service_to or claim.service_from
    lines = [d for line in adjudication.lines for d in (line.service_from, line.service_to) if d]
    first = adjudication.service_from or min(lines, default=None)
    last = adjudication.service_to or adjudication.service_from or max(lines, default=None)
    return first or last, last


_LAPSING: Final = frozenset({"corrected_claim", "appeal", "records", "stop_recoupment", "negotiation"})
"""Rights that are lost with their clock, whatever is proposed."""

_PRESSING: Final = {
    Action.CORRECTED_CLAIM: frozenset({"corrected_claim"}),
    Action.APPEAL: frozenset({"appeal", "stop_recoupment", "negotiation", "dispute_resolution"}),
    Action.RECORDS: frozenset({"records"}),
    Action.BILL_OTHER: frozenset({FILING_LIMIT}),
}
"""Which clocks press for an action."""


def _wanted(names: Container[str], action: Action, path: Path, profile: Profile) -> frozenset[str]:
    """Which clocks run against this action on this path. `names`: those that were started."""
    if path is Path.REOPENING and "reopening" in names:
        return frozenset({"reopening"})
    if path in (Path.VOID, Path.VOID_THEN_NEW):
        return frozenset()
    if path is Path.NEW_CLAIM and action is Action.CORRECTED_CLAIM:
        # Of a claim that nobody has adjudicated only the filing limit runs, whatever a denied one may keep.
        kept = frozenset([clock for clock in profile.new_claim_clocks if clock in names])
        return kept or frozenset({FILING_LIMIT})
    if action is Action.RECORDS and "records" not in names:
        return frozenset({"appeal"})
    return _PRESSING.get(action, frozenset())


def pressing(deadlines: tuple[Deadline, ...], action: Action, path: Path) -> tuple[Deadline, ...]:
    """The clocks that run against what is proposed."""
    if any(d.binds is not None for d in deadlines):
        return tuple(d for d in deadlines if d.binds)
    # A proposal of before it was noted on each clock.
    wanted = _PRESSING.get(action, frozenset())
    if path is Path.NEW_CLAIM:
        wanted |= {FILING_LIMIT}
    return tuple(d for d in deadlines if d.clock in wanted)


def watched(deadlines: tuple[Deadline, ...], action: Action, path: Path) -> tuple[Deadline, ...]:
    """The clocks of which an alarm is raised: those that run against what is proposed, and the rights that lapse
    meanwhile (a corrected claim stops no appeal's clock)."""
    bound_to = {d.clock for d in pressing(deadlines, action, path)}
    return tuple(d for d in deadlines if d.clock in bound_to or d.clock in _LAPSING)


def next_call(deadlines: tuple[Deadline, ...], after: date) -> date | None:
    """The next day on which one of these clocks comes to an alarm, or has passed; null where none does."""
    days = [d.due - timedelta(days=n) for d in deadlines for n in (*ALARM_DAYS, -1)]
    return min((day for day in days if day > after), default=None)


def alarms(deadlines: tuple[Deadline, ...], since: date, today: date) -> tuple[Deadline, ...]:
    """The clocks that came to an alarm after `since`, up to and with `today`, and have not run out: each once."""
    return tuple(
        d.model_copy(update={"days_left": (d.due - today).days})
        for d in deadlines
        if d.due >= today and any(since < d.due - timedelta(days=n) <= today for n in ALARM_DAYS)
    )
