"""The log on SQLite: one file that is durable (WAL, `synchronous=FULL`) and transactional.

One process runs the services (`service_lock`); any number of others may append and read at the same time.
Records, positions and epochs lie in one file, so a commit is one SQLite transaction: on a crash it is there
or it is not. Who lost a group or an appender's identity finds a newer epoch inside that transaction.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from services.runtime.log import (
    Assigned,
    Draft,
    FencedError,
    PermanentLogError,
    Record,
    TopicPartition,
    TransientLogError,
)
from services.runtime.partitioning import partition_of
from topics.map import TopicMap

# A record's row id is its stream (topic and partition) above its offset: one B-tree serves as the index too.
_OFFSET_BITS: Final = 40
_MAX_OFFSET: Final = (1 << _OFFSET_BITS) - 1

# Longest wait for another process's commit; its fsync may stand behind a slow disk.
_BUSY_SECONDS: Final = 30.0

# How often a waiting poll looks for new commits of other processes: well below the second that a claim has.
_LOOK_SECONDS: Final = 0.01

# Rows of one page of `read`: no read transaction stays open between pages, so the WAL can be checkpointed.
_PAGE_ROWS: Final = 256

_DEFAULT_MAX_BYTES: Final = 1_048_576

_HEADER_SEPARATOR: Final = "\x1f"

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS topics (name TEXT PRIMARY KEY, number INTEGER NOT NULL UNIQUE) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS records (
    id INTEGER PRIMARY KEY, timestamp INTEGER NOT NULL, key TEXT, headers TEXT NOT NULL, value BLOB);
CREATE TABLE IF NOT EXISTS ends (stream INTEGER PRIMARY KEY, next INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS positions (
    grp TEXT NOT NULL, topic TEXT NOT NULL, partition INTEGER NOT NULL, next INTEGER NOT NULL,
    PRIMARY KEY (grp, topic, partition)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS epochs (identity TEXT PRIMARY KEY, epoch INTEGER NOT NULL) WITHOUT ROWID;
"""
_FORMAT: Final = "1"


class ServicesRunningError(PermanentLogError):
    """Another process runs the services on this log."""


@contextmanager
def _translated() -> Iterator[None]:
    """SQLite's errors as errors of the port. Busy, full disk and failing I/O may pass; the rest does not."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise TransientLogError(f"embedded log: {error.sqlite_errorname}") from error
    except sqlite3.Error as error:
        raise PermanentLogError(f"embedded log: {type(error).__name__}") from error


class _Connection:
    """One thread's connection. `version` changes with every commit to the file, its own included."""

    def __init__(self, path: Path) -> None:
        self.sql = sqlite3.connect(
            path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False, cached_statements=256
        )
        self.own_commits = 0
        # Before the first table: 8 KB pages keep most claims on one page. No effect on an existing file.
        self.sql.execute("PRAGMA page_size=8192")
        self.sql.execute("PRAGMA journal_mode=WAL")
        self.sql.execute("PRAGMA synchronous=FULL")
        self.sql.execute("PRAGMA cache_size=-16384")
        self.sql.execute("PRAGMA wal_autocheckpoint=2000")
        self.sql.execute("PRAGMA journal_size_limit=67108864")

    def version(self) -> tuple[int, int]:
        return (self.sql.execute("PRAGMA data_version").fetchone()[0], self.own_commits)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """A write transaction: committed and durable on leaving, rolled back on any exception."""
        with _translated():
            self.sql.execute("BEGIN IMMEDIATE")
        try:
            with _translated():
                yield self.sql
                self.sql.execute("COMMIT")
        except BaseException:
            if self.sql.in_transaction:
                self.sql.execute("ROLLBACK")
            raise
        self.own_commits += 1


