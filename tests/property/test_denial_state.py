"""What a denial is, over any remittance: nothing raises, no cent is lost, order does not matter."""

from __future__ import annotations

import random
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from schemas.remittance import Adjustment, Remark
from services.core.denials.knowledge import SHIPPED
from services.core.denials.state import decide
from tests.remitted import Remitted, Service

CENTS = st.integers(-10_000_00, 10_000_00).map(lambda n: Decimal(n).scaleb(-2))
LINES = st.none() | st.integers(1, 4)
REASONS = st.sampled_from(sorted(SHIPPED.reasons)) | st.text(max_size=5)
REMARKS = st.sampled_from(sorted(SHIPPED.remarks)) | st.text(max_size=6)


@st.composite
def remittances(draw: st.DrawFn) -> Remitted:
    taken = draw(
        st.lists(
            st.builds(
                Adjustment,
                line=LINES,
                group=st.sampled_from(["CO", "PR", "OA", "PI", "CR", " co", "XX", ""]),
                reason=REASONS,
                amount=CENTS,
            ),
            max_size=12,
        )
    )
    said = draw(st.lists(st.builds(Remark, line=LINES, code=REMARKS, place=st.just("LQ")), max_size=5))
    lines = draw(st.lists(st.builds(Service, line=st.integers(1, 4), charge=CENTS, paid=CENTS), max_size=4))
    return Remitted(
        status_code=draw(
            st.sampled_from(["1", "2", "3", "4", "5", "17", "19", "22", "23", "25", "27", "", "0", "X"])
        ),
        filing_indicator=draw(st.sampled_from([None, "MB", "WC", "12"])),
        charge=draw(CENTS),
        paid=draw(CENTS),
        adjustments=tuple(taken),
        remarks=tuple(said),
        lines=tuple(lines),
    )


@given(remittances())
def test_denied_pended_and_benign_are_all_adjustments(facts: Remitted) -> None:
    result = decide(facts)
    total = sum((a.amount for a in facts.adjustments), Decimal(0))
    assert result.denied_amount + result.pended_amount + result.benign_amount == total


@given(remittances(), st.randoms(use_true_random=False))
def test_the_order_of_adjustments_and_remarks_does_not_matter(
    facts: Remitted, shuffler: random.Random
) -> None:
    taken, said = list(facts.adjustments), list(facts.remarks)
    shuffler.shuffle(taken)
    shuffler.shuffle(said)
    other = decide(
        Remitted(
            facts.status_code,
            facts.filing_indicator,
            facts.charge,
            facts.paid,
            tuple(taken),
            tuple(said),
            facts.lines,
        )
    )
    one = decide(facts)
    assert (one.claim_state, one.line_states, one.denied_amount, one.pended_amount, one.remit_quality) == (
        other.claim_state,
        other.line_states,
        other.denied_amount,
        other.pended_amount,
        other.remit_quality,
    )


@given(remittances())
def test_a_denied_claim_has_a_denied_amount_or_no_explanation_at_all(facts: Remitted) -> None:
    result = decide(facts)
    if result.claim_state.denied:
        per_place: dict[int | None, Decimal] = {}
        for adjustment, class_ in zip(facts.adjustments, result.classes, strict=True):
            if class_ == "denial":
                per_place[adjustment.line] = per_place.get(adjustment.line, Decimal(0)) + adjustment.amount
        assert result.unexplained or any(amount > 0 for amount in per_place.values())
