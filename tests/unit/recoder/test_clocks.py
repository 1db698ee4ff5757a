"""Deadline alarms: raised once at 14, 7 and 2 days before a clock runs out."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from schemas.codes import Automation, Decision, Path
from schemas.resubmission import ResubmissionRefused
from services.core.resubmission.deadlines import ALARM_DAYS
from services.recoder.processor import waits
from services.runtime.configuration import shipped_profiles
from tests.recoding import (
    AUTHORIZED,
    TODAY,
    Desk,
    context_of,
    decisions,
    denial_of,
    flags,
    profiles_with,
    proposals,
)

# The standard remittance is of 2026-04-01; the commercial family gives 180 days.
DUE = date(2026, 9, 28)


def desk_with() -> Desk:
    desk = Desk(context_of())
    desk.deny(of=AUTHORIZED)
    return desk


def test_a_proposal_shows_its_clocks() -> None:
    proposed = proposals(Desk(context_of()).deny())[0]
    clock = next(d for d in proposed.deadlines if d.clock == "corrected_claim")
    assert (clock.due, clock.days_left, clock.anchor) == (DUE, (DUE - TODAY).days, date(2026, 4, 1))
    assert clock.example


def test_an_item_is_called_for_its_next_alarm() -> None:
    desk = desk_with()
    assert desk.state is not None
    assert waits(desk.state).due == DUE - timedelta(days=14)


def test_each_alarm_is_raised_once() -> None:
    """Of the window of what is proposed, and of the appeal that lapses meanwhile: both end on the same day."""
    desk = desk_with()
    raised = []
    for days in range(20, -1, -1):
        for flag in flags(desk.open_day(DUE - timedelta(days=days))):
            raised.append((flag.flag, flag.due, flag.reason))
    assert raised == [
        ("deadline_alarm", DUE, f"{clock}_{days}_days")
        for days in ALARM_DAYS
        for clock in ("appeal", "corrected_claim")
    ]


def test_a_day_that_is_opened_twice_raises_no_second_alarm() -> None:
    desk = desk_with()
    assert len(flags(desk.open_day(DUE - timedelta(days=14)))) == 2
    assert flags(desk.open_day(DUE - timedelta(days=14))) == []


def test_days_that_were_skipped_raise_one_alarm() -> None:
    desk = desk_with()
    raised = [f.reason for f in flags(desk.open_day(DUE - timedelta(days=1)))]
    assert raised == ["appeal_1_days", "corrected_claim_1_days"]


def test_a_clock_of_nothing_that_is_lost_raises_none() -> None:
    """The filing limit does not run against a replacement."""
    desk = desk_with()
    limit = next(d for d in desk.item().proposal.deadlines if d.clock == "filing_limit")
    assert flags(desk.open_day(limit.due - timedelta(days=2))) == []


def test_a_clock_that_ran_out_raises_none() -> None:
    desk = desk_with()
    assert flags(desk.open_day(DUE + timedelta(days=1))) == []


def test_a_closed_item_raises_none() -> None:
    desk = desk_with()
    desk.change()
    assert flags(desk.open_day(DUE - timedelta(days=7))) == []


def test_before_the_first_day_there_are_no_clocks() -> None:
    desk = Desk(context_of(today=None))
    assert proposals(desk.deny())[0].deadlines == ()


def test_a_late_remittance_does_not_move_the_filing_limit() -> None:
    adjudication = denial_of().adjudication
    remittance = adjudication.remittance.model_copy(update={"payment_date": date(2026, 12, 1)})
    late = adjudication.model_copy(update={"remittance": remittance})
    both: list[dict[str, Any]] = [{}, {"adjudication": late}]
    clocks = [
        {d.clock: d.due for d in proposals(Desk(context_of()).deny(**changes))[0].deadlines}
        for changes in both
    ]
    assert clocks[0]["filing_limit"] == clocks[1]["filing_limit"] == date(2026, 5, 31)
    assert clocks[0]["corrected_claim"] < clocks[1]["corrected_claim"]


def test_a_clock_that_has_passed_ends_the_way_that_was_proposed() -> None:
    desk = desk_with()
    assert desk.open_day(DUE) != ()
    assert proposals(desk.open_day(DUE)) == []
    said = desk.open_day(DUE + timedelta(days=1))
    assert [(d.decision, d.reason) for d in decisions(said)] == [(Decision.WITHDRAWN, "clock_passed")]
    (anew,) = proposals(said)
    assert (anew.path, anew.frequency_code, anew.automation) == (Path.NONE, None, Automation.A1)
    assert "clock_passed:corrected_claim" in anew.missing
    assert f"The time for a corrected claim ended on {DUE}" in anew.explanation


def test_the_worker_is_called_on_the_day_after_the_last() -> None:
    desk = desk_with()
    desk.open_day(DUE)
    assert desk.state is not None
    assert waits(desk.state).due == DUE + timedelta(days=1)
    desk.open_day(DUE + timedelta(days=1))
    assert waits(desk.state).due is None


def test_a_denial_whose_window_is_over_is_proposed_to_a_person() -> None:
    desk = Desk(context_of("prior_authorization", today=DUE + timedelta(days=1)))
    said = desk.deny()
    assert [(p.path, p.automation) for p in proposals(said)] == [(Path.NONE, Automation.A1)]
    assert decisions(said) == []


def test_what_came_back_because_its_clock_had_passed_is_proposed_anew() -> None:
    desk = Desk(context_of("prior_authorization"))
    desk.deny()
    desk.context = replace(desk.context, today=DUE + timedelta(days=1))
    proposal = desk.item().proposal
    assert proposal is not None
    said = desk.tell(
        ResubmissionRefused(
            claim_number="CASE-1",
            lineage="case",
            revision=1,
            proposal_id=proposal.proposal_id,
            resubmission_id=None,
            reason="clock_passed:corrected_claim",
            waits=False,
        )
    )
    assert [p.path for p in proposals(said)] == [Path.NONE]


def test_a_new_profile_changes_an_open_proposal_while_running() -> None:
    desk = desk_with()
    shorter = "corrected_claim_days: {value: 20, source: new contract, date: 2026-04-20}"
    said = desk.switch("profile", "test", profiles=profiles_with(more=shorter))
    assert [(d.decision, d.reason) for d in decisions(said)] == [(Decision.WITHDRAWN, "context_profile")]
    assert [p.missing for p in proposals(said)] == [("clock_passed:corrected_claim",)]


def test_a_proposal_says_who_speaks_for_the_payer() -> None:
    assert proposals(Desk(context_of()).deny())[0].payer_profile == "payer 99999, family commercial"
    nobody = replace(context_of(), profiles=shipped_profiles())
    said = proposals(Desk(nobody).deny())[0].payer_profile
    assert said == "no profile of the payer, family commercial by filing indicator CI"
