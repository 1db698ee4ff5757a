"""What the readers say of a claim, in the shapes of the events: same names, same types, cheaper to make.

Every class here has the attributes of its schema model in the model's order (ClaimFacts: schemas.claim.ClaimSubmitted
without `position`, RemittedFacts: schemas.remittance.Adjudication without what a judgment adds, both in an order of
their own), so a payload takes them as they are (services/intake/payloads.py). Named tuples, because one claim holds
dozens of them and they cost a fourth of a frozen dataclass.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import NamedTuple

from services.core.x12.header import Delimiters


class FindingFacts(NamedTuple):
    """schemas.claim.Finding: a code and a place, never a value."""

    code: str
    segment: str | None = None
    element: int | None = None
    line: int | None = None


class PayerFacts(NamedTuple):
    """schemas.claim.Payer"""

    id: str | None
    name: str | None


class ProviderFacts(NamedTuple):
    """schemas.claim.Provider"""

    role: str
    npi: str | None = None
    tax_id: str | None = None
    taxonomy: str | None = None
    name: str | None = None
    line: int | None = None


class DiagnosisFacts(NamedTuple):
    """schemas.claim.Diagnosis"""

    qualifier: str
    code: str
    poa: str | None = None


class LineFacts(NamedTuple):
    """schemas.claim.ClaimLine"""

    line: int
    control_number: str | None
    procedure: str | None
    procedure_qualifier: str | None
    modifiers: tuple[str, ...]
    revenue_code: str | None
    charge: Decimal
    units: Decimal | None
    unit_basis: str | None
    pointers: tuple[int, ...]
    place_of_service: str | None
    service_from: date | None
    service_to: date | None
    rendering_npi: str | None
    """NM1*82 of loop 2420A; the claim's own is in `providers`"""
    prior_authorization: str | None


class LoopFacts(NamedTuple):
    """schemas.claim.LoopContext"""

    interchange: str
    group: str
    transaction: tuple[str, ...]
    billing: tuple[str, ...]
    subscriber: tuple[str, ...]
    patient: tuple[str, ...]


class ClaimFacts(NamedTuple):
    """schemas.claim.ClaimSubmitted without `position`"""

    claim_number: str
    transaction: str
    guide: str
    resubmittable: bool
    billing_npi: str | None
    billing_tax_id: str | None
    billing_taxonomy: str | None
    payer: PayerFacts
    payer_state: str | None
    filing_indicator: str | None
    payer_responsibility: str | None
    member_id: str | None
    frequency_code: str | None
    original_reference: str | None
    place_of_service: str | None
    bill_type: str | None
    total_charge: Decimal
    service_from: date | None
    service_to: date | None
    diagnoses: tuple[DiagnosisFacts, ...]
    prior_authorization: str | None
    referral_number: str | None
    providers: tuple[ProviderFacts, ...]
    lines: tuple[LineFacts, ...]
    findings: tuple[FindingFacts, ...]
    delimiters: Delimiters
    encoding: str
    loops: LoopFacts
    segments: tuple[str, ...]
    submitted: date | None
    usage: str | None


class AdjustmentFacts(NamedTuple):
    """schemas.remittance.Adjustment"""

    line: int | None
    group: str
    reason: str
    amount: Decimal
    quantity: Decimal | None = None


class RemarkFacts(NamedTuple):
    """schemas.remittance.Remark"""

    line: int | None
    code: str
    place: str
    """MIA05, MIA20-23, MOA03-07, LQ; LQ*RX for an NCPDP reject code"""


class PolicyFacts(NamedTuple):
    """schemas.remittance.PolicyReference"""

    line: int | None
    id: str


class RemittedLineFacts(NamedTuple):
    """schemas.remittance.RemittedLine without `state`"""

    line: int
    control_number: str | None
    procedure: str | None
    procedure_qualifier: str | None
    submitted_procedure: str | None
    submitted_modifiers: tuple[str, ...]
    modifiers: tuple[str, ...]
    revenue_code: str | None
    charge: Decimal
    paid: Decimal
    units_paid: Decimal | None
    units_submitted: Decimal | None
    allowed: Decimal | None
    service_from: date | None
    service_to: date | None


