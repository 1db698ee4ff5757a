"""What a payer's limits leave of a way: passed clocks, used attempts, paper."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from schemas.codes import Action, Path
from schemas.recoding import Deadline
from services.core.resubmission.limits import Limited, limit_for, passed
from services.core.resubmission.path import find_way
from services.runtime.configuration import shipped_profiles
from tests.recoding import denial_of, profiles_with

# The standard service is of 2026-03-02, its remittance of 2026-04-01.
DAY = date(2026, 4, 2)


def limited(
    action: Action = Action.CORRECTED_CLAIM,
    *,
    indicator: str = "CI",
    state: str | None = None,
    today: date = DAY,
    attempts: int = 0,
    more: str = "",
    **changes: Any,
) -> Limited:
    denial = denial_of(**changes)
    payer = "99999" if more else None
    found = (profiles_with(more=more) if more else shipped_profiles()).of(payer, indicator, state)
    way = find_way(
        action,
        denial.primary_cause,
        denial.directives,
        found,
        denied_in_full=True,
        payer_control_number="ICN1",
    )
    return limit_for(denial.model_copy(update={"generation": attempts}), way, found, today)


@pytest.mark.parametrize(
    ("changes", "missing"),
    [
        ({"today": date(2026, 9, 29)}, ("clock_passed:corrected_claim",)),
        ({"action": Action.APPEAL, "today": date(2026, 9, 29)}, ("clock_passed:appeal",)),
        ({"directives": ("MA130",), "today": date(2026, 6, 1)}, ("clock_passed:filing_limit",)),
        (
            {"action": Action.RECORDS, "directives": ("N366",), "today": date(2027, 4, 2)},
            ("clock_passed:records",),
        ),
        ({"indicator": "MC", "state": "NY", "attempts": 2}, ("max_attempts",)),
        ({"more": "paper_only: {value: true, source: test, date: 2026-01-01}"}, ("paper_only",)),
        (
            {"indicator": "MC", "state": "NY", "attempts": 2, "today": date(2026, 6, 1)},
            ("clock_passed:corrected_claim", "max_attempts"),
        ),
    ],
)
def test_a_limit_ends_the_way_at_a_person(changes: dict[str, Any], missing: tuple[str, ...]) -> None:
    way = limited(**changes).way
    assert (way.path, way.frequency_code, way.original_reference) == (Path.NONE, None, None)
    assert way.missing == missing


@pytest.mark.parametrize(
    "changes",
    [
        {"today": date(2026, 9, 28)},
        {"action": Action.APPEAL, "today": date(2026, 9, 28)},
        {"directives": ("MA130",), "today": date(2026, 5, 31)},
        {"indicator": "MC", "state": "NY", "attempts": 1},
        # Another payer's clock is not this one's.
        {"action": Action.BILL_OTHER, "today": date(2028, 1, 1)},
        # Money that is owed back is owed back on any day.
        {"directives": ("N798",), "today": date(2028, 1, 1)},
        # A new claim in New York keeps the sixty days, not the filing limit.
        {"indicator": "MC", "state": "NY", "today": date(2026, 5, 31)},
    ],
)
def test_within_the_limits_the_way_stays(changes: dict[str, Any]) -> None:
    way = limited(**changes).way
    assert way.path is not Path.NONE
    assert way.missing == ()


def test_a_limit_that_costs_only_an_advantage_ends_nothing() -> None:
    found = limited(Action.APPEAL, indicator="MB", directives=("N469",), today=date(2026, 7, 1))
    assert {d.clock for d in found.deadlines if d.binds and d.days_left < 0} == {"stop_recoupment"}
    assert found.way.path is Path.REDETERMINATION


def test_after_its_window_a_claim_takes_the_late_path() -> None:
    assert limited(indicator="MA", today=date(2027, 3, 2)).way.path is Path.REPLACEMENT
    assert limited(indicator="MA", today=date(2027, 3, 3)).way.path is Path.REOPENING


def test_a_second_appeal_takes_its_own_path() -> None:
    assert limited(Action.APPEAL, indicator="MB", directives=("MA02",)).way.path is Path.RECONSIDERATION


def test_only_the_clocks_of_the_way_bind() -> None:
    found = limited()
    assert {d.clock for d in found.deadlines if d.binds} == {"corrected_claim"}
    assert {"appeal", "filing_limit"} <= {d.clock for d in found.deadlines if d.binds is False}


def test_a_clock_has_passed_from_the_day_after_its_last() -> None:
    clock: Deadline = next(d for d in limited().deadlines if d.binds)
    assert passed((clock,), clock.due) == ()
    assert passed((clock,), clock.due + timedelta(days=1)) == ("corrected_claim",)
