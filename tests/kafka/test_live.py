"""The monitor on Kafka, a faust-streaming application: the same numbers as the fold over the topics, killed or not,
and nothing of what was never committed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from kafka import KafkaConsumer, KafkaProducer
from kafka.structs import TopicPartition as KafkaPartition

from services.monitor.consumers import Commit, Track
from services.monitor.fold import Fold
from services.monitor.follower import Follower, now_ms
from services.monitor.groups import Consumption
from services.monitor.live import CHANGELOG, STILL_SECONDS, Watchdog
from services.monitor.view import restored
from services.monitor.windows import minute_of
from services.runtime.kafka import KafkaLog
from tests.e2e.installation import PROJECT
from tests.property.test_monitor_fold import shown
from tests.unit.monitor.test_follower import classified, denied
from topics.cluster import Cluster
from topics.map import load_map

pytestmark = pytest.mark.kafka

OpenLog = Callable[..., KafkaLog]

PATIENCE = 90.0


@contextmanager
def monitor(cluster: Cluster, home: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`reclaim service monitor` on this corner of the broker."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("RECLAIM_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "services.cli", "service", "monitor", "--log", "kafka", "--data", home],
        cwd=PROJECT,
        env={
            **own,
            "RECLAIM_KAFKA_BOOTSTRAP": cluster.bootstrap,
            "RECLAIM_KAFKA_PREFIX": cluster.prefix,
            "RECLAIM_KAFKA_REPLICATION": "1",
            "RECLAIM_KAFKA_SESSION_SECONDS": "6",
        },
        stdout=subprocess.DEVNULL,
        stderr=(home / "monitor.err").open("ab"),
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def write(log: KafkaLog, first: int, count: int) -> None:
    appender = log.appender("test")
    claims = range(first, first + count)
    appender.commit([denied(f"c{n}") for n in claims])
    appender.commit([classified(f"c{n}") for n in claims if n % 3])
    appender.close()


def abort(cluster: Cluster) -> None:
    """A transaction that never was."""
    producer = KafkaProducer(
        bootstrap_servers=cluster.bootstrap, transactional_id=f"{cluster.prefix}never", acks="all"
    )
    producer.init_transactions()
    producer.begin_transaction()
    for number in range(30):
        draft = denied(f"never{number}")
        assert draft.key is not None
        headers = [(name, text.encode()) for name, text in draft.headers.items()]
        producer.send(
            f"{cluster.prefix}claim-denied", key=draft.key.encode(), value=draft.value, headers=headers
        )
    producer.flush()
    producer.abort_transaction()
    producer.close()


def kept(cluster: Cluster, partitions: int) -> Fold:
    """What stands in the changelog of the application's table."""
    reader = KafkaConsumer(bootstrap_servers=cluster.bootstrap, auto_offset_reset="earliest")
    places = [KafkaPartition(f"{cluster.prefix}{CHANGELOG}", index) for index in range(partitions)]
    reader.assign(places)
    ends = reader.end_offsets(places)
    table: dict[bytes, bytes] = {}
    while any(reader.position(place) < ends[place] for place in places):
        for records in reader.poll(timeout_ms=500).values():
            for record in records:
                if record.value is None:
                    table.pop(record.key, None)
                else:
                    table[record.key] = record.value
    reader.close()
    return restored(table.items())


def told(fold: Fold, since: int) -> tuple[object, ...]:
    """What waits, since when, for how much; and what came and went."""
    return sorted(fold.waits()), shown(fold.window(since, since + 60)), fold.remitted


def test_it_comes_to_the_numbers_of_the_fold_over_the_topics_also_when_it_is_killed(
    open_log: OpenLog, cluster: Cluster, tmp_path: Path
) -> None:
    log = open_log(load_map().with_replication(1))
    since = minute_of(now_ms())
    write(log, 0, 60)
    abort(cluster)
    with monitor(cluster, tmp_path) as process:
        deadline = time.monotonic() + PATIENCE
        while not _has_claims(cluster, log) and time.monotonic() < deadline:
            time.sleep(1)
        write(log, 60, 60)
        time.sleep(0.3)
        process.send_signal(signal.SIGKILL)
    write(log, 120, 30)
    with monitor(cluster, tmp_path):
        follower = Follower.open(log, tmp_path / "caches")
        follower.catch_up()
        expected = told(follower.fold, since)
        deadline = time.monotonic() + PATIENCE
        while (found := told(kept(cluster, 8), since)) != expected and time.monotonic() < deadline:
            time.sleep(1)
    assert found == expected
    assert len(follower.fold.flows) == 150


def _has_claims(cluster: Cluster, log: KafkaLog) -> bool:
    return bool(kept(cluster, log.partition_count).flows) if _made(cluster) else False


def _made(cluster: Cluster) -> bool:
    reader = KafkaConsumer(bootstrap_servers=cluster.bootstrap)
    try:
        return f"{cluster.prefix}{CHANGELOG}" in reader.topics()
    finally:
        reader.close()


def standing(offset: int, unread: int | None) -> list[Consumption]:
    return [Consumption("claim-denied", 0, Track((Commit(0, offset, 1),), (offset + 1,)), unread)]


def test_the_watchdog_ends_who_commits_nothing_while_something_is_unread() -> None:
    now, ended = [0.0], []
    dog = Watchdog(clock=lambda: now[0], end=ended.append)
    for offset, unread, later in ((5, None, 0.0), (5, None, 900.0), (5, 1, 1.0), (6, 1, STILL_SECONDS + 1)):
        now[0] += later
        dog.look(standing(offset, unread))
    assert ended == []
    now[0] += STILL_SECONDS + 1
    dog.look(standing(6, 1))
    assert ended == [75]
