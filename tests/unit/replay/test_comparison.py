"""What candidate rules change of a denial: told part by part, and added up."""

from __future__ import annotations

from decimal import Decimal

import pytest

from schemas.codes import Action, Automation, Path
from schemas.recoding import Edit, GuardResult, RecodingProposed, RuleReference
from services.replay.comparison import Replayed, Sum, Tally
from tests.recoding import Desk, context_of

VETO = (GuardResult(id="G8", result="veto", reason="paid_line_overpaid"),)
EDIT = (Edit(line=None, field="prior_authorization", before=None, after="AUTH-2"),)


@pytest.fixture(scope="module")
def proposal() -> RecodingProposed:
    desk = Desk(context_of())
    desk.deny()
    made = desk.item().proposal
    assert made is not None
    assert made.automation is Automation.A2
    return made


def changed(proposal: RecodingProposed, paid: bool = False, **changes: object) -> Replayed:
    return Replayed(proposal, proposal.model_copy(update=changes), paid)


def test_the_same_answer_under_another_version_differs_in_nothing(proposal: RecodingProposed) -> None:
    rule = RuleReference(id=proposal.rule.id, version="99")
    same = changed(proposal, rule=rule, proof="0" * 64, proposal_id="p", context={"rule_set": "site@1"})
    assert same.differs == ()


@pytest.mark.parametrize(
    ("part", "changes"),
    [
        ("rung", {"automation": Automation.A1}),
        ("action", {"action": Action.APPEAL}),
        ("path", {"path": Path.NEW_CLAIM}),
        ("path", {"frequency_code": "1"}),
        ("path", {"original_reference": "OTHER"}),
        ("edits", {"edits": EDIT}),
        ("edits", {"path_edits": EDIT}),
        ("guard", {"guards": VETO}),
        ("missing", {"missing": ("table:fees",)}),
        ("clocks", {"deadlines": ()}),
        ("rule", {"rule": RuleReference(id="other", version="1")}),
        ("wording", {"query": "Is it so?"}),
        ("wording", {"explanation": "Otherwise."}),
        ("wording", {"step": "other"}),
        ("wording", {"never": ("anything",)}),
    ],
)
def test_a_part_that_differs_is_named(
    proposal: RecodingProposed, part: str, changes: dict[str, object]
) -> None:
    assert changed(proposal, **changes).differs == (part,)


def test_what_loses_its_rung_is_newly_blocked(proposal: RecodingProposed) -> None:
    one = changed(proposal, automation=Automation.A1)
    assert (one.newly_blocked, one.newly_fixable) == (True, False)


def test_what_the_guard_vetoes_now_is_newly_blocked(proposal: RecodingProposed) -> None:
    assert changed(proposal, guards=VETO).newly_blocked


def test_what_gains_a_correction_is_newly_fixable(proposal: RecodingProposed) -> None:
    one = Replayed(proposal.model_copy(update={"automation": Automation.A1}), proposal)
    assert (one.newly_blocked, one.newly_fixable) == (False, True)


def test_what_may_leave_alone_from_now_on_was_fixable_before(proposal: RecodingProposed) -> None:
    one = changed(proposal, automation=Automation.A3)
    assert (one.newly_blocked, one.newly_fixable) == (False, False)


def test_changes_add_up_by_rung_rule_and_payer(proposal: RecodingProposed) -> None:
    tally = Tally()
    twice = proposal.model_copy(update={"amount_at_stake": Decimal("50.00")})
    for one in (
        changed(proposal),
        changed(proposal, automation=Automation.A1),
        changed(twice, automation=Automation.A1, edits=EDIT),
    ):
        tally.add(one)
    stake = proposal.amount_at_stake + Decimal("50.00")
    assert (tally.unchanged, tally.changed, tally.newly_blocked) == (1, Sum(2, stake), Sum(2, stake))
    assert tally.moves == {(Automation.A2, Automation.A1): Sum(2, stake)}
    ((place, row),) = tally.ordered()
    assert place == (proposal.rule.id, proposal.rule.id, proposal.payer.id)
    assert (row.changed, row.rung, row.way, row.edits) == (Sum(2, stake), 2, 0, 1)


def test_what_could_not_be_looked_at_is_counted_by_its_reason() -> None:
    tally = Tally()
    tally.leave_out("events_gone", 2)
    tally.leave_out("events_gone")
    tally.leave_out("other_release")
    assert tally.left_out == {"events_gone": 3, "other_release": 1}
    assert tally.looked_at == Sum()
