"""The life of a claim: what each fact makes of it, and what is said of it, rule by rule of the protocol."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from schemas.case import CaseChanged, ClassifiedDenial
from schemas.claim import Finding, Payer
from schemas.codes import ClaimState, Path
from schemas.records.claim_case import ClaimCase
from services.core.case import fold
from services.core.facts import adjudication_id
from tests.remitted import (
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

DENIED = adjudication("CO-197 250")
LATER = date(2026, 2, 20)


# Revisions


def test_a_denial_is_said_once_and_nothing_else() -> None:
    story = Story(submission(), DENIED)
    assert [(type(c).__name__, c.revision) for c in story.last] == [("ClassifiedDenial", 1)]


def test_a_repeated_event_changes_nothing_and_says_nothing() -> None:
    story = Story(submission(), DENIED)
    before = story.case
    assert story.tell(DENIED) == ()
    assert story.case is before


def test_the_same_remittance_in_another_file_changes_nothing_and_says_nothing() -> None:
    story = Story(submission(), DENIED)
    before = story.case
    repeated = DENIED.model_copy(
        update={
            "position": DENIED.position.model_copy(update={"file": "f2", "index": 9}),
            "segments": ("CLP|X",),
        }
    )
    assert story.tell(repeated) == ()
    assert story.case is before


def test_an_adjudication_of_other_amounts_is_a_fact_of_its_own() -> None:
    assert Story(submission(), DENIED).tell(adjudication("CO-197 249", charge="249")) != ()


def test_a_claim_alone_says_nothing() -> None:
    assert Story(submission()).last == ()


def test_the_claim_after_its_denial_is_a_link_and_the_denial_is_said_whole_again() -> None:
    story = Story(DENIED)
    assert not story.denial.matched_claim
    story.tell(submission())
    assert [type(c).__name__ for c in story.last] == ["CaseChanged", "ClassifiedDenial"]
    assert (story.changed.change, story.changed.open_denial, story.changed.revision) == ("linked", True, 2)
    assert (story.denial.revision, story.denial.matched_claim) == (2, True)


def test_a_claim_after_a_payment_says_nothing() -> None:
    story = Story(adjudication("CO-45 50", paid="200"))
    assert story.tell(submission()) == ()


def test_a_payment_closes_the_denial() -> None:
    story = Story(submission(), DENIED)
    story.tell(adjudication("CO-45 50", paid="200", control="ICN2", trace="T2", on=LATER))
    assert (story.changed.change, story.changed.open_denial, story.changed.revision) == ("paid", False, 2)
    assert story.denials() == []


def test_a_second_denial_is_a_new_revision_of_the_same_lineage() -> None:
    story = Story(submission(), DENIED)
    first = story.denial.lineage
    story.tell(adjudication("CO-29 250", control="ICN2", trace="T2", on=LATER))
    assert (story.denial.lineage, story.denial.revision, story.denial.primary_cause) == (first, 2, "timely")


def test_a_late_older_denial_does_not_reopen_a_resolved_case() -> None:
    story = Story(submission(), adjudication("CO-45 50", paid="200", control="ICN2", trace="T2", on=LATER))
    story.tell(DENIED)
    assert (story.changed.change, story.changed.open_denial) == ("paid", False)


def test_documentation_says_the_open_denial_again_with_it() -> None:
    story = Story(submission(), DENIED)
    story.tell(documented())
    assert (story.changed.change, story.changed.open_denial) == ("documented", True)
    assert story.denial.documented is not None
    assert story.denial.documented.documented_diagnoses == ("J0390",)


def test_money_taken_outside_the_claim_is_said() -> None:
    story = Story(submission(), DENIED)
    story.tell(recouped())
    assert (story.changed.change, story.changed.open_denial) == ("adjusted", True)


def test_a_pended_claim_is_no_open_denial() -> None:
    story = Story(submission(), DENIED)
    story.tell(adjudication("OA-133 250", trace="T2", on=LATER))
    assert (story.changed.open_denial, story.changed.claim_state) == (False, ClaimState.PENDED)


# Acknowledgments


def test_an_acknowledgment_that_accepts_raises_no_revision() -> None:
    assert Story(submission(), DENIED).tell(acknowledged(True, LATER)) == ()


def test_an_acknowledgment_that_rejects_raises_a_revision() -> None:
    story = Story(submission())
    story.tell(acknowledged(False, LATER))
    assert (story.changed.change, story.changed.accepted, story.changed.open_denial) == (
        "acknowledged",
        False,
        False,
    )


def test_a_rejection_before_the_claim_moves_to_the_claims_lineage() -> None:
    story = Story(acknowledged(False, LATER))
    undated = story.changed.lineage
    first, second = Story(acknowledged(False, LATER)).tell(submission())
    assert isinstance(first, CaseChanged)
    assert isinstance(second, CaseChanged)
    assert (first.lineage, first.change, first.open_denial, first.revision) == (undated, "linked", False, 2)
    assert (second.change, second.revision, second.lineage != undated) == ("linked", 1, True)


def test_a_rejected_attempt_opens_the_denial_again_and_is_named() -> None:
    story = Story(submission(), DENIED)
    sent(story)
    story.tell(acknowledged(False, LATER, kind="999"))
    assert (story.changed.answers, story.denial.answers) == ("r1", "r1")
    assert [(a.generation, a.outcome) for a in story.denial.attempts] == [(1, "rejected")]


def test_a_rejected_attempt_is_not_the_current_claim() -> None:
    story = Story(submission(), DENIED)
    sent(story)
    story.tell(acknowledged(False, LATER))
    assert story.denial.claim is not None
    assert story.denial.claim.frequency_code == "1"


# What we sent, and what answers it


def test_sends_and_deliveries_are_folded_silently() -> None:
    story = Story(submission(), DENIED)
    denial = story.denial
    assert story.tell(resubmission(denial.facts, denial.lineage)) == ()
    assert story.tell(delivered(1, SENT)) == ()


@pytest.mark.parametrize(
    "how",
    [
        {"frequency": "7", "control": "ICN2"},
        {"frequency": None, "control": "ICN2", "original": "ICN1"},
        {"frequency": None, "control": "ICN2"},
    ],
    ids=["by CLP09", "by REF*F8", "the first after the delivery"],
)
def test_an_adjudication_answers_the_attempt(how: dict[str, Any]) -> None:
    story = Story(submission(), DENIED)
    sent(story)
    story.tell(adjudication("CO-45 50", paid="200", trace="T2", on=LATER, **how))
    assert (story.changed.change, story.changed.answers) == ("paid", "r1")


def test_a_denied_replacement_is_a_new_denial_that_answers_the_attempt() -> None:
    story = Story(submission(), DENIED)
    sent(story)
    story.tell(adjudication("CO-29 250", frequency="7", control="ICN2", trace="T2", on=LATER))
    assert (story.denial.answers, story.denial.generation) == ("r1", 1)
    assert [a.outcome for a in story.denial.attempts] == ["denied_again"]


def test_once_a_replacement_is_adjudicated_it_is_the_current_claim() -> None:
    story = Story(submission(), DENIED)
    sent(story)
    story.tell(adjudication("CO-29 250", frequency="7", control="ICN2", trace="T2", on=LATER))
    claim = story.denial.claim
    assert claim is not None
    assert (claim.frequency_code, claim.original_reference) == ("7", "ICN1")
    assert claim.prior_authorization == "AUTH77"
    assert [line.procedure for line in claim.lines] == ["G0463", "G0499"]


def test_until_it_is_adjudicated_the_original_is_the_current_claim() -> None:
    story = Story(submission(), DENIED)
    sent(story)
    story.tell(documented())
    assert story.denial.claim is not None
    assert story.denial.claim.frequency_code == "1"


def test_the_adjudication_that_an_attempt_stood_on_is_no_answer_even_when_dated_later() -> None:
    story = Story(submission(), adjudication("CO-197 250", on=date(2026, 3, 1)))
    sent(story, at=SENT)
    story.tell(documented())
    assert (story.denial.answers, story.denial.attempts[0].outcome) == (None, None)


@pytest.mark.parametrize("frequency", ["1", "7"])
def test_an_older_remittance_that_comes_late_is_no_answer(frequency: str) -> None:
    story = Story(submission(), DENIED)
    sent(story)
    story.tell(
        adjudication("CO-16 250", control="ICN0", trace="T0", on=date(2026, 1, 2), frequency=frequency)
    )
    assert [a.outcome for a in story.denial.attempts] == [None]


def test_a_rejection_that_the_attempt_stood_on_is_no_answer() -> None:
    story = Story(submission(), DENIED)
    story.tell(acknowledged(False, LATER))
    sent(story, at=date(2026, 3, 1))
    story.tell(documented())
    assert [a.outcome for a in story.denial.attempts] == [None]


def test_a_replacement_of_the_provider_that_names_our_answer_is_the_current_claim() -> None:
    story = Story(submission(), DENIED)
    sent(story)
    story.tell(adjudication("CO-29 250", frequency="7", control="ICN2", trace="T2", on=LATER))
    own = submission(
        original_reference="ICN2", frequency_code="7", segments=("CLM*OWN",), submitted=date(2026, 3, 1)
    )
    story.tell(own)
    assert story.denial.claim == own


def test_a_pended_answer_leaves_the_attempt_unanswered() -> None:
    story = Story(submission(), DENIED)
    sent(story)
    story.tell(adjudication("OA-133 250", frequency="7", control="ICN2", trace="T2", on=LATER))
    assert story.changed.answers is None


def test_a_send_that_is_read_after_its_answer_is_linked_then() -> None:
    first = Story(submission(), DENIED)
    resent = told(resubmission(first.denial.facts, first.denial.lineage), SENT)
    story = Story(submission(), DENIED)
    story.tell(adjudication("CO-45 50", paid="200", frequency="7", control="ICN2", trace="T2", on=LATER))
    story.tell(resent)
    assert (story.changed.change, story.changed.answers) == ("linked", "r1")


def test_a_second_generation_is_answered_after_the_first() -> None:
    story = Story(submission(), DENIED)
    sent(story)
    story.tell(adjudication("CO-29 250", frequency="7", control="ICN2", trace="T2", on=LATER))
    sent(story, 2, date(2026, 3, 1), reference="ICN2")
    story.tell(
        adjudication("CO-45 50", paid="200", frequency="7", control="ICN3", trace="T3", on=date(2026, 3, 20))
    )
    assert story.changed.answers == "r2"


def test_a_void_is_answered_by_its_reversal() -> None:
    story = Story(submission(), DENIED)
    sent(story, path=Path.VOID)
    story.tell(adjudication("CO-197 -250", status="22", charge="-250", frequency="8", trace="T2", on=LATER))
    assert (story.changed.change, story.changed.answers, story.changed.open_denial) == (
        "reversed",
        "r1",
        False,
    )


def test_a_reversal_is_no_answer_to_a_replacement() -> None:
    story = Story(submission(), DENIED)
    sent(story)
    story.tell(adjudication("CO-197 -250", status="22", charge="-250", trace="T2", on=LATER))
    assert (story.changed.change, story.changed.answers) == ("reversed", None)


# Reversal and correction

REVERSAL = adjudication("CO-197 -250", status="22", charge="-250", trace="T2", on=LATER, file="f2", index=1)
CORRECTION = adjudication("CO-45 50", paid="200", control="ICN2", trace="T2", on=LATER, file="f2", index=2)


@pytest.mark.parametrize("order", [(REVERSAL, CORRECTION), (CORRECTION, REVERSAL)])
def test_a_reversal_and_its_correction_leave_the_correction_standing(order: tuple[Any, Any]) -> None:
    story = Story(submission(), DENIED, *order)
    assert set(story.lineages.values()) == {ClaimState.PAID}


def test_a_reversal_alone_takes_the_decision_back() -> None:
    story = Story(submission(), adjudication("CO-45 50", paid="200"))
    story.tell(adjudication("CO-45 -50", status="22", charge="-250", paid="-200", trace="T2", on=LATER))
    assert (story.changed.change, story.changed.claim_state, story.changed.open_denial) == (
        "reversed",
        ClaimState.REVERSED,
        False,
    )


def test_a_correction_in_an_earlier_file_is_not_taken_back_by_the_late_reversal() -> None:
    early = adjudication("CO-45 50", paid="200", control="ICN2", trace="T2", on=date(2026, 2, 10))
    late = adjudication("CO-197 -250", status="22", charge="-250", trace="T3", on=LATER)
    story = Story(submission(), DENIED, early, late)
    assert set(story.lineages.values()) == {ClaimState.PAID}


def test_a_reversal_of_what_was_never_seen_stops_what_stands() -> None:
    story = Story(submission(), DENIED)
    story.tell(
        adjudication(
            "CO-45 -90", status="22", charge="-250", paid="-160", control="OLD", trace="T2", on=LATER
        )
    )
    assert set(story.lineages.values()) == {ClaimState.REVERSED}


def test_a_correction_that_denies_opens_a_denial() -> None:
    paid = adjudication("CO-45 50", paid="200")
    back = adjudication("CO-45 -50", status="22", charge="-250", paid="-200", trace="T2", on=LATER)
    story = Story(submission(), paid, back)
    story.tell(adjudication("CO-29 250", control="ICN2", trace="T2", on=LATER))
    assert story.denial.primary_cause == "timely"


@pytest.mark.parametrize("n", range(8))
def test_original_reversal_and_correction_of_one_day_fall_into_order(n: int) -> None:
    day = date(2026, 1, 20)
    back = adjudication("CO-197 -250", status="22", charge="-250", trace=f"T{n}", on=day)
    again = adjudication("CO-45 50", paid="200", control="ICN2", trace=f"T{n}", on=day)
    assert set(Story(again, back, DENIED).lineages.values()) == {ClaimState.PAID}


@pytest.mark.parametrize("n", range(8))
def test_within_a_day_what_names_another_comes_after_it(n: int) -> None:
    named = adjudication(
        "CO-45 50", paid="200", control=f"NEW{n}", original="ICN1", trace="T2", on=date(2026, 1, 20)
    )
    assert set(Story(submission(), DENIED, named).lineages.values()) == {ClaimState.PAID}


def test_a_reversal_does_not_take_back_the_correction_of_its_own_remittance() -> None:
    denied_anew = adjudication("CO-29 250", trace="T2", on=LATER, file="f2", index=2)
    assert set(Story(submission(), REVERSAL, denied_anew).lineages.values()) == {ClaimState.DENIED_FULL}


# What must wait


def test_automation_waits_until_all_of_the_file_is_folded() -> None:
    story = Story(submission(), adjudication("CO-197 250", siblings=2, index=1))
    assert story.denial.waits == ("siblings_missing",)
    story.tell(
        adjudication(
            "CO-45 -20",
            status="22",
            charge="-90",
            paid="-70",
            siblings=2,
            index=2,
            control="X",
            served=date(2024, 1, 1),
        )
    )
    waiting = {d.lineage: d.waits for d in story.denials()}
    assert list(waiting.values()) == [()]


def test_a_sibling_in_quarantine_is_not_waited_for() -> None:
    story = Story(submission(), adjudication("CO-197 250", siblings=2, siblings_quarantined=1))
    assert story.denial.waits == ()


def test_a_repeated_file_of_several_siblings_says_nothing_at_any_time() -> None:
    def both(file: str) -> list[Any]:
        other = {"control": "X", "served": date(2024, 1, 1)}
        return [
            adjudication("CO-197 250", siblings=2, index=1, file=file),
            adjudication("CO-45 50", paid="50", charge="100", siblings=2, index=2, file=file, **other),
        ]

    story = Story(submission(), *both("f1"))
    assert [story.tell(payload) for payload in both("f2")] == [(), ()]


def test_a_file_that_repeats_and_adds_is_waited_for() -> None:
    other = adjudication("CO-45 50", paid="50", charge="100", siblings=2, index=2, file="f2", control="X")
    story = Story(submission(), DENIED, DENIED)
    repeated = adjudication("CO-197 250", siblings=2, index=1, file="f2")
    story.tell(other)
    assert [d.waits for d in story.denials()] == [("siblings_missing",)]
    story.tell(repeated)
    assert [d.waits for d in story.denials()] == [()]


def test_the_number_is_told_as_the_provider_writes_it() -> None:
    for order in (
        (submission(), adjudication("CO-197 250", number="patacc1")),
        (adjudication("CO-197 250", number="patacc1"), submission()),
    ):
        assert Story(*order).denial.claim_number == "PATACC1"


def test_automation_waits_for_the_claim() -> None:
    assert Story(DENIED).denial.waits == ("unmatched_claim",)


def test_a_remittance_that_does_not_balance_is_never_automated() -> None:
    story = Story(submission(), adjudication("CO-197 200", findings=(Finding(code="balance_claim"),)))
    assert story.denial.waits == ("unbalanced",)


# Lineages


def test_a_number_used_again_is_another_lineage() -> None:
    again = adjudication("CO-29 250", control="ICN9", trace="T9", served=date(2024, 6, 1))
    story = Story(submission(), DENIED, again)
    assert len(story.lineages) == 2
    assert story.denial.waits == ("unmatched_claim",)


def test_two_providers_on_one_day_are_two_lineages() -> None:
    other = adjudication("CO-29 250", control="ICN9", trace="T9", npi="1999999984")
    assert len(Story(submission(), DENIED, other).lineages) == 2


def test_a_provider_without_an_npi_is_known_by_tax_id() -> None:
    same = adjudication("CO-29 250", control="ICN9", trace="T9", npi=None, tax_id="001234567")
    other = adjudication("CO-29 250", control="ICN9", trace="T9", npi=None, tax_id="777777777")
    assert len(Story(submission(), DENIED, same).lineages) == 1
    assert len(Story(submission(), DENIED, other).lineages) == 2


def test_a_payer_that_writes_itself_otherwise_is_the_same() -> None:
    same = adjudication(
        "CO-45 50",
        paid="200",
        control="ICN2",
        trace="T2",
        on=LATER,
        payer=Payer(id=None, name="Example Health-Plan"),
    )
    assert set(Story(submission(), DENIED, same).lineages.values()) == {ClaimState.PAID}


def test_a_crossover_status_is_an_adjudication_like_another() -> None:
    story = Story(submission(), adjudication("PR-2 50", paid="200", status="19"))
    assert (story.changed.change, story.changed.open_denial) == ("paid", False)


def test_parts_of_a_claim_that_the_payer_split_are_two_lineages_without_a_claim() -> None:
    first = adjudication("CO-197 150", charge="150", control="A1", siblings=2, index=1)
    second = adjudication("CO-45 20", charge="100", paid="80", control="A2", siblings=2, index=2)
    story = Story(submission(), first, second)
    assert len(story.lineages) == 3
    assert [d.waits for d in story.denials()] == [("unmatched_claim",)]


def test_a_remittance_without_dates_belongs_to_the_claim_of_its_charge() -> None:
    story = Story(submission(), adjudication("CO-197 250", served=None))
    assert (len(story.lineages), story.denial.waits) == (1, ())


def test_a_remittance_without_dates_that_fits_two_claims_is_ambiguous() -> None:
    other = submission(
        service_from=date(2025, 6, 1), service_to=date(2025, 6, 1), segments=("CLM*PATACC1*250",)
    )
    story = Story(submission(), other, adjudication("CO-197 250", served=None))
    assert story.denial.waits == ("ambiguous_lineage", "unmatched_claim")


def test_a_remittance_without_dates_moves_to_the_claim_that_comes_later() -> None:
    story = Story(adjudication("CO-197 250", served=None))
    undated = story.denial.lineage
    gone, linked, denial = story.tell(submission())
    assert (gone.lineage, gone.revision) == (undated, 2)
    assert isinstance(gone, CaseChanged)
    assert (gone.change, gone.open_denial) == ("linked", False)
    assert linked.lineage == denial.lineage != undated


def test_a_remittance_that_a_person_linked_takes_the_place_of_the_ambiguous_one() -> None:
    other = submission(
        service_from=date(2025, 6, 1), service_to=date(2025, 6, 1), segments=("CLM*PATACC1*250",)
    )
    undated = adjudication("CO-197 250", served=None)
    linked = undated.model_copy(update={"service_from": SERVED, "service_to": SERVED})
    story = Story(submission(), other, undated)
    lineage = story.denial.lineage
    story.tell(linked)
    assert (story.denial.waits, story.denial.claim) == ((), submission())
    assert (story.changed.lineage, story.changed.change) == (lineage, "linked")
    assert story.tell(undated) == ()


def test_what_a_person_linked_stands_whichever_comes_first() -> None:
    undated = adjudication("CO-197 250", served=None)
    linked = undated.model_copy(update={"service_from": SERVED, "service_to": SERVED})
    one, other = Story(undated, linked), Story(linked, undated)
    assert one.case is not None
    assert other.case is not None
    assert [f.adjudication.service_from for f in one.case.adjudications] == [SERVED]
    assert [f.adjudication.service_from for f in other.case.adjudications] == [SERVED]


def test_the_only_claim_and_the_only_remittance_of_a_day_meet_though_their_charges_differ() -> None:
    story = Story(submission(), adjudication("CO-197 249", charge="249"))
    assert (len(story.lineages), story.denial.matched_claim) == (1, True)


def test_a_replacement_of_other_dates_belongs_to_what_it_names() -> None:
    named = submission(
        service_from=date(2025, 12, 1),
        service_to=date(2025, 12, 1),
        original_reference="ICN1",
        frequency_code="7",
        segments=("CLM*PATACC1*250***11:B:7",),
    )
    assert len(Story(DENIED, named).lineages) == 1


def test_documentation_that_fits_two_claims_stops_the_automation_of_both() -> None:
    again = adjudication("CO-29 250", control="ICN9", trace="T9", served=date(2024, 6, 1))
    story = Story(submission(), DENIED, again, documented(day=date(2020, 1, 1)))
    assert all("ambiguous_lineage" in d.waits for d in story.denials())
    assert len(story.denials()) == 2


def test_documentation_of_a_day_belongs_to_the_claim_of_that_day() -> None:
    again = adjudication("CO-29 250", control="ICN9", trace="T9", served=date(2024, 6, 1))
    story = Story(submission(), DENIED, again, documented(day=SERVED))
    assert [d.primary_cause for d in story.denials()] == ["auth"]


def test_the_lineage_does_not_depend_on_what_came_first() -> None:
    assert Story(submission(), DENIED).denial.lineage == Story(DENIED, submission()).denial.lineage


# The record


def test_segments_are_kept_of_denials_only() -> None:
    story = Story(DENIED, adjudication("CO-45 50", paid="200", control="ICN2", trace="T2", on=LATER))
    assert story.case is not None
    assert {
        bool(f.adjudication.segments) for f in story.case.adjudications if f.adjudication.claim_state.denied
    } == {True}
    assert {
        bool(f.adjudication.segments)
        for f in story.case.adjudications
        if not f.adjudication.claim_state.denied
    } == {False}


def test_the_record_survives_its_own_bytes() -> None:
    story = Story(submission(), DENIED)
    sent(story)
    story.tell(REVERSAL, documented(), acknowledged(False, LATER), recouped())
    assert story.case is not None
    assert ClaimCase.parse(story.case.encode()) == story.case


def test_what_names_no_claim_leaves_no_case() -> None:
    payment = replace(told(recouped().model_copy(update={"claim_number": None})), key="main|trace|1")
    assert fold(None, payment) == (None, ())
    assert fold(None, told(acknowledged(False, LATER).model_copy(update={"claim_number": None}))) == (
        None,
        (),
    )


def test_facts_are_named_by_content() -> None:
    story = Story(submission(), DENIED)
    assert adjudication_id(DENIED) in story.denial.facts


# Duplicates

DUPLICATE = adjudication("OA-18 250", control="D1", trace="D1", on=LATER)


def test_a_duplicate_leaves_the_denial_before_it_open() -> None:
    """Domain reference 3.4 (18): denied, so the original's denial is what is worked on."""
    story = Story(submission(), DENIED, DUPLICATE)
    assert story.denial.primary_cause == "auth"
    assert story.denial.waits == ("refused_as_duplicate",)
    assert [h.summary for h in story.denial.history].count("denied_full") == 2


