"""Consumer status, rule by rule, as Burrow's wiki and its evaluator state them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.monitor.consumers import SAMPLE_SECONDS, WINDOW, Commit, Status, Track, status_of, worst
from services.monitor.groups import Consumption, group_lag

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


def test_a_group_without_a_member_is_stop_within_a_minute_of_its_session_running_out() -> None:
    running = [(n * 10, n * 10 + 2, True) for n in range(20)]
    still_a_member = [(190, 192 + n * 10, True) for n in range(1, 7)]
    for gone in range(1, 30):
        made, now = looked([*running, *still_a_member, *[(190, 252 + n, False) for n in range(gone)]])
        if status_of(made, now) is Status.STOP:
            break
    assert (len(still_a_member) + gone) * STEP < 60_000


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


def test_a_group_is_through_when_the_lag_of_all_its_partitions_is_gone_at_the_rate_of_the_window() -> None:
    def partition(*lags: int) -> Consumption:
        commits = tuple(Commit(n * STEP, 100 + n, lag) for n, lag in enumerate(lags))
        return Consumption("t", 0, Track(commits, (101 + len(lags) + lags[-1],)), unread_since=0)

    # One is read, the other waits for its turn: together 80 records less in two steps, 320 left.
    seen = [partition(200, 160, 120), partition(200, 200, 200)]
    lag = sum(one.track.lag for one in seen)
    minutes = group_lag("classifier", seen, 3 * STEP).catch_up_minutes
    assert minutes == pytest.approx(lag / 80 * 2 * STEP / 60_000, abs=0.1)
    assert group_lag("classifier", [partition(100, 120)], STEP).catch_up_minutes is None


def test_looks_that_come_late_do_not_delay_a_stop() -> None:
    late = Track(tuple(Commit(n * 5 * STEP, n, 10) for n in range(WINDOW)), (100,))
    last = late.commits[-1].at
    assert status_of(late, last + WINDOW * STEP) is not Status.STOP
    assert status_of(late, last + WINDOW * STEP + 1) is Status.STOP
