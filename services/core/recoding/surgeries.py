"""Services inside the global period of a surgery: the modifiers 24, 58, 78 and 79 (domain reference 2.2).

The surgery must be seen: on the same claim, before the service. One on another claim is a fact that is missing here.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from schemas.claim import ClaimLine, ClaimSubmitted
from schemas.recoding import Edit
from services.core.codes.mpfs import Indicators
from services.core.recoding.check import Check
from services.core.recoding.lookups import Opened, cpt_missing, opened, rendering_npi, visit
from services.core.recoding.offers import with_modifier
from services.core.recoding.situation import Situation
from services.core.recoding.verdicts import Verdict, fails, lacks, offers
from services.core.recoding.visits import VisitParameters

_DAYS: Final = {"010": 10, "090": 90}
"""Days after the surgery that its global period holds (MPFS)."""


class PeriodParameters(VisitParameters):
    """`visit`: whether the modifier is one of visits or of procedures; `places`: only in these places of service."""

    modifiers: tuple[str, ...]
    visit: bool
    places: tuple[str, ...] = ()


def within_global_period(situation: Situation, parameters: PeriodParameters) -> Verdict:
    """The denied line lies after a surgery of the same provider on this claim and within its global period, and has
    none of the modifiers yet. Each modifier is a candidate: which one is true is in the record."""
    claim, lines = situation.claim, situation.lines()
    if claim is None or not lines:
        return lacks("claim")
    found: list[Edit] = []
    missing: list[str] = []
    reason = "no_such_service"
    for line in lines:
        table = opened(situation, "mpfs", Indicators, line.service_from)
        if table is None or line.service_from is None:
            missing.append("table:mpfs")
            continue
        is_visit = visit(situation, line, parameters.visits)
        if is_visit is None:
            missing.append(cpt_missing(situation, line))
            continue
        where = line.place_of_service or claim.place_of_service
        if is_visit is not parameters.visit or (parameters.places and where not in parameters.places):
            continue
        surgery = _surgery(claim, line, line.service_from, table)
        if surgery is None:
            missing.append("fact:the_surgery_before")
            continue
        row = table.table.find(surgery.procedure or "")
        proofs = (table.evidence(surgery.procedure or "", row.global_days),) if row is not None else ()
        offered = (with_modifier(situation, line, modifier, proofs) for modifier in parameters.modifiers)
        fresh = [edit for edit in offered if edit is not None]
        reason = reason if fresh else "the_modifier_is_there"
        found += fresh
    if found:
        evidence = tuple(e for edit in found for e in edit.evidence if e.source.startswith("table:"))
        return offers("within_a_global_period", found, dict.fromkeys(evidence))
    return lacks(*missing) if missing else fails(reason)


def _surgery(
    claim: ClaimSubmitted, line: ClaimLine, day: date, table: Opened[Indicators]
) -> ClaimLine | None:
    """The latest surgery of the same provider whose global period holds the day."""
    found: ClaimLine | None = None
    for other in claim.lines:
        if other.line == line.line or other.service_from is None or other.service_from >= day:
            continue
        row = table.table.find(other.procedure or "")
        days = _DAYS.get(row.global_days) if row is not None else None
        if days is None or day > other.service_from + timedelta(days=days):
            continue
        if rendering_npi(claim, other) == rendering_npi(claim, line):
            found = other
    return found


CHECKS: Final = {"within_global_period": Check(PeriodParameters, within_global_period)}