def test_a_duplicate_does_not_reopen_a_paid_claim() -> None:
    story = Story(submission(), adjudication("CO-45 50", paid="200"), DUPLICATE)
    assert (story.changed.change, story.changed.open_denial) == ("paid", False)


def test_a_duplicate_does_not_end_a_pend() -> None:
    story = Story(submission(), adjudication("OA-133 250"), DUPLICATE)
    assert list(story.lineages.values()) == [ClaimState.PENDED]


def test_a_duplicate_of_nothing_that_is_known_is_the_denial() -> None:
    assert Story(submission(), DUPLICATE).denial.primary_cause == "duplicate"


def test_a_line_that_repeats_another_of_its_claim_is_a_denial() -> None:
    part = adjudication("OA-18 100", paid="150", control="D1", trace="D1", on=LATER)
    assert Story(submission(), DENIED, part).denial.primary_cause == "duplicate"


def test_a_claim_that_was_paid_twice_says_what_was_paid_before() -> None:
    paid = adjudication("CO-45 50", paid="200", control="P1", trace="P1")
    again = adjudication("CO-45 50", paid="200", control="P2", trace="P2", on=LATER)
    assert Story(submission(), paid).changed.paid_before is None
    assert Story(submission(), paid, again).changed.paid_before == Decimal("200")


