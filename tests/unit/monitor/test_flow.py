"""Where a denial stands, from its events alone; and how long each stage took."""

from __future__ import annotations

import pytest

from services.monitor.flow import Pass
from services.monitor.stages import WAIT_BOUNDS, Stage, class_of
from services.monitor.windows import minute_of
from tests.monitoring import MINUTE, START, Story

WHOLE = (
    Story()
    .denied(0)
    .classified(1, seen=0)
    .proposed(2)
    .decided(5, "approved")
    .sent(6)
    .delivered(7)
    .accepted(60)
    .changed(100, 2, "paid", answers="r")
)


@pytest.mark.parametrize(
    ("told", "stage", "minutes", "amount"),
    [
        (1, Stage.CLASSIFIED, 0, "100.00"),
        (2, Stage.PROPOSED, 1, "100.00"),
        (3, Stage.DECIDED, 2, "90.00"),
        (4, Stage.RESUBMITTED, 5, "90.00"),
        (5, Stage.DELIVERED, 6, "90.00"),
        (6, Stage.ACKNOWLEDGED, 7, "90.00"),
        (7, Stage.ANSWERED, 60, "90.00"),
    ],
)
def test_a_denial_waits_in_one_stage_since_the_event_before_it(
    told: int, stage: Stage, minutes: int, amount: str
) -> None:
    (wait,) = WHOLE.fold(WHOLE.told[:told], handled=min(told - 1, 1)).waits()
    assert (wait.stage, wait.since, str(wait.amount), wait.payer) == (
        stage,
        START + minutes * MINUTE,
        amount,
        "P1",
    )


def test_nothing_waits_when_the_payer_has_answered() -> None:
    assert not list(WHOLE.fold().waits())


def test_each_stage_took_from_its_event_to_the_next() -> None:
    (flow,) = WHOLE.fold().flows.values()
    assert {one.stage: one.waited // MINUTE for one in flow.history() if isinstance(one, Pass)} == {
        Stage.CLASSIFIED: 1,
        Stage.PROPOSED: 1,
        Stage.DECIDED: 3,
        Stage.RESUBMITTED: 1,
        Stage.DELIVERED: 1,
        Stage.ACKNOWLEDGED: 53,
        Stage.ANSWERED: 40,
    }


def stages(story: Story) -> list[Stage]:
    return [wait.stage for wait in story.fold().waits()]


def test_a_remittance_that_was_read_before_waits_for_nobody_once_the_classifier_has_passed_it() -> None:
    repeated = Story().denied(0).classified(1).proposed(2, automation="A0").denied(3)
    assert [w.stage for w in repeated.fold(handled=1).waits()] == [Stage.CLASSIFIED]
    assert not list(repeated.fold(handled=2).waits())


def test_a_proposal_with_nothing_to_do_waits_for_no_decision() -> None:
    assert not stages(Story().classified(0).proposed(1, automation="A0"))


@pytest.mark.parametrize("word", ["held", "assigned", "refused"])
def test_a_decision_that_settles_nothing_leaves_the_proposal_waiting(word: str) -> None:
    assert stages(Story().classified(0).proposed(1).decided(2, word)) == [Stage.DECIDED]


@pytest.mark.parametrize("word", ["rejected", "withdrawn"])
def test_a_decision_that_ends_the_proposal_ends_the_wait(word: str) -> None:
    assert not stages(Story().classified(0).proposed(1).decided(2, word))


def test_a_decision_that_is_taken_back_leaves_the_proposal_waiting_from_then_on() -> None:
    story = Story().classified(0).proposed(1).decided(2, "approved").decided(5, "reopened")
    (wait,) = story.fold().waits()
    assert (wait.stage, wait.since) == (Stage.DECIDED, START + 5 * MINUTE)
    assert stages(story.decided(6, "rejected")) == []


def test_what_a_person_does_by_hand_is_never_sent() -> None:
    assert not stages(Story().classified(0).proposed(1).decided(2, "approved", path="reconsideration"))
    assert not stages(Story().classified(0).proposed(1).decided(2, "approved", path="reopening"))


def test_a_reopening_as_an_adjustment_bill_is_sent() -> None:
    story = Story().classified(0).proposed(1).decided(2, "approved", path="reopening", frequency="Q")
    assert stages(story) == [Stage.RESUBMITTED]


def test_a_proposal_that_is_made_anew_waits_again() -> None:
    story = Story().classified(0).proposed(1).decided(2, "withdrawn").proposed(2, answers_withdrawn="p")
    assert stages(story) == [Stage.DECIDED]


def test_a_later_fact_that_closes_the_denial_ends_every_wait_before_the_send() -> None:
    assert not stages(Story().classified(0).changed(1, 2))
    assert not stages(Story().classified(0).proposed(1).changed(2, 2))


def test_what_is_on_hold_waits_with_its_reason() -> None:
    story = Story().classified(0).proposed(1).decided(2, "approved").refused(3, "payer_on_hold", waits=True)
    (wait,) = story.fold().waits()
    assert (wait.stage, wait.reason) == (Stage.RESUBMITTED, "payer_on_hold")


def test_what_is_not_sent_for_good_is_a_persons_again() -> None:
    story = Story().classified(0).proposed(1).decided(2, "approved").refused(3, "gate", waits=False)
    (wait,) = story.fold().waits()
    assert (wait.stage, wait.since) == (Stage.DECIDED, START + 3 * MINUTE)


def test_what_delivery_left_out_waits_for_no_file() -> None:
    story = Story().classified(0).proposed(1).decided(2, "approved").sent(3)
    story.refused(4, "withdrawn", waits=False, send="r")
    assert stages(story) == [Stage.DECIDED]


def test_an_acceptance_of_the_first_claim_says_nothing_of_what_went_back() -> None:
    before = Story().accepted(0, "2026-04-01").classified(1).sent(2).delivered(3)
    late = Story().classified(1).sent(2).delivered(3).accepted(9, "2026-05-03")
    rejected = Story().classified(1).sent(2).delivered(3).accepted(9, accepted=False)
    for story in (before, late, rejected):
        assert [wait.stage for wait in story.proposed(9, automation="A0").fold().waits()] == [
            Stage.ACKNOWLEDGED
        ]


def test_an_answer_without_an_acknowledgment_ends_the_wait_for_one() -> None:
    story = Story().classified(0).proposed(1, automation="A0").sent(2).delivered(3).changed(4, 2, answers="r")
    assert not stages(story)


def test_dollars_of_a_send_are_what_was_denied_not_the_charge_of_the_claim() -> None:
    (wait,) = Story().classified(0).proposed(1).decided(2, "approved").sent(3).fold().waits()
    assert str(wait.amount) == "90.00"


def test_a_wait_counts_in_the_first_class_that_holds_it() -> None:
    assert [class_of(bound) for bound in WAIT_BOUNDS] == list(range(len(WAIT_BOUNDS)))
    assert class_of(WAIT_BOUNDS[-1] + 1) == len(WAIT_BOUNDS)
    assert minute_of(START) * MINUTE == START
