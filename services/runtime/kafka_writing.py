"""Transactions on Kafka under one identity: deadlines around them, and what became of one that did not answer.

kafka-python's `commit_transaction` and `send_offsets_to_transaction` wait for ever. Here they run on a helper
thread with a deadline. A commit that passed it may have happened or not: a new producer of the same identity
makes the broker finish it one way or the other, and then a look at the log tells which.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Any, Final, TypeVar

from kafka import KafkaProducer
from kafka.errors import FencedInstanceIdError, KafkaError, KafkaTimeoutError
from kafka.structs import ConsumerGroupMetadata, OffsetAndMetadata
from kafka.structs import TopicPartition as KafkaPartition

from services.runtime.kafka_errors import NO_BUSINESS, port_error, translated
from services.runtime.log import Draft, FencedError, PermanentLogError, TopicPartition, TransientLogError
from services.runtime.partitioning import partition_of
from topics.cluster import Cluster
from topics.map import TopicMap

T = TypeVar("T")

# Records of a transaction wait for each other: the commit flushes at once, so waiting costs nothing, and a
# partition's records leave in few batches.
_LINGER_MS: Final = 50

# Well below the topics' max.message.bytes, which bounds a batch, not a record.
_BATCH_BYTES: Final = 262_144

# What a record's key, headers and framing may add to its value.
_FRAMING_BYTES: Final = 16_384

_DEFAULT_MAX_BYTES: Final = 1_048_576

# The broker writes the markers of a commit after it has answered; until then the next transaction is told to
# come again. The client's 100 ms would be the longest part of a small transaction.
_RETRY_MS: Final = 20

# kafka-python 3.0.12 commits a transaction without the batches that passed their delivery timeout, and says that
# all went well. So none ever does: the deadline of the commit ends them all.
_NEVER_MS: Final = 10 * 24 * 3600 * 1000

_CLOSE_SECONDS: Final = 5.0


class Names:
    """The broker's names of our topics, groups and identities: ours with the environment's prefix."""

    def __init__(self, cluster: Cluster, topics: TopicMap) -> None:
        self._prefix = cluster.prefix
        self._ours = {cluster.prefix + name: name for name in topics.names}
        self._theirs = {name: theirs for theirs, name in self._ours.items()}

    def topic(self, name: str) -> str:
        """Raises PermanentLogError for a topic that the map does not know: nothing is created by writing."""
        try:
            return self._theirs[name]
        except KeyError:
            raise PermanentLogError(f"unknown topic: {name}") from None

    def partition(self, tp: TopicPartition) -> KafkaPartition:
        return KafkaPartition(self.topic(tp.topic), tp.partition)

    def ours(self, partition: KafkaPartition) -> TopicPartition | None:
        """Our name of a broker's partition, null where it is of another environment."""
        name = self._ours.get(partition.topic)
        return None if name is None else TopicPartition(name, partition.partition)

    def identity(self, name: str) -> str:
        return self._prefix + name


@dataclass(frozen=True, slots=True)
class Positions:
    """The group positions that a transaction moves. `member` says of which generation of the group
    (KIP-447): by it the broker refuses a member that lost its partitions."""

    group: str
    next: Mapping[TopicPartition, int]
    member: ConsumerGroupMetadata


@dataclass(slots=True)
class _Attempt:
    """A transaction on its way."""

    drafts: tuple[Draft, ...]
    next: Mapping[TopicPartition, int]
    group: str | None
    sent: list[Any]
    committing: bool = False
    began: float = field(default_factory=time.monotonic)

    def same_as(self, other: _Attempt) -> bool:
        """Whether both would write the same."""
        return self.drafts == other.drafts and self.next == other.next


