"""The claim that a payer now has of us: the last one submitted, or the last resubmission that was adjudicated.

A second generation then keeps the edits of the first.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from schemas.claim import ClaimSubmitted
from schemas.records.claim_case import Send, Submission, Transmission
from services.core.chronology import VOID
from services.core.x12.items import SubmittedClaim
from services.core.x12.reader import read


def last_submitted(submissions: Sequence[Submission]) -> Submission | None:
    """By BHT04, a replacement after what it replaces, then by content. A void only where there is nothing else."""

    def place(fact: Submission) -> tuple[bool, date, bool, str]:
        claim = fact.claim
        return (
            claim.frequency_code != VOID,
            claim.submitted or date.min,
            claim.original_reference is not None,
            fact.id,
        )

    return max(submissions, key=place, default=None)


def transaction_reference(claim: ClaimSubmitted) -> str:
    """BHT03 of the transaction set that the claim came in; empty where it says none."""
    for segment in claim.loops.transaction:
        elements = segment.split(claim.delimiters.element)
        if elements[0] == "BHT" and len(elements) > 3:
            return elements[3]
    return ""


def transmissions(submission: Submission) -> tuple[Transmission, ...]:
    """Every transaction set in which a claim came, that of the submission itself first."""
    claim = submission.claim
    return Transmission(reference=transaction_reference(claim), submitted=claim.submitted), *submission.again


def as_submitted(send: Send, original: ClaimSubmitted) -> ClaimSubmitted | None:
    """A resubmission read back as a claim, with the place in a file of the one it was made from.

    Null where it cannot be read as exactly one claim.
    """
    x12 = send.resubmission.x12
    segments = (
        x12.interchange or original.loops.interchange,
        x12.group or original.loops.group,
        *original.loops.transaction,
        *x12.billing,
        *x12.subscriber,
        *x12.patient,
        *x12.claim,
        x12.element.join(("SE", "0", "0")),
        x12.element.join(("GE", "1", "0")),
        x12.element.join(("IEA", "1", "0")),
    )
    try:
        data = "".join(segment + x12.terminator for segment in segments).encode(x12.encoding)
    except (UnicodeEncodeError, LookupError):
        return None
    claims = [item for item in read([data]) if isinstance(item, SubmittedClaim)]
    if len(claims) != 1:
        return None
    facts = claims[0].claim._asdict()
    return ClaimSubmitted.model_validate(
        {**facts, "submitted": send.sent, "position": original.position}, from_attributes=True
    )
