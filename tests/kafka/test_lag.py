"""The monitor on a real Kafka: control records are no lag, a member that is alive is seen, and the fold comes to the
same as on the embedded log."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from services.monitor.consumers import Status, status_of
from services.monitor.fold import FOLDED_TOPICS, Fold
from services.monitor.follower import Follower
from services.monitor.sampler import Sampler
from services.runtime.embedded import EmbeddedLog
from services.runtime.kafka import KafkaLog
from services.runtime.log import Draft, Log, Session, TopicPartition
from tests.unit.monitor.test_follower import classified, denied
from topics.map import load_map

pytestmark = pytest.mark.kafka

OpenLog = Callable[..., KafkaLog]

PATIENCE = 60.0


def write(log: Log) -> None:
    appender = log.appender("test")
    for batch in ([denied(f"c{n}") for n in range(30)], [classified(f"c{n}") for n in range(20)]):
        appender.commit(batch)
    appender.close()


def told(fold: Fold) -> list[tuple[str, str, str]]:
    """What waits, without the moments, which two logs cannot share."""
    return sorted((wait.stage, wait.payer, str(wait.amount)) for wait in fold.waits())


def test_both_logs_come_to_the_same(open_log: OpenLog, tmp_path: Path) -> None:
    embedded = EmbeddedLog(tmp_path / "log.sqlite3", load_map())
    folds = []
    for log in (open_log(load_map().with_replication(1)), embedded):
        write(log)
        follower = Follower.open(log, tmp_path / "caches")
        follower.catch_up()
        folds.append(follower.fold)
        assert {place: end for place, end in log.ends(FOLDED_TOPICS).items() if end} == {
            TopicPartition(*place): position
            for place, position in follower.fold.positions.items()
            if position
        }
    embedded.close()
    assert told(folds[0]) == told(folds[1])
    assert len(told(folds[0])) == 50


def read_to_the_end(session: Session, count: int) -> None:
    positions: dict[TopicPartition, int] = {}
    seen, deadline = 0, time.monotonic() + PATIENCE
    while seen < count and time.monotonic() < deadline:
        for record in session.poll(100, 1.0):
            positions[TopicPartition(record.topic, record.partition)] = record.offset + 1
            seen += 1
    session.commit([Draft("denial-classified", "k", b"{}", {})], positions)


def test_a_group_that_has_read_all_has_no_lag_though_markers_stand_behind_its_position(
    open_log: OpenLog, tmp_path: Path
) -> None:
    log = open_log({"claim-denied": "log", "denial-classified": "log"})
    log.appender("test").commit([denied(f"c{n}") for n in range(30)])
    sampler = Sampler(log, {"classifier": ("claim-denied",)}, dict, log.with_members, tmp_path / "looks.json")
    assert not log.with_members(["classifier"])
    before = sampler.look(0)["classifier"]
    assert sum(one.track.lag for one in before) >= 30
    assert all(one.unread_since is not None for one in before if one.track.lag)
    session = log.session(
        "classifier", "1", ["claim-denied"], on_assigned=lambda _: None, on_revoked=lambda _: None
    )
    read_to_the_end(session, 30)
    assert log.with_members(["classifier", "recoder"]) == {"classifier"}
    deadline = time.monotonic() + PATIENCE
    after = sampler.look(3000)["classifier"]
    # The broker shows a transaction's positions a moment after the commit.
    while any(one.track.lag for one in after) and time.monotonic() < deadline:
        after = sampler.look(3000)["classifier"]
    assert {(one.track.lag, one.unread_since) for one in after} == {(0, None)}
    assert any(
        log.positions("classifier").get(TopicPartition("claim-denied", p), 0) < end
        for (_, p), end in log.ends(["claim-denied"]).items()
    ), "no marker was left: this test shows nothing"
    session.close()


def test_a_group_whose_member_is_gone_stops(open_log: OpenLog, tmp_path: Path) -> None:
    log = open_log({"claim-denied": "log", "denial-classified": "log"})
    session = log.session(
        "classifier", "1", ["claim-denied"], on_assigned=lambda _: None, on_revoked=lambda _: None
    )
    sampler = Sampler(log, {"classifier": ("claim-denied",)}, dict, log.with_members, tmp_path / "looks.json")
    log.appender("test").commit([denied("c")])
    read_to_the_end(session, 1)
    session.close()
    log.appender("test").commit([denied("c")])
    deadline = time.monotonic() + PATIENCE
    while log.with_members(["classifier"]) and time.monotonic() < deadline:
        sampler.look(int(time.time() * 1000))
        time.sleep(0.5)
    last = int(time.time() * 1000)
    for later in range(30):
        seen = sampler.look(last + later * 3000)["classifier"]
    statuses = {status_of(one.track, last + 90_000) for one in seen if one.track.lag}
    assert statuses == {Status.STOP}
