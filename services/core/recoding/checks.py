"""The registry of checks: small pure functions that a rule names. Each is total: it never raises on data."""

from __future__ import annotations

from typing import Final

from services.core.recoding import (
    authorization,
    capitation,
    codes_on_date,
    conditions,
    diagnoses,
    diagnosis_list,
    drug_waste,
    formats,
    identifier,
    indicators,
    modifier,
    national_provider,
    ncci,
    repeats,
    surgeries,
    visit_level,
    visits,
)
from services.core.recoding.check import Check, Parameters
from services.core.recoding.situation import Situation
from services.core.recoding.verdicts import Verdict, fails, lacks, passes


def claim_can_return(situation: Situation, _: Parameters) -> Verdict:
    """The 837 of this lineage is known, and of a guide that may be sent again."""
    claim = situation.claim
    if claim is None or not situation.denial.matched_claim:
        return lacks("claim")
    if not claim.resubmittable:
        return fails("guide_not_supported")
    return passes("claim_known")


CHECKS: Final[dict[str, Check]] = {
    "claim_can_return": Check(Parameters, claim_can_return),
    **authorization.CHECKS,
    **codes_on_date.CHECKS,
    **conditions.CHECKS,
    **diagnoses.CHECKS,
    **diagnosis_list.CHECKS,
    **drug_waste.CHECKS,
    **capitation.CHECKS,
    **formats.CHECKS,
    **identifier.CHECKS,
    **indicators.CHECKS,
    **modifier.CHECKS,
    **national_provider.CHECKS,
    **ncci.CHECKS,
    **repeats.CHECKS,
    **surgeries.CHECKS,
    **visit_level.CHECKS,
    **visits.CHECKS,
}
