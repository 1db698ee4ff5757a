"""Clocks: anchor, day count and source of each payer family."""

from __future__ import annotations

from datetime import date

import pytest

from schemas.codes import Action, Path
from services.core.resubmission.deadlines import clocks, pressing
from services.runtime.configuration import shipped_profiles
from tests.recoding import TODAY, denial_of


# The standard service is of 2026-03-02, its remittance of 2026-04-01.
@pytest.mark.parametrize(
    ("indicator", "clock", "due"),
    [
        ("MB", "appeal", date(2026, 8, 4)),
        ("MB", "corrected_claim", date(2027, 4, 1)),
        ("MB", "filing_limit", date(2027, 3, 2)),
        ("16", "corrected_claim", date(2027, 3, 2)),
        ("CI", "appeal", date(2026, 9, 28)),
    ],
)
def test_a_clock_runs_from_its_anchor(indicator: str, clock: str, due: date) -> None:
    found = clocks(denial_of(), shipped_profiles().of(None, indicator), TODAY)
    assert {d.clock: d.due for d in found}[clock] == due
    assert all(d.days_left == (d.due - TODAY).days for d in found)


def test_a_payer_of_whom_nothing_is_known_has_no_clocks() -> None:
    assert clocks(denial_of(), shipped_profiles().of(None, None), TODAY) == ()


@pytest.mark.parametrize(
    ("action", "path", "pressed"),
    [
        (Action.CORRECTED_CLAIM, Path.REPLACEMENT, {"corrected_claim"}),
        (Action.CORRECTED_CLAIM, Path.NEW_CLAIM, {"corrected_claim", "filing_limit"}),
        (Action.APPEAL, Path.PROVIDER_DISPUTE, {"appeal"}),
        (Action.NONE, Path.NONE, set()),
    ],
)
def test_only_the_clocks_of_what_is_proposed_press(action: Action, path: Path, pressed: set[str]) -> None:
    found = clocks(denial_of(), shipped_profiles().of(None, "CI"), TODAY)
    assert {d.clock for d in pressing(found, action, path)} == pressed