class EmbeddedLog:
    """The port `Log` on one SQLite file. Opening creates the file (mode 0600, its folder 0700) where it is
    missing, and nothing else. Its connections are one a thread, so it may be shared between threads."""

    def __init__(self, path: Path, topics: TopicMap) -> None:
        """Raises PermanentLogError where the file was made with another number of partitions."""
        self.path = path.absolute()
        self._topics = topics
        self._partitions = topics.partitions
        self._threads = threading.local()
        self._connections: list[_Connection] = []
        self._lock = threading.Lock()
        self._groups: dict[str, _Group] = {}
        self._max_bytes = {t.name: _max_bytes(t.settings) for t in topics}
        self._create()

    def _create(self) -> None:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600))
        with _translated():
            connection = self.connection()
            connection.sql.execute("BEGIN IMMEDIATE")
            for statement in _SCHEMA.split(";"):
                connection.sql.execute(statement)
            for name, value in (
                ("format", _FORMAT),
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
        if meta["format"] != _FORMAT:
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
        lock = FileLock(self.path.parent / "run.lock", timeout=0, mode=0o600)
        try:
            lock.acquire()
        except Timeout:
            raise ServicesRunningError("another process runs the services on this log") from None
        try:
            yield
        finally:
            lock.release()

    def session(
        self,
        group: str,
        member: str,
        inputs: Sequence[str],
        priority: Sequence[str] = (),
        *,
        on_assigned: Assigned,
        on_revoked: Assigned,
    ) -> EmbeddedSession:
        """Join `group`. One `EmbeddedLog` serves a group at a time: a second one on the same file fences the
        sessions of the first."""
        for topic in (*inputs, *priority):
            self.stream(topic, 0)
        session = EmbeddedSession(
            self, group, member, tuple(inputs), tuple(priority), on_assigned, on_revoked
        )
        with self._lock:
            current = self._groups.get(group)
            with self.connection().transaction() as sql:
                if current is None or not _is_current(sql, current.identity, current.epoch):
                    identity = f"group:{group}"
                    current = _Group(identity, _next_epoch(sql, identity), self._partitions)
                    self._groups[group] = current
        current.join(session)
        return session

    def appender(self, identity: str) -> EmbeddedAppender:
        name = f"appender:{identity}"
        with self.connection().transaction() as sql:
            epoch = _next_epoch(sql, name)
        return EmbeddedAppender(self, name, epoch)

    def read(
        self, topic: str, partition: int | None = None, start: int = 0, end: int | None = None
    ) -> Iterator[Record]:
        streams = [partition] if partition is not None else list(range(self._partitions))
        ends = [self.end(topic, index) if end is None else end for index in streams]
        return self._read(topic, list(zip(streams, ends, strict=True)), start)

    def _read(self, topic: str, streams: Sequence[tuple[int, int]], start: int) -> Iterator[Record]:
        for partition, end in streams:
            at = start
            while at < end:
                page = self.fetch(topic, partition, at, _PAGE_ROWS, end)
                yield from page
                if len(page) < _PAGE_ROWS:
                    break
                at = page[-1].offset + 1

    def last(self, topic: str, partition: int) -> Record | None:
        end = self.end(topic, partition)
        found = self.fetch(topic, partition, end - 1, 1) if end else ()
        return found[0] if found else None

    def ends(self, topics: Sequence[str]) -> Mapping[TopicPartition, int]:
        firsts = {topic: self.stream(topic, 0) for topic in topics}
        low, high = min(firsts.values(), default=0), max(firsts.values(), default=0) + self._partitions
        with _translated():
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
        with _translated():
            rows = self.connection().sql.execute(
                "SELECT topic, partition, next FROM positions WHERE grp = ?", (group,)
            )
            return {TopicPartition(topic, partition): next_ for topic, partition, next_ in rows}

    def compact(self) -> int:
        """Drop the records of state topics that a later one of the same key replaced; tombstones stay.
        Returns how many went. Only under `service_lock`; readers see the latest state at any moment."""
        dropped = 0
        for topic in self._topics:
            if not topic.compacted:
                continue
            for partition in range(self._partitions):
                base = self.stream(topic.name, partition) << _OFFSET_BITS
                with self.connection().transaction() as sql:
                    dropped += sql.execute(
                        "DELETE FROM records WHERE id BETWEEN :low AND :high AND id NOT IN "
                        "(SELECT max(id) FROM records WHERE id BETWEEN :low AND :high GROUP BY key)",
                        {"low": base, "high": base | _MAX_OFFSET},
                    ).rowcount
        return dropped

    def close(self) -> None:
        with self._lock:
            for connection in self._connections:
                connection.sql.close()
            self._connections.clear()
            self._threads = threading.local()

    def connection(self) -> _Connection:
        """This thread's connection."""
        found: _Connection | None = getattr(self._threads, "connection", None)
        if found is None:
            found = _Connection(self.path)
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
        self, topic: str, partition: int, start: int, limit: int, end: int = _MAX_OFFSET
    ) -> list[Record]:
        """At most `limit` records of a partition with start <= offset < end."""
        base = self.stream(topic, partition) << _OFFSET_BITS
        with _translated():
            rows = self.connection().sql.execute(
                "SELECT id, timestamp, key, headers, value FROM records WHERE id >= ? AND id < ? LIMIT ?",
                (base + start, base + end, limit),
            )
            return [
                Record(topic, partition, id_ - base, key, value, _split(headers), timestamp)
                for id_, timestamp, key, headers, value in rows
            ]

    def end(self, topic: str, partition: int) -> int:
        """The next offset of a partition."""
        with _translated():
            return _end(self.connection().sql, self.stream(topic, partition))

    def prepare(self, drafts: Sequence[Draft]) -> list[_Row]:
        """Check the drafts and find their streams, before a transaction is open."""
        rows: list[_Row] = []
        for draft in drafts:
            partition = draft.partition
            if partition is None:
                if draft.key is None:
                    raise PermanentLogError(f"a draft needs a key or a partition: {draft.topic}")
                partition = partition_of(draft.key, self._partitions)
            stream = self.stream(draft.topic, partition)
            if draft.value is not None and len(draft.value) > self._max_bytes[draft.topic]:
                raise PermanentLogError(f"record too large: {draft.topic}")
            rows.append((stream, draft.key, _join(draft.headers), draft.value))
        return rows


