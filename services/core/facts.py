"""What makes a fact of a claim this fact: ids of content, and the forms that a case keeps.

The same thing said twice, in another file or under another event id, has the same id.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Final

from schemas.acknowledgment import ClaimAcknowledged
from schemas.claim import ClaimSubmitted
from schemas.documentation import ClaimDocumented
from schemas.envelope import content_id
from schemas.remittance import Adjudication, RemittanceAdjusted
from services.core.chronology import remitted_on
from services.core.traits import UNSAID, Traits, payer_identity, reference

_RESPONSIBILITY = {"1": 0, "19": 0, "2": 1, "20": 1, "3": 2, "21": 2}
"""CLP02 -> whom the payer took itself for; the others do not say"""
PLACE_OF: Final = {"P": 0, "S": 1, "T": 2}
"""SBR01 -> whom the claim takes the payer for"""


def _amount(value: Decimal | None) -> str:
    return "" if value is None else f"{value.normalize():f}"


def submission_id(claim: ClaimSubmitted) -> str:
    """The claim's own segments, and whose they are."""
    return content_id(
        "837", claim.billing_npi or "", claim.member_id or "", claim.payer.id or "", *claim.segments
    )


def adjudication_id(adjudication: Adjudication) -> str:
    """Trace, claim, payer control number and amounts. A remittance without a trace: its dates instead."""
    remittance = adjudication.remittance
    trace = (remittance.trace_number or "").strip()
    return content_id(
        "835",
        *((trace,) if trace else ("", str(remittance.payment_date), str(remittance.production_date))),
        remittance.payer_tax_id or "",
        adjudication.claim_number.strip().upper(),
        (adjudication.payer_control_number or "").strip().upper(),
        adjudication.status_code.strip(),
        _amount(adjudication.charge),
        _amount(adjudication.paid),
        _amount(adjudication.patient_responsibility),
        *(f"{line.line}:{_amount(line.charge)}:{_amount(line.paid)}" for line in adjudication.lines),
        "",
        *sorted(
            f"{a.line}:{a.group.strip().upper()}:{a.reason.strip().upper()}:{_amount(a.amount)}"
            for a in adjudication.adjustments
        ),
    )


def acknowledgment_id(acknowledgment: ClaimAcknowledged) -> str:
    return content_id(
        acknowledgment.kind,
        str(acknowledgment.accepted),
        acknowledgment.payer_control_number or "",
        _amount(acknowledgment.charge),
        str(acknowledgment.received),
        *(v for v in (acknowledgment.reference, acknowledgment.resubmission_id) if v is not None),
        *(f"{r.category}:{r.status}:{r.entity}" for r in acknowledgment.reasons),
    )


def provider_adjustment_id(adjustment: RemittanceAdjusted) -> str:
    remittance = adjustment.remittance
    return content_id(
        "PLB",
        remittance.trace_number or str(remittance.payment_date),
        remittance.payer_tax_id or "",
        adjustment.provider_id or "",
        adjustment.reason,
        adjustment.reference or "",
        _amount(adjustment.amount),
    )


def documentation_id(documented: ClaimDocumented) -> str:
    return content_id("documented", documented.encode().decode())


def kept(adjudication: Adjudication) -> Adjudication:
    """The form that a case keeps: without the segments, where it is no denial."""
    values = adjudication.__dict__
    if not adjudication.claim_state.denied:
        values = {**values, "segments": ()}
    return Adjudication.model_construct(None, **values)


def identified(adjudication: Adjudication) -> tuple[int, str]:
    """How much it says of which claim it is about: more is larger, and of as much one is."""
    traits = adjudication_traits("", adjudication)
    said = (traits.start, traits.npi or traits.tax_id)
    return sum(value is not None for value in said), ",".join(str(value) for value in said)


def submission_traits(fact: str, claim: ClaimSubmitted) -> Traits:
    return Traits(
        fact=fact,
        adjudicated=False,
        start=claim.service_from,
        end=claim.service_to,
        npi=claim.billing_npi,
        tax_id=claim.billing_tax_id,
        payer=payer_identity(claim.payer.id, claim.payer.name, None),
        charge=abs(claim.total_charge),
        references=reference(claim.original_reference),
        responsibility=PLACE_OF.get(claim.payer_responsibility or "P", 0),
        order=(claim.submitted or date.min, fact),
    )


def adjudication_traits(fact: str, adjudication: Adjudication) -> Traits:
    starts = [adjudication.service_from, *(line.service_from for line in adjudication.lines)]
    ends = [adjudication.service_to, *(line.service_to for line in adjudication.lines)]
    known = [day for day in (*starts, *ends) if day is not None]
    return Traits(
        fact=fact,
        adjudicated=True,
        start=min(known, default=None),
        end=max(known, default=None),
        npi=adjudication.payee.npi,
        tax_id=adjudication.payee.tax_id,
        payer=payer_identity(
            adjudication.payer.id, adjudication.payer.name, adjudication.remittance.payer_tax_id
        ),
        charge=abs(adjudication.charge),
        references=reference(adjudication.payer_control_number) | reference(adjudication.original_reference),
        responsibility=_RESPONSIBILITY.get(adjudication.status_code.strip(), UNSAID),
        order=(remitted_on(adjudication), fact),
    )
