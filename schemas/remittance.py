"""`claim-denied`, `claim-adjudicated` (one shape), `remittance-adjusted`: what an 835 says."""

from __future__ import annotations

from datetime import date

from schemas.claim import Delimiters, Finding, Payer, Position
from schemas.codes import ClaimState, LineState
from schemas.shape import Money, Quantity, Shape


class Adjustment(Shape):
    """One CAS triplet. `line` is null at claim level (loop 2100), else the SVC's place from 1."""

    line: int | None
    group: str
    """CAS01 as sent"""
    reason: str
    """CARC as sent"""
    amount: Money
    quantity: Quantity | None = None


class Remark(Shape):
    """A remark code and where it stood: MIA05, MIA20-23, MOA03-07, LQ."""

    line: int | None
    code: str
    place: str


class PolicyReference(Shape):
    """REF*0K: the coverage policy that a decision relies on."""

    line: int | None
    id: str


class RemittedLine(Shape):
    """A service payment (SVC loop), numbered from 1 in the order of the 835."""

    line: int
    control_number: str | None = None
    """REF*6R, the 837's own line control number"""
    procedure: str | None
    procedure_qualifier: str | None = None
    submitted_procedure: str | None = None
    """SVC06, where the payer recoded"""
    submitted_modifiers: tuple[str, ...] = ()
    modifiers: tuple[str, ...] = ()
    revenue_code: str | None = None
    charge: Money
    paid: Money
    units_paid: Quantity | None = None
    units_submitted: Quantity | None = None
    allowed: Money | None = None
    """AMT*B6"""
    service_from: date | None = None
    service_to: date | None = None
    state: LineState


class Remittance(Shape):
    """The payment a claim came with."""

    trace_number: str | None
    """TRN02"""
    payer_tax_id: str | None = None
    """TRN03"""
    payment_date: date | None
    """BPR16"""
    production_date: date | None
    """DTM*405"""
    payment_amount: Money | None = None
    payment_method: str | None = None


class Payee(Shape):
    """N1*PE: a fourth of real remittances carry no NPI here."""

    npi: str | None = None
    tax_id: str | None = None


class Adjudication(Shape):
    """One CLP. The shape of both `claim-denied` and `claim-adjudicated`; `claim_state` decides which."""

    claim_number: str
    """CLP01"""
    claim_state: ClaimState
    status_code: str
    """CLP02"""
    payer: Payer
    payer_state: str | None = None
    """N4 of N1*PR"""
    payee: Payee = Payee()
    filing_indicator: str | None
    """CLP06"""
    payer_control_number: str | None
    """CLP07"""
    original_reference: str | None = None
    """REF*F8 of loop 2100"""
    facility_type: str | None = None
    """CLP08"""
    frequency_code: str | None = None
    """CLP09: 7 or 8 answer our replacement or void"""
    member_id: str | None = None
    """NM1*IL or NM1*QC, NM109"""
    rendering_npi: str | None = None
    crossover_payer: str | None = None
    """NM1*TT"""
    charge: Money
    paid: Money
    patient_responsibility: Money | None
    denied_amount: Money
    pended_amount: Money
    remittance: Remittance
    service_from: date | None = None
    service_to: date | None = None
    received: date | None = None
    """DTM*050"""
    adjustments: tuple[Adjustment, ...] = ()
    remarks: tuple[Remark, ...] = ()
    policies: tuple[PolicyReference, ...] = ()
    lines: tuple[RemittedLine, ...] = ()
    findings: tuple[Finding, ...] = ()
    remit_quality: tuple[str, ...] = ()
    """what is wrong with the remit itself: masked_denial, remark_missing, unknown_carc, balance, ..."""
    siblings: int = 1
    """how many CLPs of this key the file holds"""
    siblings_quarantined: int = 0
    guide: str
    delimiters: Delimiters
    encoding: str = "utf-8"
    segments: tuple[str, ...]
    """from CLP to the last segment of its last SVC loop"""
    position: Position


class ClaimDenied(Adjudication):
    """An 835 claim that is denied, in full or in part."""


class ClaimAdjudicated(Adjudication):
    """An 835 claim that is not denied: paid, zero-pay benign, pended, reversed, predetermination."""


class RemittanceAdjusted(Shape):
    """One PLB adjustment: money taken or given outside a claim. A positive amount reduces the payment."""

    payer: Payer
    provider_id: str | None
    """PLB01"""
    fiscal_period: date | None
    reason: str
    """PLB03-1: WO, FB, CS, L6, 72, ..."""
    reference: str | None
    """PLB03-2; often the payer control number of the claim it concerns"""
    claim_number: str | None = None
    """set where the reference names a claim of the same file"""
    amount: Money
    remittance: Remittance
    findings: tuple[Finding, ...] = ()
    segments: tuple[str, ...]
    position: Position
    """`index` counts the PLB entries of the file"""
