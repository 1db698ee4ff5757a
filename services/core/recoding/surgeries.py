"""Services inside the global period of a surgery: the modifiers 24, 58, 78 and 79 (domain reference 2.2).

The surgery must be seen: on the same claim before the service, or told by documentation. Another claim of the patient
is not looked for (docs/decisions/0027-other-claims-of-a-patient.md).
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final, NamedTuple

from schemas.case import Evidence
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
    """The denied line lies after a surgery of the same provider, on this claim or a documented one, within its global
    period, and has none of the modifiers yet. Each modifier is a candidate: which one is true is in the record."""
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
        surgery = _surgery(situation, claim, line, line.service_from, table)
        if surgery is None:
            missing.append("documented.surgeries")
            continue
        proofs = surgery.proofs
        offered = (with_modifier(situation, line, modifier, proofs) for modifier in parameters.modifiers)
        fresh = [edit for edit in offered if edit is not None]
        reason = reason if fresh else "the_modifier_is_there"
        found += fresh
    if found:
        evidence = tuple(e for edit in found for e in edit.evidence if e.source.startswith("table:"))
        return offers("within_a_global_period", found, dict.fromkeys(evidence))
    return lacks(*missing) if missing else fails(reason)


class _Surgery(NamedTuple):
    """A surgery whose global period holds a day. `proofs`: the row of its code, and the record where it is told there."""

    performed: date
    proofs: tuple[Evidence, ...]


def _surgery(
    situation: Situation, claim: ClaimSubmitted, line: ClaimLine, day: date, table: Opened[Indicators]
) -> _Surgery | None:
    """The latest surgery of the same provider whose global period holds the day."""
    provider, told = rendering_npi(claim, line), situation.denial.documented
    earlier: list[tuple[str, date, tuple[Evidence, ...]]] = [
        (other.procedure or "", other.service_from, ())
        for other in claim.lines
        if other.line != line.line and other.service_from and rendering_npi(claim, other) == provider
    ]
    earlier += [
        (
            surgery.procedure,
            surgery.performed,
            (Evidence(source="claim-documented", place="surgeries", value=surgery.procedure),),
        )
        for surgery in (told.surgeries if told is not None else ())
        if surgery.npi == provider
    ]
    found: list[_Surgery] = []
    for procedure, performed, record in earlier:
        row = table.table.find(procedure)
        days = _DAYS.get(row.global_days) if row is not None else None
        if row is not None and days is not None and performed < day <= performed + timedelta(days=days):
            proof = table.evidence(procedure, row.global_days)
            found.append(_Surgery(performed, (proof, *record)))
    return max(found, key=lambda each: each.performed, default=None)


CHECKS: Final = {"within_global_period": Check(PeriodParameters, within_global_period)}