_Row = tuple[int, str | None, str, bytes | None]


def _join(headers: Mapping[str, str]) -> str:
    """Headers as one text: half the time of JSON, and there are nine of them on every record."""
    text = _HEADER_SEPARATOR.join([part for pair in headers.items() for part in pair])
    if headers and text.count(_HEADER_SEPARATOR) != 2 * len(headers) - 1:
        raise PermanentLogError("a header holds the unit separator")
    return text


def _split(text: str) -> dict[str, str]:
    if not text:
        return {}
    parts = text.split(_HEADER_SEPARATOR)
    return dict(zip(parts[::2], parts[1::2], strict=True))


def _max_bytes(settings: Mapping[str, str]) -> int:
    return int(settings.get("max.message.bytes", _DEFAULT_MAX_BYTES))


def _end(sql: sqlite3.Connection, stream: int) -> int:
    found = sql.execute("SELECT next FROM ends WHERE stream = ?", (stream,)).fetchone()
    return 0 if found is None else int(found[0])


def _append(sql: sqlite3.Connection, rows: Sequence[_Row]) -> None:
    now = time.time_ns() // 1_000_000
    next_ids: dict[int, int] = {}
    full = []
    for stream, key, headers, value in rows:
        id_ = next_ids.get(stream)
        if id_ is None:
            id_ = (stream << _OFFSET_BITS) + _end(sql, stream)
        next_ids[stream] = id_ + 1
        full.append((id_, now, key, headers, value))
    sql.executemany("INSERT INTO records (id, timestamp, key, headers, value) VALUES (?, ?, ?, ?, ?)", full)
    sql.executemany(
        "INSERT OR REPLACE INTO ends (stream, next) VALUES (?, ?)",
        [(stream, id_ & _MAX_OFFSET) for stream, id_ in next_ids.items()],
    )


