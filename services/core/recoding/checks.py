"""The registry of checks: small pure functions that a rule names. Each is total: it never raises on data."""

from __future__ import annotations

from typing import Final

from services.core.recoding import (
    attachments,
    authorization,
    body_places,
    both_sides,
    capitation,
    codes_on_date,
    conditions,
    counted_apart,
    counts,
    date_spans,
    diagnoses,
    diagnosis_list,
    drug_counts,
    drug_waste,
    formats,
    identifier,
    indicators,
    membership,
    modifier,
    national_provider,
    ncci,
    places,
    prior_payer,
    renumbering,
    repeats,
    revenue,
    spelling,
    surgeries,
    taxonomies,
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
    **attachments.CHECKS,
    **authorization.CHECKS,
    **body_places.CHECKS,
    **both_sides.CHECKS,
    **codes_on_date.CHECKS,
    **conditions.CHECKS,
    **counted_apart.CHECKS,
    **counts.CHECKS,
    **date_spans.CHECKS,
    **diagnoses.CHECKS,
    **diagnosis_list.CHECKS,
    **drug_counts.CHECKS,
    **drug_waste.CHECKS,
    **capitation.CHECKS,
    **formats.CHECKS,
    **identifier.CHECKS,
    **indicators.CHECKS,
    **membership.CHECKS,
    **modifier.CHECKS,
    **national_provider.CHECKS,
    **ncci.CHECKS,
    **places.CHECKS,
    **prior_payer.CHECKS,
    **renumbering.CHECKS,
    **repeats.CHECKS,
    **revenue.CHECKS,
    **spelling.CHECKS,
    **surgeries.CHECKS,
    **taxonomies.CHECKS,
    **visit_level.CHECKS,
    **visits.CHECKS,
}
