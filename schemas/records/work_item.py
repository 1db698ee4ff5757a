"""`work-items`: the open denial and its proposal of every lineage under one claim key, and what waits for whom."""

from __future__ import annotations

from datetime import date

from schemas.case import ClassifiedDenial
from schemas.claim import Payer
from schemas.recoding import Edit, RecodingProposed
from schemas.shape import Money, Shape

OPEN = "open"
"""a person, or the policy, has not decided"""
HELD = "held"
"""a person holds it, for a time or until the next decision"""
APPROVED = "approved"
"""approved, and nothing heard of it yet"""
WAITING = "waiting"
"""approved, and the resubmitter or delivery waits with it"""
SENT = "sent"
TAKEN = "taken"
"""approved, and a person's own work: no claim goes out for it"""
REJECTED = "rejected"
CLOSED = "closed"
"""no open denial"""

UNDECIDED = frozenset({OPEN, HELD, WAITING})
"""what a changed context may still change"""


class FirstApproval(Shape):
    """One of the two people that a change needs has approved it."""

    by: str
    os_user: str
    edits: str
    """which proposal and edits, as a digest"""


class ThenNew(Shape):
    """A void was approved that a new claim is to follow."""

    edits: tuple[Edit, ...]
    """those of the new claim, as they were approved"""
    voided: bool = False
    """the payer has taken the claim back: the new one is proposed"""


class Attention(Shape):
    """What a person must see to without a proposal."""

    id: str
    kind: str
    """rejected_claim | silent_recoupment | earlier_payer_changed"""
    claim_number: str
    payer: Payer | None
    reason: str
    """codes: of the rejection, or PLB03-1"""
    amount: Money | None
    since: date | None
    held_until: date | None = None
    held_reason: str | None = None
    ended: bool = False
    """a person has seen to it; kept as long as the facts still say it, so that the ending can be undone"""


class LineageItem(Shape):
    """One lineage. `denial` and `proposal` are null where no denial is open."""

    lineage: str
    status: str
    revision: int
    """the latest of `denial-classified` and `case-changed`"""
    proposed_revision: int = 0
    """the latest for which a proposal was made"""
    denial_event: str | None = None
    """id of the event that `denial` came with"""
    denial: ClassifiedDenial | None = None
    proposal: RecodingProposed | None = None
    earlier: tuple[str, ...] = ()
    """proposals whose place another took, the latest last; one may stand here more than once"""
    waits_for: tuple[str, ...] = ()
    """why the policy does not approve yet, or why what was approved is not sent yet"""
    returned: str | None = None
    """why the resubmitter or delivery gave it back for good"""
    attended: bool = False
    """a person has decided on this lineage, or it came back: the policy leaves it alone from then on"""
    held_until: date | None = None
    held_reason: str | None = None
    alarms_since: date | None = None
    """alarms up to this day were raised"""
    owner: str | None = None
    """who works on it; one person at a time"""
    first_approval: FirstApproval | None = None
    suspicions: tuple[str, ...] = ()
    """overpayments of this lineage that were flagged, so that each is said once"""
    then_new: ThenNew | None = None
    attention: tuple[Attention, ...] = ()
    """what waits for a person beside the proposal"""
    settled: tuple[str, ...] = ()
    """ids of what a person has seen to"""
    delivered: str | None = None
    """the proposal whose claim a partner has: it is not undone any more"""


class WorkItem(Shape):
    """All lineages under one claim key."""

    version: int = 5
    lineages: tuple[LineageItem, ...] = ()
    letters: tuple[str, ...] = ()
    """open dead letters of the claim: nothing is automated meanwhile"""
    letters_answered: tuple[str, ...] = ()
    """letters that were replayed or discarded"""
    requests: tuple[str, ...] = ()
    """decision requests that were answered"""
