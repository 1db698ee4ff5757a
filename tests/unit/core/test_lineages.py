"""The short way for one claim with one payer says what the long way says."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from schemas.claim import Payer
from services.core.facts import adjudication_id, adjudication_traits, submission_id, submission_traits
from services.core.lineages import of_claims, plainly_of_one_payer
from services.core.traits import Part, Traits
from tests.remitted import KEY, adjudication, submission

SECOND = Payer(id="SEC02", name="SECOND PLAN")

CLAIM = submission()
AGAIN = submission(segments=("CLM*PATACC1*250", "NTE*ADD*B"), submitted=date(2026, 2, 1))
TO_SECOND = submission(payer=SECOND, payer_responsibility="S", segments=("CLM*PATACC1*250", "SBR*S"))
DENIED = adjudication("CO-197 250")
PAID = adjudication("CO-45 50", paid="200", control="N1", trace="T2", payer=Payer(id="EHP01", name=None))
SECONDARY = adjudication("CO-29 250", status="2", control="S1", trace="T9", payer=SECOND)
UNPLACED = adjudication("CO-29 250", status="4", control="S1", trace="T9", payer=SECOND)
UNDATED = adjudication("CO-29 250", served=None)


def traits(fact: Any) -> Traits:
    if hasattr(fact, "segments") and hasattr(fact, "billing_npi"):
        return submission_traits(submission_id(fact), fact)
    return adjudication_traits(adjudication_id(fact), fact)


@pytest.mark.parametrize(
    ("facts", "plain"),
    [
        ((CLAIM,), True),
        ((DENIED,), True),
        ((SECONDARY,), True),
        ((UNDATED,), True),
        ((CLAIM, DENIED), True),
        ((CLAIM, AGAIN, DENIED, PAID), True),
        ((CLAIM, UNPLACED), True),
        ((TO_SECOND, SECONDARY), True),
        ((CLAIM, AGAIN), False),
        ((CLAIM, SECONDARY), False),
        ((DENIED, SECONDARY), False),
        ((CLAIM, TO_SECOND, DENIED), False),
    ],
)
def test_the_short_way_says_the_same_or_nothing(facts: tuple[Any, ...], plain: bool) -> None:
    known = [traits(fact) for fact in facts]
    short = plainly_of_one_payer(KEY, known)
    assert bool(short) is plain
    assert not plain or short == of_claims(KEY, [Part(known)])


def test_charges_and_references_are_those_of_all_facts() -> None:
    (lineage,) = plainly_of_one_payer(KEY, [traits(CLAIM), traits(DENIED)])
    assert (lineage.charges, lineage.references) == (frozenset({Decimal("250")}), frozenset({"ICN1"}))
