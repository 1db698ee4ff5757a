"""The log on SQLite: one file that is durable (WAL, `synchronous=FULL`) and transactional.

One process runs the services (`service_lock`); any number of others may append and read at the same time.
Records, positions and epochs lie in one file, so a commit is one SQLite transaction: on a crash it is there
or it is not. Who lost a group or an appender's identity finds a newer epoch inside that transaction.
"""

from __future__ import annotations

import os
import threading
import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from services.runtime.embedded_file import (
    FORMAT,
    MAX_OFFSET,
    OFFSET_BITS,
    SCHEMA,
    Connection,
    Row,
    append,
    end_of,
    is_current,
    join_headers,
    next_epoch,
    split_headers,
    translated,
)
from services.runtime.embedded_session import EmbeddedSession, Group
from services.runtime.log import (
    Assigned,
    Draft,
    FencedError,
    PermanentLogError,
    Place,
    Record,
    Span,
    TopicPartition,
)
from services.runtime.partitioning import partition_of
from topics.map import TopicMap

# Rows of one page of `read`: no read transaction stays open between pages, so the WAL can be checkpointed.
_PAGE_ROWS: Final = 256

_DEFAULT_MAX_BYTES: Final = 1_048_576

ASKED_SECONDS: Final = 0.2
"""Whoever asks `is_served` holds the lock of the services for a moment; who starts them waits that out."""


class ServicesRunningError(PermanentLogError):
    """Another process runs the services on this log."""


