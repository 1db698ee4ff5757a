"""What a payer's limits leave of a way: passed clocks, used attempts, paper."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from schemas.case import PayerAnswer
from schemas.claim import Payer
from schemas.codes import Action, ClaimState, Path
from schemas.recoding import Deadline
from services.core.resubmission.limits import Limited, limit_for, passed
from services.core.resubmission.path import chosen_way, find_way
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


PAPER = "paper_only: {value: true, source: test, date: 2026-01-01}"
FROM_SERVICE = "secondary_filing_anchor: {value: dos, source: test, date: 2026-01-01}"


def elsewhere(today: date, indicator: str = "CI", more: str = "") -> Limited:
    """A claim that a payer has left to the one after it, of this filing indicator."""
    first = shipped_profiles().of(None, "CI")
    second = profiles_with(more=more).of("99999") if more else shipped_profiles().of("22222", indicator)
    return limit_for(denial_of(), chosen_way(Path.SECONDARY_CLAIM, None), first, today, second)


@pytest.mark.parametrize(
    ("indicator", "last"),
    [
        pytest.param("CI", date(2026, 6, 30), id="90 days from the remittance of the first"),
        pytest.param("MB", date(2027, 3, 2), id="one year from the service, whoever decided first"),
    ],
)
def test_a_claim_to_the_next_payer_is_on_that_payers_filing_limit(indicator: str, last: date) -> None:
    found = elsewhere(last, indicator)
    assert [(d.clock, d.due, d.of) for d in found.deadlines if d.binds] == [("filing_limit", last, "22222")]
    assert found.way.path is Path.SECONDARY_CLAIM
    over = elsewhere(last + timedelta(days=1), indicator).way
    assert (over.path, over.missing) == (Path.NONE, ("clock_passed:filing_limit",))


def test_of_the_payer_that_denied_its_clocks_but_the_filing_limit_are_told_and_none_binds() -> None:
    own = {d.clock for d in elsewhere(DAY).deadlines if d.of is None}
    assert {"corrected_claim", "appeal"} <= own
    assert "filing_limit" not in own


def test_a_next_payer_of_whom_no_limit_is_known_ends_nothing() -> None:
    assert elsewhere(date(2028, 1, 1), "ZZ").way.path is Path.SECONDARY_CLAIM


def test_a_next_payer_that_takes_paper_only_is_a_persons() -> None:
    assert elsewhere(DAY, more=PAPER).way.missing == ("paper_only",)


def test_a_next_payer_may_count_from_the_service() -> None:
    (limit,) = [d for d in elsewhere(DAY, more=FROM_SERVICE).deadlines if d.clock == "filing_limit"]
    assert limit.due == date(2026, 5, 31)


def test_the_payer_that_comes_second_counts_from_the_remittance_of_the_first() -> None:
    denial = denial_of(other_payers=(answer_of(date(2026, 4, 20)),))
    profile = shipped_profiles().of(None, "CI")
    way = chosen_way(Path.SECONDARY_CLAIM, None)
    found = limit_for(denial, way, profile, date(2026, 7, 19))
    assert [(d.clock, d.due, d.of) for d in found.deadlines if d.binds] == [
        ("filing_limit", date(2026, 7, 19), None)
    ]
    assert limit_for(denial, way, profile, date(2026, 7, 20)).way.missing == ("clock_passed:filing_limit",)


def answer_of(remitted: date) -> PayerAnswer:
    return PayerAnswer(
        lineage="first",
        payer=Payer(id="11111", name=None),
        responsibility="primary",
        claim_state=ClaimState.PAID,
        charge=Decimal(100),
        paid=Decimal(80),
        patient_responsibility=None,
        payer_control_number="ICN0",
        remitted=remitted,
        fact="0" * 32,
    )
