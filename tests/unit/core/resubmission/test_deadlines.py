"""Clocks: anchor, day count and source of each payer family."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.codes import Action, Path
from schemas.recoding import Deadline
from services.core.resubmission.deadlines import (
    Occasion,
    appeal_level,
    clocks_against,
    occasion_of,
    pressing,
    running,
)
from services.core.resubmission.spans import is_day_off
from services.runtime.configuration import shipped_profiles
from tests.recoding import TODAY, denial_of

OCCASION = Occasion(
    date(2026, 3, 2), date(2026, 3, 2), date(2026, 4, 1), remarks=frozenset(), reasons=frozenset()
)


def clocks_of(indicator: str) -> tuple[Deadline, ...]:
    return running(OCCASION, shipped_profiles().of(None, indicator), TODAY)


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
    found = running(occasion_of(denial_of()), shipped_profiles().of(None, indicator), TODAY)
    assert {d.clock: d.due for d in found}[clock] == due
    assert all(d.days_left == (d.due - TODAY).days for d in found)


def test_a_payer_of_whom_nothing_is_known_has_no_clocks() -> None:
    assert running(occasion_of(denial_of()), shipped_profiles().of(None, None), TODAY) == ()


@pytest.mark.parametrize(
    ("action", "path", "pressed"),
    [
        (Action.CORRECTED_CLAIM, Path.REPLACEMENT, {"corrected_claim"}),
        (Action.CORRECTED_CLAIM, Path.NEW_CLAIM, {"filing_limit"}),
        (Action.CORRECTED_CLAIM, Path.VOID, set()),
        (Action.APPEAL, Path.PROVIDER_DISPUTE, {"appeal"}),
        (Action.RECORDS, Path.RECORDS_RESPONSE, {"appeal"}),
        (Action.BILL_OTHER, Path.SECONDARY_CLAIM, {"filing_limit"}),
        (Action.NONE, Path.NONE, set()),
    ],
)
def test_only_the_clocks_of_what_is_proposed_press(action: Action, path: Path, pressed: set[str]) -> None:
    found = clocks_against(OCCASION, shipped_profiles().of(None, "CI"), TODAY, action, path)
    assert {d.clock for d in pressing(found, action, path)} == pressed


def test_a_proposal_of_before_tells_by_the_names_of_its_clocks() -> None:
    found = pressing(clocks_of("CI"), Action.CORRECTED_CLAIM, Path.NEW_CLAIM)
    assert {d.clock for d in found} == {"corrected_claim", "filing_limit"}


@pytest.mark.parametrize("indicator", ["MB", "MA", "16", "CI", "BL", "CH"])
def test_every_family_has_two_clocks_and_the_filing_limit(indicator: str) -> None:
    names = {d.clock for d in clocks_of(indicator)}
    assert "filing_limit" in names
    assert len(names & {"corrected_claim", "appeal", "reopening", "member_appeal"}) >= (
        1 if indicator == "CH" else 2
    )


def test_a_clock_says_where_its_rule_is_written() -> None:
    clock = next(d for d in clocks_of("MB") if d.clock == "filing_limit")
    assert (clock.rule, clock.source, clock.example) == (
        "medicare.timely_filing_days: 1 year from dos_from",
        "42 CFR 424.44: one calendar year after the date of service",
        False,
    )


def test_a_last_day_that_is_a_day_off_says_from_where_it_moved() -> None:
    saturday = date(2027, 2, 27)
    clock = next(
        d
        for d in running(
            OCCASION._replace(service_from=date(2026, 2, 27)), shipped_profiles().of(None, "MB"), TODAY
        )
        if d.clock == "filing_limit"
    )
    assert (clock.due, clock.moved_from) == (date(2027, 3, 1), saturday)


@pytest.mark.parametrize(
    ("remarks", "reasons", "level"),
    [((), (), 1), (("MA01",), (), 1), (("MA02",), (), 2), ((), ("193",), 2)],
)
def test_a_denial_tells_its_level_of_appeal(
    remarks: tuple[str, ...], reasons: tuple[str, ...], level: int
) -> None:
    occasion = OCCASION._replace(remarks=frozenset(remarks), reasons=frozenset(reasons))
    assert appeal_level(occasion, shipped_profiles().of(None, "MB")) == level


def test_days_beyond_the_calendar_make_no_clock() -> None:
    late = OCCASION._replace(service_from=date.max, service_to=date.max, remitted=date.max)
    for indicator in ("MB", "MA", "CI"):
        assert running(late, shipped_profiles().of(None, indicator), TODAY) == ()


FAMILIES = st.sampled_from(
    [("MB", None), ("MA", None), ("16", None), ("CI", None), ("MC", "NY"), ("CH", None)]
)
DAYS = st.dates(date(2019, 1, 1), date(2033, 12, 31))
REMARKS = st.frozensets(st.sampled_from(["MA01", "MA02", "N366", "N469", "N876", "N887", "N211", "MA130"]))


@settings(deadline=None)  # the first holiday of a year is looked up in a library that is slow to import
@given(FAMILIES, DAYS, st.integers(0, 400), st.integers(0, 700), REMARKS)
def test_a_late_remittance_moves_no_clock_of_the_service(
    family: tuple[str, str | None], served: date, remitted: int, later: int, remarks: frozenset[str]
) -> None:
    found = shipped_profiles().of(None, *family)
    first = Occasion(served, served, served + timedelta(days=remitted), remarks, frozenset())
    late = first._replace(remitted=served + timedelta(days=remitted + later))
    before = {d.clock: d for d in running(first, found, TODAY)}
    after = {d.clock: d for d in running(late, found, TODAY)}
    assert before.keys() == after.keys()
    for clock, deadline in before.items():
        assert deadline.due <= after[clock].due
        if deadline.anchor == served and after[clock].anchor == served:
            assert deadline.due == after[clock].due
    assert before["filing_limit"].due == after["filing_limit"].due


@given(FAMILIES, DAYS, DAYS, st.integers(0, 1000), REMARKS)
def test_a_day_later_leaves_a_day_less(
    family: tuple[str, str | None], served: date, today: date, passing: int, remarks: frozenset[str]
) -> None:
    found = shipped_profiles().of(None, *family)
    occasion = Occasion(served, served, served + timedelta(days=30), remarks, frozenset())
    now = running(occasion, found, today)
    later = running(occasion, found, today + timedelta(days=passing))
    assert [(d.clock, d.due) for d in now] == [(d.clock, d.due) for d in later]
    assert [d.days_left - passing for d in now] == [d.days_left for d in later]


@given(DAYS)
def test_a_calendar_year_of_medicare_ends_on_its_date_or_the_next_business_day(served: date) -> None:
    occasion = Occasion(served, served, served, frozenset(), frozenset())
    clock = next(
        d for d in running(occasion, shipped_profiles().of(None, "MB"), TODAY) if d.clock == "filing_limit"
    )
    counted = clock.moved_from or clock.due
    assert (counted.year, counted.month) == (served.year + 1, served.month)
    assert counted.day == served.day or (served.month, served.day, counted.day) == (2, 29, 28)
    assert is_day_off(counted) == (clock.moved_from is not None)
    assert not is_day_off(clock.due)
