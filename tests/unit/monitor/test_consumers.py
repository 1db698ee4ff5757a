"""Consumer status, rule by rule, as Burrow's wiki and its evaluator state them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.monitor.consumers import (
    LATELY,
    LONGEST_SECONDS,
    SAMPLE_SECONDS,
    WINDOW,
    Commit,
    Status,
    Track,
    status_of,
    worst,
)
from services.monitor.groups import Consumption, group_lag
from services.monitor.pace import Look, Pace

STEP = int(SAMPLE_SECONDS * 1000)


def track(*commits: tuple[int, int], ends: tuple[int, ...] | None = None) -> Track:
    """Commits of (offset, lag), a step apart; the ends are those that were seen since the last one."""
    made = tuple(Commit(number * STEP, offset, lag) for number, (offset, lag) in enumerate(commits))
    return Track(made, ends or (made[-1].offset + made[-1].lag,))


def last(track: Track) -> int:
    return track.commits[-1].at


# (offset, lag) of each commit, how many steps ago the last one was, and the status
CASES = [
    ("the lag is zero now", [(10, 5), (20, 5), (30, 0)], 0, Status.OK),
    ("lag never zero, shrinks once", [(10, 5), (20, 4), (30, 6)], 0, Status.OK),
    ("offsets move, lag grows", [(10, 1), (20, 2), (30, 3)], 0, Status.WARN),
    ("offsets move, lag stays", [(10, 4), (20, 4), (30, 4)], 0, Status.WARN),
    ("commits repeat one offset", [(10, 1), (10, 5), (10, 9)], 0, Status.STALL),
    ("commits repeat one offset, and lag was zero once", [(10, 0), (10, 5), (10, 9)], 0, Status.OK),
    ("offsets move, and lag was zero once", [(10, 3), (20, 0), (30, 3)], 0, Status.OK),
    ("an offset went back", [(30, 2), (10, 22), (20, 22)], 0, Status.REWIND),
    ("an offset went back, and lag was zero before", [(30, 0), (10, 22), (20, 22)], 0, Status.REWIND),
    ("the last commit is as old as the window is long", [(10, 1), (20, 2), (30, 3)], 2, Status.WARN),
    ("the last commit is older than the window", [(10, 1), (20, 2), (30, 3)], 3, Status.STOP),
    ("stopped while the lag was shrinking", [(10, 9), (20, 5), (30, 3)], 3, Status.STOP),
]


@pytest.mark.parametrize(("told", "commits", "ago", "status"), CASES, ids=[case[0] for case in CASES])
def test_the_rules(told: str, commits: list[tuple[int, int]], ago: int, status: Status) -> None:
    made = track(*commits)
    assert status_of(made, last(made) + ago * STEP) is status


def test_who_was_at_the_end_lately_has_not_stopped() -> None:
    made = track((10, 3), (20, 2), (30, 0), ends=(13, 22, 30, 31))
    assert status_of(made, last(made) + 60 * STEP) is Status.OK


def test_who_was_at_the_end_long_ago_has_stopped() -> None:
    made = track((10, 3), (20, 2), (30, 0), ends=(31, 32, 33))
    assert status_of(made, last(made) + 60 * STEP) is Status.STOP


def test_lag_within_what_is_allowed_is_no_lag() -> None:
    made = track((10, 1), (20, 2), (30, 3))
    assert status_of(made, last(made) + 60 * STEP, allowed=3) is Status.OK
    assert status_of(track((10, 2), (20, 5), (30, 5)), 2 * STEP, allowed=2) is Status.OK
    assert status_of(track((10, 3), (20, 5), (30, 5)), 2 * STEP, allowed=2) is Status.WARN


def test_one_look_tells_nothing_but_how_little_is_known() -> None:
    made = Track().observe(0, 10, 90, alive=True)
    assert (status_of(made, 10 * STEP), made.complete, made.lag) == (Status.OK, 1 / WINDOW, 80)


@pytest.mark.parametrize(
    ("alive", "waits", "status"),
    [(False, WINDOW + 1, Status.STOP), (False, WINDOW, Status.OK), (True, WINDOW + 1, Status.OK)],
)
def test_a_first_look_shows_a_stop_where_a_record_waits_and_nobody_is_there(
    alive: bool, waits: int, status: Status
) -> None:
    now = 100 * STEP
    made = Track().observe(now, 10, 90, alive=alive)
    assert Consumption("t", 0, made, unread_since=now - waits * STEP, alive=alive).status(now) is status


def test_a_group_that_nobody_joined_is_stop_after_a_window() -> None:
    made, now = looked([(0, 5, False)] * 11)
    assert status_of(made, now) is Status.OK
    made, now = looked([(0, 5, False)] * 12)
    assert status_of(made, now) is Status.STOP


def looked(looks: list[tuple[int, int, bool]]) -> tuple[Track, int]:
    """Looks at (offset, end, alive), a step apart; and the time of the last one."""
    made = Track()
    for number, (offset, end, alive) in enumerate(looks):
        made = made.observe(number * STEP, offset, end, alive=alive)
    return made, (len(looks) - 1) * STEP


@given(
    st.lists(st.floats(SAMPLE_SECONDS, 8), min_size=40, max_size=40),
    st.integers(0, 3),
    st.floats(3, 30),
    st.floats(0, 1),
)
def test_a_group_whose_member_is_gone_is_stop_two_looks_after_its_session_or_window_at_the_latest(
    pauses: list[float], lag: int, session: float, moment: float
) -> None:
    """However late the looks come, and whether it was behind or at the end. With twenty seconds of both, and looks
    that come every ten, that is below a minute."""
    gone = sum(pauses[:10]) + moment * pauses[10]
    made, now, offset = Track(), 0.0, 0
    for pause in pauses:
        now += pause
        if now <= gone:
            offset += 10
            end = offset + lag
        else:
            end += 10
        made = made.observe(round(now * 1000), offset, end, alive=now <= gone + session)
        if status_of(made, round(now * 1000)) is Status.STOP:
            break
    assert now - gone > session
    assert now - gone <= max(session, LONGEST_SECONDS, LATELY * max(pauses)) + 2 * max(pauses)


def test_a_look_that_is_some_time_ago_makes_no_stop_of_a_group_that_was_alive() -> None:
    made, now = looked([(10, 90, True), (20, 90, True)])
    assert status_of(made, now + 5 * STEP) is Status.OK


def test_a_member_that_is_away_for_less_than_its_session_is_no_stop() -> None:
    away = [(190, 200 + n, True) for n in range(9)]
    made, now = looked([*[(n * 10, n * 10 + 2, True) for n in range(20)], *away, (195, 210, True)])
    assert status_of(made, now) is not Status.STOP


def test_a_member_that_is_alive_and_commits_nothing_new_is_stall() -> None:
    made, now = looked([(10, 10 + n, True) for n in range(1, 2 * WINDOW)])
    assert status_of(made, now) is Status.STALL


def test_an_idle_group_is_ok_with_or_without_a_member() -> None:
    for alive in (True, False):
        made, now = looked([(10, 10, alive)] * 50)
        assert status_of(made, now) is Status.OK


def test_the_window_is_complete_after_as_many_commits_as_are_kept() -> None:
    made, _ = looked([(n, n + 1, True) for n in range(WINDOW)])
    assert made.complete == 1
    assert len(made.observe(99 * STEP, 99, 100, alive=True).commits) == WINDOW


def test_a_group_is_as_bad_as_its_worst_partition() -> None:
    assert worst([Status.OK, Status.STOP, Status.WARN]) is Status.STOP
    assert worst([]) is Status.OK


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50), st.booleans()), max_size=40))
def test_whatever_was_seen_there_is_a_status_and_a_lag_that_is_a_number(
    looks: list[tuple[int, int, bool]],
) -> None:
    made, now = looked([(offset, offset + more, alive) for offset, more, alive in looks])
    assert status_of(made, max(0, now)) in Status
    assert made.lag >= 0
    assert 0 <= made.complete <= 1


@given(st.lists(st.integers(1, 9), min_size=2, max_size=30))
def test_who_always_reads_to_the_end_is_always_ok(steps: list[int]) -> None:
    at, made = 0, Track()
    for number, step in enumerate(steps):
        at += step
        made = made.observe(number * STEP, at, at, alive=True)
        assert status_of(made, number * STEP + 10 * STEP) is Status.OK


def test_a_group_is_through_when_all_of_its_partitions_are_read_at_its_pace() -> None:
    seen = [Consumption("t", index, looked([(10, 90, True)])[0], unread_since=0) for index in range(4)]
    pace = Pace()
    for at in range(0, 30, 2):
        pace = pace.observe(Look(at * 1000, at * 20, at * 12 + 320))
    # 320 records wait, 20 are read and 12 come a second.
    lag = group_lag("classifier", seen, 28_000, pace)
    assert (lag.lag, lag.read_per_minute, lag.come_per_minute) == (320, 1200.0, 720.0)
    assert lag.catch_up_minutes == pytest.approx(320 / 8 / 60, abs=0.1)
    assert group_lag("classifier", seen, 28_000, Pace()).catch_up_minutes is None


def test_looks_that_come_late_do_not_delay_a_stop() -> None:
    late = Track(tuple(Commit(n * 5 * STEP, n, 10) for n in range(WINDOW)), (100,))
    last = late.commits[-1].at
    assert status_of(late, last + WINDOW * STEP) is not Status.STOP
    assert status_of(late, last + WINDOW * STEP + 1) is Status.STOP