def _is_current(sql: sqlite3.Connection, identity: str, epoch: int) -> bool:
    found = sql.execute("SELECT epoch FROM epochs WHERE identity = ?", (identity,)).fetchone()
    return found is not None and int(found[0]) == epoch


def _next_epoch(sql: sqlite3.Connection, identity: str) -> int:
    row = sql.execute(
        "INSERT INTO epochs VALUES (?, 1) ON CONFLICT (identity) DO UPDATE SET epoch = epoch + 1 RETURNING epoch",
        (identity,),
    ).fetchone()
    return int(row[0])


class EmbeddedAppender:
    """The port `Appender`."""

    def __init__(self, log: EmbeddedLog, identity: str, epoch: int) -> None:
        self._log = log
        self._identity = identity
        self._epoch = epoch

    def commit(self, drafts: Sequence[Draft]) -> None:
        rows = self._log.prepare(drafts)
        with self._log.connection().transaction() as sql:
            if not _is_current(sql, self._identity, self._epoch):
                raise FencedError("a newer appender has this identity")
            _append(sql, rows)

    def close(self) -> None:
        """Nothing is held between commits."""


class _Group:
    """The members of one group in this process, and who holds which partition.

    A partition changes hands in two steps: its holder gives it up at its next poll, then the new one takes
    it at its own. So two sessions never hold one at once, and none waits for a thread that is not polling.
    """

    def __init__(self, identity: str, epoch: int, partitions: int) -> None:
        self.identity = identity
        self.epoch = epoch
        self._partitions = partitions
        self.lock = threading.RLock()
        self._members: dict[str, EmbeddedSession] = {}
        self._holders: dict[int, EmbeddedSession] = {}

    def join(self, session: EmbeddedSession) -> None:
        """A session of a member that is there already replaces it at once: the old one is fenced."""
        with self.lock:
            if (old := self._members.get(session.member)) is not None:
                self.leave(old)
            self._members[session.member] = session
            session.group = self

    def leave(self, session: EmbeddedSession) -> None:
        with self.lock:
            if self._members.get(session.member) is session:
                del self._members[session.member]
            self._holders = {p: s for p, s in self._holders.items() if s is not session}

    def has(self, session: EmbeddedSession) -> bool:
        return self._members.get(session.member) is session

    def wanted(self, session: EmbeddedSession) -> frozenset[int]:
        """Range: partitions in order, in runs of equal length, the first members one longer."""
        with self.lock:
            names = sorted(self._members)
            share, longer = divmod(self._partitions, len(names))
            at = names.index(session.member)
            first = at * share + min(at, longer)
            return frozenset(range(first, first + share + (at < longer)))

    def give_up(self, partitions: frozenset[int]) -> None:
        with self.lock:
            for partition in partitions:
                del self._holders[partition]

    def take(self, session: EmbeddedSession, partitions: frozenset[int]) -> frozenset[int]:
        """Of these the ones that nobody holds."""
        with self.lock:
            free = frozenset(p for p in partitions if p not in self._holders)
            self._holders.update(dict.fromkeys(free, session))
            return free


