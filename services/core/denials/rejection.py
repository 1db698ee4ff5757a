"""A claim that was turned away before it was adjudicated, as the rules read a denial: what was against it, and nothing
that a payer has decided.

Source: domain reference 1.1 (a rejection is no denial) and 3.1 (it goes again as an original: frequency 1, no REF*F8).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Final

from schemas.acknowledgment import AcknowledgmentReason, ClaimAcknowledged
from schemas.case import CaseChanged, Cause, ClassifiedDenial, Evidence
from schemas.claim import ClaimSubmitted
from schemas.codes import Action, Automation, ClaimState, Fix, Recoverability
from schemas.remittance import Adjudication, Remittance

REJECTED_CAUSE: Final = "rejected"
"""The cause of a claim that was turned away for what it says itself."""

WITH_OTHERS: Final = "rejected_with_others"
"""That of one that was turned away with all that it came in (an interchange, a group, a transaction set)."""

_ITSELF: Final = "claim"

_LABELS: Final = {
    "A3": "sent back, not processed",
    "A6": "information is missing",
    "A7": "information is not valid",
    "A8": "information does not agree with other information",
}
"""Of the categories of a 277CA that turn a claim away, in our own words."""

_ANOTHER: Final = "turned away"
_PLACES: Final = {"277ca": "STC", "999": "IK", "ta1": "TA105"}
_NOTHING: Final = Decimal("0.00")


def is_first(claim: ClaimSubmitted) -> bool:
    """Whether it was sent as a first claim. One that was to replace or void another is fixed by a person."""
    return claim.frequency_code == "1" and claim.original_reference is None


def causes_of(said: Iterable[tuple[str, ClaimAcknowledged]], claim: ClaimSubmitted) -> tuple[Cause, ...]:
    """One cause for each different reason. `said`: the event of each acknowledgment, and what it says."""
    found: dict[str, Cause] = {}
    for event, acknowledgment in said:
        place = _PLACES.get(acknowledgment.kind, acknowledgment.kind)
        for reason in acknowledgment.reasons or (AcknowledgmentReason(category=acknowledgment.kind),):
            status = status_of(reason)
            cause = REJECTED_CAUSE if acknowledgment.scope == _ITSELF else WITH_OTHERS
            evidence = Evidence(source=event, place=place, value=status)
            found.setdefault(status, _cause(cause, status, reason, evidence, claim))
    return tuple(found.values())


def status_of(reason: AcknowledgmentReason) -> str:
    """A reason as one word: `A7:562:85`."""
    return ":".join(filter(None, (reason.category, reason.status, reason.entity)))


def _cause(
    cause: str, status: str, reason: AcknowledgmentReason, evidence: Evidence, claim: ClaimSubmitted
) -> Cause:
    return Cause(
        cause=cause,
        fix=Fix.DATA,
        action=Action.CORRECTED_CLAIM,
        recoverability=Recoverability.SOFT,
        ceiling=Automation.A3,
        amount=claim.total_charge,
        label=f"{_LABELS.get(reason.category, _ANOTHER)}, {status}",
        evidence=(evidence,),
        statuses=(status,),
    )


def goes_as_it_is(denial: ClassifiedDenial) -> bool:
    """Whether nothing speaks against the claim itself, so that it may go again unchanged."""
    return not_said_of_it([cause.cause for cause in denial.causes])


def not_said_of_it(causes: Sequence[str]) -> bool:
    """Whether a claim with these causes was turned away only with all that it came in."""
    return bool(causes) and all(cause == WITH_OTHERS for cause in causes)


def not_adjudicated(claim: ClaimSubmitted) -> Adjudication:
    """What stands in the place of an adjudication where there was none: the claim, and no word of a payer."""
    return Adjudication(
        claim_number=claim.claim_number,
        claim_state=ClaimState.REJECTED,
        status_code="",
        payer=claim.payer,
        payer_state=claim.payer_state,
        filing_indicator=claim.filing_indicator,
        payer_control_number=None,
        charge=claim.total_charge,
        paid=_NOTHING,
        patient_responsibility=None,
        denied_amount=_NOTHING,
        pended_amount=_NOTHING,
        remittance=Remittance(trace_number=None, payment_date=None, production_date=None),
        guide="",
        delimiters=claim.delimiters,
        segments=(),
        position=claim.position,
    )


def subject_of(change: object) -> ClassifiedDenial | None:
    """What a proposal is made of, in an event of the classifier: the open denial, or the claim that was turned away."""
    if isinstance(change, CaseChanged):
        return change.rejected
    return change if isinstance(change, ClassifiedDenial) else None
