"""A client that silently stops fetching a partition is found and replaced."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import pytest
from kafka.structs import TopicPartition as KafkaPartition

from services.runtime.kafka import KafkaLog
from services.runtime.log import Draft, TopicPartition, TransientLogError
from topics.cluster import Cluster

pytestmark = pytest.mark.kafka

OpenLog = Callable[..., KafkaLog]


def test_a_partition_that_stands_still_while_its_end_moves_is_told_and_then_read(
    open_log: OpenLog, cluster: Cluster
) -> None:
    log = open_log({"asked": "log"}, replace(cluster, stuck_seconds=2.0))
    session = log.session("group", "one", ["asked"], on_assigned=lambda _: None, on_revoked=lambda _: None)
    deadline = time.monotonic() + 60
    while not session.at_end():
        session.poll(10, 0.2)
        assert time.monotonic() < deadline
    # As kafka-python has stopped before: it is assigned, and is not fetched.
    session._consumer.pause(KafkaPartition(f"{cluster.prefix}asked", 3))
    appender = log.appender("x")

    found: list[tuple[int, bytes | None]] = []
    told: list[str] = []
    number = 0
    while not any(partition == 3 for partition, _ in found):
        assert time.monotonic() < deadline
        appender.commit([Draft("asked", "k", f"{number}".encode(), {}, partition) for partition in (3, 4)])
        number += 1
        try:
            records = session.poll(100, 0.2)
            session.commit([], {TopicPartition(r.topic, r.partition): r.offset + 1 for r in records})
            found += [(r.partition, r.value) for r in records]
        except TransientLogError as error:
            told.append(str(error))
            session.rewind()
    assert "kafka: asked/3 stands still while its end moves" in told
    assert (3, b"0") in found, "nothing of it is skipped"


def test_a_partition_whose_end_stands_still_too_is_no_reason_to_stop(
    open_log: OpenLog, cluster: Cluster
) -> None:
    log = open_log({"asked": "log"}, replace(cluster, stuck_seconds=0.5))
    log.appender("x").commit([Draft("asked", f"key-{n}", b"v", {}) for n in range(50)])
    session = log.session("group", "one", ["asked"], on_assigned=lambda _: None, on_revoked=lambda _: None)
    until = time.monotonic() + 5
    while time.monotonic() < until:
        session.poll(10, 0.1)
    assert session.partitions
