"""Payer profiles: default <- family <- payer, with a source for every value."""

from __future__ import annotations

import pytest

from services.core.resubmission.profile_documents import ProfileError
from services.core.resubmission.profiles import Profiles, bundle, load_bundle
from services.runtime.configuration import shipped_documents, shipped_profiles

PAYER = """
kind: profile
level: payer
name: "12345"
aliases: [OLDNAME]
inherits: commercial
values:
  corrected_claim_days: {value: 365, source: contract, date: 2026-01-01}
  automation: {value: [prior_authorization], source: contract, date: 2026-01-01}
"""

CLOCK = "clocks: {mine: {clock: appeal, within: 30, anchor: remit, source: contract, date: 2026-01-01}}\n"
LEVEL = "[{name: one}, {name: two}]"


def with_document(text: str) -> Profiles:
    return load_bundle(bundle({**shipped_documents("services.core.resubmission"), "zz.yaml": text}), "test")


@pytest.mark.parametrize(
    ("indicator", "state", "family"),
    [
        ("CI", None, "commercial"),
        ("12", None, "commercial"),
        ("bl", None, "blues"),
        ("CH", None, "tricare"),
        ("MB", None, "medicare_part_b"),
        ("MA", None, "medicare_part_a"),
        ("16", None, "medicare_advantage"),
        ("MC", None, "medicaid"),
        ("MC", "NY", "medicaid_ny"),
        ("MC", "TX", "medicaid_tx"),
        ("MC", "CA", "medicaid"),
        ("WC", None, "workers_compensation"),
        ("AM", None, "auto"),
        ("ZZ", None, "default"),
        (None, None, "default"),
    ],
)
def test_an_unknown_payer_falls_to_its_family(indicator: str | None, state: str | None, family: str) -> None:
    assert shipped_profiles().of("nobody", indicator, state).family == family


def test_a_payer_inherits_what_it_does_not_say() -> None:
    profile = with_document(PAYER).of("12345", "MB")
    assert profile.family == "commercial"
    assert profile.corrected_claim_days == 365
    assert profile.accepts_7 is True
    assert profile.batch_max_claims == 5000
    assert profile.automation == {"prior_authorization"}


def test_a_payer_is_known_under_its_aliases_in_any_case() -> None:
    profiles = with_document(PAYER)
    assert profiles.of(" oldname ", None) == profiles.of("12345", None)
    assert profiles.of("oldname", None).payer_id == "12345"
    assert set(profiles.of("12345", None).ids) == {"12345", "OLDNAME"}


def test_a_payer_without_a_family_takes_that_of_the_claim() -> None:
    profiles = with_document(PAYER.replace("inherits: commercial\n", ""))
    assert profiles.of("12345", "CI").family == "commercial"
    assert profiles.of("12345", "16").family == "medicare_advantage"


def test_a_hold_meets_a_payer_under_any_id() -> None:
    profile = with_document(PAYER).of("12345", None)
    assert profile.held(frozenset({"payer:oldname"}))
    assert profile.held(frozenset({"payer:12345"}))
    assert not profile.held(frozenset({"payer:54321"}))


def test_every_shipped_value_has_a_source_and_a_date() -> None:
    for document in shipped_profiles().documents.values():
        for value in document.values.values():
            assert value.source
            assert value.date


def test_day_counts_of_contracts_are_marked_as_examples() -> None:
    commercial = shipped_profiles().of(None, "CI")
    assert commercial.sources["corrected_claim_days"].example
    assert not shipped_profiles().of(None, "MB").sources["appeal_days"].example


def test_nothing_is_automatic_or_sent_for_a_payer_that_nobody_knows() -> None:
    profile = shipped_profiles().of("nobody", None)
    assert profile.automation == frozenset()
    assert profile.sendable_paths == frozenset()


