"""A 999 reaches the claims of its group, whichever of the two comes first."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import permutations
from typing import Any

import pytest

from schemas.acknowledgment import (
    AcknowledgmentReason,
    ClaimAcknowledged,
    GroupAcknowledged,
    GroupRecorded,
    GroupTransaction,
    TransactionAcknowledged,
)
from schemas.claim import Position
from schemas.envelope import group_key
from schemas.shape import Shape
from services.core.processing import Outcome, WithPartition
from services.delivery.processor import PROCESSOR
from tests.decisions import TENANT, context, event

DAY = date(2026, 2, 3)
KEY = group_key(TENANT, "CLINIC", "71")
REASON = AcknowledgmentReason(category="IK5", status="5")


def transaction(number: str, *claims: str) -> GroupTransaction:
    return GroupTransaction(
        control_number=number, claims=claims, claim_numbers=tuple(c.upper() for c in claims)
    )


def recorded(*transactions: GroupTransaction, part: int = 1, day: date = DAY) -> GroupRecorded:
    return GroupRecorded(
        sender="CLINIC",
        receiver="CLEARING",
        control_number="71",
        recorded=day,
        transactions=transactions,
        part=part,
    )


def acknowledged(
    status: str = "A", *transactions: TransactionAcknowledged, file: str = "f" * 64, day: date = DAY
) -> GroupAcknowledged:
    return GroupAcknowledged(
        sender="CLINIC",
        control_number="71",
        accepted=status in "AEP",
        status=status,
        transactions=transactions,
        received=day,
        segments=("AK1*HC*71",),
        position=Position(file=file, interchange=1, group=1, transaction=1, index=1),
    )


def told(*events: Shape) -> list[Outcome]:
    """All that is published when these come one after another."""
    state: Any = WithPartition(None, None)
    outcomes: list[Outcome] = []
    for data in events:
        state, more = PROCESSOR.handle(state, event(data, KEY), context())
        outcomes += more
    return outcomes


def verdicts(*events: Shape) -> dict[str, bool]:
    said: dict[str, bool] = {}
    for outcome in told(*events):
        assert isinstance(outcome.data, ClaimAcknowledged)
        assert outcome.data.kind == "999"
        said[outcome.key] = outcome.data.accepted
    return said


GROUP = recorded(transaction("0001", "c1", "c2"), transaction("0002", "c3"))


@pytest.mark.parametrize("order", list(permutations([GROUP, acknowledged("A")])))
def test_every_claim_of_an_accepted_group_is_acknowledged(order: tuple[Shape, ...]) -> None:
    assert verdicts(*order) == {"c1": True, "c2": True, "c3": True}


def test_a_rejected_group_rejects_every_claim() -> None:
    assert verdicts(GROUP, acknowledged("R")) == {"c1": False, "c2": False, "c3": False}


def test_a_rejected_transaction_rejects_its_claims_with_its_reasons() -> None:
    rejected = TransactionAcknowledged(control_number="0001", accepted=False, reasons=(REASON,))
    outcomes = told(GROUP, acknowledged("P", rejected))
    assert [
        (o.key, o.data.accepted, o.data.reasons) for o in outcomes if isinstance(o.data, ClaimAcknowledged)
    ] == [
        ("c1", False, (REASON,)),
        ("c2", False, (REASON,)),
        ("c3", True, ()),
    ]


def test_the_claim_number_goes_with_the_key() -> None:
    numbers = [
        o.data.claim_number for o in told(GROUP, acknowledged()) if isinstance(o.data, ClaimAcknowledged)
    ]
    assert numbers == ["C1", "C2", "C3"]


def test_the_same_999_in_another_file_says_nothing_new_and_is_not_kept_twice() -> None:
    state: Any = WithPartition(None, None)
    for data in (GROUP, acknowledged(file="a" * 64)):
        state, _ = PROCESSOR.handle(state, event(data, KEY), context())
    again, outcomes = PROCESSOR.handle(state, event(acknowledged(file="b" * 64), KEY), context())
    assert list(outcomes) == []
    assert again == state


def test_the_same_group_again_says_nothing_new() -> None:
    assert len(told(GROUP, acknowledged(), GROUP)) == 3


def test_a_part_that_comes_late_is_told_what_was_said() -> None:
    late = recorded(transaction("0002", "c4"), part=2)
    assert verdicts(GROUP, acknowledged(), late) == {"c1": True, "c2": True, "c3": True, "c4": True}
    assert len(told(GROUP, acknowledged(), late)) == 4


def test_a_control_number_that_is_used_again_is_a_new_group() -> None:
    again = recorded(transaction("0001", "c9"), day=DAY + timedelta(days=30))
    assert "c9" not in verdicts(GROUP, acknowledged("R"), again)
    answer = acknowledged("A", day=DAY + timedelta(days=31))
    assert verdicts(again, answer) == {"c9": True}


def test_an_older_group_that_is_read_late_does_not_take_the_place_of_a_newer_one() -> None:
    older = recorded(transaction("0001", "c0"), day=DAY - timedelta(days=30))
    assert verdicts(GROUP, older, acknowledged()) == {"c1": True, "c2": True, "c3": True}


def test_an_acknowledgment_without_its_group_waits() -> None:
    assert told(acknowledged()) == []


def test_ids_of_the_acknowledgments_do_not_depend_on_the_order() -> None:
    one = {(o.key, o.natural_key) for o in told(GROUP, acknowledged())}
    other = {(o.key, o.natural_key) for o in told(acknowledged(), GROUP)}
    assert one == other


def test_a_277ca_that_turns_a_transaction_away_reaches_every_claim_with_its_reasons() -> None:
    away = acknowledged("R").model_copy(update={"kind": "277ca", "reasons": (REASON,)})
    ours = transaction("0001", "a", "b").model_copy(update={"reference": "71", "resubmissions": ("r1", "r2")})
    found = [o.data for o in told(recorded(ours), away)]
    assert [(d.kind, d.accepted, d.scope, d.reasons) for d in found if isinstance(d, ClaimAcknowledged)] == [
        ("277ca", False, "transaction", (REASON,))
    ] * 2


def test_a_999_names_the_generation_of_each_claim_of_ours() -> None:
    ours = transaction("0001", "a", "b").model_copy(update={"reference": "71", "resubmissions": ("r1", "r2")})
    found = [o.data for o in told(acknowledged(), recorded(ours))]
    assert [d.resubmission_id for d in found if isinstance(d, ClaimAcknowledged)] == ["r1", "r2"]


TWO_PROVIDERS = GroupTransaction(
    control_number="0001",
    claims=("k1", "k2", "k3"),
    reference="B71",
    providers=("1234567893", "1003000126", ""),
)


def judged(outcomes: list[Outcome]) -> list[tuple[str, bool, str]]:
    said = [(o.key, o.data) for o in outcomes if isinstance(o.data, ClaimAcknowledged)]
    return [(key, data.accepted, data.scope) for key, data in said]


def of_provider(npi: str) -> GroupAcknowledged:
    return acknowledged("R").model_copy(update={"kind": "277ca", "control_number": "B71", "provider": npi})


def test_what_turns_a_provider_away_is_about_its_claims_and_no_others() -> None:
    outcomes = told(recorded(TWO_PROVIDERS), of_provider("1003000126"))
    assert judged(outcomes) == [("k2", False, "provider")]


def test_two_groups_of_one_interchange_are_both_turned_away_with_it() -> None:
    first = recorded(transaction("0001", "k1")).model_copy(update={"known_by": "interchange"})
    second = first.model_copy(update={"control_number": "72", "transactions": (transaction("0001", "k2"),)})
    verdict = acknowledged("R").model_copy(update={"kind": "ta1"})
    for order in permutations((first, second, verdict)):
        assert sorted(judged(told(*order))) == [
            ("k1", False, "interchange"),
            ("k2", False, "interchange"),
        ]


@pytest.mark.parametrize("status", ["A", "E"])
def test_an_interchange_that_was_taken_says_nothing_of_a_claim(status: str) -> None:
    verdict = acknowledged(status).model_copy(update={"kind": "ta1", "accepted": True})
    assert told(recorded(transaction("0001", "k1")), verdict) == []