class RemittanceFacts(NamedTuple):
    """schemas.remittance.Remittance"""

    trace_number: str | None
    payer_tax_id: str | None
    payment_date: date | None
    production_date: date | None
    payment_amount: Decimal | None
    payment_method: str | None


class PayeeFacts(NamedTuple):
    """schemas.remittance.Payee"""

    npi: str | None = None
    tax_id: str | None = None


class RemittedFacts(NamedTuple):
    """schemas.remittance.Adjudication without `position` and what is judged (claim_state, denied_amount,
    pended_amount, remit_quality, siblings, siblings_quarantined, the lines' state)."""

    claim_number: str
    status_code: str
    payer: PayerFacts
    payer_state: str | None
    payee: PayeeFacts
    filing_indicator: str | None
    payer_control_number: str | None
    original_reference: str | None
    facility_type: str | None
    frequency_code: str | None
    member_id: str | None
    rendering_npi: str | None
    crossover_payer: str | None
    charge: Decimal
    paid: Decimal
    patient_responsibility: Decimal | None
    remittance: RemittanceFacts
    service_from: date | None
    service_to: date | None
    received: date | None
    adjustments: tuple[AdjustmentFacts, ...]
    remarks: tuple[RemarkFacts, ...]
    policies: tuple[PolicyFacts, ...]
    lines: tuple[RemittedLineFacts, ...]
    findings: tuple[FindingFacts, ...]
    guide: str
    delimiters: Delimiters
    encoding: str
    segments: tuple[str, ...]


class ProviderAdjustmentFacts(NamedTuple):
    """schemas.remittance.RemittanceAdjusted without `position` and `claim_number`"""

    payer: PayerFacts
    provider_id: str | None
    fiscal_period: date | None
    reason: str
    reference: str | None
    amount: Decimal
    remittance: RemittanceFacts
    findings: tuple[FindingFacts, ...]
    segments: tuple[str, ...]


class ReasonFacts(NamedTuple):
    """schemas.acknowledgment.AcknowledgmentReason.

    277CA: category, status and entity of an STC composite. 999: the segment (IK3, IK4, IK5), its error code, and
    the place it speaks of (`NM109`, a component as `SV101-2`).
    """

    category: str
    status: str | None = None
    entity: str | None = None


class AcknowledgmentFacts(NamedTuple):
    """schemas.acknowledgment.ClaimAcknowledged without `position`"""

    claim_number: str | None
    kind: str
    accepted: bool
    reasons: tuple[ReasonFacts, ...]
    payer: PayerFacts | None
    payer_control_number: str | None
    charge: Decimal | None
    received: date | None
    segments: tuple[str, ...]
    findings: tuple[FindingFacts, ...]
    scope: str
    reference: str | None
    sender: str
    """GS03: who sent the claims"""
    provider: str | None = None
    """with scope `provider`: its NPI (NM109 of loop 2100C)"""


class TransactionVerdict(NamedTuple):
    """schemas.acknowledgment.TransactionAcknowledged"""

    control_number: str
    accepted: bool
    reasons: tuple[ReasonFacts, ...]


class GroupFacts(NamedTuple):
    """schemas.acknowledgment.GroupAcknowledged without `position`"""

    sender: str
    control_number: str
    accepted: bool
    status: str
    transactions: tuple[TransactionVerdict, ...]
    received: date | None
    segments: tuple[str, ...]
    findings: tuple[FindingFacts, ...]


class InterchangeFacts(NamedTuple):
    """A TA1: what the receiver says of one interchange, before anything in it is read."""

    sender: str
    """ISA08 of the interchange that the TA1 came in: who sent what it speaks of"""
    control_number: str
    """TA101: ISA13 of what it speaks of"""
    status: str
    """TA104: A | E | R"""
    note: str | None
    """TA105"""
    received: date | None
    """ISA09 of the interchange that the TA1 came in"""
    segments: tuple[str, ...]
