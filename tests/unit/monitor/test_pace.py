"""When a group has caught up, beside what then happened: queues of many speeds, while more comes and after its end."""

from __future__ import annotations

import random
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.monitor.pace import STILL_SECONDS, UNDER_WAY_SECONDS, Look, Pace, Rates, catch_up

BURST = 2.0
"""Seconds between two files."""

BATCH = 1_000


@dataclass
class Said:
    at: float
    waiting: int
    minutes: float | None


def queue(
    come: float, read: float, away: float, starting: float, seed: int, seconds: float
) -> tuple[list[Said], float | None]:
    """What was said of a group that comes back at 0 after `away` seconds and begins to read `starting` seconds later;
    and when it had read all but what is under way. `come`, `read`: records a second."""
    chance = random.Random(seed)
    at, done, end, busy_until, batch = -away, 0.0, 0.0, starting, 0.0
    next_burst, next_look = -away, -away
    pace, said, through = Pace(), list[Said](), None
    while at < seconds:
        if at >= next_burst:
            end += come * BURST
            next_burst += BURST
        if at >= busy_until:
            done, batch = done + batch, 0.0
            if at >= starting and end - done >= 1:
                batch = min(BATCH, end - done)
                busy_until = at + max(0.25, batch / read)
        if at >= next_look:
            pace = pace.observe(Look(int(at * 1000), int(done), int(end)))
            waiting = int(end) - int(done)
            said.append(Said(at, waiting, catch_up(waiting, pace.rates())))
            next_look = at + chance.uniform(1.5, 3.5)
        if through is None and at > starting and end - done <= read * UNDER_WAY_SECONDS:
            through = at
        at += 0.05
    return said, through


@settings(max_examples=40, deadline=None)
@given(
    read=st.floats(200, 2_000),
    share=st.floats(0, 0.5),
    away=st.floats(60, 300),
    starting=st.floats(0, 20),
    seed=st.integers(0, 9_999),
)
def test_what_is_said_while_more_comes_is_right_within_a_factor_of_two(
    read: float, share: float, away: float, starting: float, seed: int
) -> None:
    """Half as much comes as can be read, or less: whenever a time is said, it takes half to twice as long."""
    said, through = queue(share * read, read, away, starting, seed, away + starting + 60)
    for one in said:
        if one.minutes is not None and through is not None and one.at > starting and through - one.at > 10:
            # What is under way when it is through is a part of what was waited for.
            left = through - one.at + UNDER_WAY_SECONDS
            assert 0.5 <= one.minutes * 60 / left <= 2.0, one


@settings(max_examples=40, deadline=None)
@given(read=st.floats(200, 2_000), more=st.floats(1.3, 3), seed=st.integers(0, 9_999))
def test_where_more_comes_than_is_read_it_never_catches_up(read: float, more: float, seed: int) -> None:
    said, _ = queue(more * read, read, 60, 0, seed, 120)
    assert {one.minutes for one in said if one.at > 30 and one.waiting > 10 * read} <= {None}


def test_a_time_is_said_soon_after_the_group_is_back() -> None:
    said, through = queue(200, 500, 90, 5, 1, 120)
    assert through is not None
    first = next(one for one in said if one.minutes is not None and one.at > 0)
    assert first.at <= 30


def test_who_keeps_up_is_through_in_a_moment_however_long_it_goes_on() -> None:
    said, _ = queue(400, 800, 0, 0, 3, 200)
    late = [one for one in said if one.at > 60]
    assert late
    assert all(one.minutes is not None and one.minutes * 60 <= UNDER_WAY_SECONDS + 3 for one in late)


def test_who_stands_still_does_not_catch_up() -> None:
    said, _ = queue(100, 500, 300, 1_000, 1, 0)
    last = said[-1]
    assert (last.waiting > 0, last.minutes) == (True, None)


def test_the_time_before_a_standstill_does_not_count() -> None:
    looks = [Look(at * 1000, at * 100, 9_000) for at in range(0, 12, 2)]
    later = 11_000 + int(STILL_SECONDS * 1000)
    looks += [Look(later + at * 1000, 1_000 + at * 10, 9_000) for at in range(0, 24, 2)]
    pace = Pace()
    for look in looks:
        pace = pace.observe(look)
    assert pace.rates() == Rates(pytest.approx(600), 0.0)


def test_a_group_that_was_sent_back_begins_anew() -> None:
    pace = Pace()
    for at in range(0, 30, 2):
        pace = pace.observe(Look(at * 1000, at * 100, 9_000))
    assert pace.rates() is not None
    assert pace.observe(Look(30_000, 0, 9_000)).rates() is None
