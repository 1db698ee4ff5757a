"""State topics on a real broker: what compaction keeps, and when a tombstone goes."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from services.runtime.kafka import KafkaLog
from services.runtime.log import Appender, Draft
from topics.map import TopicMap, load_map

pytestmark = pytest.mark.kafka

OpenLog = Callable[..., KafkaLog]

# The shipped policy (compact, never delete) with its times cut short, so that a test sees what days would do.
HASTE = {
    "segment.ms": "100",
    "delete.retention.ms": "100",
    "max.compaction.lag.ms": "100",
    "min.cleanable.dirty.ratio": "0.01",
}


def state_map() -> TopicMap:
    known = load_map()["claim-cases"]
    return TopicMap({known.name: known}, known.partitions).with_partitions(1).with_settings(HASTE)


def write(appender: Appender, key: str, text: str | None) -> None:
    appender.commit([Draft("claim-cases", key, None if text is None else text.encode(), {"ce_type": "case"})])


def read_until(log: KafkaLog, wanted: Callable[[list[tuple[str | None, bytes | None]]], bool]) -> bool:
    """Whether the topic comes to read as wanted. Each look appends a record: only a closed segment is cleaned,
    and only an append closes one."""
    ticks = log.appender("ticks")
    deadline = time.monotonic() + 45
    while time.monotonic() < deadline:
        write(ticks, "tick", "tick")
        if wanted([(r.key, r.value) for r in log.read("claim-cases", 0) if r.key != "tick"]):
            return True
        time.sleep(0.3)
    return False


def test_only_the_latest_record_of_a_key_stays(open_log: OpenLog) -> None:
    log = open_log(state_map())
    appender = log.appender("x")
    for n in range(20):
        write(appender, "claim", f"revision {n}")
    write(appender, "other", "only one")
    assert read_until(
        log, lambda found: sorted(found, key=str) == [("claim", b"revision 19"), ("other", b"only one")]
    )


def test_a_tombstone_removes_its_key_and_then_goes_too(open_log: OpenLog) -> None:
    log = open_log(state_map())
    appender = log.appender("x")
    write(appender, "gone", "revision 1")
    write(appender, "kept", "revision 1")
    write(appender, "gone", None)
    assert ("gone", None) in [(r.key, r.value) for r in log.read("claim-cases", 0)], (
        "first it is read as null"
    )
    assert read_until(log, lambda found: found == [("kept", b"revision 1")])
