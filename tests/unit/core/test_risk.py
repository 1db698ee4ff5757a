"""Dollars at risk by clock: each open denial in one place, its dollars and what is expected of them."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from schemas.codes import Automation, Path, Recoverability
from schemas.records.work_item import CLOSED, WAITING, LineageItem, WorkItem
from services.core.risk import Risk, at_risk
from services.core.worklist import CHANCES
from tests.recoding import Desk, context_of

# The standard denial: $100.00, soft, a replacement until 2026-09-28.
DUE = date(2026, 9, 28)
SOFT = CHANCES[Recoverability.SOFT]


def item(**changes: Any) -> LineageItem:
    desk = Desk(context_of())
    desk.deny()
    found = desk.item()
    assert found.proposal is not None
    proposal = {k: v for k, v in changes.items() if k != "status"}
    status = {"status": changes["status"]} if "status" in changes else {}
    return found.model_copy(update={"proposal": found.proposal.model_copy(update=proposal), **status})


def risk(*items: LineageItem, today: date = DUE - timedelta(days=90), days: int = 90) -> Risk:
    return at_risk({f"t|{n}": WorkItem(lineages=(i,)).encode() for n, i in enumerate(items)}, today, days)


def counts(found: Risk) -> dict[str, int]:
    return {place: sum(row.count for row in rows) for place, rows in found.places}


def test_denials_of_one_payer_and_path_are_added_up() -> None:
    (row,) = risk(item(), item(amount_at_stake=Decimal("50.50"))).running_out
    assert (row.payer, row.path, row.clock, row.count) == ("99999", "replacement", "corrected_claim", 2)
    assert (row.amount, row.first_due) == (Decimal("150.50"), DUE)
    assert row.expected == (Decimal("150.50") * SOFT).quantize(Decimal("0.01"))
    assert row.example


@pytest.mark.parametrize(
    ("left", "place"),
    [(91, "later"), (90, "running_out"), (0, "running_out"), (-1, "passed")],
)
def test_a_clock_has_its_place_by_the_days_left(left: int, place: str) -> None:
    found = counts(risk(item(), today=DUE - timedelta(days=left)))
    assert {p for p, n in found.items() if n} == {place}


def test_nothing_is_expected_of_what_has_passed() -> None:
    (row,) = risk(item(), today=DUE + timedelta(days=1)).passed
    assert (row.amount, row.expected) == (Decimal("100.00"), Decimal("0.00"))


def test_what_has_no_clock_stands_apart() -> None:
    assert counts(risk(item(deadlines=())))["no_clock"] == 1


def test_another_path_is_another_row() -> None:
    found = risk(item(), item(path=Path.NEW_CLAIM))
    assert [(r.path, r.count) for r in found.running_out] == [("new_claim", 1), ("replacement", 1)]


@pytest.mark.parametrize("changes", [{"status": CLOSED}, {"automation": Automation.A0}])
def test_what_is_not_open_is_at_no_risk(changes: dict[str, Any]) -> None:
    assert sum(counts(risk(item(**changes))).values()) == 0


def test_what_waits_to_be_sent_is() -> None:
    assert counts(risk(item(status=WAITING)))["running_out"] == 1


def test_a_share_that_was_counted_takes_the_place_of_the_default() -> None:
    items = {"t|1": WorkItem(lineages=(item(),)).encode()}
    shares = {("99999", "replacement"): Decimal("0.25"), ("99999", "new_claim"): Decimal("1")}
    (row,) = at_risk(items, DUE, 90, shares).running_out
    assert (row.expected, row.basis) == (Decimal("25.00"), "outcomes")
    (row,) = at_risk(items, DUE, 90, {}).running_out
    assert (row.expected, row.basis) == ((100 * SOFT).quantize(Decimal("0.01")), "default")
