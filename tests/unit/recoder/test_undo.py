"""A decision is taken back by a wish of its own, as long as nothing of it has left."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.codes import Decision, Wish
from schemas.envelope import Event, business_time
from schemas.recoding import RecodingDecided
from services.recoder.desk import Departure
from services.recoder.processor import handle
from tests.recoding import AUTHORIZED, KEY, TODAY, Desk, context_of, tables_of

DECISIONS: list[tuple[Wish, str]] = [
    (Wish.APPROVE, "confirmed_in_record"),
    (Wish.REJECT, "not_supported"),
    (Wish.HOLD, "awaiting_payer"),
]


@pytest.fixture
def desk() -> Desk:
    made = Desk(context_of(tables=tables_of(AUTHORIZED)))
    made.deny(of=AUTHORIZED)
    return made


def leave(desk: Desk, type_: str) -> None:
    """The proposal's claim goes a step on its way out."""
    proposal = desk.item().proposal
    assert proposal is not None
    departure = Departure(lineage="case", proposal_id=proposal.proposal_id)
    event = Event(type_, type_, "/reclaim/delivery", business_time(TODAY), KEY, departure)
    desk.state, _ = handle(desk.state, event, desk.context)


def undo(desk: Desk, **more: Any) -> RecodingDecided:
    decided = desk.decide(Wish.UNDO, "mistake", "undoing", **more)
    assert decided is not None
    return decided


@pytest.mark.parametrize(("wish", "reason"), DECISIONS, ids=lambda v: str(v))
def test_what_was_decided_is_open_again_with_the_same_proposal(desk: Desk, wish: Wish, reason: str) -> None:
    before = desk.item()
    desk.decide(wish, reason)
    assert undo(desk).decision is Decision.REOPENED
    after = desk.item()
    assert (after.status, after.proposal, after.held_until, after.held_reason) == (
        "open",
        before.proposal,
        None,
        None,
    )


@pytest.mark.parametrize(("wish", "reason"), DECISIONS, ids=lambda v: str(v))
def test_what_was_taken_back_can_be_decided_again(desk: Desk, wish: Wish, reason: str) -> None:
    desk.decide(wish, reason)
    undo(desk)
    again = desk.decide(Wish.APPROVE, "confirmed_in_record", "again")
    assert again is not None
    assert again.decision is Decision.APPROVED


def test_an_open_proposal_has_nothing_to_undo(desk: Desk) -> None:
    answer = undo(desk)
    assert (answer.decision, answer.reason) == (Decision.REFUSED, "nothing_to_undo")


def test_what_waits_in_a_batch_is_undone(desk: Desk) -> None:
    desk.decide(Wish.APPROVE, "confirmed_in_record")
    leave(desk, "claim-resubmitted.v1")
    assert undo(desk).decision is Decision.REOPENED
    assert desk.item().status == "open"


def test_what_a_partner_has_is_not_undone(desk: Desk) -> None:
    desk.decide(Wish.APPROVE, "confirmed_in_record")
    leave(desk, "claim-resubmitted.v1")
    leave(desk, "claim-delivered.v1")
    answer = undo(desk)
    assert (answer.decision, answer.reason) == (Decision.REFUSED, "already_sent")
    assert desk.item().status == "sent"


def test_what_a_partner_got_after_the_undo_counts_as_sent(desk: Desk) -> None:
    desk.decide(Wish.APPROVE, "confirmed_in_record")
    undo(desk)
    leave(desk, "claim-resubmitted.v1")
    assert desk.item().status == "open"
    leave(desk, "claim-delivered.v1")
    assert desk.item().status == "sent"
