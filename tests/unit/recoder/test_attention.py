"""What waits for a person although nothing is proposed: a claim that was never taken in, money taken silently."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from schemas.acknowledgment import AcknowledgmentReason
from schemas.case import ClassifiedDenial, Recoupment
from schemas.claim import Payer
from schemas.codes import ClaimState, Decision, Path, Wish
from schemas.recoding import CaseFlagged, DecisionRequested, RecodingDecided, RecodingProposed
from schemas.records.work_item import CLOSED
from services.core.denials.rejection import not_adjudicated
from services.core.worklist import work_rows
from services.recoder.processor import waits
from tests.recoding import KEY, TODAY, Desk, denial_of

TAKEN = Recoupment(reason="WO", amount=Decimal("35.00"), taken=None, fact="f1")
PAYER = Payer(id="99999", name=None)
SILENT: dict[str, Any] = {
    "change": "adjusted",
    "payer": PAYER,
    "silent": Decimal("35.00"),
    "recoupments": (TAKEN,),
}
REJECTED: dict[str, Any] = {
    "revision": 1,
    "change": "acknowledged",
    "accepted": False,
    "reasons": (AcknowledgmentReason(category="A7", status="562", entity="85"),),
    "facts": ("a1",),
}


def flags(said: Any) -> list[tuple[str, str, Decimal | None]]:
    return [(o.data.flag, o.data.reason, o.data.amount) for o in said if isinstance(o.data, CaseFlagged)]


def seen_to(
    desk: Desk, wish: Wish = Wish.REJECT, reason: str = "not_worth_it", **more: Any
) -> RecodingDecided:
    (attention,) = desk.item().attention
    whole = {
        "claim_number": "CASE-1",
        "lineage": "case",
        "proposal_id": attention.id,
        "revision": 2,
        "wish": wish,
        "by": "coder-1",
        "os_user": "os-1",
        "reason": reason,
        "requested": f"r{len(desk.said)}",
        **more,
    }
    (outcome,) = desk.tell(DecisionRequested(**whole))
    assert isinstance(outcome.data, RecodingDecided)
    return outcome.data


def waiting(desk: Desk) -> list[str]:
    """What stands on the worklist."""
    assert desk.state is not None
    return [row.cause for row in work_rows({KEY: desk.state.encode()}, None)]


def test_money_that_was_taken_silently_is_flagged_and_waits_for_a_person() -> None:
    desk = Desk()
    assert flags(desk.change(**SILENT)) == [("silent_recoupment", "WO", Decimal("35.00"))]
    assert desk.state is not None
    (row,) = work_rows({KEY: desk.state.encode()}, None)
    assert (row.cause, row.amount, row.codes) == ("silent_recoupment", Decimal("35.00"), ("WO",))


def test_a_claim_that_was_paid_is_open_again_once_its_money_is_taken() -> None:
    desk = Desk()
    desk.deny()
    desk.change(answers="r")
    assert (desk.item().status, desk.item().attention) == (CLOSED, ())
    desk.change(**SILENT, revision=3)
    assert [a.kind for a in desk.item().attention] == ["silent_recoupment"]


def test_it_is_flagged_once() -> None:
    desk = Desk()
    desk.change(**SILENT)
    assert flags(desk.change(**SILENT, revision=3)) == []


def test_more_that_is_taken_is_flagged_anew() -> None:
    desk = Desk()
    desk.change(**SILENT)
    more = {**SILENT, "silent": Decimal("50.00"), "revision": 3}
    assert flags(desk.change(**more)) == [("silent_recoupment", "WO", Decimal("50.00"))]


def test_a_reversal_that_explains_it_ends_the_wait() -> None:
    desk = Desk()
    desk.change(**SILENT)
    desk.change(change="reversed", revision=3)
    assert desk.item().attention == ()


def test_what_an_older_revision_says_does_not_come_back() -> None:
    desk = Desk()
    desk.deny()
    desk.change(change="reversed", revision=3)
    assert flags(desk.change(**SILENT, revision=2)) == []


def test_an_open_denial_keeps_its_proposal_beside_it() -> None:
    desk = Desk()
    desk.deny(silent=Decimal("35.00"), recoupments=(TAKEN,))
    assert (desk.item().proposal is not None, len(desk.item().attention)) == (True, 1)


def test_a_claim_that_was_turned_away_and_is_not_known_waits_for_a_person() -> None:
    desk = Desk()
    assert flags(desk.change(**REJECTED)) == [("rejected_claim", "A7:562:85", None)]


def rejected() -> ClassifiedDenial:
    """A claim that was turned away, as `case-changed` carries it."""
    denial = denial_of(revision=1)
    assert denial.claim is not None
    causes = (
        denial.causes[0].model_copy(update={"cause": "rejected", "adjustments": (), "statuses": ("A7:21",)}),
    )
    changes = {
        "claim_state": ClaimState.REJECTED,
        "adjudication": not_adjudicated(denial.claim),
        "causes": causes,
    }
    return denial.model_copy(update={**changes, "primary_cause": "rejected", "facts": ("a1", "s1")})


def test_one_that_is_known_is_proposed_as_a_first_claim_and_waits_no_second_time() -> None:
    desk = Desk()
    said = desk.change(**REJECTED, rejected=rejected())
    (made,) = [o.data for o in said if isinstance(o.data, RecodingProposed)]
    assert (made.path, made.frequency_code, made.original_reference) == (Path.NEW_CLAIM, "1", None)
    assert (flags(said), desk.item().attention) == ([], ())


def test_what_ends_the_rejection_withdraws_the_proposal() -> None:
    desk = Desk()
    desk.change(**REJECTED, rejected=rejected())
    said = desk.change(change="paid", revision=2)
    assert [o.data.reason for o in said if isinstance(o.data, RecodingDecided)] == ["case_paid"]


def test_a_person_ends_it_and_it_does_not_come_again() -> None:
    desk = Desk()
    desk.change(**SILENT)
    decided = seen_to(desk)
    assert (decided.decision, decided.reason) == (Decision.REJECTED, "not_worth_it")
    assert waiting(desk) == []
    assert flags(desk.change(**SILENT, revision=3)) == []
    assert waiting(desk) == []


def test_what_is_ended_is_ended_once() -> None:
    desk = Desk()
    desk.change(**SILENT)
    seen_to(desk)
    decided = seen_to(desk)
    assert (decided.decision, decided.reason) == (Decision.REFUSED, "already_decided")


def test_an_ending_by_mistake_is_undone() -> None:
    desk = Desk()
    desk.change(**SILENT)
    seen_to(desk)
    assert seen_to(desk, Wish.UNDO, "mistake").decision is Decision.REOPENED
    assert waiting(desk) == ["silent_recoupment"]


def test_nothing_is_undone_of_what_is_open() -> None:
    desk = Desk()
    desk.change(**SILENT)
    assert seen_to(desk, Wish.UNDO, "mistake").reason == "nothing_to_undo"


@pytest.mark.parametrize(("wish", "reason"), [(Wish.APPROVE, "documented"), (Wish.OVERRIDE, "documented")])
def test_there_is_nothing_to_approve(wish: Wish, reason: str) -> None:
    desk = Desk()
    desk.change(**SILENT)
    decided = seen_to(desk, wish, reason)
    assert (decided.decision, decided.reason) == (Decision.REFUSED, "nothing_to_send")
    assert waiting(desk) == ["silent_recoupment"]


def test_it_is_held_until_a_day_and_open_again_then() -> None:
    desk = Desk()
    desk.change(**SILENT)
    until = TODAY + timedelta(days=7)
    decided = seen_to(desk, Wish.HOLD, "awaiting_payer", until=until)
    assert (decided.decision, decided.until) == (Decision.HELD, until)
    assert (desk.item().owner, desk.item().attention[0].held_until) == ("coder-1", until)
    assert desk.state is not None
    assert waits(desk.state).due == until
    said = desk.open_day(until)
    assert flags(said) == [("hold_ended", "awaiting_payer", Decimal("35.00"))]
    assert [o.data.claim_number for o in said if isinstance(o.data, CaseFlagged)] == ["CASE-1"]
    assert desk.item().attention[0].held_until is None


def test_a_hold_ends_by_itself_and_lies_ahead() -> None:
    desk = Desk()
    desk.change(**SILENT)
    assert seen_to(desk, Wish.HOLD, "awaiting_payer", until=TODAY).reason == "until_not_in_future"
    assert seen_to(desk, Wish.HOLD, "awaiting_payer").until == TODAY + timedelta(days=14)


def test_it_is_handed_over_and_then_another_s() -> None:
    desk = Desk()
    desk.change(**SILENT)
    decided = seen_to(desk, Wish.ASSIGN, "handed_over", owner="coder-2")
    assert (decided.decision, decided.owner, desk.item().owner) == (Decision.ASSIGNED, "coder-2", "coder-2")
    assert seen_to(desk).reason == "owned_by_another"
    assert waiting(desk) == ["silent_recoupment"]


@pytest.mark.parametrize(
    ("wish", "more", "against"),
    [
        (Wish.REJECT, {"reason": "because"}, "unknown_reason"),
        (Wish.REJECT, {"reason": "other", "by": " "}, "name_missing"),
    ],
)
def test_a_request_without_a_reason_or_a_name_is_refused(
    wish: Wish, more: dict[str, str], against: str
) -> None:
    desk = Desk()
    desk.change(**SILENT)
    assert seen_to(desk, wish, **more).reason == against
