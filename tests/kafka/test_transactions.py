"""Transactions on a real broker: what is aborted is never seen, who was replaced cannot commit."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from kafka import KafkaConsumer, KafkaProducer
from kafka.errors import NotEnoughReplicasError, OutOfOrderSequenceNumberError
from kafka.producer.sender import Sender
from kafka.structs import TopicPartition as KafkaPartition

from services.runtime.kafka import KafkaLog
from services.runtime.kafka_session import KafkaSession
from services.runtime.log import (
    Draft,
    FencedError,
    PermanentLogError,
    Record,
    TopicPartition,
    TransientLogError,
)
from topics.cluster import Cluster

pytestmark = pytest.mark.kafka

TOPICS = {"asked": "log", "answered": "log", "known": "state"}
OpenLog = Callable[..., KafkaLog]


def drafts(topic: str, count: int, text: str = "v") -> list[Draft]:
    return [Draft(topic, f"key-{n}", f"{text}-{n}".encode(), {"ce_id": str(n)}) for n in range(count)]


def joined(log: KafkaLog, member: str = "one") -> KafkaSession:
    """A session that holds its partitions."""
    session = log.session("group", member, ["asked"], on_assigned=lambda _: None, on_revoked=lambda _: None)
    deadline = time.monotonic() + 20
    while not session.partitions and time.monotonic() < deadline:
        session.poll(1, 0.2)
        session.rewind()
    assert session.partitions
    return session


def take(session: KafkaSession, count: int, seconds: float = 20) -> list[Record]:
    found: list[Record] = []
    deadline = time.monotonic() + seconds
    while len(found) < count and time.monotonic() < deadline:
        found += session.poll(500, 0.2)
    return found


def through(records: list[Record]) -> dict[TopicPartition, int]:
    return {TopicPartition(r.topic, r.partition): r.offset + 1 for r in records}


def test_an_aborted_batch_is_invisible_to_readers_and_to_members(open_log: OpenLog, cluster: Cluster) -> None:
    log = open_log(TOPICS)
    log.appender("before").commit(drafts("asked", 50))
    producer = KafkaProducer(bootstrap_servers=cluster.bootstrap, transactional_id=f"{cluster.prefix}lost")
    producer.init_transactions()
    producer.begin_transaction()
    for n in range(50):
        producer.send(f"{cluster.prefix}asked", key=f"key-{n}".encode(), value=b"aborted")
    producer.flush()
    producer.abort_transaction()
    producer.close()
    log.appender("after").commit(drafts("asked", 50))

    assert [r.value for r in log.read("asked") if r.value == b"aborted"] == []
    assert len(list(log.read("asked"))) == 100
    assert len(take(joined(log), 100)) == 100
    raw = KafkaConsumer(bootstrap_servers=cluster.bootstrap, isolation_level="read_uncommitted")
    partitions = [KafkaPartition(f"{cluster.prefix}asked", p) for p in range(8)]
    raw.assign(partitions)
    raw.seek_to_beginning(*partitions)
    values = []
    while batch := raw.poll(timeout_ms=2000):
        values += [record.value for records in batch.values() for record in records]
    raw.close()
    assert values.count(b"aborted") == 50, "the test must have written them"


def test_a_second_appender_of_an_identity_fences_the_first(open_log: OpenLog) -> None:
    log = open_log(TOPICS)
    first = log.appender("inbox")
    first.commit(drafts("asked", 1))
    second = log.appender("inbox")
    with pytest.raises(FencedError):
        first.commit(drafts("asked", 1, "zombie"))
    second.commit(drafts("asked", 1, "mine"))
    assert sorted(r.value or b"" for r in log.read("asked")) == [b"mine-0", b"v-0"]


def test_a_zombie_session_is_fenced_and_moves_no_position(open_log: OpenLog) -> None:
    log = open_log(TOPICS)
    log.appender("x").commit(drafts("asked", 20))
    zombie = joined(log)
    polled = take(zombie, 20)
    successor = joined(open_log(TOPICS))
    with pytest.raises(FencedError):
        zombie.commit(drafts("answered", 20, "zombie"), through(polled))
    assert log.positions("group") == {}
    again = take(successor, 20)
    successor.commit(drafts("answered", 20), through(again))
    assert {r.value for r in log.read("answered")} == {f"v-{n}".encode() for n in range(20)}


def test_what_a_killed_holder_left_open_is_ended_before_the_next_reads(
    open_log: OpenLog, cluster: Cluster
) -> None:
    log = open_log(TOPICS)
    log.appender("x").commit(drafts("asked", 1))
    left = KafkaProducer(
        bootstrap_servers=cluster.bootstrap,
        transactional_id=f"{cluster.prefix}group.one",
        transaction_timeout_ms=600_000,
    )
    left.init_transactions()
    left.begin_transaction()
    left.send(f"{cluster.prefix}known", key=b"key-0", value=b"half")
    left.flush()
    # The holder says nothing more; its transaction would stay open for ten minutes.
    joined(log)
    started = time.monotonic()
    assert list(log.read("known")) == []
    assert time.monotonic() - started < 5
    left.close(timeout=0)


def test_outputs_state_and_positions_become_visible_together(open_log: OpenLog) -> None:
    log = open_log(TOPICS)
    log.appender("x").commit(drafts("asked", 10))
    session = joined(log)
    polled = take(session, 10)
    assert (list(log.read("answered")), list(log.read("known")), log.positions("group")) == ([], [], {})
    session.commit(drafts("answered", 10) + drafts("known", 10), through(polled))
    assert len(list(log.read("answered"))) == len(list(log.read("known"))) == 10
    assert log.positions("group") == through(polled)


def test_a_refused_record_leaves_nothing_of_its_transaction(open_log: OpenLog) -> None:
    log = open_log(TOPICS)
    appender = log.appender("x")
    with pytest.raises(PermanentLogError):
        appender.commit([*drafts("asked", 5), Draft("asked", "big", b"x" * 3_000_000, {})])
    with pytest.raises(PermanentLogError):
        appender.commit([*drafts("asked", 5), Draft("unheard-of", "k", b"x", {})])
    appender.commit(drafts("asked", 1))
    assert len(list(log.read("asked"))) == 1


def test_a_record_just_under_the_topics_limit_is_taken_and_read_back(open_log: OpenLog) -> None:
    log = open_log(TOPICS)
    large = bytes(range(256)) * 8000
    log.appender("x").commit([Draft("asked", "big", large, {"ce_id": "1"}), *drafts("asked", 3)])
    assert large in {r.value for r in log.read("asked")}


def test_a_commit_whose_answer_is_lost_is_not_written_twice(
    open_log: OpenLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = open_log(TOPICS)
    appender = log.appender("x")
    commit = KafkaProducer.commit_transaction

    def answer_lost(producer: KafkaProducer) -> None:
        commit(producer)
        raise ConnectionResetError

    monkeypatch.setattr(KafkaProducer, "commit_transaction", answer_lost)
    appender.commit(drafts("asked", 3))
    monkeypatch.undo()
    appender.commit(drafts("asked", 1, "next"))
    assert sorted(r.value or b"" for r in log.read("asked")) == [b"next-0", b"v-0", b"v-1", b"v-2"]


def test_a_commit_that_never_left_is_told_as_transient_and_can_be_made_again(
    open_log: OpenLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = open_log(TOPICS)
    appender = log.appender("x")

    def never_sent(_: KafkaProducer) -> None:
        raise ConnectionResetError

    monkeypatch.setattr(KafkaProducer, "commit_transaction", never_sent)
    with pytest.raises(TransientLogError):
        appender.commit(drafts("asked", 3))
    monkeypatch.undo()
    appender.commit(drafts("asked", 3))
    assert len(list(log.read("asked"))) == 3


def test_a_commit_that_hangs_ends_at_its_deadline(
    open_log: OpenLog, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = open_log(TOPICS, replace(cluster, request_seconds=2.0))
    appender = log.appender("x")
    monkeypatch.setattr(KafkaProducer, "commit_transaction", lambda _: time.sleep(60))
    started = time.monotonic()
    with pytest.raises(TransientLogError):
        appender.commit(drafts("asked", 3))
    assert time.monotonic() - started < 15
    monkeypatch.undo()
    appender.commit(drafts("asked", 3))
    assert len(list(log.read("asked"))) == 3


def test_a_transaction_that_the_broker_ended_for_its_age_is_transient_not_a_fence(
    open_log: OpenLog, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that stood still, or whose broker was away, was replaced by nobody: it goes on."""
    log = open_log(TOPICS, replace(cluster, transaction_seconds=1.0))
    appender = log.appender("x")
    commit = KafkaProducer.commit_transaction

    def late(producer: KafkaProducer) -> None:
        producer.flush()
        time.sleep(6)
        commit(producer)

    monkeypatch.setattr(KafkaProducer, "commit_transaction", late)
    with pytest.raises(TransientLogError):
        appender.commit(drafts("asked", 3))
    monkeypatch.undo()
    appender.commit(drafts("asked", 3))
    assert len(list(log.read("asked"))) == 3


