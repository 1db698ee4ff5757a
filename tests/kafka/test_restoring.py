"""What a reader of state must not miss, and must not see."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer
from kafka.structs import TopicPartition as KafkaPartition

from services.runtime.kafka import KafkaLog
from services.runtime.log import Draft
from topics.cluster import Cluster

pytestmark = pytest.mark.kafka

OpenLog = Callable[..., KafkaLog]


def test_a_commit_behind_anothers_open_transaction_is_waited_for(open_log: OpenLog, cluster: Cluster) -> None:
    """The last stable offset, which `end_offsets` of a read_committed consumer gives, lies before it."""
    log = open_log({"known": "state"}, partitions=1)
    slow = KafkaProducer(bootstrap_servers=cluster.bootstrap, transactional_id=f"{cluster.prefix}slow")
    slow.init_transactions()
    slow.begin_transaction()
    slow.send(f"{cluster.prefix}known", key=b"k", value=b"not decided")
    slow.flush()
    log.appender("x").commit([Draft("known", "k", b"committed", {})])

    naive = KafkaConsumer(bootstrap_servers=cluster.bootstrap, isolation_level="read_committed")
    partition = KafkaPartition(f"{cluster.prefix}known", 0)
    assert naive.end_offsets([partition]) == {partition: 0}, "a restore to here would miss it"
    naive.close()

    found: list[bytes | None] = []
    reading = threading.Thread(target=lambda: found.extend(r.value for r in log.read("known")))
    reading.start()
    reading.join(1.0)
    assert reading.is_alive(), "it must wait until the open transaction is decided"
    slow.abort_transaction()
    slow.close()
    reading.join(10)
    assert found == [b"committed"]


def test_a_commit_is_read_at_once_whether_or_not_its_markers_are_written(open_log: OpenLog) -> None:
    """Markers of many partitions take a while; a read that begins when the commit has returned sees it whole."""
    kinds = {f"known-{n}": "state" for n in range(12)}
    log = open_log(kinds)
    appender = log.appender("x")
    for turn in range(10):
        text = f"turn {turn}".encode()
        appender.commit(
            [
                Draft(topic, "k", text, {}, partition)
                for topic in kinds
                for partition in range(log.partition_count)
            ]
        )
        for topic in ("known-0", "known-11"):
            for partition in (0, 7):
                assert [r.value for r in log.read(topic, partition)][-1] == text


def test_the_transaction_of_a_writer_that_is_gone_holds_readers_up_only_until_it_times_out(
    open_log: OpenLog, cluster: Cluster
) -> None:
    log = open_log({"known": "state"}, partitions=1)
    gone = KafkaProducer(
        bootstrap_servers=cluster.bootstrap,
        transactional_id=f"{cluster.prefix}gone",
        transaction_timeout_ms=2000,
    )
    gone.init_transactions()
    gone.begin_transaction()
    gone.send(f"{cluster.prefix}known", key=b"k", value=b"never decided")
    gone.flush()
    gone.close(timeout=0)
    log.appender("x").commit([Draft("known", "k", b"committed", {})])
    started = time.monotonic()
    assert [r.value for r in log.read("known")] == [b"committed"]
    assert time.monotonic() - started < 20


def test_reading_from_an_offset_that_retention_removed_starts_at_what_is_left(
    open_log: OpenLog, cluster: Cluster
) -> None:
    log = open_log({"asked": "log"}, partitions=1)
    appender = log.appender("x")
    for n in range(5):
        appender.commit([Draft("asked", "k", f"{n}".encode(), {})])
    third = [r.offset for r in log.read("asked")][3]
    admin = KafkaAdminClient(bootstrap_servers=cluster.bootstrap)
    admin.delete_records({KafkaPartition(f"{cluster.prefix}asked", 0): third})
    admin.close()
    assert [r.value for r in log.read("asked", 0, 0)] == [b"3", b"4"]


def test_the_last_record_is_found_behind_many_aborted_ones(open_log: OpenLog, cluster: Cluster) -> None:
    log = open_log({"asked": "log"}, partitions=1)
    assert log.last("asked", 0) is None
    log.appender("x").commit([Draft("asked", "k", b"first", {}), Draft("asked", "k", b"last", {})])
    lost = KafkaProducer(bootstrap_servers=cluster.bootstrap, transactional_id=f"{cluster.prefix}lost")
    lost.init_transactions()
    lost.begin_transaction()
    for _ in range(200):
        lost.send(f"{cluster.prefix}asked", key=b"k", value=b"aborted")
    lost.flush()
    lost.abort_transaction()
    lost.close()
    last = log.last("asked", 0)
    assert last is not None
    assert last.value == b"last"