class EmbeddedLog:
    """The port `Log` on one SQLite file. Opening creates the file (mode 0600, its folder 0700) where it is
    missing, and nothing else. Its connections are one a thread, so it may be shared between threads."""

    def __init__(self, path: Path, topics: TopicMap) -> None:
        """Raises PermanentLogError where the file was made with another number of partitions."""
        self.path = path.absolute()
        self._topics = topics
        self._partitions = topics.partitions
        self._threads = threading.local()
        self._connections: list[Connection] = []
        self._lock = threading.Lock()
        self._groups: dict[str, Group] = {}
        self._max_bytes = {t.name: _max_bytes(t.settings) for t in topics}
        self._create()

    def _create(self) -> None:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600))
        with translated():
            connection = self.connection()
            connection.sql.execute("BEGIN IMMEDIATE")
            for statement in SCHEMA.split(";"):
                connection.sql.execute(statement)
            for name, value in (
                ("format", FORMAT),
                ("identity", uuid.uuid4().hex),
                ("partitions", str(self._partitions)),
            ):
                connection.sql.execute("INSERT OR IGNORE INTO meta VALUES (?, ?)", (name, value))
            known: dict[str, int] = dict(connection.sql.execute("SELECT name, number FROM topics"))
            for name in self._topics.names:
                if name not in known:
                    known[name] = max(known.values(), default=-1) + 1
                    connection.sql.execute("INSERT INTO topics VALUES (?, ?)", (name, known[name]))
            meta: dict[str, str] = dict(connection.sql.execute("SELECT name, value FROM meta"))
            connection.sql.execute("COMMIT")
        if meta["format"] != FORMAT:
            raise PermanentLogError("the log's file is of another format")
        if int(meta["partitions"]) != self._partitions:
            raise PermanentLogError("the log's file has another number of partitions")
        self._identity = meta["identity"]
        self._numbers = {name: known[name] for name in self._topics.names}

    @property
    def partition_count(self) -> int:
        return self._partitions

    @property
    def identity(self) -> str:
        return self._identity

    @contextmanager
    def service_lock(self) -> Iterator[None]:
        """Held by the process that runs the services. Raises ServicesRunningError where another has it."""
        lock = self._run_lock()
        try:
            lock.acquire(timeout=ASKED_SECONDS)
        except Timeout:
            raise ServicesRunningError("another process runs the services on this log") from None
        try:
            yield
        finally:
            lock.release()

    def is_served(self) -> bool:
        """Whether some process runs the services now."""
        lock = self._run_lock()
        try:
            lock.acquire(timeout=0)
        except Timeout:
            return True
        lock.release()
        return False

    def _run_lock(self) -> FileLock:
        return FileLock(self.path.parent / "run.lock", mode=0o600)

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
    ) -> EmbeddedSession:
        """Join `group`. One `EmbeddedLog` serves a group at a time: a second one on the same file fences the
        sessions of the first."""
        for topic in (*inputs, *priority, *leading):
            self.stream(topic, 0)
        session = EmbeddedSession(
            self,
            group,
            member,
            tuple(inputs),
            tuple(priority),
            tuple(leading),
            on_assigned,
            on_revoked,
        )
        with self._lock:
            current = self._groups.get(group)
            with self.connection().transaction() as sql:
                if current is None or not is_current(sql, current.identity, current.epoch):
                    identity = f"group:{group}"
                    current = Group(identity, next_epoch(sql, identity), self._partitions)
                    self._groups[group] = current
        current.join(session)
        return session

    def appender(self, identity: str) -> EmbeddedAppender:
        name = f"appender:{identity}"
        with self.connection().transaction() as sql:
            epoch = next_epoch(sql, name)
        return EmbeddedAppender(self, name, epoch)

    def read(
        self, topic: str, partition: int | None = None, start: int = 0, end: int | None = None
    ) -> Iterator[Record]:
        indexes = range(self._partitions) if partition is None else (partition,)
        return self.read_together({TopicPartition(topic, index): (start, end) for index in indexes})

    def read_together(self, spans: Mapping[TopicPartition, Span]) -> Iterator[Record]:
        ends = {tp: self.end(*tp) if end is None else end for tp, (_, end) in spans.items()}
        return self._read([(tp, start, ends[tp]) for tp, (start, _) in spans.items()])

    def _read(self, spans: Sequence[tuple[TopicPartition, int, int]]) -> Iterator[Record]:
        for tp, at, end in spans:
            while at < end:
                page = self.fetch(tp.topic, tp.partition, at, _PAGE_ROWS, end)
                yield from page
                if len(page) < _PAGE_ROWS:
                    break
                at = page[-1].offset + 1

    def last(self, topic: str, partition: int) -> Record | None:
        end = self.end(topic, partition)
        found = self.fetch(topic, partition, end - 1, 1) if end else ()
        return found[0] if found else None

    def first_times(self, places: Collection[Place]) -> Mapping[Place, int]:
        found = {(tp, offset): self.fetch(*tp, offset, 1) for tp, offset in places}
        return {place: records[0].timestamp for place, records in found.items() if records}

    def ends(self, topics: Sequence[str]) -> Mapping[TopicPartition, int]:
        firsts = {topic: self.stream(topic, 0) for topic in topics}
        low, high = min(firsts.values(), default=0), max(firsts.values(), default=0) + self._partitions
        with translated():
            rows = self.connection().sql.execute(
                "SELECT stream, next FROM ends WHERE stream >= ? AND stream < ?", (low, high)
            )
            ends: dict[int, int] = dict(rows.fetchall())
        return {
            TopicPartition(topic, index): ends.get(first + index, 0)
            for topic, first in firsts.items()
            for index in range(self._partitions)
        }

    def positions(self, group: str) -> Mapping[TopicPartition, int]:
        return self.positions_of([group])[group]

    def positions_of(self, groups: Sequence[str]) -> Mapping[str, Mapping[TopicPartition, int]]:
        found: dict[str, dict[TopicPartition, int]] = {group: {} for group in groups}
        with translated():
            for group, topic, partition, next_ in self.connection().sql.execute(
                "SELECT grp, topic, partition, next FROM positions"
            ):
                if group in found:
                    found[group][TopicPartition(topic, partition)] = next_
        return found

    def compact(self) -> int:
        """Drop the records of state topics that a later one of the same key replaced; tombstones stay.
        Returns how many went. Only under `service_lock`; readers see the latest state at any moment."""
        dropped = 0
        for topic in self._topics:
            if not topic.compacted:
                continue
            for partition in range(self._partitions):
                base = self.stream(topic.name, partition) << OFFSET_BITS
                with self.connection().transaction() as sql:
                    dropped += sql.execute(
                        "DELETE FROM records WHERE id BETWEEN :low AND :high AND id NOT IN "
                        "(SELECT max(id) FROM records WHERE id BETWEEN :low AND :high GROUP BY key)",
                        {"low": base, "high": base | MAX_OFFSET},
                    ).rowcount
        return dropped

    def close(self) -> None:
        with self._lock:
            for connection in self._connections:
                connection.sql.close()
            self._connections.clear()
            self._threads = threading.local()

    def connection(self) -> Connection:
        """This thread's connection."""
        found: Connection | None = getattr(self._threads, "connection", None)
        if found is None:
            found = Connection(self.path)
            self._threads.connection = found
            self._connections.append(found)
        return found

    def stream(self, topic: str, partition: int) -> int:
        """The number of a topic's partition within the file. Raises PermanentLogError on an unknown one."""
        number = self._numbers.get(topic)
        if number is None or not 0 <= partition < self._partitions:
            raise PermanentLogError(f"unknown topic or partition: {topic}")
        return number * self._partitions + partition

    def fetch(
        self, topic: str, partition: int, start: int, limit: int, end: int = MAX_OFFSET
    ) -> list[Record]:
        """At most `limit` records of a partition with start <= offset < end."""
        base = self.stream(topic, partition) << OFFSET_BITS
        with translated():
            rows = self.connection().sql.execute(
                "SELECT id, timestamp, key, headers, value FROM records WHERE id >= ? AND id < ? LIMIT ?",
                (base + start, base + end, limit),
            )
            return [
                Record(topic, partition, id_ - base, key, value, split_headers(headers), timestamp)
                for id_, timestamp, key, headers, value in rows
            ]

    def end(self, topic: str, partition: int) -> int:
        """The next offset of a partition."""
        with translated():
            return end_of(self.connection().sql, self.stream(topic, partition))

    def prepare(self, drafts: Sequence[Draft]) -> list[Row]:
        """Check the drafts and find their streams, before a transaction is open."""
        rows: list[Row] = []
        for draft in drafts:
            partition = draft.partition
            if partition is None:
                if draft.key is None:
                    raise PermanentLogError(f"a draft needs a key or a partition: {draft.topic}")
                partition = partition_of(draft.key, self._partitions)
            stream = self.stream(draft.topic, partition)
            if draft.value is not None and len(draft.value) > self._max_bytes[draft.topic]:
                raise PermanentLogError(f"record too large: {draft.topic}")
            rows.append((stream, draft.key, join_headers(draft.headers), draft.value))
        return rows


def _max_bytes(settings: Mapping[str, str]) -> int:
    return int(settings.get("max.message.bytes", _DEFAULT_MAX_BYTES))


class EmbeddedAppender:
    """The port `Appender`."""

    def __init__(self, log: EmbeddedLog, identity: str, epoch: int) -> None:
        self._log = log
        self._identity = identity
        self._epoch = epoch

    def commit(self, drafts: Sequence[Draft]) -> None:
        rows = self._log.prepare(drafts)
        with self._log.connection().transaction() as sql:
            if not is_current(sql, self._identity, self._epoch):
                raise FencedError("a newer appender has this identity")
            append(sql, rows)

    def close(self) -> None:
        """Nothing is held between commits."""
