"""A rule in words."""

from __future__ import annotations

from decimal import Decimal

import pytest

from services.account.rule import outcome_words
from services.monitor.outcomes import Chance, Outcome


@pytest.mark.parametrize(
    ("paid", "of", "share", "text"),
    [
        (0, 0, None, "no answer yet"),
        (12, 14, None, "12 of 14 paid, too few to say"),
        (15, 20, Decimal("0.750"), "15 of 20 paid, 75%"),
    ],
)
def test_a_share_is_told_with_its_denominator(paid: int, of: int, share: Decimal | None, text: str) -> None:
    chance = Chance(paid=paid, of=of, share=share)
    row = Outcome(rule="r", version="1", payer="P", path="replacement", proposed=of, tried=of, chance=chance)
    assert outcome_words(row) == text
