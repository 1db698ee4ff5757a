"""What came of each claim that went back: outcome, dollars, and the causes of a denial again."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from schemas.case import Attempt
from tests.remitted import acknowledged, adjudication, delivered, resubmission, submission, told
from tests.story import SENT, Story, sent

DENIED = adjudication("CO-197 250")
ANSWERED = date(2026, 2, 20)
LATER = date(2026, 3, 10)


def gone_back(*first: Any) -> Story:
    """A denial that was sent back once."""
    story = Story(submission(), *(first or (DENIED,)))
    sent(story)
    return story


def answer(*taken: str, **said: Any) -> Any:
    whole = {"control": "ICN2", "trace": "T2", "on": ANSWERED, "frequency": "7", "original": "ICN1", **said}
    return adjudication(*taken, **whole)


def attempt(story: Story) -> Attempt:
    (found,) = story.last[-1].attempts
    return found


PAID = answer("CO-45 50", paid="200")
TAKEN_BACK = answer("CO-45 -50", status="22", charge="-250", paid="-200", trace="T3", on=LATER)


@pytest.mark.parametrize(
    ("said", "outcome", "recovered", "same"),
    [
        (PAID, "paid", "200.00", None),
        (answer("CO-197 100", "CO-45 50", paid="100"), "paid_in_part", "100.00", True),
        (answer("CO-197 250"), "denied_again", "0.00", True),
        (answer("CO-29 250"), "denied_again", "0.00", False),
        (answer("OA-18 250"), "denied_again", "0.00", False),
    ],
)
def test_the_answer_to_an_attempt_is_its_outcome(
    said: Any, outcome: str, recovered: str, same: bool | None
) -> None:
    story = gone_back()
    story.tell(said)
    found = attempt(story)
    assert (found.outcome, found.recovered, found.same_cause) == (outcome, Decimal(recovered), same)
    assert (found.asked, found.answered) == (Decimal("250"), ANSWERED)


def test_a_denial_again_says_its_causes() -> None:
    story = gone_back()
    story.tell(answer("CO-29 250"))
    assert attempt(story).causes_again == ("timely",)


def test_what_was_paid_before_is_not_recovered() -> None:
    part = adjudication("CO-197 150", paid="100")
    story = gone_back(part)
    story.tell(answer("CO-45 10", paid="240"))
    assert (attempt(story).asked, attempt(story).recovered) == (Decimal("150"), Decimal("140.00"))


def test_a_denial_of_the_same_part_again_is_no_payment_in_part() -> None:
    part = adjudication("CO-197 150", paid="100")
    story = gone_back(part)
    story.tell(answer("CO-197 150", paid="100"))
    assert attempt(story).outcome == "denied_again"


def test_a_payment_that_is_taken_back_recovers_nothing() -> None:
    story = gone_back()
    story.tell(PAID, TAKEN_BACK)
    assert (attempt(story).outcome, attempt(story).recovered) == ("reversed", Decimal("0.00"))


@pytest.mark.parametrize("backwards", [False, True])
def test_what_corrects_an_answer_belongs_to_the_same_attempt(backwards: bool) -> None:
    # Without CLP09 and REF*F8: nothing but the reversal before it says whose it is.
    less = adjudication("CO-45 100", paid="150", control="ICN3", trace="T3", on=LATER)
    story = gone_back()
    story.tell(PAID, *((less, TAKEN_BACK) if backwards else (TAKEN_BACK, less)))
    assert (attempt(story).outcome, attempt(story).recovered) == ("paid", Decimal("150"))


def test_an_attempt_that_was_turned_away_was_never_decided() -> None:
    story = gone_back()
    story.tell(acknowledged(False, ANSWERED))
    found = attempt(story)
    assert (found.outcome, found.answered, found.recovered) == ("rejected", ANSWERED, Decimal("0.00"))


def test_a_rejection_of_a_named_generation_is_of_no_other() -> None:
    story = gone_back()
    story.tell(answer("CO-29 250"))
    denial = story.denial
    story.tell(told(resubmission(denial.facts, denial.lineage, 2, reference="ICN2"), LATER))
    story.tell(acknowledged(False, LATER, "999", resubmission_id="r2"))
    assert [a.outcome for a in story.denial.attempts] == ["denied_again", "rejected"]


def test_a_payer_that_pends_has_not_answered() -> None:
    story = gone_back()
    story.tell(answer("OA-133 250"))
    assert (attempt(story).outcome, attempt(story).recovered) == (None, None)


def test_a_reversal_of_the_first_denial_is_no_answer() -> None:
    # Many payers take the old denial back before they decide the replacement.
    story = gone_back()
    back = adjudication("CO-197 -250", status="22", charge="-250", trace="T2", on=ANSWERED)
    story.tell(back)
    assert attempt(story).outcome is None
    story.tell(PAID)
    assert attempt(story).outcome == "paid"


def test_a_case_says_what_is_paid_and_nothing_once_it_is_taken_back() -> None:
    story = gone_back()
    story.tell(PAID)
    assert story.changed.paid == Decimal("200")
    story.tell(TAKEN_BACK)
    assert story.changed.paid is None


def test_the_day_of_the_delivery_is_early_enough_for_an_answer() -> None:
    story = gone_back()
    story.tell(adjudication("CO-45 50", paid="200", control="ICN2", trace="T2", on=SENT))
    assert attempt(story).outcome == "paid"


def test_a_correction_is_never_of_an_attempt_that_was_turned_away() -> None:
    story = gone_back()
    story.tell(acknowledged(False, SENT, reference="1"))
    denial = story.denial
    again = date(2026, 2, 10)
    story.tell(told(resubmission(denial.facts, denial.lineage, 2), again), delivered(2, again))
    less = answer("CO-45 100", paid="150", control="ICN3", trace="T3", on=LATER, original="ICN2")
    story.tell(PAID, TAKEN_BACK, less)
    assert [(a.outcome, a.recovered) for a in story.changed.attempts] == [
        ("rejected", Decimal("0.00")),
        ("paid", Decimal("150")),
    ]


def test_what_was_turned_away_and_adjudicated_all_the_same_was_adjudicated() -> None:
    story = gone_back()
    story.tell(acknowledged(False, SENT, reference="1"), PAID)
    assert attempt(story).outcome == "paid"


def test_a_payer_that_corrects_its_first_decision_has_not_answered_what_it_turned_away() -> None:
    story = gone_back(adjudication("CO-197 150", paid="100"))
    story.tell(acknowledged(False, SENT, reference="1"))
    back = adjudication("CO-197 -150", status="22", charge="-250", paid="-100", trace="T2", on=ANSWERED)
    less = answer("CO-197 150", "CO-45 40", paid="60", control="ICN1C", trace="T3", on=LATER, frequency="1")
    story.tell(back, less)
    assert [a.outcome for a in story.denial.attempts] == ["rejected"]


def test_what_was_taken_back_before_it_left_is_answered_by_nobody() -> None:
    story = Story(submission(), DENIED)
    denial = story.denial
    story.tell(told(resubmission(denial.facts, denial.lineage, 1, reference="ICN1"), SENT))
    # A correction overtook it; what was made of that one left.
    story.tell(adjudication("CO-197 250", control="ICN1C", trace="T1C", on=SENT, original="ICN1"))
    sent(story, 2, reference="ICN1C")
    story.tell(PAID, TAKEN_BACK)
    story.tell(answer("CO-45 100", paid="150", control="ICN3", trace="T3", on=LATER, original="ICN2"))
    assert [a.outcome for a in story.last[-1].attempts] == [None, "paid"]
