"""Several payers of one claim: each answers it for itself, and all see the one 837."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest

from schemas.case import CaseChanged, ClassifiedDenial
from schemas.claim import Payer
from schemas.codes import ClaimState
from services.core.facts import adjudication_id
from services.core.lineage_events import classified
from services.core.lineage_view import LineageView, views
from tests.remitted import (
    KEY,
    PAYER,
    SERVED,
    acknowledged,
    adjudication,
    delivered,
    documented,
    recouped,
    resubmission,
    submission,
    told,
)
from tests.story import SENT, Story, sent

SECOND = Payer(id="SEC02", name="SECOND PLAN")
LATER = date(2026, 2, 20)

PRIMARY = adjudication("CO-197 250")
PAID = adjudication("CO-45 50", "PR-2 40", paid="160")
SECONDARY = adjudication("CO-29 250", status="2", control="S1", trace="T9", payer=SECOND, on=LATER)


def by_payer(story: Story) -> dict[str | None, LineageView]:
    assert story.case is not None
    return {v.standing.ordered[-1].adjudication.payer.id: v for v in views(KEY, story.case)}


def denied(view: LineageView) -> ClassifiedDenial:
    assert view.denial is not None
    return classified(view, 1, view.denial)


def test_both_denials_are_open_and_both_show_the_claim_that_was_sent() -> None:
    story = Story(submission(), PRIMARY, SECONDARY)
    found = {id_: denied(view) for id_, view in by_payer(story).items()}
    assert {id_: d.primary_cause for id_, d in found.items()} == {"EHP01": "auth", "SEC02": "timely"}
    assert all(d.matched_claim and d.claim == submission() for d in found.values())


def test_nothing_is_sent_to_a_payer_from_the_claim_of_another() -> None:
    story = Story(submission(), PRIMARY, SECONDARY)
    found = by_payer(story)
    assert denied(found["EHP01"]).waits == ()
    assert denied(found["SEC02"]).waits == ("claim_of_another_payer",)


def test_the_secondary_payers_answer_is_no_primary_one_though_it_comes_alone() -> None:
    story = Story(submission(), SECONDARY)
    assert story.denial.waits == ("claim_of_another_payer",)


def test_what_the_first_payer_paid_stands_beside_the_denial_of_the_second() -> None:
    story = Story(submission(), PAID, SECONDARY)
    (told_of,) = denied(by_payer(story)["SEC02"]).other_payers
    assert (told_of.payer, told_of.responsibility, told_of.claim_state) == (PAYER, "primary", ClaimState.PAID)
    assert (told_of.paid, told_of.patient_responsibility) == (Decimal("160"), PAID.patient_responsibility)


def test_the_payment_of_one_payer_does_not_close_the_denial_of_the_other() -> None:
    story = Story(submission(), PRIMARY, SECONDARY.model_copy(update={"claim_state": ClaimState.PAID}))
    found = by_payer(story)
    assert (found["EHP01"].state, found["SEC02"].state) == (ClaimState.DENIED_FULL, ClaimState.PAID)


def test_a_new_answer_of_the_first_payer_is_a_new_revision_of_the_second_ones_open_denial() -> None:
    story = Story(submission(), SECONDARY)
    first = story.denial
    story.tell(PAID)
    again = story.denial
    assert (again.lineage, again.revision) == (first.lineage, first.revision + 1)
    assert adjudication_id(PAID) in again.facts
    link = next(c for c in story.last if isinstance(c, CaseChanged) and c.lineage == first.lineage)
    assert (link.change, link.open_denial) == ("linked", True)


def test_what_the_second_payer_says_is_no_new_revision_for_the_first() -> None:
    """An approved replacement stays approved; the history tells it."""
    story = Story(submission(), PRIMARY)
    first = story.denial
    story.tell(SECONDARY)
    assert [change.lineage for change in story.last] == [story.denial.lineage]
    assert story.denial.lineage != first.lineage
    shown = denied(by_payer(story)["EHP01"])
    assert shown.other_payers == ()
    assert "denied_full by another payer" in [entry.summary for entry in shown.history]


def test_the_lineage_of_a_secondary_payer_keeps_its_id_when_the_primary_one_answers() -> None:
    story = Story(submission(), SECONDARY)
    alone = story.denial.lineage
    story.tell(PAID)
    assert by_payer(story)["SEC02"].id == alone
    assert by_payer(story)["EHP01"].id == Story(submission(), PRIMARY).denial.lineage


def test_a_claim_sent_to_each_payer_is_each_ones_own() -> None:
    to_second = submission(
        payer=SECOND, payer_responsibility="S", segments=("CLM*PATACC1*250", "SBR*P"), submitted=LATER
    )
    story = Story(submission(), to_second, PRIMARY, SECONDARY)
    found = {id_: denied(view) for id_, view in by_payer(story).items()}
    assert all(d.waits == () for d in found.values())
    claims = {id_: d.claim for id_, d in found.items()}
    assert claims == {"EHP01": submission(), "SEC02": to_second}


def test_a_claim_that_went_to_the_wrong_payer_first_is_each_ones_own() -> None:
    """Both stand first (CLP02 = 1): the 837s tell by their payers who has which."""
    right = submission(payer=SECOND, segments=("CLM*PATACC1*250", "NTE*ADD*A"), submitted=LATER)
    wrong_payer = adjudication("OA-109 250", said=("N418",))
    story = Story(
        submission(), right, wrong_payer, adjudication("CO-197 250", control="S1", trace="T9", payer=SECOND)
    )
    assert {id_: denied(v).claim for id_, v in by_payer(story).items()} == {
        "EHP01": submission(),
        "SEC02": right,
    }


def test_a_claim_that_either_payer_may_have_had_is_for_a_person() -> None:
    """Neither is named in the 837 and both say that they stand first."""
    unnamed = submission(payer=Payer(id="OTHER", name="ANOTHER NAME"))
    second = adjudication("CO-29 250", control="S1", trace="T9", payer=SECOND, on=LATER)
    story = Story(unnamed, PRIMARY, second)
    assert {denied(v).waits for v in by_payer(story).values()} == {("ambiguous_lineage",)}


def test_a_secondary_payer_that_charges_what_was_left_answers_the_same_claim() -> None:
    rest = adjudication("OA-23 40", status="2", charge="40", control="S1", trace="T9", payer=SECOND, on=LATER)
    story = Story(submission(), PRIMARY, rest)
    history = denied(by_payer(story)["EHP01"]).history
    assert "zero_pay_benign by another payer" in [entry.summary for entry in history]


def test_a_payer_under_a_new_name_that_names_its_old_number_is_the_same() -> None:
    renamed = adjudication(
        "CO-45 50",
        paid="200",
        control="N1",
        original="ICN1",
        trace="T9",
        payer=Payer(id="NEW01", name="NEW NAME"),
        on=LATER,
    )
    assert list(Story(submission(), PRIMARY, renamed).lineages.values()) == [ClaimState.PAID]


def test_a_crossed_over_claim_that_names_the_first_payers_number_is_the_second_payers() -> None:
    crossed = SECONDARY.model_copy(update={"original_reference": "ICN1"})
    assert len(Story(submission(), PRIMARY, crossed).lineages) == 2


@pytest.mark.parametrize(
    ("fact", "whose"),
    [
        (acknowledged(False, LATER, payer=SECOND), "SEC02"),
        (acknowledged(False, LATER), "EHP01"),
        (recouped(reference="S1").model_copy(update={"payer": SECOND}), "SEC02"),
        (recouped(reference="unknown").model_copy(update={"payer": SECOND}), "SEC02"),
    ],
)
def test_a_fact_without_dates_is_about_the_payer_that_it_names(fact: Any, whose: str) -> None:
    before = {id_: v.facts for id_, v in by_payer(Story(submission(), PRIMARY, SECONDARY)).items()}
    after = {id_: v.facts for id_, v in by_payer(Story(submission(), PRIMARY, SECONDARY, fact)).items()}
    assert [id_ for id_ in after if len(after[id_]) > len(before[id_])] == [whose]


def test_documentation_of_an_encounter_is_for_all_its_payers() -> None:
    story = Story(submission(), PRIMARY, SECONDARY, documented(day=SERVED))
    for view in by_payer(story).values():
        found = denied(view)
        assert found.documented is not None
        assert "ambiguous_lineage" not in found.waits


def test_what_was_sent_about_one_payers_denial_is_answered_by_that_payer() -> None:
    story = Story(submission(), SECONDARY)
    secondary = story.denial
    story.tell(PRIMARY)
    mine = next(d for d in story.denials() if d.lineage != secondary.lineage)
    story.tell(told(resubmission(mine.facts, mine.lineage), SENT), delivered(1, SENT))
    story.tell(
        adjudication("CO-22 250", status="2", control="S2", trace="T10", payer=SECOND, on=LATER),
        adjudication("CO-197 250", control="ICN2", trace="T11", on=LATER),
    )
    found = {id_: denied(view) for id_, view in by_payer(story).items()}
    assert (found["EHP01"].answers, found["SEC02"].answers) == ("r1", None)


def test_the_order_of_arrival_does_not_matter() -> None:
    facts = (submission(), PRIMARY, SECONDARY, acknowledged(False, LATER, payer=SECOND))
    seen = set()
    for order in permutations(facts):
        story = Story(*order)
        assert story.case is not None
        seen.add(tuple((v.id, v.digest) for v in views(KEY, story.case)))
    assert len(seen) == 1


def test_payers_that_cannot_be_compared_are_two_where_they_say_that_they_stand_apart() -> None:
    first = PRIMARY.model_copy(update={"payer": Payer(id="EHP01", name=None)})
    second = SECONDARY.model_copy(update={"payer": Payer(id=None, name="SECOND PLAN")})
    assert len(Story(submission(), first, second).lineages) == 2


def test_payers_that_cannot_be_compared_and_stand_in_one_place_are_one() -> None:
    first = PRIMARY.model_copy(update={"payer": Payer(id="EHP01", name=None)})
    again = adjudication(
        "CO-45 50", paid="200", control="N1", trace="T9", payer=Payer(id=None, name="EHP"), on=LATER
    )
    assert list(Story(submission(), first, again).lineages.values()) == [ClaimState.PAID]


def test_a_replacement_belongs_to_the_payer_whose_number_it_names() -> None:
    named = submission(
        payer=Payer(id="OTHER", name="ANOTHER NAME"),
        original_reference="S1",
        frequency_code="7",
        segments=("CLM*PATACC1*250***11:B:7", "REF*F8*S1"),
        submitted=LATER,
    )
    found = by_payer(Story(submission(), named, PRIMARY, SECONDARY))
    assert (denied(found["SEC02"]).claim, denied(found["SEC02"]).waits) == (named, ())
    assert denied(found["EHP01"]).claim == submission()


UNNAMED = submission(payer=Payer(id="OTHER", name="ANOTHER NAME"))


def test_a_payer_that_does_not_say_where_it_stands_is_not_taken_for_the_first() -> None:
    """CLP02 = 4 of a second payer beside one that says 1."""
    second = adjudication("CO-29 250", status="4", control="S1", trace="T9", payer=SECOND, on=LATER)
    found = by_payer(Story(UNNAMED, PRIMARY, second))
    assert (denied(found["EHP01"]).waits, denied(found["SEC02"]).waits) == ((), ("claim_of_another_payer",))


def test_a_payer_that_does_not_say_where_it_stands_has_the_claim_where_nobody_else_does() -> None:
    first = adjudication("CO-197 250", status="4")
    found = by_payer(Story(UNNAMED, first, SECONDARY))
    assert (denied(found["EHP01"]).waits, denied(found["SEC02"]).waits) == ((), ("claim_of_another_payer",))


def test_an_answer_without_a_name_is_of_the_payer_in_its_place() -> None:
    nameless = adjudication(
        "CO-45 50", paid="200", control="U1", trace="T9", payer=Payer(id=None, name=None), on=LATER
    )
    assert sorted(Story(submission(), PRIMARY, SECONDARY, nameless).lineages.values(), key=str) == [
        ClaimState.DENIED_FULL,
        ClaimState.PAID,
    ]


def test_an_answer_without_name_and_place_is_for_a_person() -> None:
    nameless = adjudication(
        "CO-22 250", status="4", control="U1", trace="T9", payer=Payer(id=None, name=None), on=LATER
    )
    story = Story(submission(), PRIMARY, SECONDARY, nameless)
    waits = {denied(view).primary_cause: denied(view).waits for view in by_payer(story).values()}
    assert "ambiguous_lineage" in waits["cob"]
    assert waits["auth"] == ()


def test_what_was_sent_follows_the_adjudication_that_it_stood_on() -> None:
    """The other payer is found to have answered first, and takes the id that the lineage had."""
    second = adjudication("CO-197 250", control="S1", trace="T9", payer=SECOND, on=LATER)
    story = Story(submission(payer=SECOND), second)
    sent(story, at=LATER)
    story.tell(adjudication("OA-109 250"))
    found = by_payer(story)
    assert [a.resubmission_id for a in denied(found["SEC02"]).attempts] == ["r1"]
    assert denied(found["EHP01"]).attempts == ()


def test_a_rejection_that_names_no_payer_is_of_what_was_delivered() -> None:
    to_second = submission(payer=SECOND, payer_responsibility="S", segments=("CLM*PATACC1*250", "SBR*S"))
    story = Story(submission(), to_second, PRIMARY, SECONDARY)
    about = denied(by_payer(story)["SEC02"])
    story.tell(told(resubmission(about.facts, about.lineage), LATER), delivered(1, LATER))
    story.tell(acknowledged(False, date(2026, 2, 22), charge=Decimal("250")))
    assert [a.outcome for a in denied(by_payer(story)["SEC02"]).attempts] == ["rejected"]


def test_the_history_says_what_went_to_and_came_from_another_payer() -> None:
    story = Story(submission(), PAID, SECONDARY)
    told_of = [entry.summary for entry in denied(by_payer(story)["SEC02"]).history]
    assert told_of == ["frequency 1 to another payer", "paid by another payer", "denied_full"]
