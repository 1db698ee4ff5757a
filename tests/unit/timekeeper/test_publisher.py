"""`day-opened` in every partition of `control`, once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from schemas.control import DayOpened
from services.runtime.embedded import EmbeddedLog
from services.runtime.records import decode_event
from services.timekeeper.processor import EarlierDayError
from services.timekeeper.publisher import latest_days, publish_day
from topics.map import load_map

MAY_1, MAY_2 = date(2026, 5, 1), date(2026, 5, 2)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[EmbeddedLog]:
    opened = EmbeddedLog(tmp_path / "log.sqlite3", load_map())
    yield opened
    opened.close()


def test_a_day_is_opened_on_every_partition(log: EmbeddedLog) -> None:
    assert publish_day(log, "t", MAY_1) == log.partition_count
    assert latest_days(log) == dict.fromkeys(range(log.partition_count), MAY_1)


def test_a_day_is_opened_once(log: EmbeddedLog) -> None:
    publish_day(log, "t", MAY_1)
    assert publish_day(log, "t", MAY_1) == 0
    assert all(end == 1 for end in log.ends(["control"]).values())


def test_days_follow_each_other(log: EmbeddedLog) -> None:
    publish_day(log, "t", MAY_1)
    publish_day(log, "t", MAY_2)
    told = [decode_event(record).data for record in log.read("control", 4)]
    assert [data.day for data in told if isinstance(data, DayOpened)] == [MAY_1, MAY_2]


def test_an_earlier_day_is_refused_and_writes_nothing(log: EmbeddedLog) -> None:
    publish_day(log, "t", MAY_2)
    with pytest.raises(EarlierDayError):
        publish_day(log, "t", MAY_1)
    assert all(end == 1 for end in log.ends(["control"]).values())