class EmbeddedSession:
    """The port `Session`."""

    group: _Group

    def __init__(
        self,
        log: EmbeddedLog,
        group: str,
        member: str,
        inputs: tuple[str, ...],
        priority: tuple[str, ...],
        on_assigned: Assigned,
        on_revoked: Assigned,
    ) -> None:
        self.member = member
        self._log = log
        self._name = group
        self._tiers = (priority, tuple(topic for topic in inputs if topic not in priority))
        self._on_assigned = on_assigned
        self._on_revoked = on_revoked
        self._held: frozenset[int] = frozenset()
        self._next: dict[TopicPartition, int] = {}
        self._committed: dict[TopicPartition, int] = {}
        self._turn = 0
        self._nothing_at: tuple[int, int] | None = None
        self._settled = False

    @property
    def partitions(self) -> frozenset[int]:
        return self._held

    def poll(self, limit: int, wait: float) -> Sequence[Record]:
        deadline = time.monotonic() + wait
        while True:
            self._settle()
            if records := self._fetch(limit):
                return records
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                return ()
            time.sleep(min(_LOOK_SECONDS, remaining))

    def commit(self, drafts: Sequence[Draft], through: Mapping[TopicPartition, int]) -> None:
        rows = self._log.prepare(drafts)
        if not through.keys() <= self._committed.keys():
            raise PermanentLogError("a position of an input that this session does not hold")
        with self.group.lock:
            self._check_member()
            with self._log.connection().transaction() as sql:
                if not _is_current(sql, self.group.identity, self.group.epoch):
                    raise FencedError("another process has taken this group")
                _append(sql, rows)
                sql.executemany(
                    "INSERT OR REPLACE INTO positions (grp, topic, partition, next) VALUES (?, ?, ?, ?)",
                    [(self._name, tp.topic, tp.partition, next_) for tp, next_ in through.items()],
                )
            self._committed.update(through)

    def rewind(self) -> None:
        self._next = dict(self._committed)
        self._nothing_at = None

    def committed(self) -> Mapping[TopicPartition, int]:
        return dict(self._committed)

    def at_end(self) -> bool:
        self._check_member()
        if not self._settled or self._held != self.group.wanted(self):
            return False
        if self._next != self._committed:
            return False
        ends = self._log.ends([*self._tiers[0], *self._tiers[1]])
        return all(ends[tp] <= next_ for tp, next_ in self._committed.items())

    def close(self) -> None:
        self.group.leave(self)
        self._held = frozenset()
        self._next.clear()
        self._committed.clear()

    def _check_member(self) -> None:
        if not self.group.has(self):
            raise FencedError("a newer session has this member's identity")

    def _settle(self) -> None:
        """Give up and take over partitions as the group's members come and go."""
        self._check_member()
        wanted = self.group.wanted(self)
        if gone := self._held - wanted:
            self._on_revoked(gone)
            self.group.give_up(gone)
            self._hold(self._held & wanted)
        if new := self.group.take(self, wanted - self._held):
            self._hold(self._held | new)
            self._on_assigned(new)
        self._settled = True

    def _hold(self, partitions: frozenset[int]) -> None:
        positions = self._log.positions(self._name)
        kept = {tp: next_ for tp, next_ in self._next.items() if tp.partition in self._held & partitions}
        self._held = partitions
        self._committed = {
            tp: positions.get(tp, 0)
            for tier in self._tiers
            for topic in tier
            for tp in (TopicPartition(topic, p) for p in sorted(partitions))
        }
        self._next = {tp: kept.get(tp, next_) for tp, next_ in self._committed.items()}
        self._nothing_at = None

    def _fetch(self, limit: int) -> list[Record]:
        version = self._log.connection().version()
        if version == self._nothing_at:
            return []
        for tier in self._tiers:
            if records := self._fetch_tier(tier, limit):
                return records
        self._nothing_at = version
        return []

    def _fetch_tier(self, topics: Sequence[str], limit: int) -> list[Record]:
        """From each partition in turn, the first one a different one each time, so that none starves."""
        ends = self._log.ends(topics)
        streams = [tp for tp, end in ends.items() if tp in self._next and self._next[tp] < end]
        if not streams:
            return []
        self._turn = (self._turn + 1) % len(streams)
        records: list[Record] = []
        for tp in streams[self._turn :] + streams[: self._turn]:
            found = self._log.fetch(tp.topic, tp.partition, self._next[tp], limit - len(records))
            if found:
                self._next[tp] = found[-1].offset + 1
                records += found
                if len(records) == limit:
                    break
        return records
