"""Questions to providers: every template of every shipped rule is open and leads to nothing."""

from __future__ import annotations

import pytest

from services.core.codes.tables import NO_TABLES
from services.core.recoding.proposal import propose
from services.core.recoding.query import faults
from services.core.recoding.rules import Rule
from services.runtime.configuration import shipped_rules
from tests.recoding import TODAY, case, denial_of, profiles_with

TEMPLATES = {rule.id: rule.query for rule in shipped_rules().rules if rule.query is not None}


@pytest.mark.parametrize("rule", TEMPLATES)
def test_the_query_of_a_shipped_rule_may_be_asked(rule: str) -> None:
    assert faults(TEMPLATES[rule]) == ()


def test_there_are_queries_to_look_at() -> None:
    assert len(TEMPLATES) > 10


@pytest.mark.parametrize(
    ("template", "fault"),
    [
        ("The record is silent on {lines}.", "no_question"),
        ("{lines} lacks something. What does the record say?", "not_open"),
        ("Is the visit on {lines} a separate one?", "not_open"),
        ("What was done? Is the visit a separate one?", "leads"),
        ("What was done, and could you document a separate visit?", "leads"),
        ("What was done? Please document a separate visit.", "leads"),
        ("What keeps you from saying so? Do you agree?", "leads"),
        ("Which separate lesion was treated on {lines}?", "leads"),
        ("What made the visit on {lines} significant?", "leads"),
        ("Why was the service on {lines} medically necessary?", "leads"),
        ("Which condition was treated, for instance M54.50?", "names_a_code"),
        ("What speaks for G0463 on {lines}?", "names_a_code"),
        ("What speaks for LT or RT on {lines}?", "names_a_code"),
        ("Which modifier is right on {lines}?", "names_a_code"),
        ("What in the record would get {lines} paid?", "speaks_of_payment"),
        ("Which covered condition was treated?", "speaks_of_payment"),
        ("What does the record say, since the claim was denied?", "speaks_of_payment"),
        ("What does the record say of {label}?", "placeholder"),
        ("What does the record say of {code}?", "placeholder"),
    ],
)
def test_what_leads_is_found(template: str, fault: str) -> None:
    assert fault in faults(template)


@pytest.mark.parametrize(
    "template",
    [
        "Which conditions does the record of this encounter document, and how specifically?",
        "In how many encounters, and where on the body, was the service on {lines} given?",
    ],
)
def test_an_open_question_passes(template: str) -> None:
    assert faults(template) == ()


def test_a_rule_whose_query_leads_does_not_load() -> None:
    whole = next(rule for rule in shipped_rules().rules if rule.query is not None).model_dump(mode="json")
    with pytest.raises(ValueError, match="may not be asked: names_a_code"):
        Rule.model_validate({**whole, "query": "Which modifier is right on {lines}?"})


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ((1,), "the service on line 1?"),
        ((1, 2), "the service on lines 1, 2?"),
        ((), "the service on this claim?"),
    ],
)
def test_a_query_names_the_lines_of_its_cause(lines: tuple[int, ...], words: str) -> None:
    denial = denial_of(case("medical-necessity", "the usual denial"))
    denial = denial.model_copy(
        update={"causes": tuple(cause.model_copy(update={"lines": lines}) for cause in denial.causes)}
    )
    query = propose(denial, shipped_rules(), profiles_with(), NO_TABLES, TODAY).proposal.query
    assert query is not None
    assert query.endswith(words)
