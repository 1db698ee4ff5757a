"""Whether the payer has finished: nothing goes back before the original is final. Source: domain reference 3.1, 3.5."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from schemas.claim import ClaimSubmitted
from schemas.recoding import RecodingDecided, RecodingProposed
from schemas.records.ledger import Generation
from services.core.denials.classification import DUPLICATE
from services.core.resubmission.outgoing import Refusal
from services.core.resubmission.profiles import Profile

NOT_FINAL_REMARKS: Final = frozenset({"N779"})
"""Remarks that say: no replacement or void until the claim is final."""


def earliest_clock(proposal: RecodingProposed) -> date | None:
    """The first day on which a clock of the proposal runs out, null where none runs."""
    return min((deadline.due for deadline in proposal.deadlines), default=None)


def not_yet(
    decision: RecodingDecided,
    claim: ClaimSubmitted,
    sent: Sequence[Generation],
    profile: Profile,
    today: date,
) -> Refusal | None:
    """Why the claim may not go to the payer (again) today. `sent`: the generations that the payer got or may get.

    `max_attempts`: the payer does not take it that often. `original_not_final`: a part is pended, or a remark says
    that the payer works on it; the next remittance raises the revision and with it a new proposal. `payment_floor`:
    the payer calls it a duplicate of a claim of which nothing was heard yet, and that one may still lie on the floor
    (Medicare pays no electronic claim before its 14th day): it waits until the floor is over.
    """
    if profile.max_attempts is not None and len(sent) >= profile.max_attempts:
        return Refusal("max_attempts", detail=(str(len(sent)),))
    facts = decision.guard_facts
    if facts is not None and (facts.pended or NOT_FINAL_REMARKS & set(facts.remarks)):
        return Refusal("original_not_final", waits=True)
    if profile.payment_floor_days is not None and facts is not None and DUPLICATE in facts.causes:
        days = [claim.submitted, *(generation.sent_on for generation in sent)]
        last = max((day for day in days if day is not None), default=None)
        if last is not None and today < last + timedelta(days=profile.payment_floor_days):
            return Refusal("payment_floor", waits=True)
    return None
