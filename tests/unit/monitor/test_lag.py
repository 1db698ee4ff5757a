"""The document of `reclaim lag`: waits in minutes and dollars, rates, alerts, silence and groups."""

from __future__ import annotations

from datetime import date

import pytest

from services.monitor.consumers import Commit, Track
from services.monitor.groups import Consumption
from services.monitor.lag import Lag, StageLag, measure
from services.monitor.objectives import read_objectives, shipped_objectives
from services.monitor.pace import Look, Pace
from services.monitor.silence import silent_days
from services.monitor.stages import STAGES
from tests.monitoring import MINUTE, PAYER, START, Story

OBJECTIVES = read_objectives([shipped_objectives()])


def measured(story: Story, minutes: float, handled: int = 10_000, day: date | None = None) -> Lag:
    return measure(story.fold(handled=handled), OBJECTIVES, {}, {}, START + round(minutes * MINUTE), day)


def row(lag: Lag, stage: str, payer: str = "P1") -> StageLag:
    (found,) = [s for s in lag.stages if (s.stage, s.payer) == (stage, payer)]
    return found


def many(count: int, at: float = 0.0, payer: str = "P1", *, propose_after: float | None = None) -> Story:
    """So many denials that were classified, and proposed after a while."""
    story = Story()
    for number in range(count):
        story.classified(at, key=f"main|{payer}{number}", payer={**PAYER, "id": payer})
    if propose_after is not None:
        for number in range(count):
            story.proposed(at + propose_after, key=f"main|{payer}{number}", automation="A0")
    return story


def test_every_stage_is_there_also_where_nothing_waits() -> None:
    lag = measured(Story(), 0)
    assert [s.stage for s in lag.stages] == list(STAGES)
    assert all((s.waiting, s.oldest_minutes, s.catch_up_minutes) == (0, None, 0.0) for s in lag.stages)
    assert not lag.breached


def test_dollars_and_minutes_of_a_stage_are_those_of_what_waits() -> None:
    story = many(2).classified(4, key="main|late", payer={**PAYER, "id": "P2"}, denied_amount="7.50")
    lag = measured(story, 10)
    assert (row(lag, "proposed").waiting, str(row(lag, "proposed").amount)) == (2, "200.00")
    assert row(lag, "proposed").oldest_minutes == 10.0
    assert (row(lag, "proposed", "P2").oldest_minutes, str(row(lag, "proposed", "P2").amount)) == (
        6.0,
        "7.50",
    )
    together = row(lag, "proposed", "all")
    assert (together.waiting, str(together.amount), together.oldest_minutes) == (3, "207.50", 10.0)


def test_what_is_not_classified_waits_since_intake_saw_it() -> None:
    lag = measured(Story().denied(5, seen=1), 10, handled=0)
    assert row(lag, "classified").oldest_minutes == 9.0


def test_an_objective_is_breached_by_the_oldest_that_waits() -> None:
    assert row(measured(many(1), 15), "proposed").breached == ()
    lag = measured(many(1), 15.1)
    assert row(lag, "proposed").breached == ("minutes",)
    assert lag.breached


def test_the_time_to_catch_up_follows_from_what_comes_and_goes() -> None:
    story = many(60)
    for number in range(20):
        story.proposed(10 + number / 20, key=f"main|P1{number}", automation="A0")
    lag = measured(story, 11)
    here = row(lag, "proposed")
    assert (here.waiting, here.ended_per_minute, here.entered_per_minute) == (40, 20.0, 0.0)
    assert here.catch_up_minutes == 2.0


def test_a_stage_that_stands_still_never_catches_up() -> None:
    assert row(measured(many(3), 5), "proposed").catch_up_minutes is None


def test_few_late_waits_raise_no_alert() -> None:
    assert measured(many(9, propose_after=30), 31).alerts == ()


def test_a_budget_that_burns_in_both_windows_raises_the_most_urgent_alert() -> None:
    (alert,) = measured(many(10, propose_after=30), 31).alerts
    assert (alert.severity, alert.stage, alert.payer) == ("page", "proposed", "P1")
    assert alert.long_burn == pytest.approx(100, abs=0.1)


