"""What each 999 and 277CA speaks of, the proof of timely filing, and the claim that was never taken in."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from schemas.case import CaseChanged
from schemas.codes import ClaimState, Path
from services.core.receipts import ORIGINAL, Left, Said, spoken_of
from tests.remitted import (
    acknowledged,
    adjudication,
    delivered,
    recouped,
    resubmission,
    submission,
    told,
)
from tests.story import Story, sent

FILED = date(2026, 1, 6)
SENT = date(2026, 2, 1)
LATER = date(2026, 2, 20)

FIRST = Left("r1", "000000007", SENT)
SECOND = Left("r2", "000000015", LATER)


@pytest.mark.parametrize(
    ("said", "about"),
    [
        (Said("r1", None, None), "r1"),
        (Said(None, "7", LATER), "r1"),
        (Said(None, "15", LATER), "r2"),
        (Said(None, "B71", LATER), ORIGINAL),
        (Said(None, "of a clearinghouse", LATER), "r2"),
        (Said(None, None, SENT), "r1"),
        (Said(None, None, FILED), ORIGINAL),
        (Said(None, None, None), "r2"),
    ],
    ids=[
        *(
            "named",
            "first control number",
            "second control number",
            "others' transaction",
            "unknown reference",
        ),
        *("by its day", "before any delivery", "without a day"),
    ],
)
def test_what_an_acknowledgment_speaks_of(said: Said, about: str) -> None:
    assert spoken_of(said, (FIRST, SECOND), ("B71",)) == about


def test_of_two_deliveries_of_one_day_the_later_generation_is_meant() -> None:
    both = (FIRST, SECOND._replace(at=SENT))
    assert spoken_of(Said(None, None, SENT), both, ()) == "r2"


TIMELY = adjudication("CO-29 250")


def test_an_acceptance_proves_that_a_claim_came_in_time() -> None:
    story = Story(
        submission(), acknowledged(True, FILED, payer_control_number="ICN0", reference="B71"), TIMELY
    )
    (receipt,) = story.denial.receipts
    assert (receipt.kind, receipt.accepted, receipt.received) == ("277ca", True, FILED)
    assert (receipt.payer_control_number, receipt.about) == ("ICN0", ORIGINAL)


def test_a_proof_that_comes_after_a_denial_as_late_says_the_denial_again() -> None:
    story = Story(submission(), TIMELY)
    story.tell(acknowledged(True, FILED))
    assert (story.denial.revision, len(story.denial.receipts)) == (2, 1)


def test_an_acceptance_changes_no_other_denial() -> None:
    story = Story(submission(), adjudication("CO-197 250"))
    assert story.denial.receipts == ()
    assert story.tell(acknowledged(True, FILED)) == ()


def test_the_receipt_of_a_generation_is_not_of_the_original() -> None:
    story = Story(submission(), adjudication("CO-197 250"))
    sent(story)
    story.tell(acknowledged(True, LATER, reference="1"), adjudication("CO-29 250", trace="T2", on=LATER))
    assert [r.about for r in story.denial.receipts] == ["r1"]


# A claim that was never taken in


def test_a_claim_that_was_turned_away_says_why() -> None:
    story = Story(submission())
    story.tell(acknowledged(False, FILED))
    assert [(r.category, r.status) for r in story.changed.reasons] == [("A3", "21")]


def test_it_is_told_as_rules_read_a_denial_and_nobody_has_decided_it() -> None:
    story = Story(submission(), acknowledged(False, FILED))
    rejected = story.changed.rejected
    assert rejected is not None
    assert (rejected.claim_state, rejected.denied_amount) == (ClaimState.REJECTED, Decimal("250.00"))
    assert [(c.cause, c.statuses) for c in rejected.causes] == [("rejected", ("A3:21",))]
    assert (rejected.adjudication.paid, rejected.adjudication.payer_control_number) == (Decimal("0.00"), None)


def test_the_claim_may_come_after_what_turned_it_away() -> None:
    story = Story(acknowledged(False, FILED))
    assert story.changed.rejected is None
    story.tell(submission())
    (known,) = [c for c in story.last if isinstance(c, CaseChanged) and c.rejected is not None]
    assert known.reasons


def test_what_was_to_replace_another_is_no_first_claim() -> None:
    story = Story(submission(frequency_code="7", original_reference="ICN0"), acknowledged(False, FILED))
    assert (story.changed.rejected, len(story.changed.reasons)) == (None, 1)


def test_what_we_sent_for_it_changes_nothing_until_it_is_turned_away_in_its_turn() -> None:
    story = Story(submission(), acknowledged(False, FILED))
    before = story.changed
    assert before.rejected is not None
    first = resubmission(before.rejected.facts, before.lineage, path=Path.NEW_CLAIM, reference=None)
    story.tell(told(first, SENT))
    assert story.tell(delivered(1, SENT)) == ()
    story.tell(acknowledged(False, LATER, reference="1"))
    assert story.changed.rejected is not None
    assert [(a.generation, a.outcome) for a in story.changed.attempts] == [(1, "rejected")]
    assert story.changed.answers == "r1"


def test_a_claim_that_was_turned_away_and_came_again_waits_for_nobody() -> None:
    story = Story(submission(), acknowledged(False, FILED))
    story.tell(submission(submitted=date(2026, 1, 9), segments=("CLM*PATACC1*250***11:B:1*Y*A*Y*Y",)))
    assert story.changed.reasons == ()


def test_a_claim_that_was_adjudicated_all_the_same_was_taken_in() -> None:
    story = Story(submission(), acknowledged(False, FILED))
    story.tell(adjudication("CO-45 50", paid="200"))
    assert story.changed.reasons == ()


# Money that is taken outside the claim

PAID = adjudication("CO-45 50", paid="200")
BACK = adjudication("CO-45 -50", status="22", charge="-250", paid="-200", trace="T2", on=LATER)


def test_money_that_is_taken_without_a_reversal_is_silent() -> None:
    story = Story(submission(), PAID)
    story.tell(recouped("35.00"))
    assert (story.changed.silent, [r.amount for r in story.changed.recoupments]) == (
        Decimal("35.00"),
        [Decimal("35.00")],
    )


def test_a_reversal_explains_what_is_taken() -> None:
    story = Story(submission(), PAID, BACK)
    story.tell(recouped("200.00"))
    assert story.changed.silent is None


def test_a_correction_explains_only_the_difference() -> None:
    less = adjudication("CO-45 90", paid="160", control="ICN2", trace="T2", on=LATER, original="ICN1")
    story = Story(submission(), PAID, BACK, less)
    story.tell(recouped("100.00"))
    assert story.changed.silent == Decimal("60.00")


def test_money_that_was_given_back_was_not_taken() -> None:
    story = Story(submission(), PAID, recouped("35.00"))
    given = recouped("-35.00")
    story.tell(
        given.model_copy(update={"remittance": given.remittance.model_copy(update={"trace_number": "T10"})})
    )
    assert story.changed.silent is None


def test_interest_is_not_of_the_price_of_a_claim() -> None:
    story = Story(submission(), PAID)
    story.tell(recouped("35.00").model_copy(update={"reason": "L6"}))
    assert (story.changed.silent, story.changed.recoupments) == (None, ())


def test_money_of_a_number_that_no_claim_has_says_nothing() -> None:
    assert Story(recouped("35.00")).last == ()


def test_money_that_is_taken_before_the_claim_is_read_is_said_with_it() -> None:
    story = Story(recouped("35.00"))
    story.tell(PAID)
    assert story.changed.silent == Decimal("35.00")
