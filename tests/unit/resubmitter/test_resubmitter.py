"""The resubmitter's rules: what is sent, once; what is refused; what waits, and for what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import permutations
from typing import Any

import pytest

from schemas.calls import ClaimDue, ContextChanged
from schemas.claim import ClaimSubmitted
from schemas.codes import Decision, Path
from schemas.faults import LetterDiscarded, LetterReplayed
from schemas.recoding import Deadline, Edit, GuardFacts
from schemas.records.ledger import ANSWERED, Ledger
from schemas.resubmission import (
    ClaimDelivered,
    ClaimResubmitted,
    Outbound,
    OutgoingClaim,
    ResubmissionRefused,
)
from schemas.shape import Shape
from services.core.processing import Context, Outcome
from services.core.resubmission.identity import outbound_key
from services.core.x12.editor import edit
from services.resubmitter import gate
from services.resubmitter.processor import processor, urgency, waits
from tests.decisions import (
    AUTHORIZATION,
    CLAIM,
    DAY,
    KEY,
    LINEAGE,
    PARTNER,
    TENANT,
    approval,
    changed,
    context,
    decided,
    event,
    letter,
    partner_tables,
    profiles,
)

HELD = frozenset({"payer:EHP01"})
RESUBMITTER = processor(gate.findings)


@dataclass
class Desk:
    """The resubmitter at one claim key."""

    ledger: Ledger | None = None
    context: Context = field(default_factory=context)

    def tell(self, data: Shape, id_: str | None = None) -> list[Shape]:
        """Handle an event; gives the payloads that were published."""
        return [o.data for o in self.handle(data, id_)]

    def handle(self, data: Shape, id_: str | None = None) -> Sequence[Outcome]:
        after, outcomes = RESUBMITTER.handle(self.ledger, event(data, id_=id_), self.context)
        assert after is None or isinstance(after, Ledger)
        self.ledger = after
        return outcomes

    def under(self, **changed: Any) -> Desk:
        self.context = context(**changed)
        return self

    def send(self, **changed_: Any) -> str:
        """Read revision 1 and its approval; gives the id of what was sent."""
        self.tell(changed(1))
        return sent(self.tell(approval(**changed_))).resubmission_id


def sent(published: list[Shape]) -> ClaimResubmitted:
    found = [p for p in published if isinstance(p, ClaimResubmitted)]
    assert len(found) == 1, [reason(p) for p in published]
    return found[0]


def reason(payload: Shape) -> str:
    return payload.reason if isinstance(payload, ResubmissionRefused) else type(payload).__name__


def refusals(published: list[Shape]) -> list[tuple[str, bool]]:
    return [(p.reason, p.waits) for p in published if isinstance(p, ResubmissionRefused)]


def withdrawals(published: list[Shape]) -> list[str]:
    return [p.resubmission_id for p in published if isinstance(p, Outbound) and p.kind == "withdrawal"]


def delivered(resubmission_id: str) -> ClaimDelivered:
    return ClaimDelivered(
        claim_number=CLAIM.claim_number,
        lineage=LINEAGE,
        proposal_id="proposal1",
        resubmission_id=resubmission_id,
        file="f",
        interchange_control_number="000000001",
        group_control_number="1",
        digest="0" * 64,
        at=DAY,
    )


def left_out(resubmission_id: str) -> ResubmissionRefused:
    return ResubmissionRefused(
        claim_number=CLAIM.claim_number,
        lineage=LINEAGE,
        revision=1,
        proposal_id="proposal1",
        resubmission_id=resubmission_id,
        reason="withdrawn",
        waits=False,
    )


# What is sent


def test_an_approved_replacement_goes_out_with_frequency_7_and_the_latest_payer_control_number() -> None:
    desk = Desk()
    desk.tell(changed(1))
    resubmitted = sent(desk.tell(approval(reference="PCN9")))
    assert (resubmitted.frequency_code, resubmitted.original_reference) == ("7", "PCN9")
    assert resubmitted.x12.claim[0] == "CLM*PATACC1*250***11:B:7*Y*A*Y*Y"
    assert {"REF*F8*PCN9", "REF*G1*AUTH1"} <= set(resubmitted.x12.claim)
    assert [e.field for e in resubmitted.edits] == [
        "prior_authorization",
        "frequency_code",
        "original_reference",
    ]
    assert (resubmitted.generation, resubmitted.revision, resubmitted.facts) == (1, 1, ("fact1",))


def test_the_same_goes_to_outbound_under_payer_and_kind() -> None:
    desk = Desk()
    desk.tell(changed(1))
    outcomes = desk.handle(approval())
    assert [(o.type, o.key) for o in outcomes] == [
        ("claim-resubmitted.v1", KEY),
        ("outbound.v1", outbound_key(TENANT, "EHP01", "837P")),
    ]
    outbound = outcomes[1].data
    assert isinstance(outbound, Outbound)
    assert outbound.resubmission == outcomes[0].data
    assert outbound.claim_key == KEY


def test_an_overridden_decision_goes_out_too() -> None:
    desk = Desk()
    desk.tell(changed(1))
    override = approval().model_copy(update={"decision": Decision.OVERRIDDEN})
    assert sent(desk.tell(override)).proposal_id == "proposal1"


def test_a_void_leaves_all_lines_as_they_were() -> None:
    desk = Desk()
    desk.tell(changed(1))
    void = sent(desk.tell(approval(path=Path.VOID_THEN_NEW, frequency_code="8")))
    assert void.x12.claim[0] == "CLM*PATACC1*250***11:B:8*Y*A*Y*Y"
    assert [e.field for e in void.edits] == ["frequency_code", "original_reference"]


def test_a_new_claim_goes_without_an_original_reference() -> None:
    desk = Desk()
    desk.tell(changed(1))
    new = sent(desk.tell(approval(path=Path.NEW_CLAIM, frequency_code="1")))
    assert (new.frequency_code, new.original_reference) == ("1", None)
    assert not [s for s in new.x12.claim if s.startswith("REF*F8")]


def test_an_alias_of_the_payer_meets_in_the_same_batch() -> None:
    claim = CLAIM.model_copy(update={"payer": CLAIM.payer.model_copy(update={"id": "EHP02"})})
    desk = Desk()
    desk.tell(changed(1))
    outcomes = desk.handle(approval(claim=claim))
    assert outcomes[1].key == outbound_key(TENANT, "EHP01", "837P")


# Once


def test_the_same_decision_again_changes_nothing() -> None:
    desk = Desk()
    desk.send()
    before = desk.ledger
    assert desk.tell(approval()) == []
    assert desk.ledger == before


def test_another_decision_of_a_proposal_that_was_sent_changes_nothing() -> None:
    desk = Desk()
    desk.send()
    assert desk.tell(approval(), id_="another") == []


def test_a_decision_that_was_refused_for_good_is_refused_once() -> None:
    desk = Desk()
    desk.tell(changed(2))
    assert refusals(desk.tell(approval())) == [("older_revision", False)]
    assert desk.tell(approval()) == []


def test_a_second_generation_has_another_id() -> None:
    desk = Desk()
    first = desk.send()
    desk.tell(delivered(first))
    desk.tell(changed(2, answers=first))
    second = sent(desk.tell(approval(proposal_id="proposal2", revision=2)))
    assert second.generation == 2
    assert second.resubmission_id != first


# Refused for good


def test_an_older_revision_is_refused() -> None:
    desk = Desk()
    desk.tell(changed(2))
    assert refusals(desk.tell(approval(revision=1))) == [("older_revision", False)]


def test_a_revision_of_another_lineage_does_not_make_it_older() -> None:
    desk = Desk()
    desk.tell(changed(5, lineage="lineage2"))
    desk.tell(changed(1))
    assert sent(desk.tell(approval()))


@pytest.mark.parametrize(
    "field", [{"resubmittable": False}, {"guide": "004010X098A1"}, {"guide": "005010X224A2"}]
)
def test_a_claim_of_a_guide_that_is_not_written_is_refused(field: dict[str, object]) -> None:
    desk = Desk()
    desk.tell(changed(1))
    published = desk.tell(approval(claim=CLAIM.model_copy(update=field)))
    assert refusals(published) == [("guide_not_supported", False)]


def test_a_claim_path_that_cannot_be_built_is_refused() -> None:
    desk = Desk()
    desk.tell(changed(1))
    reopened = approval(path=Path.REOPENING, frequency_code="Q")
    assert refusals(desk.tell(reopened)) == [("path_not_built", False)]


def test_a_secondary_claim_that_says_nothing_of_the_payer_before_is_refused() -> None:
    desk = Desk()
    desk.tell(changed(1))
    secondary = approval(path=Path.SECONDARY_CLAIM, frequency_code="1")
    assert refusals(desk.tell(secondary)) == [("other_payer_missing", False)]


@pytest.mark.parametrize(
    "path", [Path.REOPENING, Path.REDETERMINATION, Path.WRITE_OFF, Path.PATIENT_BILL, Path.WAIT]
)
def test_a_path_without_an_837_is_no_business_of_the_resubmitter(path: Path) -> None:
    desk = Desk()
    desk.tell(changed(1))
    assert desk.tell(approval(path=path, frequency_code=None)) == []


def test_a_replacement_without_a_payer_control_number_is_refused() -> None:
    desk = Desk()
    desk.tell(changed(1))
    assert refusals(desk.tell(approval(reference=None))) == [("payer_control_number_missing", False)]


@pytest.mark.parametrize(
    ("note", "goes"), [(None, False), ("NTE*ADD*CORRECTED", True), ("NTE*CER*OTHER", False)]
)
def test_a_replacement_without_the_note_that_the_payer_requires_is_refused(
    note: str | None, goes: bool
) -> None:
    segments = CLAIM.segments if note is None else (*CLAIM.segments[:2], note, *CLAIM.segments[2:])
    desk = Desk(context=context(profiles=profiles(requires_note="true", note_qualifier="ADD")))
    desk.tell(changed(1))
    published = desk.tell(approval(claim=CLAIM.model_copy(update={"segments": segments})))
    assert refusals(published) == ([] if goes else [("note_required", False)])


def test_an_edit_that_the_claim_contradicts_is_refused() -> None:
    stale = AUTHORIZATION.model_copy(update={"before": "OTHER"})
    desk = Desk()
    desk.tell(changed(1))
    published = desk.tell(approval(edits=(stale,)))
    assert refusals(published) == [("edit_refused", False)]
    assert isinstance(published[0], ResubmissionRefused)
    assert published[0].detail == ("prior_authorization:before_differs",)


def test_a_claim_that_the_gate_does_not_take_is_refused_without_values() -> None:
    broken = CLAIM.model_copy(
        update={"segments": tuple(s.replace("D8*20251220", "D8*SECRET") for s in CLAIM.segments)}
    )
    desk = Desk()
    desk.tell(changed(1))
    published = desk.tell(approval(claim=broken))
    assert refusals(published) == [("gate", False)]
    assert isinstance(published[0], ResubmissionRefused)
    assert published[0].detail == ("DTP03:8",)
    assert "SECRET" not in "".join(published[0].detail)


def test_a_difference_that_no_edit_explains_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def careless(claim: ClaimSubmitted, edits: Sequence[Edit]) -> OutgoingClaim:
        made = edit(claim, edits)
        return made.model_copy(update={"claim": made.claim[:-1]})

    monkeypatch.setattr("services.core.resubmission.outgoing.edit", careless)
    desk = Desk()
    desk.tell(changed(1))
    assert refusals(desk.tell(approval())) == [("difference", False)]


# What waits


def test_a_decision_about_a_revision_that_is_not_read_yet_waits_in_silence_and_then_goes() -> None:
    desk = Desk()
    assert desk.tell(approval()) == []
    assert sent(desk.tell(changed(1)))


@pytest.mark.parametrize("subject", ["payer:EHP01", "payer:EHP02", "payer:ehp01 "])
def test_a_held_payer_is_not_sent_to_under_any_alias(subject: str) -> None:
    desk = Desk(context=context(holds=frozenset({subject})))
    desk.tell(changed(1))
    assert refusals(desk.tell(approval())) == [("payer_on_hold", True)]


def test_release_sends_what_waited() -> None:
    desk = Desk(context=context(holds=HELD))
    desk.tell(changed(1))
    desk.tell(approval())
    assert desk.ledger is not None
    assert "hold" in waits(desk.ledger).tags
    assert sent(desk.under().tell(ContextChanged(kind="hold", name="payer:EHP01")))
    assert waits(desk.ledger or Ledger()).tags == frozenset()


def test_what_waits_is_looked_at_each_day_and_says_nothing_new() -> None:
    desk = Desk(context=context(holds=HELD))
    desk.tell(changed(1))
    desk.tell(approval())
    assert desk.ledger is not None
    assert waits(desk.ledger).due is not None
    assert waits(desk.ledger).due > DAY  # type: ignore[operator]
    assert desk.tell(ClaimDue(day=DAY)) == []
    assert sent(desk.under().tell(ClaimDue(day=DAY)))


def test_a_claim_with_an_open_dead_letter_is_blocked() -> None:
    desk = Desk()
    desk.tell(changed(1))
    desk.tell(letter())
    assert refusals(desk.tell(approval())) == [("claim_blocked", True)]


@pytest.mark.parametrize("answer", [LetterReplayed, LetterDiscarded])
def test_a_letter_that_is_answered_unblocks_the_claim(answer: type[LetterReplayed | LetterDiscarded]) -> None:
    desk = Desk()
    desk.tell(changed(1))
    desk.tell(letter())
    desk.tell(approval())
    answered = answer(letter="letter1", service="classifier", by="tester", reason="fixed")
    assert sent(desk.tell(answered))


def test_one_of_two_letters_still_blocks() -> None:
    desk = Desk()
    desk.tell(changed(1))
    desk.tell(letter("letter1"))
    desk.tell(letter("letter2"))
    desk.tell(approval())
    answered = LetterDiscarded(letter="letter1", service="classifier", by="tester", reason="fixed")
    assert desk.tell(answered) == []


def test_a_letter_about_a_file_leaves_no_ledger() -> None:
    after, outcomes = RESUBMITTER.handle(None, event(letter(), key="t|file|abc"), context())
    assert (after, list(outcomes)) == (None, [])


@pytest.mark.parametrize("arrived", [False, True])
def test_an_unanswered_generation_holds_the_next_one_back(arrived: bool) -> None:
    desk = Desk()
    first = desk.send()
    if arrived:
        desk.tell(delivered(first))
        desk.tell(changed(2))
        assert refusals(desk.tell(approval(proposal_id="proposal2", revision=2))) == [
            ("unanswered_generation", True)
        ]
    else:
        assert refusals(desk.tell(approval(proposal_id="proposal2"))) == [("unanswered_generation", True)]


def test_an_answer_lets_the_next_generation_go() -> None:
    desk = Desk()
    first = desk.send()
    desk.tell(delivered(first))
    desk.tell(changed(2))
    desk.tell(approval(proposal_id="proposal3", revision=3))
    assert sent(desk.tell(changed(3, answers=first))).generation == 2


def test_an_acceptance_is_no_answer() -> None:
    desk = Desk()
    first = desk.send()
    desk.tell(delivered(first))
    desk.tell(changed(2, answers=first, change="acknowledged", accepted=True))
    assert refusals(desk.tell(approval(proposal_id="proposal2", revision=2))) == [
        ("unanswered_generation", True)
    ]


def test_a_rejection_is_an_answer() -> None:
    desk = Desk()
    first = desk.send()
    desk.tell(delivered(first))
    desk.tell(changed(2, answers=first, change="acknowledged", accepted=False))
    assert sent(desk.tell(approval(proposal_id="proposal2", revision=2)))


def test_an_answer_to_a_generation_settles_those_before_it() -> None:
    desk = Desk()
    first = desk.send()
    desk.tell(delivered(first))
    desk.tell(changed(2, answers=first))
    second = sent(desk.tell(approval(proposal_id="proposal2", revision=2))).resubmission_id
    assert desk.ledger is not None
    (entry,) = desk.ledger.lineages
    unsettled = entry.generations[0].model_copy(update={"status": "delivered"})
    entry = entry.model_copy(update={"generations": (unsettled, entry.generations[1])})
    desk.ledger = desk.ledger.model_copy(update={"lineages": (entry,)})
    desk.tell(changed(3, answers=second))
    assert desk.ledger is not None
    assert {g.status for g in desk.ledger.lineages[0].generations} == {"answered"}


def test_nobody_to_sign_waits_for_the_table_of_trading_partners() -> None:
    anonymous = CLAIM.model_copy(
        update={"loops": CLAIM.loops.model_copy(update={"transaction": CLAIM.loops.transaction[:2]})}
    )
    desk = Desk()
    desk.tell(changed(1))
    assert refusals(desk.tell(approval(claim=anonymous))) == [("identity_missing", True)]
    assert desk.ledger is not None
    assert "edition" in waits(desk.ledger).tags
    loaded = ContextChanged(kind="edition", name="trading_partners")
    assert sent(desk.under(tables=partner_tables(PARTNER)).tell(loaded))


@pytest.mark.parametrize("decision", [Decision.WITHDRAWN, Decision.REJECTED, Decision.HELD])
def test_a_decision_that_is_revoked_while_it_waits_never_goes(decision: Decision) -> None:
    desk = Desk(context=context(holds=HELD))
    desk.tell(changed(1))
    desk.tell(approval())
    desk.tell(decided(decision))
    assert desk.under().tell(ContextChanged(kind="hold", name="payer:EHP01")) == []


def test_a_refused_wish_revokes_nothing() -> None:
    desk = Desk(context=context(holds=HELD))
    desk.tell(changed(1))
    desk.tell(approval())
    desk.tell(decided(Decision.REFUSED))
    assert sent(desk.under().tell(ContextChanged(kind="hold", name="payer:EHP01")))


def test_what_waits_is_refused_when_a_newer_revision_comes() -> None:
    desk = Desk(context=context(holds=HELD))
    desk.tell(changed(1))
    desk.tell(approval())
    assert refusals(desk.tell(changed(2))) == [("older_revision", False)]
    assert desk.under().tell(ContextChanged(kind="hold", name="payer:EHP01")) == []


# What is overtaken


def test_a_fact_that_overtakes_an_undelivered_claim_withdraws_it() -> None:
    desk = Desk()
    first = desk.send()
    assert withdrawals(desk.tell(changed(2))) == [first]


def test_the_withdrawal_goes_where_the_claim_went_and_once() -> None:
    desk = Desk()
    desk.send()
    (withdrawal,) = desk.handle(changed(2))
    assert withdrawal.key == outbound_key(TENANT, "EHP01", "837P")
    assert desk.tell(changed(3)) == []


def test_a_delivered_claim_is_not_withdrawn() -> None:
    desk = Desk()
    first = desk.send()
    desk.tell(delivered(first))
    assert withdrawals(desk.tell(changed(2))) == []


def test_an_answer_tells_delivery_that_the_payer_has_what_it_answers() -> None:
    """So that a person who works an uncertain file cannot send it again."""
    desk = Desk()
    first = desk.send()
    (said,) = desk.tell(changed(2, answers=first))
    assert isinstance(said, Outbound)
    assert (said.resubmission_id, said.reason) == (first, "answered")
    assert desk.ledger is not None
    assert desk.ledger.lineages[0].generations[0].status == ANSWERED


def test_an_answer_to_what_is_known_to_be_delivered_says_nothing() -> None:
    desk = Desk()
    first = desk.send()
    desk.tell(delivered(first))
    assert desk.tell(changed(2, answers=first)) == []


def test_a_late_older_fact_withdraws_nothing() -> None:
    desk = Desk()
    desk.tell(changed(2))
    desk.tell(approval(revision=2))
    assert desk.tell(changed(1)) == []


def test_a_revoked_decision_withdraws_what_was_sent_and_not_delivered() -> None:
    desk = Desk()
    first = desk.send()
    assert withdrawals(desk.tell(decided(Decision.WITHDRAWN))) == [first]


def test_while_a_withdrawal_is_open_nothing_else_goes() -> None:
    desk = Desk()
    first = desk.send()
    desk.tell(changed(2))
    assert refusals(desk.tell(approval(proposal_id="proposal2", revision=2))) == [
        ("unanswered_generation", True)
    ]
    assert sent(desk.tell(left_out(first))).generation == 2


def test_a_withdrawal_that_came_too_late_leaves_the_claim_unanswered() -> None:
    desk = Desk()
    first = desk.send()
    desk.tell(changed(2))
    desk.tell(delivered(first))
    assert refusals(desk.tell(approval(proposal_id="proposal2", revision=2))) == [
        ("unanswered_generation", True)
    ]


def test_a_proposal_that_was_withdrawn_before_delivery_may_be_approved_again() -> None:
    desk = Desk()
    first = desk.send()
    desk.tell(decided(Decision.HELD))
    desk.tell(left_out(first))
    again = sent(desk.tell(approval(), id_="another"))
    assert again.resubmission_id != first


def test_its_own_refusals_say_nothing_new() -> None:
    desk = Desk()
    desk.send()
    before = desk.ledger
    own = left_out("x").model_copy(update={"resubmission_id": None, "reason": "payer_on_hold", "waits": True})
    assert desk.tell(own) == []
    assert desk.ledger == before


# The order across topics


@pytest.mark.parametrize("interleaving", sorted(set(permutations("ccdd"))), ids="".join)
def test_what_leaves_in_the_end_does_not_depend_on_the_order_across_topics(
    interleaving: tuple[str, ...],
) -> None:
    cases = iter((changed(1), changed(2)))
    decisions = iter((approval(), approval(proposal_id="proposal2", revision=2)))
    desk = Desk()
    going: dict[str, ClaimResubmitted] = {}
    for topic in interleaving:
        published = desk.tell(next(cases) if topic == "c" else next(decisions))
        while published:
            going |= {p.resubmission_id: p for p in published if isinstance(p, ClaimResubmitted)}
            taken_back = withdrawals(published)
            published = [more for name in taken_back for more in desk.tell(left_out(name))]
            for name in taken_back:
                del going[name]
    (last,) = going.values()
    assert last.proposal_id == "proposal2"
    assert {"REF*F8*PCN1", "REF*G1*AUTH1"} <= set(last.x12.claim)


def test_the_finished_claim_is_guarded_again_and_says_so() -> None:
    desk = Desk()
    desk.tell(changed(1))
    resubmitted = sent(desk.tell(approval()))
    assert [g.id for g in resubmitted.guards] == [f"G{n}" for n in range(1, 11)]
    assert "veto" not in {g.result for g in resubmitted.guards}


@pytest.mark.parametrize(
    ("facts", "against"),
    [
        (GuardFacts(causes=("auth",), remarks=("N185",)), "G7:remark_N185"),
        (None, "facts_missing"),
    ],
)
def test_what_the_guard_says_of_the_finished_claim_keeps_it_back(
    facts: GuardFacts | None, against: str
) -> None:
    desk = Desk()
    desk.tell(changed(1))
    (answer,) = desk.tell(approval().model_copy(update={"guard_facts": facts}))
    assert isinstance(answer, ResubmissionRefused)
    assert (answer.reason, answer.waits, answer.detail) == ("guard", False, (against,))


def test_one_machine_attempt_for_a_cause_as_the_ledger_knows_it() -> None:
    desk = Desk()
    first = desk.send()
    desk.tell(delivered(first))
    desk.tell(changed(2, answers=first, change="adjusted"))
    by_policy = {"by": "policy:EHP01@1", "reason": "policy", "revision": 2, "proposal_id": "proposal2"}
    again = approval(revision=2, proposal_id="proposal2").model_copy(update=by_policy)
    (answer,) = desk.tell(again)
    assert isinstance(answer, ResubmissionRefused)
    assert answer.detail == ("G5:cause_attempted_before",)


# Clocks


def clock(due: date, *, binds: bool = True, name: str = "corrected_claim") -> Deadline:
    return Deadline(
        clock=name, due=due, days_left=1, anchor=DAY, rule="test: 1 day", example=False, binds=binds
    )


def test_what_was_approved_before_its_last_day_is_not_sent_after_it() -> None:
    desk = Desk()
    desk.tell(changed(1))
    published = desk.tell(approval(deadlines=(clock(DAY - timedelta(days=1)),)))
    assert refusals(published) == [("clock_passed:corrected_claim", False)]
    assert withdrawals(published) == []


@pytest.mark.parametrize(
    "deadline",
    [clock(DAY), clock(DAY - timedelta(days=1), binds=False), clock(DAY, name="appeal")],
    ids=["the last day", "a clock of another way", "another clock"],
)
def test_a_clock_that_does_not_end_the_way_stops_nothing(deadline: Deadline) -> None:
    assert Desk().send(deadlines=(deadline,))


def test_nor_is_a_claim_to_the_next_payer_after_that_payers_clock() -> None:
    desk = Desk()
    desk.tell(changed(1))
    loop = ("SBR*S*18*******CI", "NM1*IL*1*TESTER*ANNA****MI*M2", "NM1*PR*2*PLAN*****PI*22222")
    swapped = Edit(line=None, field="billed_payer", before=(), after=loop, evidence=())
    late = clock(DAY - timedelta(days=1), name="filing_limit")
    secondary = approval(path=Path.SECONDARY_CLAIM, frequency_code="1", edits=(swapped,), deadlines=(late,))
    assert refusals(desk.tell(secondary)) == [("clock_passed:filing_limit", False)]


def test_a_clock_that_passes_while_a_payer_is_on_hold_ends_the_wait() -> None:
    desk = Desk().under(holds=HELD)
    desk.tell(changed(1))
    assert refusals(desk.tell(approval(deadlines=(clock(DAY),)))) == [("payer_on_hold", True)]
    later = DAY + timedelta(days=1)
    published = desk.under(today=later).tell(ClaimDue(day=later))
    assert refusals(published) == [("clock_passed:corrected_claim", False)]


# The payer has finished


def facts_of(**facts: Any) -> Any:
    """An approval with these facts of its denial."""
    return approval().model_copy(update={"guard_facts": GuardFacts(causes=("auth",), **facts)})


@pytest.mark.parametrize("facts", [{"pended": True}, {"remarks": ("N779",)}])
def test_nothing_goes_back_before_the_original_is_final(facts: dict[str, Any]) -> None:
    desk = Desk()
    desk.tell(changed(1))
    assert refusals(desk.tell(facts_of(**facts))) == [("original_not_final", True)]
    for day in range(1, 40):
        desk.under(today=DAY + timedelta(days=day))
        assert desk.tell(ClaimDue(day=DAY + timedelta(days=day))) == []


def test_the_final_remittance_ends_the_wait_for_a_new_decision() -> None:
    desk = Desk()
    desk.tell(changed(1))
    desk.tell(facts_of(pended=True))
    assert refusals(desk.tell(changed(2))) == [("older_revision", False)]
    assert sent(desk.tell(approval(revision=2))).generation == 1


def duplicate(submitted: date | None) -> Any:
    """An approval of a denial as a duplicate, of a claim that was sent on this day."""
    approved = approval(claim=CLAIM.model_copy(update={"submitted": submitted}))
    return approved.model_copy(update={"guard_facts": GuardFacts(causes=("duplicate",))})


def test_a_duplicate_waits_until_the_payment_floor_of_its_original_is_over() -> None:
    desk = Desk(context=context(profiles=profiles(payment_floor_days=14, sendable_paths="[replacement]")))
    desk.tell(changed(1))
    assert refusals(desk.tell(duplicate(DAY - timedelta(days=12)))) == [("payment_floor", True)]
    for day in (1, 2):
        desk.context = replace(desk.context, today=DAY + timedelta(days=day))
        published = desk.tell(ClaimDue(day=DAY + timedelta(days=day)))
        assert bool(published) == (day == 2)
    assert sent(published).generation == 1


def test_a_payer_without_a_floor_does_not_let_a_duplicate_wait() -> None:
    desk = Desk()
    desk.tell(changed(1))
    assert sent(desk.tell(duplicate(DAY))).generation == 1


def test_a_payer_is_not_asked_more_often_than_it_takes() -> None:
    desk = Desk(context=context(profiles=profiles(max_attempts=1, sendable_paths="[replacement]")))
    first = desk.send()
    desk.tell(changed(2, answers=first))
    again = approval(revision=2, proposal_id="proposal2")
    assert refusals(desk.tell(again)) == [("max_attempts", False)]


def test_what_was_withdrawn_before_it_left_does_not_count_as_an_attempt() -> None:
    desk = Desk(context=context(profiles=profiles(max_attempts=1, sendable_paths="[replacement]")))
    first = desk.send()
    desk.tell(changed(2))
    desk.tell(
        ResubmissionRefused(
            claim_number=CLAIM.claim_number,
            lineage=LINEAGE,
            revision=1,
            proposal_id="proposal1",
            resubmission_id=first,
            reason="withdrawn",
            waits=False,
        )
    )
    assert sent(desk.tell(approval(revision=2, proposal_id="proposal2"))).generation == 2


# What is due first


def with_clock(due: date, **changed_: Any) -> Any:
    clock = Deadline(
        clock="corrected_claim", due=due, days_left=(due - DAY).days, anchor=DAY, rule="test", example=False
    )
    return approval(deadlines=(clock,), **changed_)


def test_what_is_sent_carries_its_earliest_clock() -> None:
    desk = Desk()
    desk.tell(changed(1))
    (outbound,) = [p for p in desk.tell(with_clock(DAY + timedelta(days=9))) if isinstance(p, Outbound)]
    assert outbound.due == DAY + timedelta(days=9)


def test_after_a_release_what_is_due_first_goes_first() -> None:
    desk = Desk().under(holds=HELD)
    for number, days in enumerate((30, 5, 60)):
        lineage = f"lineage{number}"
        desk.tell(changed(1, lineage=lineage))
        desk.tell(with_clock(DAY + timedelta(days=days), lineage=lineage, proposal_id=f"p{number}"))
    assert desk.ledger is not None
    assert urgency(desk.ledger) == DAY + timedelta(days=5)
    released = desk.under().tell(ContextChanged(kind="hold", name="payer:EHP01"))
    assert [p.proposal_id for p in released if isinstance(p, ClaimResubmitted)] == ["p1", "p0", "p2"]
