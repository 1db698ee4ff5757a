"""A claim that went on to the payer after the one that denied: that payer's word settles it, in any order."""

from __future__ import annotations

from datetime import date
from itertools import permutations
from typing import Any

import pytest

from schemas.case import Attempt
from schemas.claim import Payer
from schemas.codes import Path
from schemas.recoding import Edit
from services.core.facts import adjudication_id
from services.core.lineage_events import changed, classified
from services.core.lineage_view import LineageView, views
from tests.remitted import KEY, acknowledged, adjudication, delivered, resubmission, submission, told
from tests.story import SENT, Story

SECOND = Payer(id="SEC02", name="SECOND PLAN")
LATER = date(2026, 2, 20)

USED_UP = adjudication("PR-119 250", status="4")
PAID = adjudication("CO-45 50", paid="200", status="2", control="S1", trace="T9", payer=SECOND, on=LATER)
DENIED = adjudication("CO-29 250", status="2", control="S1", trace="T9", payer=SECOND, on=LATER)
CORRECTED = adjudication("CO-45 40", paid="210", control="ICN2", trace="T3", on=LATER)

FIRST_LINEAGE = Story(submission(), USED_UP).denial.lineage
ONWARD = resubmission(
    (adjudication_id(USED_UP),),
    FIRST_LINEAGE,
    path=Path.SECONDARY_CLAIM,
    payer=SECOND,
    causes=("benefit_max",),
    edits=(Edit(line=None, field="billed_payer", before=("SBR*P*18",), after=("SBR*S*18",)),),
)


def facts(answer: Any) -> list[Any]:
    return [submission(), USED_UP, told(ONWARD, SENT), delivered(1, SENT), answer]


def views_of(story: Story) -> dict[str | None, LineageView]:
    assert story.case is not None
    return {v.standing.ordered[-1].adjudication.payer.id: v for v in views(KEY, story.case)}


def attempt_of(story: Story) -> Attempt:
    (attempt,) = changed(views_of(story)["EHP01"], 1, "linked").attempts
    return attempt


@pytest.mark.parametrize(
    ("answer", "outcome", "recovered"), [(PAID, "paid", "200.00"), (DENIED, "denied_again", "0.00")]
)
def test_the_next_payers_word_is_the_outcome_in_any_order(answer: Any, outcome: str, recovered: str) -> None:
    said = set()
    for order in permutations(facts(answer)):
        attempt = attempt_of(Story(*order))
        said.add((attempt.outcome, str(attempt.recovered), attempt.answered))
    assert said == {(outcome, recovered, LATER)}


def test_it_is_the_claim_that_the_next_payer_has() -> None:
    story = Story(*facts(DENIED))
    second = views_of(story)["SEC02"]
    assert second.denial is not None
    told_of = classified(second, 1, second.denial)
    assert (told_of.waits, told_of.answers, told_of.attempts) == ((), "r1", ())
    assert told_of.matched_claim


def test_it_is_not_the_claim_that_the_first_payer_has() -> None:
    story = Story(*facts(PAID))
    first = views_of(story)["EHP01"]
    assert first.denial is not None
    told_of = classified(first, 1, first.denial)
    assert told_of.claim == submission()
    assert [payer.id for payer in told_of.later_payers] == ["SEC02"]
    assert adjudication_id(PAID) in told_of.facts


def test_what_the_first_payer_says_later_is_no_answer_to_it() -> None:
    story = Story(*facts(CORRECTED))
    assert attempt_of(story).outcome is None


def test_an_answer_before_it_left_is_no_answer_to_it() -> None:
    early = PAID.model_copy(
        update={"remittance": PAID.remittance.model_copy(update={"payment_date": date(2026, 1, 20)})}
    )
    assert attempt_of(Story(*facts(early))).outcome is None


def test_what_turned_it_away_is_its_outcome_until_the_payer_answers() -> None:
    turned = acknowledged(False, date(2026, 2, 3), reference="1")
    story = Story(*facts(turned))
    assert (attempt_of(story).outcome, story.denial.answers) == ("rejected", "r1")
    story.tell(PAID)
    assert attempt_of(story).outcome == "paid"