class Transactions:
    """The one producer of an identity. A second one of the same identity fences it."""

    def __init__(
        self,
        cluster: Cluster,
        topics: TopicMap,
        names: Names,
        identity: str,
        *,
        forbidden: frozenset[str] = frozenset(),
        holds: Callable[[TopicPartition, int], bool],
        positions: Callable[[str], Mapping[TopicPartition, int]],
    ) -> None:
        """`forbidden`: topics to which the broker lets us write nothing. kafka-python 3.0.12 never ends a commit
        that it refuses because of one. `holds` tells whether a committed record stands at an offset, `positions` what a group has
        committed. Takes the identity at once: what its last holder left open is ended before this returns."""
        self._cluster = cluster
        self._topics = topics
        self._names = names
        self._identity = names.identity(identity)
        self._forbidden = forbidden
        self._holds = holds
        self._positions = positions
        self._limits = {
            t.name: int(t.settings.get("max.message.bytes", _DEFAULT_MAX_BYTES)) - _FRAMING_BYTES
            for t in topics
        }
        self._helper = _Helper()
        self._doubt: _Attempt | None = None
        self._producer: KafkaProducer | None = self._open()

    def commit(self, drafts: Sequence[Draft], positions: Positions | None = None) -> None:
        """Append the drafts and move the positions, all or nothing; returns when it is decided and durable.

        After a TransientLogError the same call may be made again: where the first turns out to have
        happened, the second does nothing.
        """
        attempt = _Attempt(
            drafts=tuple(drafts),
            next=dict(positions.next) if positions else {},
            group=positions.group if positions else None,
            sent=[],
        )
        records = [self._record(draft) for draft in drafts]
        if not records and not attempt.next:
            return
        doubt = self._doubt
        if self.resolve() is not None and doubt is not None and doubt.same_as(attempt):
            return
        if self._producer is None:
            self._producer = self._open()
        try:
            self._write(self._producer, records, attempt, positions)
        except (KafkaError, OSError) as error:
            self._recover(self._producer, attempt, error)

    def close(self) -> None:
        if self._producer is not None:
            self._discard()

    def _record(self, draft: Draft) -> tuple[str, int, bytes | None, bytes | None, list[tuple[str, bytes]]]:
        topic = self._names.topic(draft.topic)
        if draft.topic in self._forbidden:
            raise PermanentLogError(f"kafka: {draft.topic} {NO_BUSINESS}")
        partition = draft.partition
        if partition is None:
            if draft.key is None:
                raise PermanentLogError(f"a draft needs a key or a partition: {draft.topic}")
            partition = partition_of(draft.key, self._topics.partitions)
        elif not 0 <= partition < self._topics.partitions:
            raise PermanentLogError(f"unknown partition: {draft.topic}")
        if draft.value is not None and len(draft.value) > self._limits[draft.topic]:
            raise PermanentLogError(f"record too large: {draft.topic}")
        if draft.value is None and draft.key is None:
            raise PermanentLogError(f"a tombstone needs a key: {draft.topic}")
        key = None if draft.key is None else draft.key.encode()
        return (
            topic,
            partition,
            key,
            draft.value,
            [(name, text.encode()) for name, text in draft.headers.items()],
        )

    def _open(self) -> KafkaProducer:
        options: dict[str, Any] = dict(self._cluster.client_options())
        with translated():
            producer = KafkaProducer(
                **options,
                transactional_id=self._identity,
                transaction_timeout_ms=int(self._cluster.transaction_seconds * 1000),
                delivery_timeout_ms=_NEVER_MS,
                max_block_ms=int(self._cluster.request_seconds * 1000),
                acks="all",
                linger_ms=_LINGER_MS,
                retry_backoff_ms=_RETRY_MS,
                batch_size=_BATCH_BYTES,
                max_request_size=max(self._limits.values()) + _FRAMING_BYTES,
                compression_type=self._cluster.compression,
                allow_auto_create_topics=False,
                metrics_enabled=False,
            )
            try:
                self._helper.call(self._cluster.request_seconds, producer.init_transactions)
            except BaseException:
                producer.close(timeout=0)
                raise
        return producer

    def _write(
        self,
        producer: KafkaProducer,
        records: Sequence[tuple[str, int, bytes | None, bytes | None, list[tuple[str, bytes]]]],
        attempt: _Attempt,
        positions: Positions | None,
    ) -> None:
        producer.begin_transaction()
        for topic, partition, key, value, headers in records:
            attempt.sent.append(
                producer.send(topic, value=value, key=key, headers=headers, partition=partition)
            )
        # A send that fails at once (no metadata) leaves the transaction as it is, to be committed without it.
        for sent in attempt.sent:
            if sent.is_done and sent.failed():
                raise sent.exception
        seconds = self._cluster.request_seconds
        if positions is not None and positions.next:
            offsets = {
                self._names.partition(tp): OffsetAndMetadata(next_, "", -1)
                for tp, next_ in attempt.next.items()
            }
            self._helper.call(seconds, producer.send_offsets_to_transaction, offsets, positions.member)
        attempt.committing = True
        self._helper.call(seconds, producer.commit_transaction)
        # Where the producer had to take a new epoch in between, the broker has ended the transaction, and
        # kafka-python 3.0.12 calls that a commit; the batch because of which it did so has failed.
        for sent in attempt.sent:
            if not (sent.is_done and sent.succeeded()):
                raise KafkaTimeoutError("a batch did not arrive")

    def _recover(self, producer: KafkaProducer, attempt: _Attempt, error: BaseException) -> None:
        """After a failure: raise what it means, or return where the transaction did happen."""
        cause = _cause(producer, attempt, error)
        wanted = port_error(cause)
        if isinstance(wanted, FencedError):
            self._discard()
            if not self._timed_out(attempt, cause):
                raise wanted from cause
            # Where another instance has the identity too, a member hears of it at its next poll.
            self._doubt = attempt if attempt.committing else None
            raise TransientLogError("kafka: the transaction timed out") from cause
        if not attempt.committing:
            try:
                self._helper.call(self._cluster.request_seconds, producer.abort_transaction)
            except (KafkaError, OSError):
                # The next producer of this identity aborts it.
                self._discard()
            raise wanted from cause
        self._discard()
        self._doubt = attempt
        if self.resolve() is None:
            raise wanted from cause

    def _timed_out(self, attempt: _Attempt, cause: BaseException) -> bool:
        """Whether the broker ended the transaction because it was open for too long (the broker was away, or
        this process stood still): that fences its producer just as another instance would."""
        took = time.monotonic() - attempt.began
        return not isinstance(cause, FencedInstanceIdError) and took >= self._cluster.transaction_seconds

    def resolve(self) -> Mapping[TopicPartition, int] | None:
        """Clear up what became of an attempt in doubt: the positions it moved, null where it did not happen or
        nothing is in doubt. Raises TransientLogError where it cannot be found out yet."""
        doubt = self._doubt
        if doubt is None:
            return None
        if self._producer is None:
            # Its start makes the broker end what was left: only then the log says what became of it.
            self._producer = self._open()
        happened = self._happened(doubt)
        self._doubt = None
        return doubt.next if happened else None

    def _happened(self, attempt: _Attempt) -> bool:
        # The commit leaves only when every record is acknowledged, so one that is not says: no.
        if any(not (sent.is_done and sent.succeeded()) for sent in attempt.sent):
            return False
        if attempt.sent:
            first = attempt.sent[0].value
            partition = self._names.ours(KafkaPartition(first.topic, first.partition))
            assert partition is not None
            return self._holds(partition, first.offset)
        assert attempt.group is not None
        stand = self._positions(attempt.group)
        return all(stand.get(tp) == next_ for tp, next_ in attempt.next.items())

    def _discard(self) -> None:
        if self._producer is not None:
            producer, self._producer = self._producer, None
            try:
                producer.close(timeout=_CLOSE_SECONDS)
            except KafkaError:
                # close() gives up where its flush does, and its sender goes on trying: end it. That fails what
                # was not sent, and so frees a helper that still waits for this producer.
                producer._sender.force_close()


