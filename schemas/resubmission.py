"""`claim-resubmitted`, `resubmission-refused`, `outbound`, `claim-delivered`."""

from __future__ import annotations

from datetime import date

from schemas.claim import Payer
from schemas.codes import Path
from schemas.recoding import Edit, GuardResult
from schemas.shape import Money, Shape


class OutgoingClaim(Shape):
    """The claim that goes back: its loops and segments, edited, without an envelope of its own.

    Delivery renumbers HL, sets ST, control numbers and delimiters when it batches.
    """

    transaction: str
    """837P | 837I"""
    guide: str
    encoding: str
    element: str
    component: str
    repetition: str | None
    submitter: tuple[str, ...] = ()
    """1000A and 1000B of the original"""
    billing: tuple[str, ...]
    subscriber: tuple[str, ...]
    patient: tuple[str, ...] = ()
    claim: tuple[str, ...]
    terminator: str = "~"
    interchange: str = ""
    """ISA of the original: who sent it to whom, where no trading partner is loaded"""
    group: str = ""
    """GS of the original"""
    purpose: str = "CH"
    """BHT06 of the original: CH chargeable, RP reporting (an encounter), 31 subrogation"""


class ClaimResubmitted(Shape):
    resubmission_id: str
    claim_number: str
    lineage: str
    revision: int
    proposal_id: str
    generation: int
    payer: Payer
    path: Path
    frequency_code: str | None
    original_reference: str | None
    causes: tuple[str, ...] = ()
    edits: tuple[Edit, ...] = ()
    amount: Money
    x12: OutgoingClaim
    facts: tuple[str, ...] = ()
    """ids of the facts that the proposal stood on: none of them can be the answer to this"""
    guards: tuple[GuardResult, ...] = ()
    """what the guard says of the finished text"""


class Outbound(Shape):
    """The same where one payer's claims meet to be batched; or the withdrawal of one."""

    kind: str
    """resubmission | withdrawal"""
    claim_key: str
    claim_number: str
    resubmission_id: str
    reason: str | None = None
    resubmission: ClaimResubmitted | None = None
    due: date | None = None
    """the earliest clock of the proposal: what is due first leaves first"""


class ResubmissionRefused(Shape):
    """Why an approved claim was not sent. What `waits` is looked at again."""

    claim_number: str
    lineage: str
    revision: int
    proposal_id: str
    resubmission_id: str | None
    reason: str
    """older_revision | payer_on_hold | claim_blocked | unanswered_generation | gate | difference | withdrawn | ..."""
    waits: bool
    detail: tuple[str, ...] = ()
    """codes only"""


class ClaimDelivered(Shape):
    claim_number: str
    lineage: str
    proposal_id: str
    resubmission_id: str
    file: str
    """path below the outbox"""
    interchange_control_number: str
    group_control_number: str
    digest: str
    """sha256 of the file, hex"""
    at: date
    target: str | None = None
    """the partner's server by its name in the configuration; null: the outbox folder"""
    confirmed_by: str | None = None
    """who found out that the partner has the file, where a crash left that open"""


class DeliveryResolved(Shape):
    """What a person found out about an interchange of which nobody knew whether the partner has it."""

    interchange_control_number: str
    resolution: str
    """confirm: the partner has it; resend: the partner never got it, write the same file again"""
    by: str
    os_user: str
    reason: str
    requested: str
    """what makes this request one request"""
