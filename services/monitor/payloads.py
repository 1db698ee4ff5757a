"""What the summary needs of each event and record, and no more.

`parse` passes over the rest, so that a status over many claims does not pay for their segments.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from schemas.claim import Payer
from schemas.codes import Action, Automation, Decision
from schemas.records.work_item import HELD, OPEN
from schemas.shape import Money, Shape


class Attempt(Shape):
    """One claim that went back, and what came of it; `recovered` in dollars."""

    resubmission_id: str
    outcome: str | None = None
    recovered: Money | None = None


class Told(Shape):
    """What both say of a lineage."""

    lineage: str
    revision: int
    attempts: tuple[Attempt, ...] = ()


class Classified(Told):
    """`denial-classified`."""

    primary_cause: str
    denied_amount: Money


class Proposed(Shape):
    """`recoding-proposed`."""

    claim_number: str
    lineage: str
    automation: Automation
    amount_at_stake: Money


class Decided(Shape):
    """`recoding-decided`."""

    decision: Decision
    reason: str = ""


class Resubmitted(Shape):
    """`claim-resubmitted`."""

    resubmission_id: str
    proposal_id: str


UNCERTAIN: Final = "delivery_uncertain"
"""Of the claims that delivery leaves out these alone may have left."""


class Refused(Shape):
    """`resubmission-refused`. `resubmission_id`: where delivery left out a claim that was published."""

    reason: str
    resubmission_id: str | None = None

    @property
    def left_out(self) -> str | None:
        """The resubmission that stays here for good: withdrawn, too large, nobody signs."""
        return None if self.reason == UNCERTAIN else self.resubmission_id


class Delivered(Shape):
    """`claim-delivered`."""

    resubmission_id: str
    file: str
    interchange_control_number: str
    at: date


class Letter(Shape):
    """A dead letter, and the answers to one."""

    letter: str
    service: str


class Deadline(Shape):
    """A clock of a proposal."""

    due: date


class Proposal(Shape):
    """The proposal of a work item."""

    claim_number: str
    proposal_id: str
    payer: Payer
    action: Action
    automation: Automation
    primary_cause: str
    amount_at_stake: Money
    deadlines: tuple[Deadline, ...] = ()


class Attention(Shape):
    """What waits for a person without a proposal."""

    id: str
    kind: str
    claim_number: str
    payer: Payer | None = None
    amount: Money | None = None
    held_until: date | None = None
    ended: bool = False


class Item(Shape):
    """One lineage of a work item."""

    lineage: str
    status: str
    attention: tuple[Attention, ...] = ()
    proposal: Proposal | None = None
    waits_for: tuple[str, ...] = ()
    attended: bool = False

    def waits_for_a_person(self) -> bool:
        """A person must decide; what the policy will approve by itself once it may is no work of a person."""
        if self.proposal is None or self.status not in (OPEN, HELD):
            return False
        if self.proposal.automation is Automation.A3:
            return self.attended or not self.waits_for
        return self.proposal.automation is not Automation.A0


class WorkItem(Shape):
    """The record of `work-items`."""

    lineages: tuple[Item, ...] = ()
