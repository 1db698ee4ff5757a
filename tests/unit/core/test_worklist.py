"""The work list: what is worth a person's time first, and only what waits for a person."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from schemas.codes import Automation, Recoverability, Wish
from schemas.recoding import Deadline
from schemas.records.work_item import LineageItem, WorkItem
from services.core.worklist import CHANCES, NO_CLOCK_DAYS, WorkRow, ordered, priority, work_rows
from tests.recoding import MODIFIER, TODAY, Desk, context_of, tables_of

SOFT = CHANCES[Recoverability.SOFT]


def clock(name: str, days: int) -> Deadline:
    due = TODAY + timedelta(days=days)
    return Deadline(clock=name, due=due, days_left=days, anchor=TODAY, rule="test", example=False)


@pytest.fixture
def item() -> LineageItem:
    desk = Desk(context_of(tables=tables_of(MODIFIER)))
    desk.deny(of=MODIFIER)
    return desk.item()


def rows(*items: LineageItem, today: date | None = TODAY) -> list[WorkRow]:
    return work_rows({f"t|{n}": WorkItem(lineages=(i,)).encode() for n, i in enumerate(items)}, today)


def having(item: LineageItem, **proposal: object) -> LineageItem:
    assert item.proposal is not None
    return item.model_copy(update={"proposal": item.proposal.model_copy(update=proposal)})


@pytest.mark.parametrize(
    ("amount", "days", "expected"),
    [
        ("100", 10, "6.30"),
        ("100", 1, "63.00"),
        ("100", 0, "63.00"),
        ("100", -1, "0.00"),
        ("1000", None, "1.73"),
    ],
)
def test_priority_is_dollars_by_chance_over_days_left(amount: str, days: int | None, expected: str) -> None:
    assert priority(Decimal(amount), SOFT, days) == Decimal(expected)
    assert NO_CLOCK_DAYS == 365


def test_the_binding_clock_is_the_first_that_runs_against_the_action(item: LineageItem) -> None:
    assert item.proposal is not None
    clocks = (clock("corrected_claim", 20), clock("appeal", 5), clock("filing_limit", 3))
    (row,) = rows(having(item, deadlines=clocks), today=TODAY + timedelta(days=4))
    assert (row.clock, row.days_left) == ("corrected_claim", 16)


def test_more_dollars_a_day_come_first(item: LineageItem) -> None:
    far = having(
        item, claim_number="FAR", amount_at_stake=Decimal(900), deadlines=(clock("corrected_claim", 90),)
    )
    near = having(
        item, claim_number="NEAR", amount_at_stake=Decimal(100), deadlines=(clock("corrected_claim", 2),)
    )
    past = having(
        item, claim_number="PAST", amount_at_stake=Decimal(999), deadlines=(clock("corrected_claim", -1),)
    )
    listed = rows(far, near, past)
    assert [r.claim_number for r in listed] == ["NEAR", "FAR", "PAST"]
    assert [r.claim_number for r in ordered(listed, "dollars")] == ["PAST", "FAR", "NEAR"]
    assert [r.claim_number for r in ordered(listed, "due")] == ["PAST", "NEAR", "FAR"]


@pytest.mark.parametrize("status", ["approved", "waiting", "sent", "taken", "rejected", "closed"])
def test_what_no_person_has_to_decide_is_not_listed(item: LineageItem, status: str) -> None:
    assert rows(item)
    assert rows(item.model_copy(update={"status": status})) == []
    assert rows(having(item, automation=Automation.A0)) == []


def test_a_row_says_what_a_person_must_bring_and_whose_it_is(item: LineageItem) -> None:
    (row,) = rows(item.model_copy(update={"owner": "ann"}))
    assert (row.owner, row.needs, row.codes[0]) == ("ann", ("document",), "4")


# Owners and holds


def test_who_takes_an_item_owns_it_until_it_is_put_back() -> None:
    desk = Desk()
    desk.deny()
    taken = desk.decide(Wish.ASSIGN, "mine", "r1", by="ann", owner="ann")
    assert taken is not None
    assert (taken.decision.value, taken.owner, desk.item().owner, desk.item().status) == (
        *("assigned", "ann", "ann", "open"),
    )
    desk.decide(Wish.ASSIGN, "put_back", "r2", by="ann", owner="ann")
    assert desk.item().owner is None


def test_an_item_has_one_owner_and_only_a_hand_over_changes_that() -> None:
    desk = Desk()
    desk.deny()
    desk.decide(Wish.ASSIGN, "mine", "r1", by="ann", owner="ann")
    for wish, reason in ((Wish.ASSIGN, "mine"), (Wish.REJECT, "other"), (Wish.APPROVE, "documented")):
        answer = desk.decide(wish, reason, f"r-{wish}", by="ben", owner="ben")
        assert answer is not None
        assert answer.reason == "owned_by_another"
    desk.decide(Wish.ASSIGN, "handed_over", "r3", by="ben", owner="ben")
    assert desk.item().owner == "ben"


def test_who_holds_it_owns_it_and_a_hold_ends_by_itself() -> None:
    desk = Desk()
    desk.deny()
    held = desk.decide(Wish.HOLD, "awaiting_payer", by="ann")
    assert held is not None
    assert (held.until, desk.item().owner) == (TODAY + timedelta(days=14), "ann")
    desk.open_day(TODAY + timedelta(days=14))
    assert desk.item().status == "open"


def test_new_facts_leave_the_owner_in_place() -> None:
    desk = Desk()
    desk.deny()
    desk.decide(Wish.ASSIGN, "mine", by="ann", owner="ann")
    desk.context = replace(desk.context)
    desk.deny("denial-2", revision=2, facts=("fact-2",))
    assert (desk.item().owner, desk.item().status) == ("ann", "open")
