"""Reading committed records of a cluster, outside of any group: state that is restored, listings, first records."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final, NamedTuple

from kafka import KafkaConsumer
from kafka.consumer.fetcher import ConsumerRecord
from kafka.structs import TopicPartition as KafkaPartition

from services.runtime.kafka_errors import translated
from services.runtime.kafka_session import position_of, to_record
from services.runtime.kafka_writing import Names
from services.runtime.log import Place, Record, TopicPartition, TransientLogError
from topics.cluster import Cluster

# One look of a reader: short, so that it notices when the end is reached through markers alone. While nothing
# comes (a transaction is open) each look takes twice as long as the one before.
_LOOK_MS: Final = 10
_LONGEST_LOOK_MS: Final = 160

# The broker holds an empty fetch for so long, and the client asks for nothing else meanwhile. What is read here is
# there already, so waiting gains nothing: with the client's 500 ms that was the time that each partition took.
_FETCH_WAIT_MS: Final = 20

# For all partitions that are read together: with the client's 50 MB each of several readers would be too large.
_FETCH_BYTES: Final = 16 * 1024 * 1024

_RECORDS: Final = 2000

# Offsets that are fetched together where the order of partitions counts: what comes early waits in memory.
_TOGETHER: Final = 5000

# Of each partition one record is wanted: with the usual size a megabyte of each would come.
_PEEK_BYTES: Final = 16_384

# Idle readers that are kept for the next time: a new one costs a connection.
_IDLE_READERS: Final = 2


class Stretch(NamedTuple):
    """The offsets of a partition from `start` up to `end`."""

    tp: TopicPartition
    start: int
    end: int


class Readers:
    """Reads at read_committed up to ends of all records: it waits for commits without markers yet."""

    def __init__(self, cluster: Cluster, names: Names) -> None:
        self._cluster = cluster
        self._names = names
        self._lock = threading.Lock()
        self._idle: dict[bool, list[KafkaConsumer]] = {True: [], False: []}
        # A transaction whose writer is gone ends when the broker ends it, at the latest.
        self._patience = cluster.transaction_seconds + cluster.request_seconds

    def read(self, stretches: Sequence[Stretch]) -> Iterator[Record]:
        """The records of each stretch, one stretch after the other."""
        wanted = [stretch for stretch in stretches if stretch.start < stretch.end]
        if not wanted:
            return
        with self._reader() as reader:
            for group in _grouped(wanted):
                if len(group) == 1:
                    yield from self._fetch(reader, group)
                    continue
                found: dict[TopicPartition, list[Record]] = {stretch.tp: [] for stretch in group}
                for record in self._fetch(reader, group):
                    found[TopicPartition(record.topic, record.partition)].append(record)
                for records in found.values():
                    yield from records

    def read_together(self, stretches: Sequence[Stretch]) -> Iterator[Record]:
        """The records of all stretches as they come: in order within a partition, partitions in none."""
        wanted = [stretch for stretch in stretches if stretch.start < stretch.end]
        if wanted:
            with self._reader() as reader:
                yield from self._fetch(reader, wanted)

    def first_times(self, stretches: Sequence[Stretch]) -> Mapping[Place, int]:
        """When the first record of each stretch was appended, ms since the epoch; of one without records nothing.
        Stretches of one partition have one end."""
        waiting: dict[KafkaPartition, list[Stretch]] = {}
        for stretch in sorted(stretches):
            waiting.setdefault(self._names.partition(stretch.tp), []).append(stretch)
        found: dict[Place, int] = {}
        if not waiting:
            return found
        deadline = time.monotonic() + self._cluster.request_seconds
        with self._reader(peeking=True) as reader, translated():
            reader.assign(list(waiting))
            for partition, wanted in waiting.items():
                reader.seek(partition, wanted[0].start)
            while waiting:
                batches = reader.poll(timeout_ms=_LONGEST_LOOK_MS, max_records=_RECORDS)
                for partition, wanted in list(waiting.items()):
                    left = _timed(wanted, batches.get(partition, ()), found)
                    # Of an aborted transaction and of markers there is no record.
                    if not left or reader.position(partition) >= left[0].end:
                        del waiting[partition]
                    elif left != wanted:
                        waiting[partition] = left
                        reader.seek(partition, left[0].start)
                if time.monotonic() > deadline:
                    raise TransientLogError("kafka: looking for first records does not go on")
        return found

    def close(self) -> None:
        with self._lock:
            idle = [reader for readers in self._idle.values() for reader in readers]
            self._idle = {True: [], False: []}
        for reader in idle:
            reader.close(autocommit=False)

    def _fetch(self, reader: KafkaConsumer, stretches: Sequence[Stretch]) -> Iterator[Record]:
        left = {self._names.partition(stretch.tp): stretch for stretch in stretches}
        with translated():
            reader.assign(list(left))
            for partition, stretch in left.items():
                reader.seek(partition, stretch.start)
        since, look = time.monotonic(), _LOOK_MS
        while left:
            with translated():
                batches = reader.poll(timeout_ms=look, max_records=_RECORDS)
                positions = {partition: self._position(reader, partition) for partition in left}
            for partition, records in batches.items():
                if partition in left:
                    tp, _, end = left[partition]
                    yield from (to_record(tp, r) for r in records if r.offset < end)
            moved = False
            for partition, position in positions.items():
                before = left.pop(partition)
                moved = moved or position > before.start
                if position < before.end:
                    left[partition] = before._replace(start=max(position, before.start))
            if moved:
                since, look = time.monotonic(), _LOOK_MS
                continue
            look = min(2 * look, _LONGEST_LOOK_MS)
            if time.monotonic() - since > self._patience:
                stuck = next(iter(left.values())).tp
                raise TransientLogError(f"kafka: reading {stuck.topic}/{stuck.partition} does not go on")

    def _position(self, reader: KafkaConsumer, partition: KafkaPartition) -> int:
        position = position_of(reader, partition, self._cluster.request_seconds)
        return -1 if position is None else position

    @contextmanager
    def _reader(self, *, peeking: bool = False) -> Iterator[KafkaConsumer]:
        """A reader that nobody else has meanwhile. `peeking`: it fetches little of each partition."""
        with self._lock:
            idle = self._idle[peeking]
            reader = idle.pop() if idle else None
        with translated():
            reader = reader or self._open(**({"max_partition_fetch_bytes": _PEEK_BYTES} if peeking else {}))
        try:
            yield reader
            reader.unsubscribe()
        except BaseException:
            reader.close(autocommit=False)
            raise
        with self._lock:
            if len(self._idle[peeking]) < _IDLE_READERS:
                self._idle[peeking].append(reader)
                return
        reader.close(autocommit=False)

    def _open(self, **more: Any) -> KafkaConsumer:
        options: dict[str, Any] = {**self._cluster.client_options(), **more}
        return KafkaConsumer(
            **options,
            isolation_level="read_committed",
            auto_offset_reset="earliest",
            enable_auto_commit=False,
            fetch_max_wait_ms=_FETCH_WAIT_MS,
            fetch_max_bytes=_FETCH_BYTES,
            allow_auto_create_topics=False,
            metrics_enabled=False,
        )


def _timed(
    wanted: Sequence[Stretch], records: Sequence[ConsumerRecord], found: dict[Place, int]
) -> list[Stretch]:
    """Note the times of those stretches, in order of their starts, whose first record is among these; the others."""
    left = list(wanted)
    for record in records:
        while left and left[0].start <= record.offset:
            found[left[0].tp, left.pop(0).start] = record.timestamp
    return left


def _grouped(stretches: Sequence[Stretch]) -> Iterator[Sequence[Stretch]]:
    """Neighbours that are small together; each partition once in a group."""
    group: list[Stretch] = []
    for stretch in stretches:
        if group and sum(s.end - s.start for s in (*group, stretch)) > _TOGETHER:
            yield group
            group = []
        group.append(stretch)
    if group:
        yield group