def test_a_burn_that_is_over_raises_no_alert() -> None:
    assert measured(many(10, propose_after=30), 40).alerts[0].severity == "ticket"
    assert measured(many(10, propose_after=30), 90).alerts == ()


def test_a_stage_that_stands_still_raises_an_alert_though_nothing_ends_in_it() -> None:
    assert [a.severity for a in measured(many(12), 16).alerts] == ["page"]


def test_a_payer_is_silent_after_three_business_days() -> None:
    story = Story().denied(0, day="2026-05-21")  # a Thursday; Monday 25 May is Memorial Day
    for day, days, silent in ((22, 1, False), (26, 2, False), (27, 3, True)):
        (payer,) = measured(story, 1, day=date(2026, 5, day)).silence
        assert (payer.payer, payer.business_days, payer.silent) == ("P1", days, silent)


def test_a_later_remittance_ends_the_silence_whichever_came_first() -> None:
    for days in (("2026-05-01", "2026-05-26"), ("2026-05-26", "2026-05-01")):
        story = Story().denied(0, day=days[0])
        story.say("claim-adjudicated", 1, key="main|other", payer=PAYER, day=days[1])
        (payer,) = measured(story, 1, day=date(2026, 5, 27)).silence
        assert (payer.last, payer.silent) == (date(2026, 5, 26), False)


def test_business_days_leave_out_weekends_and_holidays() -> None:
    assert silent_days(date(2026, 7, 2), date(2026, 7, 6)) == 1  # Independence Day, observed on Friday
    assert silent_days(date(2026, 7, 6), date(2026, 7, 6)) == 0
    assert silent_days(date(2026, 7, 9), date(2026, 7, 6)) == 0


def test_causes_count_in_their_window_the_most_dollars_first() -> None:
    story = many(2)
    story.classified(100, key="main|x", primary_cause="code_mod", denied_amount="500.00")
    causes = measured(story, 101).causes
    assert [(c.minutes, c.cause, c.count, str(c.amount)) for c in causes] == [
        (60, "code_mod", 1, "500.00"),
        (360, "code_mod", 1, "500.00"),
        (360, "auth", 2, "200.00"),
    ]


def seen(offset: int, lag: int, since: int | None, ago: int = 0) -> Consumption:
    commits = tuple(Commit(START - ago + n * 1000, offset + n, lag) for n in range(3))
    track = Track(commits, (offset + 2 + lag,))
    return Consumption("claim-denied", 0, track, since, retention=100 * MINUTE)


def test_a_group_is_as_far_behind_as_its_oldest_unread_record() -> None:
    groups = {"classifier": [seen(1, 0, None), seen(5, 2, START - 10 * MINUTE)]}
    (group,) = measure(Story().fold(), OBJECTIVES, groups, {}, START, None).consumers
    assert (group.lag, group.behind_minutes, group.retention_share) == (2, 10.0, 0.1)
    assert group.complete == 0.3


def test_a_group_that_has_stopped_is_beyond_what_is_agreed() -> None:
    groups = {"classifier": [seen(1, 3, START - MINUTE, ago=60 * MINUTE)]}
    lag = measure(Story().fold(), OBJECTIVES, groups, {}, START, None)
    assert (lag.consumers[0].status, lag.breached) == ("STOP", True)
    assert [p.status for p in lag.consumers[0].partitions] == ["STOP"]


def test_no_number_of_the_document_is_missing_or_infinite() -> None:
    text = measured(many(3), 0).model_dump_json()
    assert "NaN" not in text
    assert "Infinity" not in text


def test_the_first_stage_is_through_when_the_classifier_has_read_all_that_it_reads() -> None:
    track = Track((Commit(START, 0, 40),), (40,))
    seen = {"classifier": [Consumption("claim-submitted", 0, track, START)]}
    pace = Pace(tuple(Look(START + n * 5_000, n * 5, 40) for n in range(6)))
    lag = measure(Story().denied(0).fold(handled=0), OBJECTIVES, seen, {"classifier": pace}, START, None)
    assert row(lag, "classified").catch_up_minutes == pytest.approx(40 / 60, abs=0.1)
