"""A stream of claims through every service on a real Kafka: lag, dollars and causes move, a service that is gone is
seen, and when it is back the time to catch up was right. In a size that the test run can bear, and in that of a day."""

from __future__ import annotations

import statistics
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from math import inf
from typing import Any, Final

import pytest

from services.monitor.follower import Follower, now_ms
from services.monitor.windows import minute_of
from services.runtime.kafka import KafkaLog
from tests.e2e.installation import Installation
from tests.kafka.test_live import kept, told
from tests.stream.house import SERVICES, House, Samples, group, stage, wait_until
from topics.cluster import Cluster
from topics.map import load_map

pytestmark = pytest.mark.kafka

READY_SECONDS: Final = 240.0
"""Processes of a busy machine start slowly."""

STOP_SECONDS: Final = 60.0
"""In which a service that is gone must show as STOP."""


@dataclass(frozen=True)
class Size:
    services: tuple[str, ...]
    rate: int
    """claims a second"""
    seconds: int
    """of the stream, before the classifier goes"""
    down: int
    """seconds that it stays away"""
    then: int
    """claims a second while it catches up"""


SMALL: Final = Size(("timekeeper", "monitor", "intake", "classifier", "recoder"), 10, 10, 5, 5)
WHOLE: Final = Size(SERVICES, 200, 600, 90, 50)

MANY: Final = 100_000
"""Seconds: for as long as the test goes on."""

LOOK_SECONDS: Final = 90.0
"""Between two calls of `reclaim lag`: each folds what came since the one before."""

UP_TO_DATE: Final = 15.0
"""Seconds for which the oldest unread record of a group that keeps up may wait: files come every two, and looks come
late on a busy machine."""


@pytest.mark.parametrize("size", [SMALL, pytest.param(WHOLE, marks=pytest.mark.soak)], ids=["small", "whole"])
def test_a_service_that_stops_is_seen_and_catches_up_as_was_said(on_kafka: Installation, size: Size) -> None:
    if size is WHOLE:
        on_kafka = with_the_usual_session(on_kafka)
    with House(on_kafka) as house:
        house.start(*size.services)
        assert wait_until(lambda: all(house.scrape(name) for name in size.services), READY_SECONDS)
        house.load(size.rate, seconds=MANY)
        began = time.monotonic()

        # Causes, dollars and lag move, in the metrics and in `reclaim lag`, which reads the topics itself.
        assert wait_until(lambda: causes(house), READY_SECONDS)
        told = [house.lag()]
        while len(told) == 1 or time.monotonic() < began + size.seconds:
            time.sleep(max(0.0, min(LOOK_SECONDS, began + size.seconds - time.monotonic())))
            assert wait_until(lambda: causes(house) > classified(told[-1]), READY_SECONDS)
            assert wait_until(lambda: dollars(house, "decided") > amount(told[-1], "decided"), READY_SECONDS)
            told.append(house.lag())
        for earlier, later in pairwise(told):
            assert classified(earlier) < classified(later)
            assert amount(earlier, "decided") < amount(later, "decided")
        assert {cause["cause"] for cause in told[-1]["causes"]} >= {"auth", "med_nec", "non_covered"}

        # The classifier goes: STOP within a minute, and what waits for it climbs.
        house.kill("classifier")
        gone = time.monotonic()
        assert wait_until(lambda: status(house) == "STOP", 4 * STOP_SECONDS)
        took = time.monotonic() - gone
        before = dollars(house, "classified")
        assert wait_until(lambda: dollars(house, "classified") > before, READY_SECONDS)
        lag = house.lag()
        assert group(lag, "classifier")["status"] == "STOP"
        assert stage(lag, "classified")["waiting"] > 0
        time.sleep(max(0.0, size.down - (time.monotonic() - gone)))

        # It comes back while claims go on coming: what waited is worked off, and in the end all is.
        house.end("load")
        house.load(size.then, seconds=MANY, first=size.rate * MANY)
        house.start("classifier")
        said = predictions(house)
        assert (behind(house) or 0.0) <= UP_TO_DATE
        house.end("load")
        assert wait_until(lambda: waiting(house) == 0, READY_SECONDS)
        assert house.left() == []
    assert took <= STOP_SECONDS
    if size is WHOLE:
        assert 0.5 <= statistics.median(said) <= 2.0