def test_the_version_follows_from_the_content() -> None:
    documents = shipped_documents("services.core.resubmission")
    reordered = dict(reversed(list(documents.items())))
    assert bundle(documents) == bundle(reordered)
    assert with_document(PAYER).version != with_document(PAYER.replace("365", "366")).version


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[]", "not a mapping"),
        ("a: [", "not YAML"),
        (PAYER.replace("inherits: commercial", "inherits: nowhere"), "inherits from what is no family"),
        (PAYER.replace("corrected_claim_days:", "wishes:"), "values.wishes is not a key"),
        (PAYER.replace("value: 365", "value: many"), "days, or a span"),
        (PAYER.replace("value: 365", "value: 0 years"), "days, or a span"),
        (PAYER.replace("value: 365", "value: [many]"), "wrong type"),
        (PAYER.replace("value: 365", "value: 0"), "more than 0"),
        (PAYER.replace("value: 365", "value: true"), "wrong type"),
        (PAYER.replace(", source: contract, date: 2026-01-01}\n  auto", "}\n  auto"), "source"),
        (PAYER.replace('name: "12345"', "name: commercial"), "another level"),
        (PAYER.replace("level: payer", "level: kingdom"), "level"),
        (PAYER + "states: [NY]\n", "only a family"),
        (PAYER + "by_family: {nowhere: {}}\n", "by_family.nowhere is no family"),
        (PAYER + CLOCK.replace("clock: appeal", "clock: sundial"), "clock must be one of"),
        (PAYER + CLOCK.replace("within: 30", "within: soon"), "days, or a span"),
        (PAYER + CLOCK.replace("within: 30, ", ""), "within is missing"),
        (PAYER + CLOCK.replace("anchor: remit", "anchor: birth"), "anchor must be one of"),
        (
            PAYER.replace(
                "values:", "values:\n  bilateral_style: {value: both, source: x, date: 2026-01-01}"
            ),
            "one_line",
        ),
        (
            PAYER.replace(
                "values:", "values:\n  appeal_levels: {value: [first], source: x, date: 2026-01-01}"
            ),
            "wrong type",
        ),
        (
            PAYER.replace(
                "values:", f"values:\n  appeal_levels: {{value: {LEVEL}, source: x, date: 2026-01-01}}"
            ),
            "within",
        ),
        (
            PAYER.replace("values:", "values:\n  paper_only: {value: 1, source: x, date: 2026-01-01}"),
            "wrong type",
        ),
        (
            PAYER.replace("values:", "values:\n  max_attempts: {value: 0, source: x, date: 2026-01-01}"),
            "more than 0",
        ),
    ],
)
def test_a_document_that_cannot_be_is_refused_in_one_line(text: str, said: str) -> None:
    with pytest.raises(ProfileError, match=said) as error:
        with_document(text)
    assert "\n" not in str(error.value)


def test_an_alias_belongs_to_one_payer() -> None:
    documents = shipped_documents("services.core.resubmission")
    other = PAYER.replace('name: "12345"', 'name: "777"')
    with pytest.raises(ProfileError, match="also stands in"):
        bundle({**documents, "a.yaml": PAYER, "b.yaml": other})


def test_a_filing_indicator_belongs_to_one_family() -> None:
    family = "kind: profile\nlevel: family\nname: mine\nfiling_indicators: [CI]\n"
    with pytest.raises(ProfileError, match="filing indicator CI"):
        with_document(family)


def test_a_value_may_hold_for_one_line_of_business_of_a_payer() -> None:
    text = PAYER.replace("inherits: commercial\n", "") + (
        "by_family: {medicare_advantage: {timely_filing_days: {value: 1 year, source: contract, date: 2026-01-01}}}\n"
    )
    profiles = with_document(text)
    assert profiles.of("12345", "16").timely_filing_days == "1 year"
    assert profiles.of("12345", "CI").timely_filing_days == 90


@pytest.mark.parametrize(
    ("payer_id", "indicator", "said"),
    [
        ("12345", "CI", "payer 12345, family commercial"),
        ("nobody", "CI", "no profile of the payer, family commercial by filing indicator CI"),
        ("nobody", "ZZ", "no profile of the payer, no family by its filing indicator"),
    ],
)
def test_a_profile_says_who_speaks(payer_id: str, indicator: str, said: str) -> None:
    assert with_document(PAYER).of(payer_id, indicator).said == said


def test_a_payers_own_clock_goes_before_that_of_its_family() -> None:
    text = PAYER + CLOCK.replace("mine:", "member_appeal:").replace("clock: appeal", "clock: member_appeal")
    found = [r for r in with_document(text).of("12345", None).clock_rules if r.clock == "member_appeal"]
    assert [(r.said, r.example) for r in found] == [("12345.member_appeal: 30 days from remit", False)]


def test_every_clock_of_a_family_has_a_source_and_a_date() -> None:
    for document in shipped_profiles().documents.values():
        for clock in document.clocks.values():
            assert clock.source
            assert clock.date
