"""`claim-acknowledged`, `group-recorded`, `group-acknowledged`: TA1, 999 and 277CA."""

from __future__ import annotations

from datetime import date

from schemas.claim import Finding, Payer, Position
from schemas.shape import Money, Shape


class AcknowledgmentReason(Shape):
    """STC composite of a 277CA (category, status, entity), IK3/IK4/IK5 codes of a 999, or TA105 of a TA1."""

    category: str
    status: str | None = None
    entity: str | None = None


class ClaimAcknowledged(Shape):
    """A claim was accepted or rejected before adjudication."""

    claim_number: str | None
    """REF*1K is the payer's number; the claim number is TRN02 of the claim loop"""
    kind: str
    """999 | 277ca | ta1"""
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
    """what was judged: claim | provider | transaction | group | interchange | file"""
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
    providers: tuple[str, ...] = ()
    """the billing provider (NPI) of each claim; empty where the claim names none"""


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
    """which number the key of this event is made of: group (GS06) | transaction (BHT03) | interchange (ISA13)"""


class TransactionAcknowledged(Shape):
    """AK2 and IK5 of one transaction set."""

    control_number: str
    """AK202"""
    accepted: bool
    """IK501 is A or E"""
    reasons: tuple[AcknowledgmentReason, ...] = ()


class GroupAcknowledged(Shape):
    """What the receiver said of a functional group (999), of all or of one provider's claims of a transaction set
    (277CA), or of an interchange (TA1)."""

    sender: str
    """who sent it: GS03 of the 999 or 277CA, ISA08 of the TA1's interchange"""
    control_number: str
    """AK102; BHT03 of the transaction set; TA101"""
    accepted: bool
    """AK901 is A, E or P; TA104 is A or E"""
    status: str
    """AK901 or TA104 as sent"""
    transactions: tuple[TransactionAcknowledged, ...] = ()
    received: date | None
    segments: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    position: Position
    kind: str = "999"
    """999 | 277ca, which names the transaction by BHT03 | ta1, which names the interchange by ISA13"""
    reasons: tuple[AcknowledgmentReason, ...] = ()
    """of the whole: those of a 277CA, TA105"""
    provider: str | None = None
    """only the claims of this billing provider (NPI) are judged; null: all"""
