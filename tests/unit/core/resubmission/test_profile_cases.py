"""Profiles are data with their own cases: those that ship pass, one without cases or with a wrong one does not load."""

from __future__ import annotations

import pytest

from services.core.resubmission.profile_cases import check_cases, run_cases
from services.core.resubmission.profile_documents import ProfileError
from services.core.resubmission.profiles import Profiles, bundle, load_bundle
from services.runtime.configuration import shipped_documents, shipped_profiles

PAYER = """
kind: profile
level: payer
name: "12345"
inherits: commercial
values:
  corrected_claim_days: {value: 90, source: contract, date: 2026-01-01}
cases:
  - {name: ninety days, path: replacement, due: {corrected_claim: 2026-06-30}}
"""


def loaded(text: str) -> Profiles:
    return load_bundle(bundle({**shipped_documents("services.core.resubmission"), "zz.yaml": text}), "test")


@pytest.mark.parametrize("name", sorted(shipped_profiles().documents))
def test_what_ships_has_cases_that_pass(name: str) -> None:
    results = [r for r in run_cases(shipped_profiles()) if r.document == name]
    assert results
    assert [r for r in results if r.differences] == []


def test_a_payer_with_a_case_that_passes_loads() -> None:
    check_cases(loaded(PAYER), ["12345"])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (PAYER[: PAYER.index("cases:")], "12345: has no cases"),
        (PAYER.replace("2026-06-30", "2026-07-01"), "corrected_claim is 2026-06-30, not 2026-07-01"),
        (PAYER.replace("path: replacement", "path: new_claim"), "path is replacement, not new_claim"),
        (PAYER.replace("path: replacement", "frequency_code: '1'"), "frequency is 7, not 1"),
        (PAYER.replace("path: replacement", "missing: [paper_only]"), "missing is"),
        (PAYER.replace("path: replacement", "action: dance"), "action is not an action"),
    ],
)
def test_one_without_a_right_case_does_not(text: str, said: str) -> None:
    with pytest.raises(ProfileError, match=said):
        check_cases(loaded(text), ["12345"])


def test_a_change_of_a_family_meets_the_cases_of_those_below() -> None:
    text = shipped_documents("services.core.resubmission")["medicare.yaml"].replace(
        "value: 120,", "value: 121,"
    )
    with pytest.raises(ProfileError, match="appeal is"):
        check_cases(loaded(text), ["medicare"])


def test_the_case_of_a_family_must_lead_to_it() -> None:
    text = shipped_documents("services.core.resubmission")["blues.yaml"].replace(
        "indicator: BL", "indicator: CI"
    )
    with pytest.raises(ProfileError, match="its claim leads to commercial"):
        check_cases(loaded(text), ["blues"])
