"""The port `Session` on Kafka: one static member of a consumer group and its transactions.

Everything happens on the caller's thread, inside `poll` and `commit`; heartbeats run on a thread of the client,
so a slow batch does not cost the membership. A rebalance gives up every partition and takes the new ones: the
broker refuses commits of an older generation, so nobody else's work on a partition is ever built upon unseen.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from kafka import ConsumerRebalanceListener, KafkaConsumer
from kafka.coordinator.assignors.range import RangePartitionAssignor
from kafka.structs import MemberState
from kafka.structs import TopicPartition as KafkaPartition

from services.runtime.kafka_errors import translated
from services.runtime.kafka_waiting import Waiting
from services.runtime.kafka_writing import Names, Positions, Transactions
from services.runtime.log import (
    Assigned,
    Draft,
    PermanentLogError,
    Record,
    TopicPartition,
    TransientLogError,
)
from topics.cluster import Cluster

# The broker holds an empty fetch for so long; new records end it at once.
_FETCH_WAIT_MS: Final = 500

# One of several sessions in a process: the client's 50 MB each would be too much. The client gives what it has of one
# partition before the next, so that little of each at once brings every partition its turn soon.
_FETCH_BYTES: Final = 4 * 1024 * 1024
_PARTITION_BYTES: Final = 256 * 1024

# Longest wait inside the client, which returns only with records: so soon is a rebalance acted on.
_LOOK_SECONDS: Final = 0.25

# Records that may wait for priority and leading inputs: some tens of megabytes.
_MOST_WAITING: Final = 10_000

# At least so long from one batch to the next, unless it was full: a transaction costs the broker and both ends some
# tens of requests and markers whatever is in it, and small ones would take the machine from the other services. What
# comes after a pause is handled at once.
_BETWEEN_SECONDS: Final = 0.25


class KafkaSession:
    """Made by `KafkaLog.session`. The member joins at its first poll and, being static, keeps its partitions
    for `session_seconds` after `close`: a restart does not move them."""

    def __init__(
        self,
        cluster: Cluster,
        names: Names,
        group: str,
        member: str,
        inputs: Sequence[str],
        priority: Sequence[str],
        leading: Sequence[str],
        *,
        partitions: int,
        transactions: Transactions,
        positions: Callable[[str], Mapping[TopicPartition, int]],
        ends: Callable[[Sequence[str], bool], Mapping[TopicPartition, int]],
        on_assigned: Assigned,
        on_revoked: Assigned,
    ) -> None:
        """`ends(topics, committed)`: next offsets, of committed records only or of all."""
        self._cluster = cluster
        self._names = names
        self._group = group
        self._member = member
        self._topics = tuple(dict.fromkeys((*priority, *leading, *inputs)))
        self._priority = frozenset(priority)
        self._leading = frozenset(leading) - self._priority
        self._partitions = partitions
        self._transactions = transactions
        self._positions = positions
        self._ends = ends
        self._on_assigned = on_assigned
        self._on_revoked = on_revoked
        self._held: frozenset[int] = frozenset()
        self._generation = -1
        self._committed: dict[TopicPartition, int] = {}
        # Next offsets of what was given out and is not committed.
        self._given: dict[TopicPartition, int] = {}
        self._waiting = Waiting(self._leading)
        self._pause_until = 0.0
        self._rewound = False
        self._stillness = _Stillness(cluster.stuck_seconds)
        with translated():
            self._consumer = self._join()

    @property
    def partitions(self) -> frozenset[int]:
        return frozenset() if self._changes.joining else self._held

    def poll(self, limit: int, wait: float) -> Sequence[Record]:
        deadline = time.monotonic() + wait
        if wait:
            time.sleep(max(0.0, min(deadline, self._pause_until) - time.monotonic()))
        seconds = 0.0  # what is there already waits for nothing that comes
        while True:
            records = self._next_records(limit, seconds)
            if records:
                for record in records:
                    self._given[TopicPartition(record.topic, record.partition)] = record.offset + 1
                self._pause_until = time.monotonic() + _BETWEEN_SECONDS if len(records) < limit else 0.0
                return records
            seconds = min(_LOOK_SECONDS, deadline - time.monotonic())
            if seconds <= 0:
                return ()

    def commit(self, drafts: Sequence[Draft], through: Mapping[TopicPartition, int]) -> None:
        if not through.keys() <= self._committed.keys():
            raise PermanentLogError("a position of an input that this session does not hold")
        if not drafts and not through:
            return
        member = self._consumer.group_metadata()
        if not self._held or member.generation_id != self._generation or member.state != MemberState.STABLE:
            # Without a generation the broker could take us for somebody outside of the group.
            self._rewound = True
            raise TransientLogError("kafka: the group is being rebalanced")
        # It is by its positions that the broker knows a member which lost its partitions: where none moves, one
        # is committed as it stands.
        unmoved = max(self._committed.items(), key=lambda item: item[1])
        try:
            self._transactions.commit(drafts, Positions(self._group, through or dict([unmoved]), member))
        except TransientLogError:
            self._rewound = True
            raise
        self._committed.update(through)
        for tp, next_ in through.items():
            if self._given.get(tp, next_) <= next_:
                self._given.pop(tp, None)

    def rewind(self) -> None:
        self._rewound = True

    def committed(self) -> Mapping[TopicPartition, int]:
        return dict(self._committed)

    def at_end(self) -> bool:
        if self._changes.pending or not self._held or self._given or self._waiting or self._rewound:
            return False
        ends = self._ends(self._topics, False)
        return all(self._position(tp) >= ends[tp] for tp in self._committed)

    def close(self) -> None:
        self._transactions.close()
        self._close_consumer()
        self._held = frozenset()
        self._committed.clear()

    def _close_consumer(self) -> None:
        self._consumer.close(autocommit=False, timeout_ms=int(self._cluster.request_seconds * 1000))

    def _join(self) -> KafkaConsumer:
        self._changes = _Changes()
        options: dict[str, Any] = dict(self._cluster.client_options())
        session_ms = int(self._cluster.session_seconds * 1000)
        consumer = KafkaConsumer(
            **options,
            group_id=self._names.identity(self._group),
            group_instance_id=self._names.identity(self._member),
            partition_assignment_strategy=[RangePartitionAssignor],
            isolation_level="read_committed",
            auto_offset_reset="earliest",
            enable_auto_commit=False,
            session_timeout_ms=session_ms,
            heartbeat_interval_ms=min(3000, session_ms // 4),
            max_poll_interval_ms=int(self._cluster.poll_seconds * 1000),
            fetch_max_wait_ms=_FETCH_WAIT_MS,
            fetch_max_bytes=_FETCH_BYTES,
            max_partition_fetch_bytes=_PARTITION_BYTES,
            allow_auto_create_topics=False,
            metrics_enabled=False,
        )
        topics = [self._names.topic(topic) for topic in self._topics]
        consumer.subscribe(topics, listener=self._changes)
        # A leader that assigns before it knows a topic's partitions gives them to nobody, for good.
        for topic in topics:
            if len(consumer.partitions_for_topic(topic)) != self._partitions:
                consumer.close(autocommit=False)
                raise TransientLogError("kafka: the partitions of an input are not known yet")
        return consumer

    def _next_records(self, limit: int, seconds: float) -> Sequence[Record]:
        """One look: records of priority inputs, or of the others where the priority ones are at their end."""
        self._seek_back()
        fetched = self._fetch(limit, seconds)
        self._waiting.put(record for record in fetched if record.topic not in self._priority)
        self._bound_waiting()
        if urgent := [record for record in fetched if record.topic in self._priority]:
            return urgent
        if len(fetched) < limit:
            self._look_for_standstill()
        return self._due(limit)

    def _due(self, limit: int) -> Sequence[Record]:
        """Fetched records whose turn it is."""
        if not self._waiting:
            return ()
        # Commits that still wait for their markers count: who wrote them has been told that they are done.
        ends = self._ends([t for t in self._topics if t in self._priority or t in self._leading], False)
        fetched = {tp for tp in self._committed if tp in ends and self._position(tp) >= ends[tp]}
        if any(tp.topic in self._priority and tp not in fetched for tp in self._committed):
            return ()
        return self._waiting.take(limit, fetched)

    def _bound_waiting(self) -> None:
        """Where too much waits for other inputs, let it go: it is fetched again later.

        Pausing the other inputs would be the way, but kafka-python 3.0.12 may never resume a partition that
        was paused with a part of its fetched records taken (it stays parked, and is not fetched).
        """
        if len(self._waiting) <= _MOST_WAITING:
            return
        for tp, offset in self._waiting.drop().items():
            self._consumer.seek(self._names.partition(tp), offset)

    def _fetch(self, limit: int, seconds: float) -> list[Record]:
        with translated():
            batches = self._consumer.poll(timeout_ms=int(seconds * 1000), max_records=limit)
        if self._changes.pending:
            self._waiting.clear()
            if not self._changes.joining:
                self._take_over()
            # What came with the news is read again, from the committed positions.
            return []
        return [self._record(record) for records in batches.values() for record in records]

    def _take_over(self) -> None:
        """Give up what was held, and take what the group now gives."""
        assigned = {self._ours(p) for p in self._consumer.assignment()}
        by_topic = {
            topic: frozenset(tp.partition for tp in assigned if tp.topic == topic) for topic in self._topics
        }
        held = by_topic[self._topics[0]]
        if self._held:
            self._on_revoked(self._held)
        self._held = frozenset()
        self._committed.clear()
        self._given.clear()
        self._rewound = True
        if any(indexes != held for indexes in by_topic.values()):
            raise PermanentLogError("kafka: not the same partition indexes of every input")
        # A position comes from a stable look (KIP-447): after it no commit of the last holder is under way.
        for tp in assigned:
            self._position(tp)
        stand = self._positions(self._group)
        self._committed = {tp: stand.get(tp, 0) for tp in assigned}
        self._generation = self._consumer.group_metadata().generation_id
        self._held = held
        self._changes.pending = False
        if held:
            self._on_assigned(held)

    def _seek_back(self) -> None:
        if not self._rewound or self._changes.pending:
            return
        # A commit in doubt may have moved them.
        moved = self._transactions.resolve() or {}
        self._committed.update((tp, next_) for tp, next_ in moved.items() if tp in self._committed)
        self._rewound = False
        self._waiting.clear()
        self._given.clear()
        for tp, next_ in self._committed.items():
            self._consumer.seek(self._names.partition(tp), next_)

    def _look_for_standstill(self) -> None:
        if not self._stillness.is_time() or self._changes.pending:
            return
        ends = self._ends(self._topics, True)
        behind = {
            tp: (position, ends[tp]) for tp in self._committed if (position := self._position(tp)) < ends[tp]
        }
        if stuck := self._stillness.stuck(behind):
            # Only a new client is known to go on; as a static member it gets the same partitions.
            self._close_consumer()
            with translated():
                self._consumer = self._join()
            raise TransientLogError(
                f"kafka: {stuck.topic}/{stuck.partition} stands still while its end moves"
            )

    def _position(self, tp: TopicPartition) -> int:
        position = position_of(self._consumer, self._names.partition(tp), self._cluster.request_seconds)
        if position is None:
            raise TransientLogError("kafka: no position yet")
        return position

    def _ours(self, partition: KafkaPartition) -> TopicPartition:
        found = self._names.ours(partition)
        assert found is not None
        return found

    def _record(self, record: Any) -> Record:
        tp = self._ours(KafkaPartition(record.topic, record.partition))
        return to_record(tp, record)


def position_of(consumer: KafkaConsumer, partition: KafkaPartition, seconds: float) -> int | None:
    """Where a consumer reads next, null where that does not become known in `seconds`. The client's own question
    looks at every partition to answer for one: asked for all of a hundred it was a quarter of a start."""
    state = consumer._subscription.assignment.get(partition)
    if state is not None and state.position is not None:
        return int(state.position.offset)
    with translated():
        position = consumer.position(partition, timeout_ms=int(seconds * 1000))
    return None if position is None else int(position)


def to_record(tp: TopicPartition, record: Any) -> Record:
    """A record of the port from one of kafka-python's."""
    return Record(
        tp.topic,
        tp.partition,
        record.offset,
        None if record.key is None else record.key.decode(),
        record.value,
        {name: "" if text is None else text.decode() for name, text in record.headers},
        record.timestamp,
    )


