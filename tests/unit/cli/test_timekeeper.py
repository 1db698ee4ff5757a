"""What opens the days while the log is away: it waits, as every other service does, and goes on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from services.cli import service
from services.cli.run import Calendar
from services.cli.service import Timekeeper
from services.deployment.opening import Deployment
from services.runtime.embedded import EmbeddedLog
from services.runtime.log import PermanentLogError, Record, TransientLogError
from services.timekeeper.publisher import latest_days
from topics.map import load_map

MAY_1, MAY_2 = date(2026, 5, 1), date(2026, 5, 2)


class Fickle(EmbeddedLog):
    """A log that fails with `fault` while it has one."""

    fault: Exception | None = None

    def read(
        self, topic: str, partition: int | None = None, start: int = 0, end: int | None = None
    ) -> Iterator[Record]:
        if self.fault is not None:
            raise self.fault
        return super().read(topic, partition, start, end)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Fickle]:
    opened = Fickle(tmp_path / "fickle.sqlite3", load_map())
    yield opened
    opened.close()


@pytest.fixture
def away(deployment: Deployment, log: Fickle, monkeypatch: pytest.MonkeyPatch) -> Deployment:
    """An installation whose broker is away."""
    monkeypatch.setattr(service, "CALENDAR_SECONDS", 0.0)
    log.fault = TransientLogError("kafka: KafkaTimeoutError")
    return replace(deployment, log=log)


def test_the_timekeeper_opens_the_day_once_the_broker_is_back(away: Deployment, log: Fickle) -> None:
    timekeeper = Timekeeper(away, MAY_1)
    assert [timekeeper.step(), timekeeper.step()] == [0, 0]
    log.fault = None
    timekeeper.step()
    assert set(latest_days(log).values()) == {MAY_1}


def test_the_timekeeper_ends_with_what_no_waiting_mends(away: Deployment, log: Fickle) -> None:
    log.fault = PermanentLogError("kafka: TopicAuthorizationFailedError")
    with pytest.raises(PermanentLogError):
        Timekeeper(away, MAY_1).step()


def test_a_day_that_began_while_the_broker_was_away_is_opened_by_the_run_that_goes_on(
    away: Deployment, log: Fickle
) -> None:
    days = [MAY_1, MAY_2, MAY_2]
    calendar = Calendar(away, lambda: days.pop(0))
    calendar.look()
    log.fault = None
    calendar.look()
    assert set(latest_days(log).values()) == {MAY_2}
