"""What came of what was sent back, in words."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from schemas.case import Attempt, Recoupment
from services.cli.aftermath import attempt_rows, recoupment_rows

DAY = date(2026, 3, 20)


def attempt(**changes: Any) -> Attempt:
    whole = {"resubmission_id": "r1", "proposal_id": "p1", "generation": 1, "causes": ("auth",)}
    return Attempt(**{**whole, "path": "new_claim", "delivered": True, **changes})


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"delivered": False}, "not in a file yet"),
        ({}, "no answer yet"),
        ({"outcome": "paid", "recovered": Decimal("80.00")}, "paid; the payer pays $80.00 more than before"),
        ({"outcome": "paid", "recovered": Decimal("-5.00")}, "paid; the payer pays $5.00 less than before"),
        (
            {"outcome": "denied_again", "causes_again": ("timely",), "same_cause": False},
            "denied again (another cause: filed too late)",
        ),
        ({"outcome": "rejected"}, "turned away: nobody has looked at it"),
    ],
)
def test_an_attempt_is_told_by_what_came_of_it(changes: dict[str, Any], text: str) -> None:
    ((_, name, told),) = attempt_rows((attempt(**changes),))
    assert (name, told) == ("generation 1, new claim", text)


def test_money_that_was_taken_is_told_with_what_no_reversal_explains() -> None:
    taken = Recoupment(reason="WO", amount=Decimal("35.00"), taken=DAY, fact="f")
    first, second = recoupment_rows((taken,), Decimal("10.00"))
    assert first == ("2026-03-20", "WO: $35.00 taken")
    assert second[1].startswith("$10.00 of it no reversal explains")