@pytest.mark.soak
def test_the_monitor_killed_five_times_under_load_comes_to_the_numbers_of_the_fold(
    on_kafka: Installation, cluster: Cluster
) -> None:
    since = minute_of(now_ms())
    names = ("timekeeper", "monitor", "intake", "classifier", "recoder")
    with House(on_kafka) as house:
        house.start(*names)
        assert wait_until(lambda: house.scrape("monitor"), READY_SECONDS)
        house.load(40, seconds=MANY)
        for _ in range(5):
            assert wait_until(lambda: seen(house), READY_SECONDS)
            time.sleep(5)
            house.kill("monitor")
            house.start("monitor")
        assert wait_until(lambda: seen(house), READY_SECONDS)
        house.end("load")
        assert wait_until(lambda: house.scrape("intake") and waiting_files(house) == 0, READY_SECONDS)
        assert wait_until(lambda: waiting(house) == 0, READY_SECONDS)
        house.end("intake")
        log = KafkaLog(cluster, load_map().with_replication(1))
        follower = Follower.open(log, on_kafka.home / "fold")
        found = None
        for _ in range(60):
            follower.catch_up()
            expected = (told(follower.fold, since), follower.fold.accounts)
            fold = kept(cluster, log.partition_count)
            for partition, offset in follower.fold.classified_to.items():
                fold.handled(partition, offset)  # a position is no record: the table does not hold it
            found = (told(fold, since), fold.accounts)
            if found == expected:
                break
            time.sleep(2)
        log.close()
    assert found == expected
    assert len(follower.fold.flows) > 100


def with_the_usual_session(reclaim: Installation) -> Installation:
    """Tests give a member up after six seconds; a deployment after twenty."""
    usual = {k: v for k, v in reclaim.environment.items() if k != "RECLAIM_KAFKA_SESSION_SECONDS"}
    return replace(reclaim, environment=usual)


def seen(house: House) -> Samples | None:
    """What the monitor shows, once it has measured."""
    samples = house.scrape("monitor")
    return samples if samples is not None and samples.all("reclaim_lag_timestamp_seconds") else None


def classified(lag: Mapping[str, Any]) -> int:
    """Classifications of the last hour in the document of `reclaim lag`."""
    return sum(cause["count"] for cause in lag["causes"] if cause["minutes"] == 60)


def amount(lag: Mapping[str, Any], name: str) -> float:
    """Dollars that wait in a stage, in the document of `reclaim lag`."""
    return float(stage(lag, name)["amount"])


def causes(house: House) -> float:
    samples = seen(house)
    return sum(samples.all("reclaim_cause_denials").values()) if samples is not None else 0.0


def waiting(house: House) -> float | None:
    samples = seen(house)
    return samples and samples.of("reclaim_stage_waiting_denials", stage="classified", payer="all")


def dollars(house: House, name: str) -> float:
    """That wait in a stage, in the metrics."""
    samples = seen(house)
    found = samples and samples.of("reclaim_stage_waiting_dollars", stage=name, payer="all")
    return found or 0.0


def waiting_files(house: House) -> float | None:
    samples = house.scrape("intake")
    return samples and samples.of("reclaim_inbox_files")


def status(house: House) -> str:
    samples = seen(house)
    shown = samples.all("reclaim_group_status") if samples is not None else {}
    return next((dict(k)["status"] for k, v in shown.items() if v and dict(k)["group"] == "classifier"), "")


def behind(house: House) -> float | None:
    """Seconds for which the oldest record waits that the classifier has not read."""
    samples = seen(house)
    return samples and samples.of("reclaim_group_behind_seconds", group="classifier")


def predictions(house: House) -> list[float]:
    """Until the classifier is up to date: each time that was said, over the time that it took from then on."""
    told_at: list[tuple[float, float]] = []
    deadline = time.monotonic() + 4 * READY_SECONDS
    while time.monotonic() < deadline:
        samples = seen(house)
        if samples is not None:
            oldest = samples.of("reclaim_group_behind_seconds", group="classifier")
            said = samples.of("reclaim_stage_catch_up_seconds", stage="classified", payer="all")
            if oldest is not None and oldest <= UP_TO_DATE:
                break
            if said is not None and 0 < said < inf:
                told_at.append((time.monotonic(), said))
        time.sleep(2)
    end = time.monotonic()
    return [said / (end - at) for at, said in told_at if end - at > 10]
