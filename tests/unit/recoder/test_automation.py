"""A3: switched on by payer and rule family, and only where nothing must be waited for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from schemas.case import Attempt
from schemas.codes import Automation, Decision, Path, Wish
from schemas.envelope import event_id
from schemas.faults import DeadLetter, LetterDiscarded, LetterReplayed, Origin
from schemas.records.work_item import SENT, WAITING
from schemas.remittance import Remark
from schemas.resubmission import ClaimDelivered, ClaimResubmitted, ResubmissionRefused
from services.core.codes.tables import NO_TABLES
from services.recoder.desk import Departure
from tests.recoding import (
    KEY,
    MODIFIER,
    TODAY,
    Desk,
    context_of,
    decisions,
    denial_of,
    profiles_with,
    proposals,
    tables_of,
)


@pytest.fixture
def desk() -> Desk:
    return Desk(context_of("prior_authorization", "modifier"))


def letter(number: str = "letter-1") -> DeadLetter:
    return DeadLetter(
        letter=number,
        origin=Origin(topic="claim-denied", partition=0, offset=1),
        event_id="e",
        event_type="claim-denied.v1",
        service="classifier",
        reason="undecodable",
        original=b"",
    )


def refused(desk: Desk, *, waits: bool, reason: str = "gate") -> ResubmissionRefused:
    proposal = desk.item().proposal
    assert proposal is not None
    return ResubmissionRefused(
        claim_number="CASE-1",
        lineage="case",
        revision=1,
        proposal_id=proposal.proposal_id,
        resubmission_id=None,
        reason=reason,
        waits=waits,
    )


def departed(desk: Desk) -> Departure:
    proposal = desk.item().proposal
    assert proposal is not None
    return Departure(lineage="case", proposal_id=proposal.proposal_id)


def test_the_policy_approves_and_carries_all_that_the_resubmitter_needs(desk: Desk) -> None:
    said = desk.deny()
    (proposed,) = proposals(said)
    (approved,) = decisions(said)
    assert proposed.automation is Automation.A3
    assert approved.decision is Decision.APPROVED
    assert approved.by == f"policy:99999@{desk.context.profiles.version}"
    assert approved.proposal == proposed
    assert approved.claim == denial_of().claim
    assert (approved.payer_control_number, approved.generation) == ("ICN1", 0)
    assert [c.cause for c in approved.causes] == ["auth"]


def test_a_payer_that_did_not_switch_the_family_on_gets_proposals() -> None:
    desk = Desk(context_of("provider_identifier"))
    said = desk.deny()
    assert proposals(said)[0].automation is Automation.A2
    assert decisions(said) == []


def test_switching_the_family_on_approves_what_was_open() -> None:
    desk = Desk(context_of())
    desk.deny()
    said = desk.switch("profile", "test", profiles=profiles_with("prior_authorization"))
    assert [d.decision for d in decisions(said)] == [Decision.WITHDRAWN, Decision.APPROVED]


def test_nothing_goes_out_while_siblings_are_missing(desk: Desk) -> None:
    said = desk.deny(waits=("siblings_missing",))
    assert proposals(said)[0].automation is Automation.A3
    assert decisions(said) == []
    assert desk.item().waits_for == ("siblings_missing",)


def test_the_policy_approves_when_the_siblings_have_come(desk: Desk) -> None:
    desk.deny(waits=("siblings_missing",))
    said = desk.deny("denial-1b")
    assert [d.decision for d in decisions(said)] == [Decision.APPROVED]
    assert proposals(said) == []


@pytest.mark.parametrize("wait", ["ambiguous_lineage", "unbalanced", "unmatched_claim", "something_new"])
def test_every_other_wait_makes_it_a_persons(desk: Desk, wait: str) -> None:
    said = desk.deny(waits=(wait,))
    assert proposals(said)[0].automation is Automation.A2
    assert decisions(said) == []


def test_a_claim_of_the_old_guide_is_never_automated(desk: Desk) -> None:
    claim = denial_of().claim
    assert claim is not None
    said = desk.deny(claim=claim.model_copy(update={"resubmittable": False}))
    assert proposals(said)[0].automation is Automation.A1
    assert proposals(said)[0].edits == ()


def test_an_open_dead_letter_of_the_claim_stops_the_policy(desk: Desk) -> None:
    desk.tell(letter())
    said = desk.deny()
    assert decisions(said) == []
    assert desk.item().waits_for == ("open_letter",)


@pytest.mark.parametrize("answer", [LetterReplayed, LetterDiscarded])
def test_an_answered_letter_lets_the_policy_go_on(
    desk: Desk, answer: type[LetterReplayed | LetterDiscarded]
) -> None:
    desk.tell(letter())
    desk.tell(letter("letter-2"))
    desk.deny()
    assert desk.tell(answer(letter="letter-1", service="classifier", by="b", reason="r")) == ()
    said = desk.tell(answer(letter="letter-2", service="classifier", by="b", reason="r"))
    assert [d.decision for d in decisions(said)] == [Decision.APPROVED]


def test_a_letter_that_was_answered_does_not_block_when_it_is_read_again(desk: Desk) -> None:
    desk.tell(letter())
    desk.tell(LetterDiscarded(letter="letter-1", service="classifier", by="b", reason="r"))
    desk.tell(letter())
    assert [d.decision for d in decisions(desk.deny())] == [Decision.APPROVED]


def test_a_letter_about_a_file_makes_no_work_item(desk: Desk) -> None:
    desk.tell(letter(), key="t|file|abc")
    assert desk.state is None


def test_a_hold_on_the_payer_under_any_of_its_ids_stops_the_policy_until_its_release(desk: Desk) -> None:
    desk.switch("hold", "payer:example-alias", holds=frozenset({"payer:example-alias"}))
    assert decisions(desk.deny()) == []
    assert desk.item().waits_for == ("payer_on_hold",)
    said = desk.switch("hold", "payer:example-alias", holds=frozenset())
    assert [d.decision for d in decisions(said)] == [Decision.APPROVED]


def test_what_waits_for_a_release_is_called_on_it(desk: Desk) -> None:
    from services.recoder.processor import waits

    desk.switch("hold", "payer:99999", holds=frozenset({"payer:99999"}))
    desk.deny()
    assert desk.state is not None
    assert "hold" in waits(desk.state).tags


def test_a_lineage_that_a_person_decided_on_is_left_to_persons(desk: Desk) -> None:
    desk.context = context_of()
    desk.deny()
    desk.decide(Wish.REJECT, "not_supported")
    desk.context = context_of("prior_authorization")
    said = desk.deny("denial-2", revision=2, facts=("case", "more"))
    assert proposals(said)[0].automation is Automation.A3
    assert decisions(said) == []


def test_the_same_cause_again_is_for_a_person(desk: Desk) -> None:
    attempt = Attempt(
        resubmission_id="s",
        proposal_id="p",
        generation=1,
        causes=("auth",),
        path="replacement",
        outcome="denied_again",
    )
    said = desk.deny(attempts=(attempt,), generation=1)
    (proposed,) = proposals(said)
    assert proposed.automation is Automation.A2
    assert [(g.id, g.reason) for g in proposed.guards if g.result == "veto"] == [
        ("G5", "cause_attempted_before")
    ]


def test_while_a_generation_is_unanswered_no_machine_sends_another(desk: Desk) -> None:
    attempt = Attempt(
        resubmission_id="s",
        proposal_id="p",
        generation=1,
        causes=("data",),
        path="replacement",
        delivered=True,
    )
    assert decisions(desk.deny(attempts=(attempt,), generation=1)) == []


def test_a_clinical_change_is_never_automatic(desk: Desk) -> None:
    said = desk.deny(of=MODIFIER)
    assert proposals(said)[0].automation is Automation.A2
    assert decisions(said) == []


def test_a_stop_remark_takes_everything_down(desk: Desk) -> None:
    adjudication = denial_of().adjudication
    remarks = (Remark(line=None, code="N185", place="MOA03"),)
    said = desk.deny(adjudication=adjudication.model_copy(update={"remarks": remarks}), directives=("N185",))
    (proposed,) = proposals(said)
    assert (proposed.action.value, proposed.path.value, proposed.automation.value) == ("none", "none", "A1")
    assert ("G7", "veto") in [(g.id, g.result) for g in proposed.guards]
    assert decisions(said) == []


@pytest.mark.parametrize("family", ["medicare_part_b", "workers_compensation", "medicaid"])
def test_a_payer_that_takes_no_replacement_gets_none_by_itself(family: str) -> None:
    desk = Desk(context_of("prior_authorization", inherits=family))
    said = desk.deny()
    assert proposals(said)[0].automation < Automation.A3
    assert decisions(said) == []


def test_no_other_path_is_automatic_even_if_a_profile_lists_it_as_sendable(desk: Desk) -> None:
    more = "sendable_paths: {value: [replacement, new_claim], source: test, date: 2026-01-01}"
    desk.context = replace(desk.context, profiles=profiles_with("prior_authorization", more=more))
    said = desk.deny(directives=("MA130",))
    assert proposals(said)[0].path is Path.NEW_CLAIM
    assert proposals(said)[0].automation is Automation.A2
    assert decisions(said) == []


def test_a_replacement_needs_the_payers_control_number(desk: Desk) -> None:
    adjudication = denial_of().adjudication
    said = desk.deny(adjudication=adjudication.model_copy(update={"payer_control_number": None}))
    assert "payer_control_number" in proposals(said)[0].missing
    assert decisions(said) == []


def test_two_causes_of_which_one_stays_open_are_for_a_person(desk: Desk) -> None:
    causes = denial_of().causes
    other = causes[0].model_copy(
        update={
            "cause": "med_nec",
            "adjustments": (causes[0].adjustments[0].model_copy(update={"reason": "50"}),),
        }
    )
    said = desk.deny(causes=(*causes, other))
    assert proposals(said)[0].automation is Automation.A1
    assert "cause:med_nec" in proposals(said)[0].missing
    assert decisions(said) == []


def test_no_data_is_never_a_pass(desk: Desk) -> None:
    desk.context = context_of("prior_authorization", tables=NO_TABLES)
    said = desk.deny()
    assert proposals(said)[0].edits == ()
    assert decisions(said) == []


def test_a_refusal_that_waits_keeps_the_approval_waiting(desk: Desk) -> None:
    desk.deny()
    assert desk.tell(refused(desk, waits=True, reason="payer_on_hold")) == ()
    assert (desk.item().status, desk.item().waits_for) == ("waiting", ("payer_on_hold",))


def test_a_refusal_for_good_gives_the_item_back_to_a_person(desk: Desk) -> None:
    desk.deny()
    desk.tell(refused(desk, waits=False))
    assert (desk.item().status, desk.item().returned) == ("open", "gate")
    assert desk.switch("edition", "authorizations", tables=tables_of()) == ()
    assert desk.decide(Wish.REJECT, "other") is not None


def test_a_refusal_of_an_older_proposal_changes_nothing(desk: Desk) -> None:
    desk.deny()
    late = refused(desk, waits=False)
    desk.deny("denial-2", revision=2, facts=("case", "more"))
    before = desk.state
    desk.tell(late)
    assert desk.state is before


def test_what_left_is_sent_and_is_not_withdrawn_by_its_answer(desk: Desk) -> None:
    desk.deny()
    desk.tell(departed(desk))
    assert desk.item().status == "sent"
    assert decisions(desk.change(revision=2, answers="s1")) == []


def test_the_answer_to_what_was_approved_withdraws_nothing_even_if_its_sending_was_not_read_yet(
    desk: Desk,
) -> None:
    desk.deny()
    assert decisions(desk.change(revision=2, answers="s1")) == []


def test_a_fact_that_overtakes_an_approval_withdraws_it(desk: Desk) -> None:
    desk.deny()
    (withdrawn,) = decisions(desk.change(revision=2, change="reversed"))
    assert withdrawn.decision is Decision.WITHDRAWN


def test_letters_of_other_claims_are_other_keys(desk: Desk) -> None:
    assert desk.deny()[0].key == KEY


def test_a_proposal_that_comes_again_after_it_left_has_ids_of_its_own(desk: Desk) -> None:
    desk.deny()
    desk.tell(departed(desk))
    desk.deny("denial-2", revision=2)
    first, second = proposals(desk.said)
    assert first.proposal_id == second.proposal_id
    ids = [event_id("t", o.type, o.natural_key, o.sequence) for o in desk.said]
    assert len(set(ids)) == len(ids)


def test_what_left_is_not_proposed_anew_for_the_same_revision(desk: Desk) -> None:
    desk.deny()
    desk.tell(departed(desk))
    assert desk.deny("denial-1b", waits=("ambiguous_lineage",)) == ()


def test_a_delivery_that_is_known_after_all_ends_the_wait_for_it(desk: Desk) -> None:
    desk.deny()
    desk.tell(departed(desk))
    desk.tell(refused(desk, waits=True, reason="delivery_uncertain"))
    assert (desk.item().status, desk.item().waits_for) == (WAITING, ("delivery_uncertain",))
    proposal = desk.item().proposal
    assert proposal is not None
    delivered = ClaimDelivered(
        claim_number="CASE-1",
        lineage="case",
        proposal_id=proposal.proposal_id,
        resubmission_id="r1",
        file="ehp01/2026-02-10/000000001.837",
        interchange_control_number="000000001",
        group_control_number="1",
        digest="0" * 64,
        at=TODAY,
    )
    # As the worker reads it: of a departure the recoder takes its own part.
    desk.tell(Departure.model_validate_json(delivered.model_dump_json(include=set(Departure.model_fields))))
    assert (desk.item().status, desk.item().waits_for) == (SENT, ())


def test_the_recoder_reads_of_a_resubmission_what_its_event_has() -> None:
    for name in Departure.model_fields:
        assert name in ClaimResubmitted.model_fields
        assert name in ClaimDelivered.model_fields


@pytest.mark.parametrize(("code", "approved"), [("N939", 0), ("N704", 1)])
def test_a_talk_of_two_clinicians_that_is_offered_is_a_persons_to_take(
    desk: Desk, code: str, approved: int
) -> None:
    adjudication = denial_of().adjudication
    remarks = (Remark(line=None, code=code, place="MOA03"),)
    said = desk.deny(adjudication=adjudication.model_copy(update={"remarks": remarks}), directives=(code,))
    assert len(decisions(said)) == approved
