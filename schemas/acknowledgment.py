"""`claim-acknowledged`, `group-recorded`, `group-acknowledged`: 277CA and 999."""

from __future__ import annotations

from datetime import date

from schemas.claim import Finding, Payer, Position
from schemas.shape import Money, Shape


class AcknowledgmentReason(Shape):
    """STC composite of a 277CA (category, status, entity), or IK3/IK4/IK5 codes of a 999."""

    category: str
    status: str | None = None
    entity: str | None = None


class ClaimAcknowledged(Shape):
    """A claim was accepted or rejected before adjudication."""

    claim_number: str | None
    """REF*1K is the payer's number; the claim number is TRN02 of the claim loop"""
    kind: str
    """999 | 277ca"""
    accepted: bool
    reasons: tuple[AcknowledgmentReason, ...] = ()
    payer: Payer | None = None
    payer_control_number: str | None = None
    """REF*1K"""
    charge: Money | None = None
    received: date | None
    segments: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    position: Position | None = None
    scope: str = "claim"
    """what was judged: claim | provider | transaction | group | file"""
    reference: str | None = None
    """BHT03 of the 837 that it speaks of (277CA loop 2200B, TRN02)"""
    resubmission_id: str | None = None
    """which of our generations, where a group or transaction of ours was judged"""


class GroupTransaction(Shape):
    """One ST of a functional group and the keys of the claims it held, in order."""

    control_number: str
    """ST02"""
    claims: tuple[str, ...]
    """claim keys"""
    claim_numbers: tuple[str, ...] = ()
    reference: str | None = None
    """BHT03"""
    resubmissions: tuple[str, ...] = ()
    """in a group of ours: the resubmission id of each claim"""


class GroupRecorded(Shape):
    """Which claims a functional group of 837s held: seen by intake, or written by delivery."""

    sender: str
    """GS02"""
    receiver: str
    control_number: str
    """GS06"""
    recorded: date
    """GS04"""
    transactions: tuple[GroupTransaction, ...]
    part: int = 1
    """a large group comes in parts; each names its transactions in full"""
    known_by: str = "group"
    """which number the key of this event is made of: group (GS06) | transaction (BHT03)"""


class TransactionAcknowledged(Shape):
    """AK2 and IK5 of one transaction set."""

    control_number: str
    """AK202"""
    accepted: bool
    """IK501 is A or E"""
    reasons: tuple[AcknowledgmentReason, ...] = ()


class GroupAcknowledged(Shape):
    """A 999: what the receiver said of a functional group."""

    sender: str
    """GS03 of the 999: who sent the group"""
    control_number: str
    """AK102"""
    accepted: bool
    """AK901 is A, E or P"""
    status: str
    """AK901 as sent"""
    transactions: tuple[TransactionAcknowledged, ...] = ()
    received: date | None
    segments: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    position: Position
    kind: str = "999"
    """999 | 277ca, which names the transaction by BHT03"""
    reasons: tuple[AcknowledgmentReason, ...] = ()
    """of the whole: those of a 277CA"""
