"""What payers have taken in of ours, and what came from them that is about nothing that was read here."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from services.monitor.receipts import Receipts

DAY = "2026-02-01"
LATER = "2026-02-03"


def receipts(*, held: bool = True) -> Receipts:
    """A claim of our first interchange; and the group of the clinic that held it, unless it was never read."""
    found = Receipts()
    if held:
        found.group("g", group(parts=[part("B71")]))
    found.delivered("claim", "r1", "000000001", date(2026, 2, 1))
    return found


def part(reference: str, *resubmissions: str) -> dict[str, Any]:
    transaction = {"claims": ["claim"], "reference": reference, "resubmissions": resubmissions}
    return {"recorded": DAY, "transactions": [transaction]}


def group(parts: list[dict[str, Any]], *verdicts: dict[str, Any]) -> bytes:
    return json.dumps({"parts": parts, "acknowledgments": verdicts}).encode()


def said(found: Receipts, accepted: bool = True, key: str = "claim", **more: Any) -> None:
    data = {"claim_number": "C", "kind": "277ca", "accepted": accepted, "received": LATER, **more}
    found.acknowledged(key, json.dumps(data).encode())


def moved(found: Receipts, key: str, reason: str = "WO", claim: str | None = None) -> None:
    data = {"reason": reason, "amount": "35.00", "claim_number": claim}
    found.money_moved(f"{key}{reason}", key, json.dumps(data).encode())


def untied(found: Receipts, *adjudicated: str) -> list[tuple[str, int]]:
    return [(one.kind, one.count) for one in found.untied(adjudicated)]


def test_a_277ca_that_accepts_counts_for_the_generation_that_it_speaks_of() -> None:
    found = receipts()
    said(found, reference="1")
    assert found.accepted() == {"r1"}


def test_the_acceptance_of_the_first_claim_counts_for_none_of_ours() -> None:
    found = receipts()
    said(found, reference="B71")
    assert found.accepted() == frozenset()


def test_a_claim_that_was_turned_away_after_its_group_was_taken_is_not_accepted() -> None:
    found = receipts()
    said(found, kind="999", resubmission_id="r1")
    said(found, False, reference="1")
    assert found.accepted() == frozenset()


def test_what_ties_is_not_told_as_untied() -> None:
    found = receipts()
    found.group("g", group([part("B71")], {"kind": "999", "received": LATER}))
    said(found, reference="1")
    moved(found, "claim")
    assert untied(found) == []


def test_a_999_of_a_group_that_was_never_seen_is_told() -> None:
    found = receipts()
    found.group("other", group([], {"kind": "999", "received": LATER}))
    assert untied(found) == [("999", 1)]


def test_a_999_that_came_before_its_group_was_made_is_of_another() -> None:
    found = receipts()
    found.group("g", group([part("B71")], {"kind": "999", "received": "2026-01-02"}))
    assert untied(found) == [("999", 1)]


def test_a_277ca_of_a_claim_that_was_never_seen_is_told() -> None:
    found = receipts()
    said(found, key="nobody")
    assert untied(found) == [("277ca", 1)]


def test_a_277ca_that_turns_away_a_file_that_was_never_seen_is_told() -> None:
    found = receipts()
    found.group("other", group([], {"kind": "277ca", "received": LATER}))
    assert untied(found) == [("277ca", 1)]


def test_money_of_no_claim_is_told_with_its_dollars() -> None:
    found = receipts()
    moved(found, "nobody")
    (one,) = found.untied(())
    assert (one.kind, one.count, str(one.amount)) == ("plb", 1, "35.00")


def test_money_of_a_claim_that_was_only_remitted_ties_to_it() -> None:
    found = receipts()
    moved(found, "remitted")
    assert untied(found, "remitted") == []


def test_interest_is_not_looked_for() -> None:
    found = receipts()
    moved(found, "nobody", "L6")
    assert untied(found) == []