def test_what_was_taken_back_between_two_payments_was_not_paid_twice() -> None:
    paid = adjudication("CO-45 50", paid="200", control="P1", trace="P1")
    back = adjudication(
        "CO-45 -50", status="22", charge="-250", paid="-200", control="P1", trace="P2", on=LATER
    )
    again = adjudication("CO-45 50", paid="200", control="P2", trace="P2", on=LATER)
    assert Story(submission(), paid, back, again).changed.paid_before is None


def test_our_own_resubmission_refused_as_a_duplicate_is_named() -> None:
    story = Story(submission(), DENIED)
    sent(story)
    (_, denial) = story.tell(DUPLICATE)
    assert isinstance(denial, ClassifiedDenial)
    assert (denial.refused_as_duplicate, denial.answers, denial.primary_cause) == (("r1",), "r1", "auth")
    assert [a.outcome for a in denial.attempts] == ["denied_again"]


def test_what_was_refused_as_a_duplicate_is_not_the_current_claim() -> None:
    story = Story(submission(), DENIED)
    sent(story)
    denial = story.tell(DUPLICATE)[-1]
    assert isinstance(denial, ClassifiedDenial)
    assert denial.claim == submission()


def test_a_claim_that_the_provider_sent_twice_is_evidence_of_a_duplicate() -> None:
    again = submission(segments=("CLM*PATACC1*250", "NTE*ADD*B"), submitted=LATER)
    (cause,) = Story(submission(), again, DUPLICATE).denial.causes
    assert [e.place for e in cause.evidence].count("claim-submitted") == 1


# Taken back


def test_money_taken_back_ends_the_work_on_a_part_that_was_denied() -> None:
    """A reversal without a correction, and a PLB that recoups what was paid."""
    partial = adjudication("CO-197 100", paid="150")
    story = Story(submission(), partial)
    assert story.denial.claim_state is ClaimState.DENIED_PARTIAL
    story.tell(adjudication("CO-197 -100", paid="-150", status="22", charge="-250", trace="T2", on=LATER))
    assert (story.changed.change, story.changed.open_denial) == ("reversed", False)
    story.tell(recouped("150.00"))
    assert (story.changed.change, story.changed.open_denial) == ("adjusted", False)


def test_a_denial_that_is_a_duplicate_in_part_is_a_new_denial() -> None:
    mixed = adjudication("OA-18 100", "CO-29 150", control="D1", trace="D1", on=LATER)
    story = Story(submission(), adjudication("CO-45 50", paid="200"), mixed)
    assert {cause.cause for cause in story.denial.causes} == {"duplicate", "timely"}
