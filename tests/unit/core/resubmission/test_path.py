"""The way back: directive, then profile, then family, then a person. Never the reason code alone."""

from __future__ import annotations

import pytest

from schemas.codes import Action, Path
from services.core.resubmission.path import Way, find_way, has_next_payer
from services.runtime.configuration import shipped_profiles


def way(
    *remarks: str,
    action: Action = Action.CORRECTED_CLAIM,
    indicator: str | None = "CI",
    state: str | None = None,
    full: bool = True,
    number: str | None = "ICN1",
    cause: str = "data",
) -> Way:
    profile = shipped_profiles().of(None, indicator, state)
    return find_way(action, cause, remarks, profile, denied_in_full=full, payer_control_number=number)


@pytest.mark.parametrize(
    ("indicator", "state", "full", "path", "frequency", "reference"),
    [
        ("CI", None, True, Path.REPLACEMENT, "7", "ICN1"),
        ("CI", None, False, Path.REPLACEMENT, "7", "ICN1"),
        ("MB", None, True, Path.REOPENING, None, None),
        ("MA", None, True, Path.REPLACEMENT, "7", "ICN1"),
        ("16", None, True, Path.REPLACEMENT, "7", "ICN1"),
        ("MC", "NY", True, Path.NEW_CLAIM, "1", None),
        ("MC", "NY", False, Path.REPLACEMENT, "7", "ICN1"),
        ("MC", "OH", True, Path.NONE, None, None),
        ("WC", None, True, Path.NONE, None, None),
        (None, None, True, Path.NONE, None, None),
    ],
)
def test_without_a_directive_the_payer_family_decides(
    indicator: str | None,
    state: str | None,
    full: bool,
    path: Path,
    frequency: str | None,
    reference: str | None,
) -> None:
    found = way(indicator=indicator, state=state, full=full)
    assert (found.path, found.frequency_code, found.original_reference) == (path, frequency, reference)
    assert bool(found.missing) == (path is Path.NONE)


@pytest.mark.parametrize(
    ("remark", "path", "frequency", "reference"),
    [
        ("MA130", Path.NEW_CLAIM, "1", None),
        ("N142", Path.NEW_CLAIM, "1", None),
        ("N517", Path.NEW_CLAIM, "1", None),
        ("N380", Path.REPLACEMENT, "7", "ICN1"),
        ("N798", Path.VOID_THEN_NEW, "8", "ICN1"),
        ("N779", Path.WAIT, None, None),
        ("N185", Path.NONE, None, None),
        ("N938", Path.NONE, None, None),
        ("N368", Path.PROVIDER_DISPUTE, None, None),
    ],
)
@pytest.mark.parametrize("indicator", ["CI", "16"])
def test_a_directive_overrides_the_profile(
    remark: str, path: Path, frequency: str | None, reference: str | None, indicator: str
) -> None:
    found = way(remark, indicator=indicator)
    assert (found.path, found.frequency_code, found.original_reference) == (path, frequency, reference)
    assert found.reason == ("profile " + found.reason.split()[-1] if remark == "N368" else f"remark {remark}")


def test_stop_is_stronger_than_every_other_directive() -> None:
    found = way("MA130", "N380", "N185")
    assert (found.action, found.path) == (Action.NONE, Path.NONE)


def test_a_new_claim_is_stronger_than_a_replacement() -> None:
    assert way("N380", "MA130").path is Path.NEW_CLAIM


def test_a_new_claim_never_carries_a_reference() -> None:
    assert way("MA130").original_reference is None


def test_a_replacement_without_the_payers_number_is_missing_it() -> None:
    assert way(number=None).missing == ("payer_control_number",)


@pytest.mark.parametrize("remark", ["N211", "MA44", "N704"])
def test_where_there_is_no_right_of_appeal_none_is_proposed(remark: str) -> None:
    found = way(remark, action=Action.APPEAL)
    assert (found.path, found.missing) == (Path.NONE, ("appeal_right",))


@pytest.mark.parametrize(
    ("action", "indicator", "path"),
    [
        (Action.APPEAL, "MB", Path.REDETERMINATION),
        (Action.APPEAL, "CI", Path.PROVIDER_DISPUTE),
        (Action.RECORDS, "CI", Path.RECORDS_RESPONSE),
        (Action.BILL_PATIENT, "CI", Path.PATIENT_BILL),
        (Action.WRITE_OFF, "CI", Path.WRITE_OFF),
        (Action.WAIT, "CI", Path.WAIT),
        (Action.NONE, "CI", Path.NONE),
    ],
)
def test_other_actions_have_their_own_paths(action: Action, indicator: str, path: Path) -> None:
    assert way(action=action, indicator=indicator).path is path


def test_another_payer_gets_a_secondary_claim_for_coordination_of_benefits_else_a_new_one() -> None:
    assert way(action=Action.BILL_OTHER, cause="cob").path is Path.SECONDARY_CLAIM
    assert way(action=Action.BILL_OTHER, cause="benefit_max").path is Path.SECONDARY_CLAIM
    assert way(action=Action.BILL_OTHER, cause="wrong_payer").path is Path.NEW_CLAIM


@pytest.mark.parametrize("remark", ["MA18", "MA07", "N89"])
def test_the_next_payer_is_not_billed_where_a_remark_says_that_it_has_the_claim(remark: str) -> None:
    found = way(remark, action=Action.BILL_OTHER, cause="cob")
    assert (found.action, found.path) == (Action.WAIT, Path.WAIT)
    assert way(action=Action.BILL_OTHER, cause="cob").path is Path.SECONDARY_CLAIM


@pytest.mark.parametrize(
    ("status", "crossover", "has"),
    [
        ("19", None, True),
        ("20", None, True),
        ("21", None, True),
        ("23", None, True),
        ("1", "NEXT PLAN", True),
        ("1", None, False),
    ],
)
def test_the_next_payer_has_a_claim_that_crossed_over(status: str, crossover: str | None, has: bool) -> None:
    assert has_next_payer(status, crossover) is has


def test_a_claim_that_crossed_over_is_not_billed_again() -> None:
    profile = shipped_profiles().of(None, "CI", None)
    found = find_way(
        Action.BILL_OTHER, "cob", (), profile, denied_in_full=True, payer_control_number=None, forwarded=True
    )
    assert (found.action, found.path) == (Action.WAIT, Path.WAIT)
