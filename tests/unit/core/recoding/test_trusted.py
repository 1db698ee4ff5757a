"""What is made without pydantic's checks is what pydantic would have made: every field, in order, of its type."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from schemas.recoding import GuardFacts, RecodingProposed
from schemas.shape import Shape
from services.core.recoding.cases import situation_of
from services.core.recoding.change import facts_of
from services.core.recoding.proposal import propose
from services.runtime.configuration import shipped_profiles, shipped_rules
from tests.recoding import TODAY


@cache
def proposals() -> tuple[RecodingProposed, ...]:
    """One of every case of every shipped rule, under the case's own tables."""
    situations = [situation_of(case) for rule in shipped_rules().rules for case in rule.cases]
    return tuple(
        propose(each.denial, shipped_rules(), shipped_profiles(), each.tables, TODAY).proposal
        for each in situations
    )


def shapes(value: object) -> Iterable[Shape]:
    """Every payload inside of a value, itself first."""
    if isinstance(value, Shape):
        yield value
        value = tuple(value.__dict__.values())
    if isinstance(value, tuple):
        for inner in value:
            yield from shapes(inner)


def test_every_field_is_there_in_the_order_of_the_model() -> None:
    for proposal in proposals():
        for shape in shapes(proposal):
            assert list(shape.__dict__) == list(type(shape).model_fields)


def test_every_value_is_of_its_type() -> None:
    for proposal in proposals():
        assert RecodingProposed.parse(proposal.encode_strictly()) == proposal


def test_the_cases_propose_edits_candidates_clocks_and_questions() -> None:
    made = proposals()
    for name in ("edits", "candidates", "deadlines", "query", "missing", "never", "editions"):
        assert any(getattr(proposal, name) for proposal in made), name


def test_the_facts_of_the_guard_are_whole() -> None:
    for rule in shipped_rules().rules:
        for case in rule.cases:
            facts = facts_of(situation_of(case).denial, (1,))
            assert list(facts.__dict__) == list(GuardFacts.model_fields)
            assert GuardFacts.parse(facts.encode_strictly()) == facts
