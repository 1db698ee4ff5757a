"""One proposal for each revision and context version, and its withdrawal (protocol: facts and revisions)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from schemas.codes import Automation, Decision, Wish
from schemas.envelope import event_id
from services.core.codes.tables import NO_TABLES
from services.core.recoding.proposal import same_answer
from services.runtime.configuration import shipped_rules
from tests.recoding import (
    AUTHORIZED,
    FORWARDED,
    MEDICAL_NECESSITY,
    Desk,
    context_of,
    decisions,
    denial_of,
    flags,
    proposals,
    tables_of,
)


@pytest.fixture
def desk() -> Desk:
    """A payer for which nothing is switched on."""
    return Desk(context_of())


def test_every_denial_gets_one_proposal(desk: Desk) -> None:
    said = desk.deny()
    assert [o.type for o in said] == ["recoding-proposed.v1"]


def test_the_same_event_again_says_and_changes_nothing(desk: Desk) -> None:
    desk.deny()
    before = desk.state
    assert desk.deny() == ()
    assert desk.state is before


def test_an_older_revision_after_a_newer_one_says_nothing(desk: Desk) -> None:
    desk.deny("denial-2", revision=2)
    assert desk.deny("denial-1", revision=1) == ()


def test_a_new_revision_withdraws_and_proposes_anew(desk: Desk) -> None:
    first = proposals(desk.deny())[0]
    said = desk.deny("denial-2", revision=2, facts=("case", "more"))
    (withdrawn,) = decisions(said)
    (second,) = proposals(said)
    assert (withdrawn.decision, withdrawn.proposal_id, withdrawn.reason) == (
        Decision.WITHDRAWN,
        first.proposal_id,
        "new_revision",
    )
    assert second.answers_withdrawn == first.proposal_id
    assert second.proposal_id != first.proposal_id
    assert said[0].data is withdrawn


def test_the_proposal_id_follows_from_lineage_facts_and_context(desk: Desk) -> None:
    here = proposals(desk.deny())[0]
    elsewhere = proposals(Desk(context_of()).deny("another-event"))[0]
    other_facts = proposals(Desk(context_of()).deny(facts=("x",)))[0]
    other_lineage = proposals(Desk(context_of()).deny(lineage="other"))[0]
    other_profiles = proposals(Desk(context_of("modifier")).deny())[0]
    other_tables = proposals(Desk(context_of(tables=NO_TABLES)).deny())[0]
    assert here.proposal_id == elsewhere.proposal_id
    assert len({p.proposal_id for p in (here, other_facts, other_lineage, other_profiles, other_tables)}) == 5


def test_what_is_paid_withdraws_the_open_proposal(desk: Desk) -> None:
    proposed = proposals(desk.deny())[0]
    (withdrawn,) = decisions(desk.change(revision=2, change="paid"))
    assert (withdrawn.decision, withdrawn.proposal_id) == (Decision.WITHDRAWN, proposed.proposal_id)
    assert desk.item().status == "closed"


def test_a_change_that_leaves_the_denial_open_is_left_to_its_denial(desk: Desk) -> None:
    desk.deny()
    before = desk.state
    assert desk.change(revision=2, change="documented", open_denial=True) == ()
    assert desk.state is before


def test_a_change_of_an_older_revision_withdraws_nothing(desk: Desk) -> None:
    desk.deny("denial-3", revision=3)
    assert desk.change(revision=2) == ()
    assert desk.item().status == "open"


def test_a_denial_that_was_overtaken_is_proposed_and_withdrawn_in_either_order() -> None:
    in_order, overtaken = Desk(context_of()), Desk(context_of())
    in_order.deny(revision=2)
    in_order.change(revision=3)
    overtaken.change(revision=3)
    overtaken.deny(revision=2)
    assert [o.type for o in overtaken.said] == [o.type for o in in_order.said]
    assert [d.decision for d in decisions(overtaken.said)] == [Decision.WITHDRAWN]
    assert overtaken.item().status == in_order.item().status == "closed"
    assert overtaken.deny(revision=2) == ()


def test_lineages_under_one_key_do_not_touch_each_other(desk: Desk) -> None:
    desk.deny()
    desk.deny("other-1", lineage="other", facts=("other",))
    said = desk.deny("other-2", lineage="other", revision=2, facts=("other", "more"))
    assert {d.lineage for d in decisions(said)} == {"other"}
    assert desk.item().status == "open"
    assert desk.item().revision == 1


def test_a_loaded_table_wakes_what_waited_for_it() -> None:
    desk = Desk(context_of(tables=NO_TABLES))
    assert proposals(desk.deny())[0].missing == ("table:authorizations",)
    said = desk.switch("edition", "authorizations", tables=tables_of())
    (withdrawn,) = decisions(said)
    (proposed,) = proposals(said)
    assert withdrawn.reason == "context_edition"
    assert [edit.field for edit in proposed.edits] == ["prior_authorization"]
    assert proposed.editions.keys() == {"authorizations"}


def test_a_change_of_context_that_changes_no_answer_says_nothing(desk: Desk) -> None:
    desk.deny()
    renamed = replace(shipped_rules(), name="renamed", version="other")
    assert desk.switch("rule_set", "renamed", rules=renamed) == ()


def test_what_is_missing_is_part_of_the_answer() -> None:
    desk = Desk(context_of())
    (proposed,) = proposals(desk.deny())
    more = proposed.model_copy(update={"missing": (*proposed.missing, "table:authorizations")})
    assert same_answer(proposed, proposed.model_copy(update={"editions": {"authorizations": "other"}}))
    assert not same_answer(proposed, more)


def test_a_rule_set_that_answers_otherwise_proposes_anew(desk: Desk) -> None:
    desk.deny()
    fewer = replace(shipped_rules(), rules=tuple(r for r in shipped_rules().rules if r.id == "to-a-person"))
    said = desk.switch("rule_set", "fewer", rules=fewer)
    assert decisions(said)[0].reason == "context_rule_set"
    assert proposals(said)[0].automation is Automation.A1


def test_going_back_to_an_earlier_context_gives_no_id_to_two_payloads(desk: Desk) -> None:
    desk.deny()
    desk.switch("edition", "authorizations", tables=NO_TABLES)
    desk.switch("edition", "authorizations", tables=tables_of())
    ids = [event_id("t", o.type, o.natural_key, o.sequence) for o in desk.said]
    assert len(set(ids)) == len(ids) == 5
    first, _, third = proposals(desk.said)
    assert first.proposal_id == third.proposal_id


def test_a_decided_item_does_not_follow_the_context(desk: Desk) -> None:
    from schemas.codes import Wish

    desk.deny()
    desk.decide(Wish.REJECT, "not_supported")
    assert desk.switch("edition", "authorizations", tables=NO_TABLES) == ()


def test_waits_name_the_changes_of_context_only_while_something_is_undecided(desk: Desk) -> None:
    from services.recoder.processor import waits

    desk.deny()
    assert desk.state is not None
    assert waits(desk.state).tags >= {"edition", "rule_set", "profile"}
    desk.change()
    assert waits(desk.state).tags == frozenset()


def test_nothing_to_do_is_none_and_a0(desk: Desk) -> None:
    (proposed,) = proposals(desk.deny(of=FORWARDED))
    assert (proposed.action.value, proposed.automation.value, proposed.path.value) == ("none", "A0", "none")


def test_everything_else_goes_to_a_person_with_an_explanation(desk: Desk) -> None:
    (proposed,) = proposals(desk.deny(of=MEDICAL_NECESSITY))
    assert proposed.automation is Automation.A1
    assert "the label of the cause" in proposed.explanation


def test_an_empty_rule_set_still_answers(desk: Desk) -> None:
    desk.context = replace(desk.context, rules=replace(shipped_rules(), rules=()))
    (proposed,) = proposals(desk.deny())
    assert (proposed.rule.id, proposed.automation) == ("no-rule", Automation.A1)


def test_a_duplicate_after_our_own_send_is_flagged() -> None:
    from schemas.case import Attempt
    from tests.recoding import flags

    desk = Desk(context_of())
    attempt = Attempt(
        resubmission_id="s",
        proposal_id="p",
        generation=1,
        causes=("auth",),
        path="replacement",
        outcome="denied_again",
    )
    cause = denial_of(AUTHORIZED).causes[0].model_copy(update={"cause": "duplicate"})
    said = desk.deny(attempts=(attempt,), causes=(cause,), primary_cause="duplicate")
    assert [f.flag for f in flags(said)] == ["self_caused_duplicate"]


def test_the_same_denial_and_context_give_the_same_bytes() -> None:
    one, other = Desk(context_of()), Desk(context_of())
    assert [o.data.encode() for o in one.deny()] == [o.data.encode() for o in other.deny()]


def test_a_resubmission_refused_as_a_duplicate_is_an_alarm_once() -> None:
    """The payer's first answer stands, so no cause says it; a later revision is no news of it."""
    desk = Desk(context_of())
    desk.deny()
    said = desk.deny("denial-2", revision=2, refused_as_duplicate=("r1",))
    again = desk.deny("denial-3", revision=3, refused_as_duplicate=("r1",))
    assert [f.flag for f in flags(said)] == ["self_caused_duplicate"]
    assert flags(again) == []


def test_a_claim_that_went_to_another_payer_is_a_persons_and_is_not_sent() -> None:
    desk = Desk(context_of("authorization"))
    (proposal,) = proposals(desk.deny(waits=("claim_of_another_payer",)))
    decided = desk.decide(Wish.APPROVE, "payer_error")
    assert proposal.automation is Automation.A1
    assert decided is not None
    assert (decided.decision, decided.reason) == (Decision.REFUSED, "claim_of_another_payer")