class _Changes(ConsumerRebalanceListener):  # type: ignore[misc]
    """What the group told us. Called on the client's thread while the caller waits in poll: it only notes."""

    def __init__(self) -> None:
        self.joining = True
        """given up, and not yet given anew"""
        self.pending = True
        """something changed that poll has not acted on"""

    def on_partitions_revoked(self, revoked: object) -> None:  # noqa: ARG002
        self.joining = self.pending = True

    def on_partitions_lost(self, lost: object) -> None:  # noqa: ARG002
        self.joining = self.pending = True

    def on_partitions_assigned(self, assigned: object) -> None:  # noqa: ARG002
        self.joining = False
        self.pending = True


class _Stillness:
    """Finds a partition whose position stands still while its end moves: the client silently stopped."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._next_look = 0.0
        self._since: dict[TopicPartition, tuple[int, int, float]] = {}

    def is_time(self) -> bool:
        now = time.monotonic()
        if now < self._next_look:
            return False
        self._next_look = now + self._seconds / 4
        return True

    def stuck(self, behind: Mapping[TopicPartition, tuple[int, int]]) -> TopicPartition | None:
        """`behind`: position and end of each partition that is not at its end."""
        now = time.monotonic()
        since = {}
        found = None
        for tp, (position, end) in behind.items():
            before = self._since.get(tp)
            if before is None or before[0] != position:
                since[tp] = (position, end, now)
                continue
            since[tp] = before
            if now - before[2] >= self._seconds and end > before[1]:
                found = tp
        self._since = {} if found else since
        return found
