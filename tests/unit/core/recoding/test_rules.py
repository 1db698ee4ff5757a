"""Rules as data: each carries its own cases, and what is wrong with one is said in one line."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
import yaml

from services.core.recoding.cases import run_cases, situation_of
from services.core.recoding.check import Parameters, Step
from services.core.recoding.rule_set import bundle, load_bundle
from services.core.recoding.rules import RuleError
from services.core.recoding.ruling import apply, rule_on
from services.core.recoding.situation import Situation
from services.core.recoding.verdicts import Outcome, Verdict, passes
from services.runtime.configuration import shipped_documents, shipped_rules
from tests.recoding import AUTHORIZED, rule

DOCUMENTS = shipped_documents("services.core.recoding")
PLAIN = DOCUMENTS["to-a-person.yaml"]


@pytest.mark.parametrize("rule_id", [r.id for r in shipped_rules().rules])
def test_every_shipped_rule_keeps_its_own_cases(rule_id: str) -> None:
    results = run_cases(rule(rule_id))
    assert len(results) >= 3
    assert [r for r in results if r.differences] == []


def test_every_rule_that_changes_something_names_in_its_proof_what_it_read() -> None:
    for each in shipped_rules().rules:
        for case in each.cases.positive:
            ruling = apply(each, situation_of(case))
            assert ruling is not None
            changes = ruling.edits or ruling.candidates
            assert not changes or ruling.evidence, f"{each.id}: {case.name}"


@pytest.mark.parametrize(
    ("name", "needs"),
    [("one below", ("document", "documented_diagnosis")), ("one of several is documented", ("document",))],
)
def test_a_diagnosis_that_is_documented_is_not_asked_for_again(name: str, needs: tuple[str, ...]) -> None:
    truncated = rule("diagnosis-truncated")
    case = next(c for c in truncated.cases.positive if c.name == name)
    ruling = apply(truncated, situation_of(case))
    assert ruling is not None
    assert [candidate.needs for candidate in ruling.candidates] == [needs]


def test_a_case_that_does_not_come_true_is_told_with_its_difference() -> None:
    wrong = PLAIN.replace(
        "expect: {outcome: passes, ceiling: A1}\n  negative",
        "expect: {outcome: passes, ceiling: A3}\n  negative",
    )
    changed = load_bundle(bundle({"a.yaml": wrong}), "test").rules[0]
    assert [r.differences for r in run_cases(changed) if r.differences] == [
        ("ceiling: expected A3, came to A1",)
    ]


def test_a_rule_of_before_that_names_no_modifier_for_waste_leaves_the_line_to_a_person() -> None:
    text = DOCUMENTS["drug-waste.yaml"]
    assert "      some: JW\n" in text
    before = load_bundle(bundle({"a.yaml": text.replace("      some: JW\n", "")}), "test").rules[0]
    case = next(c for c in before.cases.positive if c.name.startswith("some was wasted"))
    ruling = apply(before, situation_of(case))
    assert ruling is not None
    assert (ruling.edits, ruling.missing) == ((), ("fact:a_line_for_what_was_wasted_of_line_1",))


@pytest.mark.parametrize("kind", ["positive", "negative", "boundary"])
def test_a_rule_without_all_three_kinds_of_cases_does_not_load(kind: str) -> None:
    raw = yaml.safe_load(PLAIN)
    del raw["cases"][kind]
    with pytest.raises(RuleError, match=f"cases.{kind}"):
        bundle({"a.yaml": yaml.safe_dump(raw)})
    raw["cases"][kind] = []
    with pytest.raises(RuleError, match=f"cases.{kind}"):
        bundle({"a.yaml": yaml.safe_dump(raw)})


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("ceiling: A1\nexplanation", "ceiling: A9\nexplanation"), "ceiling"),
        (("family: person", "kin: person"), "family"),
        (("{label}", "{name}"), "unknown placeholder"),
        (("order: 1000", "order: 1000\nchecks: [{name: guess}]"), "unknown check"),
        (("order: 1000", "order: 1000\nchecks: [{name: claim_can_return, parameters: {x: 1}}]"), "checks"),
        (("outcome: applies_not", "outcome: passes"), "negative case must not pass"),
        (("outcome: passes, edits: {}", "outcome: fails, edits: {}"), "positive case must pass"),
        (("id: to-a-person", "id: [1]"), "id"),
    ],
)
def test_a_rule_that_cannot_be_is_refused_in_one_line(change: tuple[str, str], said: str) -> None:
    with pytest.raises(RuleError, match=said) as error:
        bundle({"mine.yaml": PLAIN.replace(*change)})
    assert str(error.value).startswith("mine.yaml: ")
    assert "\n" not in str(error.value)


def test_an_id_stands_for_one_rule() -> None:
    with pytest.raises(RuleError, match="two rules"):
        bundle({"a.yaml": PLAIN, "b.yaml": PLAIN})


def test_the_version_follows_from_the_content_and_not_from_file_names() -> None:
    renamed = {f"x-{name}": text for name, text in DOCUMENTS.items()}
    assert bundle(DOCUMENTS) == bundle(renamed)
    changed = {**DOCUMENTS, "to-a-person.yaml": PLAIN.replace("A person decides", "Somebody decides")}
    assert load_bundle(bundle(changed), "n").version != shipped_rules().version


def test_a_bundle_loads_to_what_was_bundled() -> None:
    again = load_bundle(bundle(DOCUMENTS), "again")
    assert again.rules == shipped_rules().rules


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b'{"rules": [{}]}'])
def test_what_is_no_bundle_is_refused(data: bytes) -> None:
    with pytest.raises(RuleError):
        load_bundle(data, "n")


def test_the_index_finds_the_rules_that_a_walk_over_all_finds() -> None:
    rules = shipped_rules()
    for one in rules.rules:
        for case in one.cases:
            situation = situation_of(case)
            found = rules.for_cause(situation.cause, "commercial", "837P", situation.day)
            walked = [
                r for r in rules.rules if r.covers(situation.cause, "commercial", "837P", situation.day)
            ]
            assert [r.id for r in found] == [r.id for r in sorted(walked, key=lambda r: (r.order, r.id))]


def test_a_rule_holds_for_dates_of_service_within_its_own() -> None:
    raw = yaml.safe_load(PLAIN)
    raw["effective"] = {"first": "2026-03-02", "last": "2026-03-02"}
    one = load_bundle(bundle({"a.yaml": yaml.safe_dump(raw)}), "n").rules[0]
    cause = situation_of(AUTHORIZED).cause
    covered = [one.covers(cause, "commercial", "837P", date(2026, 3, day)) for day in (1, 2, 3)]
    assert covered == [False, True, False]
    rules = load_bundle(
        bundle({"a.yaml": yaml.safe_dump(raw), "b.yaml": DOCUMENTS["nothing-to-do.yaml"]}), "n"
    )
    found = [rules.for_cause(cause, "commercial", "837P", date(2026, 3, day)) for day in (1, 2, 3)]
    assert [one in rules_of_day for rules_of_day in found] == covered


def test_a_rule_for_one_payer_family_is_silent_for_others() -> None:
    raw = yaml.safe_load(PLAIN)
    raw["applies_to"] = [{"payer_family": ["medicaid"]}]
    rules = load_bundle(bundle({"a.yaml": yaml.safe_dump(raw)}), "n")
    cause = situation_of(AUTHORIZED).cause
    assert rules.for_cause(cause, "commercial", "837P", None) == ()
    assert len(rules.for_cause(cause, "medicaid", "837P", None)) == 1


def test_sets_of_the_same_rules_are_equal() -> None:
    assert replace(shipped_rules()) == shipped_rules()


def test_rules_that_ask_the_same_share_one_step_and_a_cause_is_asked_once() -> None:
    asked: list[str] = []

    def run(situation: Situation, given: object) -> Verdict:
        asked.append(situation.cause.cause)
        return passes("asked")

    step = Step(run, Parameters())
    first = shipped_rules().rules[0]
    situation = situation_of(first.cases.positive[0])
    asking = first.model_copy()
    vars(asking)["steps"] = (step, step)
    assert rule_on(asking, situation).outcome == rule_on(asking, situation).outcome == Outcome.PASSES
    assert len(asked) == 1
    calls = [call for rule in shipped_rules().rules for call in rule.checks]
    said = {(call.name, call._given.model_dump_json()) for call in calls}
    assert len({id(call.step) for call in calls}) == len(said) < len(calls)


def test_each_cause_has_a_pass_of_its_own_and_shares_what_is_refused() -> None:
    bare = next(rule for rule in shipped_rules().rules if not rule.checks)
    situation = situation_of(bare.cases.positive[0])
    one, other = rule_on(bare, situation), rule_on(bare, situation)
    assert one == other
    assert one is not other
    refusing = next(rule for rule in shipped_rules().rules if rule.id == "authorization-on-file")
    unmatched = situation_of(next(c for c in refusing.cases.negative if c.expect.outcome == "missing"))
    assert rule_on(refusing, unmatched) is rule_on(refusing, unmatched)
