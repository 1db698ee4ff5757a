"""The outcome of each rule version: every number from the topics alone, with what it is out of."""

from __future__ import annotations

import json
from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest

from services.monitor.outcomes import TOO_FEW, Outcome, Outcomes

Told = tuple[str, str, dict[str, Any]]
"""Event id, type, data."""


def proposed(name: str, rule: str = "r", path: str = "replacement", automation: str = "A2") -> Told:
    data = {
        "proposal_id": name,
        "lineage": f"l-{name}",
        "payer": {"id": "P", "name": None},
        "path": path,
        "automation": automation,
        "rule": {"id": rule, "version": "1"},
    }
    return f"proposed-{name}", "recoding-proposed", data


def decided(name: str, decision: str, reason: str = "documented", number: int = 1) -> Told:
    data = {"proposal_id": name, "decision": decision, "reason": reason}
    return f"{decision}-{name}-{number}", "recoding-decided", data


def sent(name: str) -> Told:
    data = {
        "resubmission_id": f"s-{name}",
        "proposal_id": name,
        "payer": {"id": "P", "name": None},
        "path": "replacement",
    }
    return f"sent-{name}", "claim-resubmitted", data


def answered(
    name: str, outcome: str | None, revision: int = 2, type_: str = "case-changed", **more: Any
) -> Told:
    attempt = {"resubmission_id": f"s-{name}", "outcome": outcome, "asked": "100.00", **more}
    data = {"lineage": f"l-{name}", "revision": revision, "attempts": [attempt]}
    return f"{type_}-{name}-{revision}", type_, data


def folded(*told: Told) -> Outcomes:
    outcomes = Outcomes()
    for id_, type_, data in told:
        outcomes.event(id_, f"{type_}.v1", "main|claim", json.dumps(data).encode())
    return outcomes


def row(*told: Told) -> Outcome:
    (found,) = folded(*told).rows()
    return found


@pytest.mark.parametrize(
    ("outcome", "more", "counted"),
    [
        ("paid", {}, "paid"),
        ("paid_in_part", {}, "paid_in_part"),
        ("denied_again", {"same_cause": True}, "denied_same"),
        ("denied_again", {"same_cause": False}, "denied_other"),
        ("reversed", {}, "reversed"),
        ("rejected", {}, "rejected"),
        ("voided", {}, "voided"),
        (None, {}, "pending"),
    ],
)
def test_an_attempt_counts_under_what_came_of_it(
    outcome: str | None, more: dict[str, Any], counted: str
) -> None:
    found = row(proposed("a"), sent("a"), answered("a", outcome, **more))
    words = (
        "paid",
        "paid_in_part",
        "denied_same",
        "denied_other",
        "reversed",
        "rejected",
        "voided",
        "pending",
    )
    assert {word: getattr(found, word) for word in words} == {word: int(word == counted) for word in words}
    assert found.tried == 1


def test_an_attempt_that_nobody_has_answered_is_pending() -> None:
    found = row(proposed("a"), sent("a"))
    assert (found.tried, found.pending, found.chance.of) == (1, 1, 0)


def test_dollars_are_of_answered_attempts() -> None:
    found = row(
        *(proposed(n) for n in "abc"),
        *(sent(n) for n in "abc"),
        answered("a", "paid", recovered="80.00"),
        answered("b", "denied_again", recovered="0.00"),
        answered("c", None),
    )
    assert (found.asked, found.recovered) == (Decimal("200.00"), Decimal("80.00"))


def test_the_latest_revision_of_a_lineage_stands() -> None:
    events = (
        proposed("a"),
        sent("a"),
        answered("a", "paid", 2, recovered="80.00"),
        answered("a", "reversed", 3, "denial-classified", recovered="0.00"),
    )
    rows = [row(*order) for order in permutations(events)]
    assert {(r.paid, r.reversed, r.recovered) for r in rows} == {(0, 1, Decimal("0.00"))}


def test_an_event_that_is_read_twice_changes_no_number() -> None:
    events = (proposed("a"), decided("a", "approved"), sent("a"), answered("a", "paid", recovered="1.00"))
    assert row(*events) == row(*events, *events)