def _cause(producer: KafkaProducer, attempt: _Attempt, error: BaseException) -> BaseException:
    """kafka-python answers a call after a failure with a plain KafkaError; this is what was behind it."""
    if type(error) is not KafkaError:
        return error
    for sent in attempt.sent:
        if sent.is_done and sent.failed():
            return sent.exception  # type: ignore[no-any-return]
    behind = getattr(producer._transaction_manager, "last_error", None)
    return behind if isinstance(behind, BaseException) else error


class _Helper:
    """A thread for calls that may never return."""

    def __init__(self) -> None:
        self._calls: SimpleQueue[tuple[Callable[[], object], SimpleQueue[object]]] | None = None

    def call(self, seconds: float, function: Callable[..., T], *arguments: object) -> T:
        """What the function returns or raises; KafkaTimeoutError where it takes longer than `seconds`."""
        if self._calls is None:
            self._calls = SimpleQueue()
            threading.Thread(target=_serve, args=(self._calls,), name="kafka-deadline", daemon=True).start()
        answer: SimpleQueue[Any] = SimpleQueue()
        self._calls.put((lambda: function(*arguments), answer))
        try:
            result, error = answer.get(timeout=seconds)
        except Empty:
            # The thread hangs in the call: the next call gets another one.
            self._calls = None
            raise KafkaTimeoutError("deadline passed") from None
        if error is not None:
            raise error
        return result  # type: ignore[no-any-return]


def _serve(calls: SimpleQueue[tuple[Callable[[], object], SimpleQueue[object]]]) -> None:
    while True:
        function, answer = calls.get()
        try:
            answer.put((function(), None))
        except BaseException as error:
            answer.put((None, error))
