"""What a person may decide, and what is refused (protocol: decisions)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from schemas.codes import Action, Decision, Path, Wish
from schemas.recoding import Candidate, DecisionRequested, Edit
from schemas.remittance import Remark
from services.core.codes.tables import NO_TABLES
from services.core.recoding.rules import RuleCase
from services.recoder.decisions import judge
from tests.recoding import (
    AUTHORIZED,
    FORWARDED,
    MEDICAL_NECESSITY,
    MODIFIER,
    TODAY,
    Desk,
    case,
    context_of,
    decisions,
    denial_of,
    flags,
    profiles_with,
    proposals,
    tables_of,
)

CHANGE_OF_PROVIDER = case(
    "identifier-from-master", "a well formed NPI of somebody else is a change of provider, never an edit"
)


def desk_with(of: RuleCase = AUTHORIZED, **changes: Any) -> Desk:
    """A desk with the open proposal of a case, nothing switched on."""
    desk = Desk(context_of(tables=tables_of(of)))
    desk.deny(of=of, **changes)
    return desk


def refused(desk: Desk, wish: Wish, reason: str, **changes: Any) -> str:
    """The reason of a refusal; that nothing else came of it is checked."""
    before = desk.item() if desk.state is not None and desk.state.lineages else None
    decided = desk.decide(wish, reason, **changes)
    assert decided is not None
    assert decided.decision is Decision.REFUSED
    assert (decided.proposal, decided.claim) == (None, None)
    if before is not None:
        assert desk.item() == before
    return decided.reason


def test_an_approval_carries_proposal_claim_and_latest_control_number() -> None:
    desk = desk_with()
    decided = desk.decide(Wish.APPROVE, "confirmed_in_record")
    assert decided is not None
    assert decided.decision is Decision.APPROVED
    assert (decided.by, decided.os_user, decided.at) == ("coder-1", "os-1", TODAY)
    assert decided.claim == denial_of().claim
    assert (decided.payer_control_number, decided.generation, decided.revision) == ("ICN1", 0, 1)
    assert decided.proposal is not None
    assert [edit.after for edit in decided.proposal.edits] == ["AUTH-77"]
    assert desk.item().status == "approved"


def test_the_same_request_again_says_nothing() -> None:
    desk = desk_with()
    desk.decide(Wish.HOLD, "awaiting_payer")
    before = desk.state
    assert desk.decide(Wish.HOLD, "awaiting_payer") is None
    assert desk.state is before


def test_a_decision_about_an_older_proposal_is_refused() -> None:
    desk = desk_with()
    older = desk.item().proposal
    assert older is not None
    desk.deny("denial-2", revision=2, facts=("case", "more"))
    reason = refused(desk, Wish.APPROVE, "documented", proposal_id=older.proposal_id, revision=older.revision)
    assert reason == "stale_proposal"


def test_a_decision_about_an_older_revision_is_refused() -> None:
    desk = desk_with(revision=2)
    assert refused(desk, Wish.APPROVE, "documented", revision=1) == "stale_proposal"


def test_a_decision_about_the_same_revision_under_an_older_context_is_refused() -> None:
    desk = desk_with()
    older = desk.item().proposal
    assert older is not None
    desk.switch("edition", "authorizations", tables=NO_TABLES)
    assert refused(desk, Wish.REJECT, "other", proposal_id=older.proposal_id) == "stale_proposal"


def test_a_blank_names_no_document() -> None:
    desk = desk_with(MODIFIER)
    assert refused(desk, Wish.APPROVE, "documented", candidate=1, documents=("  ", "")) == "documents_needed"


def test_a_document_is_written_down_without_its_blanks() -> None:
    decided = desk_with(MODIFIER).decide(Wish.APPROVE, "documented", candidate=1, documents=(" NOTE-1 ", " "))
    assert decided is not None
    assert (decided.decision, decided.documents) == (Decision.APPROVED, ("NOTE-1",))


def test_a_candidate_that_needs_a_document_needs_it_whatever_it_changes() -> None:
    item = desk_with(MODIFIER).item()
    assert item.proposal is not None
    harmless = Candidate(edit=edit("referral_number", "R1"), needs=("document",))
    item = item.model_copy(update={"proposal": item.proposal.model_copy(update={"candidates": (harmless,)})})
    assert item.proposal is not None
    request = DecisionRequested(
        claim_number="CASE-1",
        lineage="case",
        proposal_id=item.proposal.proposal_id,
        revision=1,
        wish=Wish.APPROVE,
        by="b",
        os_user="o",
        reason="documented",
        candidate=1,
        requested="r",
    )
    assert judge(item, request, context_of()).reason == "documents_needed"


def test_a_decision_about_a_withdrawn_proposal_is_refused() -> None:
    desk = desk_with()
    older = desk.item().proposal
    assert older is not None
    desk.change(revision=2)
    reason = refused(desk, Wish.APPROVE, "documented", proposal_id=older.proposal_id, revision=older.revision)
    assert reason == "withdrawn"


def test_a_decision_about_an_unknown_lineage_is_refused_once() -> None:
    desk = desk_with()
    assert refused(desk, Wish.APPROVE, "documented", lineage="nowhere") == "unknown_proposal"
    assert desk.decide(Wish.APPROVE, "documented", lineage="nowhere") is None


def test_approval_and_new_facts_at_once_one_of_them_is_first() -> None:
    desk = desk_with()
    desk.decide(Wish.APPROVE, "documented")
    withdrawn = decisions(desk.deny("denial-2", revision=2, facts=("case", "more")))
    assert [d.decision for d in withdrawn] == [Decision.WITHDRAWN]


@pytest.mark.parametrize(
    ("wish", "reason"),
    [
        (Wish.APPROVE, "not_supported"),
        (Wish.REJECT, "documented"),
        (Wish.HOLD, "other"),
        (Wish.OVERRIDE, "x"),
    ],
)
def test_an_unknown_reason_is_refused(wish: Wish, reason: str) -> None:
    assert refused(desk_with(), wish, reason) == "unknown_reason"


@pytest.mark.parametrize("first", [(Wish.APPROVE, "documented"), (Wish.REJECT, "other")])
def test_what_is_decided_is_not_decided_again(first: tuple[Wish, str]) -> None:
    desk = desk_with()
    desk.decide(*first)
    assert refused(desk, Wish.APPROVE, "documented", requested="r2") == "already_decided"


def test_a_candidate_without_documents_is_refused() -> None:
    assert refused(desk_with(MODIFIER), Wish.APPROVE, "confirmed_in_record") == "documents_needed"
    assert refused(desk_with(MODIFIER), Wish.APPROVE, "documented", candidate=1) == "documents_needed"


def test_documents_apply_the_first_candidate() -> None:
    decided = desk_with(MODIFIER).decide(Wish.APPROVE, "documented", documents=("doc-1",))
    assert decided is not None
    assert decided.decision is Decision.APPROVED
    assert decided.documents == ("doc-1",)
    assert decided.proposal is not None
    assert [(e.field, e.after) for e in decided.proposal.edits] == [("lines[1].modifiers", ("TC",))]
    assert {g.id for g in decided.proposal.guards if g.result == "veto"} == set()


def test_a_named_candidate_is_the_one_applied() -> None:
    decided = desk_with(MODIFIER).decide(Wish.APPROVE, "documented", documents=("doc-1",), candidate=2)
    assert decided is not None
    assert decided.proposal is not None
    assert [e.after for e in decided.proposal.edits] == [("26",)]


@pytest.mark.parametrize("number", [0, 3, -1])
def test_a_candidate_that_is_not_there_is_refused(number: int) -> None:
    reason = refused(desk_with(MODIFIER), Wish.APPROVE, "documented", documents=("d",), candidate=number)
    assert reason == "unknown_candidate"


def test_a_change_of_provider_needs_documents() -> None:
    assert refused(desk_with(CHANGE_OF_PROVIDER), Wish.APPROVE, "documented") == "documents_needed"
    decided = desk_with(CHANGE_OF_PROVIDER).decide(Wish.APPROVE, "documented", documents=("doc-1",))
    assert decided is not None
    assert decided.decision is Decision.APPROVED


def test_a_claim_is_never_sent_unchanged() -> None:
    desk = Desk(context_of(tables=NO_TABLES))
    lacking = case("claim-lacks-information", "a remark that no closer rule knows")
    cause = denial_of(lacking).causes[0].model_copy(update={"action": Action.CORRECTED_CLAIM})
    desk.deny(of=lacking, causes=(cause,))
    proposal = desk.item().proposal
    assert proposal is not None
    assert proposal.path is Path.REPLACEMENT
    assert refused(desk, Wish.APPROVE, "documented") == "nothing_to_send"


def test_nothing_to_do_is_not_approved() -> None:
    assert refused(desk_with(FORWARDED), Wish.APPROVE, "documented") == "nothing_to_send"


def test_a_path_that_reclaim_does_not_send_for_this_payer_is_refused() -> None:
    more = "sendable_paths: {value: [new_claim], source: test, date: 2026-01-01}"
    desk = Desk(replace(context_of(), profiles=profiles_with(more=more)))
    desk.deny()
    assert refused(desk, Wish.APPROVE, "documented") == "path_not_sendable"


def test_a_replacement_without_the_payers_number_is_refused() -> None:
    adjudication = denial_of().adjudication.model_copy(update={"payer_control_number": None})
    desk = desk_with(adjudication=adjudication)
    assert refused(desk, Wish.APPROVE, "documented") == "payer_control_number_missing"


def test_an_approved_appeal_is_a_persons_own_work_and_sends_nothing() -> None:
    desk = desk_with(MEDICAL_NECESSITY)
    decided = desk.decide(Wish.APPROVE, "documented")
    assert decided is not None
    assert decided.decision is Decision.APPROVED
    assert decided.proposal is not None
    assert decided.proposal.path is Path.PROVIDER_DISPUTE
    assert desk.item().status == "taken"


def test_nothing_goes_out_by_a_person_either_while_siblings_are_missing() -> None:
    desk = desk_with(waits=("siblings_missing",))
    assert refused(desk, Wish.APPROVE, "documented") == "siblings_missing"


def test_what_the_stop_list_names_is_refused_even_with_documents() -> None:
    adjudication = denial_of().adjudication
    remarks = (Remark(line=None, code="N35", place="MOA03"),)
    desk = desk_with(adjudication=adjudication.model_copy(update={"remarks": remarks}))
    assert refused(desk, Wish.APPROVE, "documented", documents=("d",)) == "G7:remark_N35"


def test_a_hold_lasts_until_its_day_and_not_longer() -> None:
    desk = desk_with()
    until = TODAY + timedelta(days=3)
    decided = desk.decide(Wish.HOLD, "awaiting_documentation", until=until)
    assert decided is not None
    assert (decided.decision, decided.until) == (Decision.HELD, until)
    desk.open_day(until - timedelta(days=1))
    assert desk.item().status == "held"
    said = desk.open_day(until)
    assert desk.item().status == "open"
    assert [(f.flag, f.due) for f in flags(said)] == [("hold_ended", until)]


def test_a_hold_is_called_on_its_day() -> None:
    from services.recoder.processor import waits

    desk = desk_with()
    desk.decide(Wish.HOLD, "awaiting_documentation", until=date(2026, 5, 4))
    assert desk.state is not None
    assert waits(desk.state).due == date(2026, 5, 4)


def test_a_hold_until_today_is_refused() -> None:
    assert refused(desk_with(), Wish.HOLD, "awaiting_payer", until=TODAY) == "until_not_in_future"


def test_a_held_item_is_decided_like_an_open_one() -> None:
    desk = desk_with()
    desk.decide(Wish.HOLD, "awaiting_payer")
    decided = desk.decide(Wish.APPROVE, "documented", requested="r2")
    assert decided is not None
    assert decided.decision is Decision.APPROVED


def test_a_hold_goes_on_over_a_change_of_context_and_the_policy_leaves_it() -> None:
    desk = desk_with()
    desk.decide(Wish.HOLD, "compliance_review")
    said = desk.switch("profile", "test", profiles=profiles_with("prior_authorization"))
    assert len(proposals(said)) == 1
    assert [d.decision for d in decisions(said)] == [Decision.WITHDRAWN]
    assert desk.item().status == "held"


def test_new_facts_end_a_hold() -> None:
    desk = desk_with()
    desk.decide(Wish.HOLD, "awaiting_documentation")
    desk.deny("denial-2", revision=2, facts=("case", "more"))
    assert desk.item().status == "open"


def test_what_waits_with_the_resubmitter_can_be_rejected_but_not_approved_twice() -> None:
    from tests.unit.recoder.test_automation import refused as refusal

    desk = desk_with()
    desk.decide(Wish.APPROVE, "documented")
    desk.tell(refusal(desk, waits=True))
    assert refused(desk, Wish.APPROVE, "documented", requested="r2") == "already_decided"
    decided = desk.decide(Wish.REJECT, "other", requested="r3")
    assert decided is not None
    assert decided.decision is Decision.REJECTED


def edit(field: str, after: object, before: object = None) -> Edit:
    return Edit.model_validate({"line": None, "field": field, "before": before, "after": after})


def test_an_override_sends_a_persons_own_edits_through_the_guard() -> None:
    desk = desk_with(MEDICAL_NECESSITY)
    decided = desk.decide(
        Wish.OVERRIDE,
        "documented",
        documents=("doc-9",),
        edits=(edit("lines[1].modifiers", ("59",)), edit("prior_authorization", "A-1")),
    )
    assert decided is not None
    assert decided.decision is Decision.OVERRIDDEN
    assert decided.proposal is not None
    assert (decided.proposal.path, decided.proposal.frequency_code) == (Path.REPLACEMENT, "7")
    assert [(e.line, e.field, e.before, e.after) for e in decided.proposal.edits] == [
        (1, "lines[1].modifiers", None, ("59",)),
        (None, "prior_authorization", None, "A-1"),
    ]
    assert all(e.evidence for e in decided.proposal.edits)
    assert desk.item().status == "approved"


def test_an_override_may_bill_a_line_in_parts_whatever_order_it_is_told_in() -> None:
    desk = desk_with(MEDICAL_NECESSITY)
    parts = {
        "lines[2].units": "0.5",
        "lines[2].charge": "50",
        "lines[1].units": "0.5",
        "lines[1].charge": "50",
    }
    decided = desk.decide(
        Wish.OVERRIDE,
        "documented",
        documents=("doc-9",),
        edits=(*(edit(field, after) for field, after in parts.items()), edit("lines", ("1", "1"))),
    )
    assert decided is not None
    assert decided.decision is Decision.OVERRIDDEN
    assert decided.proposal is not None
    assert {e.field: (e.before, e.after) for e in decided.proposal.edits} == {
        "lines": (("1",), ("1", "1")),
        **{field: ("1" if "units" in field else "100", after) for field, after in parts.items()},
    }


@pytest.mark.parametrize(
    ("edits", "documents", "reason"),
    [
        ((), (), "nothing_to_send"),
        ((edit("claim_number", "1"),), ("d",), "field_not_editable"),
        ((edit("total_charge", "1", before="100"),), ("d",), "G10:charges_do_not_add_up"),
        ((edit("lines[1].units", "2", before="1"),), (), "documents_needed"),
        ((edit("lines[9].modifiers", ("59",)),), ("d",), "field_not_editable"),
        ((edit("frequency_code", "8"),), ("d",), "field_not_editable"),
        ((edit("prior_authorization", "A*1"),), ("d",), "value_cannot_stand_in_the_claim"),
        ((edit("prior_authorization", "A~1"),), ("d",), "value_cannot_stand_in_the_claim"),
        ((edit("prior_authorization", "A:1"),), ("d",), "value_cannot_stand_in_the_claim"),
        ((edit("prior_authorization", "A^1"),), ("d",), "value_cannot_stand_in_the_claim"),
        ((edit("lines[1].modifiers", ("5*",)),), ("d",), "G10:value_cannot_stand_in_the_claim"),
        ((edit("prior_authorization", "A1", before="other"),), ("d",), "G10:before_differs"),
        ((edit("lines[1].modifiers", ("59",)),), (), "documents_needed"),
        ((edit("lines", ("1", "1")),), ("d",), "G10:parts_are_more_units_than_the_line"),
        ((edit("lines", ("1", "2")),), ("d",), "value_cannot_stand_in_the_claim"),
        ((edit("diagnoses[1].code", "M545"),), ("d",), "G4:diagnosis_not_documented"),
        ((edit("billing_npi", "1245319599"),), (), "documents_needed"),
        (
            (edit("prior_authorization", "A1"), edit("prior_authorization", "A2")),
            ("d",),
            "G10:field_edited_twice",
        ),
    ],
)
def test_an_override_that_the_guard_refuses(
    edits: tuple[Edit, ...], documents: tuple[str, ...], reason: str
) -> None:
    desk = desk_with()
    assert refused(desk, Wish.OVERRIDE, "documented", documents=documents, edits=edits) == reason


def test_a_documented_diagnosis_may_be_coded() -> None:
    from schemas.documentation import ClaimDocumented

    documented = ClaimDocumented(
        claim_number="CASE-1", documented_diagnoses=("M54.5",), documented=date(2026, 4, 20)
    )
    desk = desk_with(documented=documented)
    decided = desk.decide(
        Wish.OVERRIDE, "documented", documents=("d",), edits=(edit("diagnoses[1].code", "M545"),)
    )
    assert decided is not None
    assert decided.decision is Decision.OVERRIDDEN


def test_nobody_approves_without_a_name() -> None:
    assert refused(desk_with(), Wish.APPROVE, "documented", by=" ") == "name_missing"