def test_a_batch_that_does_not_get_through_holds_back_its_whole_transaction(
    open_log: OpenLog, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """kafka-python alone would let the batch expire and commit the others."""
    log = open_log(TOPICS, replace(cluster, request_seconds=2.0))
    appender = log.appender("x")
    complete = Sender._complete_batch

    def one_partition_never_answers_well(sender: Sender, batch: Any, response: Any) -> None:
        if batch.topic_partition.partition == 3:
            response.error_code = NotEnoughReplicasError.errno
        complete(sender, batch, response)

    everywhere = [Draft("asked", "k", b"v", {}, partition) for partition in range(8)]
    monkeypatch.setattr(Sender, "_complete_batch", one_partition_never_answers_well)
    with pytest.raises(TransientLogError):
        appender.commit(everywhere)
    assert list(log.read("asked")) == []
    monkeypatch.undo()
    appender.commit(everywhere)
    assert [record.partition for record in log.read("asked")] == list(range(8))


def test_a_transaction_that_a_new_epoch_ended_is_no_commit(
    open_log: OpenLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The broker ends it, and kafka-python alone would call that a commit."""
    log = open_log(TOPICS)
    appender = log.appender("x")
    appender.commit(drafts("asked", 1))
    complete = Sender._complete_batch
    failed: list[object] = []

    def out_of_order(sender: Sender, batch: object, response: Any) -> None:
        if not failed:
            failed.append(batch)
            response.error_code = OutOfOrderSequenceNumberError.errno
        complete(sender, batch, response)

    monkeypatch.setattr(Sender, "_complete_batch", out_of_order)
    with pytest.raises(TransientLogError):
        appender.commit(drafts("asked", 5, "again"))
    assert failed
    assert len(list(log.read("asked"))) == 1
    monkeypatch.undo()
    appender.commit(drafts("asked", 5, "again"))
    assert len(list(log.read("asked"))) == 6


def test_a_member_that_lost_its_partitions_cannot_even_commit_what_moves_no_position(
    open_log: OpenLog, cluster: Cluster
) -> None:
    log = open_log(TOPICS, replace(cluster, poll_seconds=3.0))
    away = joined(log, "one")
    successor = log.session("group", "two", ["asked"], on_assigned=lambda _: None, on_revoked=lambda _: None)
    deadline = time.monotonic() + 30
    while successor.partitions != frozenset(range(8)) and time.monotonic() < deadline:
        successor.poll(1, 0.2)
    assert successor.partitions == frozenset(range(8))
    with pytest.raises((TransientLogError, FencedError)):
        away.commit(drafts("known", 3, "late"), {})
    assert list(log.read("known")) == []


def test_the_broker_refuses_a_generation_that_is_over(
    open_log: OpenLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Our own look at the membership may come too early: the broker's counts."""
    log = open_log(TOPICS)
    session = joined(log)
    real = session._consumer.group_metadata
    over = real()._replace(generation_id=real().generation_id - 1)
    monkeypatch.setattr(session._consumer, "group_metadata", lambda: over)
    session._generation = over.generation_id
    with pytest.raises(TransientLogError):
        session.commit(drafts("known", 3, "late"), {})
    assert list(log.read("known")) == []