def test_a_share_is_told_from_twenty_answers_on() -> None:
    def paid_of(n: int) -> Outcome:
        names = [str(i) for i in range(n)]
        return row(
            *(proposed(n) for n in names),
            *(sent(n) for n in names),
            *(answered(n, "denied_again" if n == "0" else "paid", same_cause=True) for n in names),
        )

    few, enough = paid_of(TOO_FEW - 1), paid_of(TOO_FEW)
    assert (few.chance.paid, few.chance.of, few.chance.share) == (18, 19, None)
    assert (enough.chance.paid, enough.chance.of, enough.chance.share) == (19, 20, Decimal("0.950"))


def test_a_claim_that_was_turned_away_says_nothing_of_the_rule() -> None:
    assert row(proposed("a"), sent("a"), answered("a", "rejected")).chance.of == 0


@pytest.mark.parametrize(
    ("events", "reason"),
    [
        ((decided("a", "rejected", "not_worth_it"),), "not_worth_it"),
        (
            (
                decided("a", "approved"),
                ("x", "resubmission-refused", {"proposal_id": "a", "reason": "gate", "waits": False}),
            ),
            "gate",
        ),
    ],
)
def test_what_was_not_sent_is_skipped_with_its_reason(events: tuple[Told, ...], reason: str) -> None:
    found = row(proposed("a"), *events)
    assert (found.skipped, found.tried, found.open) == ({reason: 1}, 0, 0)


def left_out(name: str, reason: str) -> Told:
    data = {"proposal_id": name, "resubmission_id": f"s-{name}", "reason": reason, "waits": False}
    return f"left-out-{name}", "resubmission-refused", data


def test_a_claim_that_was_taken_back_before_it_left_was_not_tried() -> None:
    found = row(proposed("a"), decided("a", "approved"), sent("a"), left_out("a", "withdrawn"))
    assert (found.tried, found.pending, found.skipped) == (0, 0, {"withdrawn": 1})


def test_a_claim_of_which_nobody_knows_whether_it_left_was_tried() -> None:
    found = row(proposed("a"), decided("a", "approved"), sent("a"), left_out("a", "delivery_uncertain"))
    assert (found.tried, found.pending) == (1, 1)


def test_what_a_person_does_by_hand_is_not_tried() -> None:
    found = row(proposed("a", path="provider_dispute"), decided("a", "approved"))
    assert (found.skipped, found.tried) == ({"by_hand": 1}, 0)


@pytest.mark.parametrize(
    "events",
    [
        (),
        (decided("a", "held", "awaiting_payer"),),
        (decided("a", "approved"),),
        (("x", "resubmission-refused", {"proposal_id": "a", "reason": "payer_on_hold", "waits": True}),),
    ],
    ids=["undecided", "held", "approved and not sent yet", "waits to be sent"],
)
def test_what_may_still_be_sent_is_open(events: tuple[Told, ...]) -> None:
    found = row(proposed("a"), *events)
    assert (found.open, found.skipped) == (1, {})


def test_a_proposal_whose_place_another_took_is_not_counted() -> None:
    assert row(proposed("a"), decided("a", "withdrawn", "new_revision"), proposed("b")).proposed == 1


def test_a_proposal_that_was_withdrawn_and_made_again_counts() -> None:
    again = ("proposed-again", *proposed("a")[1:])
    assert row(proposed("a"), decided("a", "withdrawn", "context_rule_set"), again).proposed == 1


@pytest.mark.parametrize("idle", [{"automation": "A0"}, {"path": "none"}])
def test_where_nothing_is_to_be_done_nothing_is_tried_or_skipped(idle: dict[str, str]) -> None:
    assert folded(proposed("a", **idle)).rows() == ()


def test_rows_are_by_rule_version_payer_and_path() -> None:
    rows = folded(proposed("a", "x"), proposed("b", "y"), proposed("c", "y", "new_claim")).rows()
    assert [(r.rule, r.version, r.payer, r.path) for r in rows] == [
        ("x", "1", "P", "replacement"),
        ("y", "1", "P", "new_claim"),
        ("y", "1", "P", "replacement"),
    ]


def test_the_chance_of_a_rule_with_a_payer_on_a_path() -> None:
    outcomes = folded(proposed("a"), sent("a"), answered("a", "paid"))
    assert outcomes.chance("r", "P", "replacement").paid == 1
    assert outcomes.chance("r", "Q", "replacement").of == 0
