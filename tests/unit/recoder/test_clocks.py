"""Deadline alarms: raised once at 14, 7 and 2 days before a clock runs out."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from services.core.resubmission.deadlines import ALARM_DAYS
from services.recoder.processor import waits
from tests.recoding import AUTHORIZED, TODAY, Desk, context_of, denial_of, flags, proposals

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
    desk = desk_with()
    raised = []
    for days in range(20, -3, -1):
        for flag in flags(desk.open_day(DUE - timedelta(days=days))):
            raised.append((flag.flag, flag.due, days))
    assert raised == [("deadline_alarm", DUE, days) for days in ALARM_DAYS]


def test_days_that_were_skipped_raise_one_alarm() -> None:
    desk = desk_with()
    assert [f.reason for f in flags(desk.open_day(DUE - timedelta(days=1)))] == ["corrected_claim_1_days"]


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
