"""The log on Apache Kafka, through kafka-python.

Readers see committed records only. A worker's outputs, state records and positions commit in one transaction
with the consumer group's metadata (KIP-447). What both logs promise stands in `log.py`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, Final
from weakref import WeakSet

from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType, OffsetSpec
from kafka.errors import KafkaError, RetriableError, TopicAuthorizationFailedError
from kafka.protocol.consumer import IsolationLevel
from kafka.structs import TopicPartition as KafkaPartition

from services.runtime.kafka_errors import NO_BUSINESS, port_error
from services.runtime.kafka_reading import Readers, Stretch
from services.runtime.kafka_session import KafkaSession
from services.runtime.kafka_writing import Names, Transactions
from services.runtime.log import (
    APPENDERS,
    Assigned,
    Draft,
    PermanentLogError,
    Place,
    Record,
    Span,
    TopicPartition,
)
from topics.cluster import Cluster
from topics.connecting import RefusedError, open_admin
from topics.map import TopicMap

# How far back `last` looks first; each further look goes ten times as far.
_LAST_WINDOW: Final = 16

# Between two attempts to ask a broker that does not answer.
_RETRY_SECONDS: Final = 0.2


class KafkaLog:
    """The port `Log` on a cluster. Opening it connects to nothing; the topics must be there (`topics apply`)."""

    def __init__(self, cluster: Cluster, topics: TopicMap) -> None:
        self._cluster = cluster
        self._topics = topics if cluster.partitions is None else topics.with_partitions(cluster.partitions)
        self._names = Names(cluster, self._topics)
        self._lock = threading.Lock()
        self._admin: KafkaAdminClient | None = None
        self._readers = Readers(cluster, self._names)
        self._checked: set[str] = set()
        # Topics to which the broker would let us write nothing.
        self._read_only: set[str] = set()
        self._opened: WeakSet[KafkaSession | KafkaAppender] = WeakSet()

    @property
    def partition_count(self) -> int:
        return self._topics.partitions

    @property
    def identity(self) -> str:
        return f"{self._ask(lambda admin: admin.describe_cluster()['cluster_id'])}/{self._cluster.prefix}"

    def session(
        self,
        group: str,
        member: str,
        inputs: Sequence[str],
        priority: Sequence[str] = (),
        leading: Sequence[str] = (),
        *,
        on_assigned: Assigned,
        on_revoked: Assigned,
    ) -> KafkaSession:
        self._check((*inputs, *priority, *leading))
        # First the transactional identity: what its last holder left open is ended before anything is read.
        transactions = self._transactions(f"{group}.{member}")
        try:
            session = KafkaSession(
                self._cluster,
                self._names,
                group,
                member,
                inputs,
                priority,
                leading,
                partitions=self.partition_count,
                transactions=transactions,
                positions=self.positions,
                ends=self._ends,
                on_assigned=on_assigned,
                on_revoked=on_revoked,
            )
        except BaseException:
            transactions.close()
            raise
        self._opened.add(session)
        return session

    def appender(self, identity: str) -> KafkaAppender:
        appender = KafkaAppender(self._transactions(f"{APPENDERS}{identity}"))
        self._opened.add(appender)
        return appender

    def read(
        self, topic: str, partition: int | None = None, start: int = 0, end: int | None = None
    ) -> Iterator[Record]:
        indexes = range(self.partition_count) if partition is None else (partition,)
        return self._readers.read(self._stretches({TopicPartition(topic, i): (start, end) for i in indexes}))

    def read_together(self, spans: Mapping[TopicPartition, Span]) -> Iterator[Record]:
        return self._readers.read_together(self._stretches(spans))

    def last(self, topic: str, partition: int) -> Record | None:
        tp = TopicPartition(topic, partition)
        ends = self._ends([topic], False)
        if tp not in ends:
            raise PermanentLogError(f"unknown partition: {topic}")
        window = _LAST_WINDOW
        while True:
            start = max(0, ends[tp] - window)
            found = None
            for found in self._readers.read([Stretch(tp, start, ends[tp])]):  # noqa: B007
                pass
            if found is not None or start == 0:
                return found
            window *= 10

    def first_times(self, places: Collection[Place]) -> Mapping[Place, int]:
        ends = self._ends(tuple({tp.topic for tp, _ in places}), True)
        return self._readers.first_times(
            [Stretch(tp, offset, ends[tp]) for tp, offset in places if offset < ends[tp]]
        )

    def ends(self, topics: Sequence[str]) -> Mapping[TopicPartition, int]:
        return self._ends(topics, False)

    def positions(self, group: str) -> Mapping[TopicPartition, int]:
        return self.positions_of([group])[group]

    def positions_of(self, groups: Sequence[str]) -> Mapping[str, Mapping[TopicPartition, int]]:
        names = [self._names.identity(group) for group in groups]
        committed = self._ask(lambda admin: admin.list_group_offsets(names))
        return {
            group: {
                tp: position.offset
                for partition, position in committed.get(name, {}).items()
                if (tp := self._names.ours(partition)) is not None and position.offset >= 0
            }
            for group, name in zip(groups, names, strict=True)
        }

    def with_members(self, groups: Sequence[str]) -> frozenset[str]:
        """Those of the groups of which the broker takes a member for alive: it does for `session_seconds` after its
        last word."""
        names = [self._names.identity(group) for group in groups]
        described = self._ask(lambda admin: admin.describe_groups(names))
        return frozenset(
            group for group, name in zip(groups, names, strict=True) if described.get(name, {}).get("members")
        )

    def settings(self, topics: Sequence[str]) -> Mapping[str, Mapping[str, str]]:
        """Of each topic, as they stand on the broker. Raises PermanentLogError where our principal may not ask."""
        resources = [ConfigResource(ConfigResourceType.TOPIC, self._names.topic(topic)) for topic in topics]
        described = self._ask(lambda admin: admin.describe_configs(resources, config_filter="all"))
        by_name = next(iter(described.values()))
        return {
            topic: {name: str(entry["value"]) for name, entry in by_name[self._names.topic(topic)].items()}
            for topic in topics
        }

    def close(self) -> None:
        """Closes its sessions and appenders too."""
        for opened in list(self._opened):
            opened.close()
        self._readers.close()
        self._drop_client()

    def _ask(self, question: Callable[[KafkaAdminClient], Any]) -> Any:
        """The answer to a question that may be asked again, also over the restart of a broker."""
        deadline = time.monotonic() + self._cluster.request_seconds
        while True:
            try:
                return question(self._client())
            except (RetriableError, OSError) as error:
                # kafka-python remembers where a group's coordinator was: only a new client looks anew.
                self._drop_client()
                if time.monotonic() >= deadline:
                    raise port_error(error) from error
            except KafkaError as error:
                raise port_error(error) from error
            time.sleep(_RETRY_SECONDS)

    def _client(self) -> KafkaAdminClient:
        with self._lock:
            if self._admin is None:
                try:
                    self._admin = open_admin(self._cluster)
                except RefusedError as error:
                    raise PermanentLogError(f"kafka: {error}") from error
            return self._admin

    def _drop_client(self) -> None:
        with self._lock:
            admin, self._admin = self._admin, None
        if admin is not None:
            admin.close()

    def _check(self, topics: Sequence[str], *, hidden: bool = False) -> None:
        """Raises PermanentLogError for a topic that is not there or has another number of partitions.

        A topic that the broker does not show to our principal passes where it is only one of all: who may not
        look may not write either.
        """
        wanted = {self._names.topic(topic): topic for topic in topics if topic not in self._checked}
        if not wanted:
            return
        described = {t["name"]: t for t in self._ask(lambda admin: admin.describe_topics(list(wanted)))}
        for theirs, ours in wanted.items():
            found = described.get(theirs, {})
            operations = found.get("authorized_operations")
            if operations is not None and "WRITE" not in operations:
                self._read_only.add(ours)
            if found.get("error_code") == TopicAuthorizationFailedError.errno:
                self._read_only.add(ours)
                if hidden:
                    continue
                raise PermanentLogError(f"the topic {ours} {NO_BUSINESS}")
            count = len(found.get("partitions", ()))
            if count == 0:
                raise PermanentLogError(f"the topic {ours} is not there: run `reclaim topics apply`")
            if count != self.partition_count:
                raise PermanentLogError(
                    f"the topic {ours} has {count} partitions, not {self.partition_count}"
                )
            self._checked.add(ours)

    def _transactions(self, identity: str) -> Transactions:
        self._check(self._topics.names, hidden=True)
        return Transactions(
            self._cluster,
            self._topics,
            self._names,
            identity,
            forbidden=frozenset(self._read_only),
            holds=self._holds,
            positions=self.positions,
        )

    def _ends(self, topics: Sequence[str], committed: bool) -> Mapping[TopicPartition, int]:
        """Next offsets: of committed records (the last stable offset), or of all (the high watermark)."""
        self._check(topics)
        wanted = {
            KafkaPartition(self._names.topic(topic), index): OffsetSpec.LATEST
            for topic in topics
            for index in range(self.partition_count)
        }
        level = IsolationLevel.READ_COMMITTED if committed else IsolationLevel.READ_UNCOMMITTED
        found = self._ask(lambda admin: admin.list_partition_offsets(wanted, isolation_level=level))
        return {
            TopicPartition(topic, index): found[KafkaPartition(self._names.topic(topic), index)].offset
            for topic in topics
            for index in range(self.partition_count)
        }

    def _stretches(self, spans: Mapping[TopicPartition, Span]) -> list[Stretch]:
        """The spans up to the ends that stand now. Raises PermanentLogError for a partition that is not there."""
        ends = self._ends(tuple({tp.topic for tp in spans}), False)
        if unknown := spans.keys() - ends.keys():
            raise PermanentLogError(f"unknown partition: {min(unknown).topic}")
        return [
            Stretch(tp, start, ends[tp] if end is None else min(end, ends[tp]))
            for tp, (start, end) in spans.items()
        ]

    def _holds(self, tp: TopicPartition, offset: int) -> bool:
        """Whether a committed record stands at this offset."""
        return any(r.offset == offset for r in self._readers.read([Stretch(tp, offset, offset + 1)]))


class KafkaAppender:
    """The port `Appender`. Where an answer stays out, the next call finds out what became of the last one:
    the same drafts are then not written twice."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    def commit(self, drafts: Sequence[Draft]) -> None:
        self._transactions.commit(drafts)

    def close(self) -> None:
        self._transactions.close()
