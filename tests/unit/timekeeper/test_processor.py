"""Which partitions are told of a day."""

from __future__ import annotations

from datetime import date

import pytest

from services.timekeeper.processor import EarlierDayError, open_day

MAY_1, MAY_2 = date(2026, 5, 1), date(2026, 5, 2)


def test_every_partition_is_told_of_a_new_day() -> None:
    assert [opening.partition for opening in open_day("t", MAY_2, {0: None, 1: MAY_1, 2: MAY_1})] == [0, 1, 2]


def test_the_same_day_again_tells_nobody() -> None:
    assert open_day("t", MAY_2, {0: MAY_2, 1: MAY_2}) == ()


def test_only_a_partition_that_lacks_the_day_is_told() -> None:
    assert [opening.partition for opening in open_day("t", MAY_2, {0: MAY_2, 1: MAY_1})] == [1]


def test_time_does_not_run_backwards() -> None:
    with pytest.raises(EarlierDayError) as refused:
        open_day("t", MAY_1, {0: None, 1: MAY_2})
    assert refused.value.latest == MAY_2


def test_each_partition_has_its_own_event_of_the_same_day() -> None:
    openings = open_day("t", MAY_2, {0: None, 1: None})
    assert len({opening.outcome.natural_key for opening in openings}) == 2
    assert {opening.outcome.data for opening in openings} == {openings[0].outcome.data}
