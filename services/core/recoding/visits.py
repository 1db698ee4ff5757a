"""Visits beside procedures: the modifiers 25, 57 and 24, and the code pairs of other services (59, X).

Source: domain reference 2.2; CMS NCCI policy manual, chapter I. Only the record can say that a visit was significant
and separate, or that a service was distinct: every answer is a candidate that needs a document.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from schemas.case import Evidence
from schemas.claim import ClaimLine, ClaimSubmitted
from schemas.recoding import Edit
from services.core.codes.mpfs import Indicators
from services.core.codes.ptp import PtpEdits
from services.core.recoding.check import Check, Parameters
from services.core.recoding.lookups import MEDICAID, cpt_missing, opened, rendering_npi, setting, visit
from services.core.recoding.ncci import BYPASSING
from services.core.recoding.offers import with_modifier
from services.core.recoding.situation import Situation
from services.core.recoding.verdicts import Verdict, fails, lacks, offers, passes


class VisitParameters(Parameters):
    """`visits`: HCPCS level II codes that are visits; CPT codes are told by the user's own table (attribute `em`)."""

    visits: tuple[str, ...]


class BesideParameters(VisitParameters):
    """`modifier` for a visit beside a procedure with one of these global periods; `days` before it the visit may
    be; `pair`: the visit must be column 2 of a pair that a modifier can separate."""

    modifier: str
    global_days: tuple[str, ...]
    days: int = 0
    pair: bool = False


def visit_beside_procedure(situation: Situation, parameters: BesideParameters) -> Verdict:
    """The denied visit stands beside a procedure of the same provider, with such a global period, on the same day or
    up to `days` before it, and has no such modifier yet."""
    claim, lines = situation.claim, situation.lines()
    if claim is None or not lines:
        return lacks("claim")
    found: list[Edit] = []
    evidence: list[Evidence] = []
    missing: list[str] = []
    reason = "no_visit_among_the_lines"
    for line in lines:
        is_visit = visit(situation, line, parameters.visits)
        if is_visit is None:
            missing.append(cpt_missing(situation, line))
        if not is_visit:
            continue
        table = opened(situation, "mpfs", Indicators, line.service_from)
        if table is None:
            missing.append("table:mpfs")
            continue
        reason = "no_such_procedure_beside_it"
        for other in _procedures(claim, line, parameters.days):
            row = table.table.find(other.procedure or "")
            if row is None or row.global_days not in parameters.global_days:
                continue
            if rendering_npi(claim, other) != rendering_npi(claim, line):
                missing.append("fact:same_group_and_specialty")
                continue
            proofs = [table.evidence(row.code, row.global_days)]
            if parameters.pair:
                pair = _separable(situation, claim, other, line)
                if isinstance(pair, str):
                    (missing.append(pair) if ":" in pair else None)
                    reason = reason if ":" in pair else pair
                    continue
                proofs.append(pair)
            edit = with_modifier(situation, line, parameters.modifier, proofs)
            if edit is None:
                reason = "the_modifier_is_there"
                continue
            if edit not in found:
                found.append(edit)
                evidence += proofs
    if found:
        return offers("visit_beside_procedure", found, evidence)
    return lacks(*missing) if missing else fails(reason)


def _procedures(claim: ClaimSubmitted, line: ClaimLine, days: int) -> list[ClaimLine]:
    """The other lines from the visit's day to `days` after it."""
    if line.service_from is None:
        return []
    last = line.service_from + timedelta(days=days)
    return [
        other
        for other in claim.lines
        if other.line != line.line
        and other.service_from is not None
        and line.service_from <= other.service_from <= last
    ]


def _separable(
    situation: Situation, claim: ClaimSubmitted, first: ClaimLine, second: ClaimLine
) -> Evidence | str:
    """The pair of indicator 1 with `second` in column 2; else what is missing, or why not."""
    where = setting(claim, situation.profile.family)
    day: date | None = second.service_from
    if where is None or situation.profile.family.startswith(MEDICAID) or day is None:
        return f"table:ptp_{MEDICAID}" if where is not None else "an_inpatient_claim"
    table = opened(situation, f"ptp_{where}", PtpEdits, day)
    if table is None:
        return f"table:ptp_{where}"
    for row in table.table.find(first.procedure or "", second.procedure or ""):
        if row.active_on(day):
            if row.indicator != "1":
                return "no_modifier_separates_this_pair"
            return table.evidence(f"{row.column1}/{row.column2} {row.effective.isoformat()}", row.indicator)
    return "no_such_pair"


class DistinctParameters(VisitParameters):
    """`specific`: the modifiers for a separate encounter, structure, or an unusual overlap, before the general one."""

    specific: tuple[str, ...]
    practitioner: str
    """another practitioner"""
    general: str


def distinct_service(situation: Situation, parameters: DistinctParameters) -> Verdict:
    """The denied line, no visit, is column 2 of a pair with indicator 1 and nothing on it separates the pair yet.

    Offers the specific modifiers before the general one, never two of them; only that of another practitioner where
    the claim shows another one.
    """
    claim, lines = situation.claim, situation.lines()
    if claim is None or not lines:
        return lacks("claim")
    found: list[Edit] = []
    evidence: list[Evidence] = []
    missing: list[str] = []
    reason = "no_pair_that_a_modifier_separates"
    for line in lines:
        if BYPASSING & set(line.modifiers):
            reason = "a_separating_modifier_is_there"
            continue
        pairs = [(other, _separable(situation, claim, other, line)) for other in _procedures(claim, line, 0)]
        missing += [pair for _, pair in pairs if isinstance(pair, str) and ":" in pair]
        separable = [(other, pair) for other, pair in pairs if isinstance(pair, Evidence)]
        if not separable:
            continue
        is_visit = visit(situation, line, parameters.visits)
        if is_visit is None:
            missing.append(cpt_missing(situation, line))
            continue
        if is_visit:
            reason = "a_visit_has_its_own_modifiers"
            continue
        own = rendering_npi(claim, line)
        another = any(rendering_npi(claim, other) != own for other, _ in separable)
        modifiers = (parameters.practitioner,) if another else (*parameters.specific, parameters.general)
        if situation.profile.accepts_x_modifiers is False:
            modifiers = (parameters.general,)
        proofs = [pair for _, pair in separable]
        evidence += proofs
        offered = (with_modifier(situation, line, modifier, proofs) for modifier in modifiers)
        found += [edit for edit in offered if edit is not None]
    if found:
        return offers("a_modifier_may_separate", found, evidence)
    return lacks(*missing) if missing else fails(reason)


def added_modifier_is_corrected(situation: Situation, _: Parameters) -> Verdict:
    """The payer takes a separating modifier on a corrected claim, as far as its profile says."""
    if situation.profile.modifier_25_59_path is None:
        return passes("a_corrected_claim")
    return fails("the_payer_wants_an_appeal")


def added_modifier_is_appealed(situation: Situation, _: Parameters) -> Verdict:
    """The payer's profile says that a separating modifier on a billed code is a matter for an appeal."""
    if situation.profile.modifier_25_59_path is None:
        return fails("a_corrected_claim")
    return passes("the_payer_wants_an_appeal")


CHECKS: Final = {
    "added_modifier_is_corrected": Check(Parameters, added_modifier_is_corrected),
    "added_modifier_is_appealed": Check(Parameters, added_modifier_is_appealed),
    "visit_beside_procedure": Check(BesideParameters, visit_beside_procedure),
    "distinct_service": Check(DistinctParameters, distinct_service),
}
