"""What is known to raise the payment is approved by two different people, at the console only."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from schemas.codes import Decision, Wish
from schemas.recoding import RecodingDecided
from tests.recoding import MODIFIER, Desk, context_of, tables_of
from tests.unit.core.recoding.fee_tables import rising_for

CONSOLE = "/reclaim/console"
APPROVAL: dict[str, Any] = {"candidate": 1, "documents": ("D1",)}


@pytest.fixture
def desk() -> Desk:
    """An open candidate that the fees say pays more."""
    made = Desk(context_of(tables=tables_of(MODIFIER)), source=CONSOLE)
    made.deny(of=MODIFIER)
    proposal = made.item().proposal
    assert proposal is not None
    denial, edit = made.item().denial, proposal.candidates[0].edit
    assert denial is not None
    assert denial.claim is not None
    code = next(line.procedure or "" for line in denial.claim.lines if line.line == edit.line)
    tables = rising_for(edit, code, made.context.tables)
    made.context = replace(made.context, tables=tables)
    return made


def approve(desk: Desk, requested: str, by: str, **more: Any) -> RecodingDecided:
    decided = desk.decide(
        Wish.APPROVE, "documented", requested, by=by, os_user=more.pop("os_user", by), **{**APPROVAL, **more}
    )
    assert decided is not None
    return decided


def test_at_the_prompt_it_is_refused(desk: Desk) -> None:
    desk.source = "/reclaim/cli"
    answer = approve(desk, "r1", "ann")
    assert (answer.decision, answer.reason) == (Decision.REFUSED, "console_needed")


def test_the_first_person_is_heard_and_nothing_goes_out(desk: Desk) -> None:
    answer = approve(desk, "r1", "ann")
    assert (answer.decision, answer.reason, answer.proposal) == (Decision.HELD, "second_person_needed", None)


@pytest.mark.parametrize(
    "again", [{"by": "ann"}, {"by": " ANN ", "os_user": "b"}, {"by": "ben", "os_user": "ann"}]
)
def test_the_same_person_is_no_second(desk: Desk, again: dict[str, str]) -> None:
    approve(desk, "r1", "ann")
    answer = approve(desk, "r2", **again)
    assert (answer.decision, answer.reason) == (Decision.REFUSED, "second_person_needed")


def test_a_second_person_makes_it_so(desk: Desk) -> None:
    approve(desk, "r1", "ann")
    answer = approve(desk, "r2", "ben")
    assert (answer.decision, answer.two_people) == (Decision.APPROVED, True)
    assert answer.proposal is not None
    assert next(g for g in answer.proposal.guards if g.id == "G2").reason == "signed_off_by_two"


def test_a_second_person_who_approves_something_else_is_a_first(desk: Desk) -> None:
    approve(desk, "r1", "ann")
    answer = approve(desk, "r2", "ben", candidate=2)
    assert answer.decision is not Decision.APPROVED or not answer.two_people


def test_new_facts_take_the_first_approval_away(desk: Desk) -> None:
    approve(desk, "r1", "ann")
    desk.deny("denial-2", of=MODIFIER, revision=2, facts=("fact-2",))
    answer = approve(desk, "r2", "ben")
    assert (answer.decision, answer.reason) == (Decision.HELD, "second_person_needed")
