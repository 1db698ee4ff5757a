"""The local cache of compacted state: one SQLite file a worker. The log is the truth, this is only near.

What is in it was committed to the log before. States are written to the file some hundred at a time: those of
the last moment are in memory only, and after a crash they are read from the log again, as everything behind a
watermark is. A file that is lost, old or of another log is built again from the compacted topics. Beside the
states it keeps the index of due dates, the index of tags, and how often a record crashed the worker.
"""

from __future__ import annotations

import os
import sqlite3
import sys
import time
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from itertools import count, islice
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from schemas.shape import Shape
from services.runtime.layout import Layout, Stored
from services.runtime.log import Log, Record, TopicPartition
from services.runtime.records import decode_state

# Encoded bytes of the states that stay parsed in memory; a model takes several times its JSON.
_PARSED_BYTES: Final = 32 * 1024 * 1024

# States that wait in memory to be written together: one transaction for each small batch costs twice as much.
_UNWRITTEN: Final = 500
_UNWRITTEN_BYTES: Final = 8 * 1024 * 1024

# A cache that was not written for longer may have missed tombstones that the log has since dropped
# (delete.retention.ms of the state topics is 7 days): it is built again.
_STALE_SECONDS: Final = 6 * 24 * 3600

# States written in one transaction while a topic is read back.
_RESTORE_ROWS: Final = 1_000

_FORMAT: Final = 1

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS states (
    topic TEXT NOT NULL, partition INTEGER NOT NULL, key TEXT NOT NULL, due TEXT, value BLOB NOT NULL,
    PRIMARY KEY (topic, partition, key));
CREATE INDEX IF NOT EXISTS due_states ON states (partition, due, topic, key) WHERE due IS NOT NULL;
CREATE TABLE IF NOT EXISTS tags (
    tag TEXT NOT NULL, partition INTEGER NOT NULL, topic TEXT NOT NULL, key TEXT NOT NULL,
    PRIMARY KEY (tag, partition, topic, key)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS tagged_states ON tags (topic, partition, key);
CREATE TABLE IF NOT EXISTS watermarks (
    topic TEXT NOT NULL, partition INTEGER NOT NULL, next INTEGER NOT NULL, saved REAL NOT NULL,
    PRIMARY KEY (topic, partition)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS crashes (
    topic TEXT NOT NULL, partition INTEGER NOT NULL, offset INTEGER NOT NULL, key TEXT NOT NULL,
    place TEXT NOT NULL, count INTEGER NOT NULL,
    PRIMARY KEY (topic, partition, offset, key)) WITHOUT ROWID;
"""


def _free_file(folder: Path, name: str) -> tuple[FileLock, Path]:
    """The first cache of this name that no process has open, and the lock on it."""
    for slot in count():
        path = folder / f"{name}.{slot}.sqlite3"
        lock = FileLock(path.with_suffix(".lock"), timeout=0, mode=0o600)
        try:
            lock.acquire()
        except Timeout:
            continue
        return lock, path
    raise AssertionError("count() has no end")


class Store:
    """The cache of one worker. Not shared between threads or processes."""

    def __init__(self, folder: Path, name: str, identity: str, layout: Layout) -> None:
        """`identity`: of the log, so that a file of another log is thrown away. So is one of a release whose states
        have other versions: what the log holds is read by its types, what lies here is not.

        A worker that was put out but still runs keeps its file: the next one of the same name takes another.
        """
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock, self._path = _free_file(folder, name)
        self._identity = f"{identity} {layout.versions}"
        self._layout = layout
        self._parsed: OrderedDict[tuple[str, int, str], tuple[Shape, int]] = OrderedDict()
        self._parsed_bytes = 0
        self._unwritten: dict[tuple[str, int, str], Stored] = {}
        self._unwritten_bytes = 0
        try:
            self._sql = self._open()
        except sqlite3.DatabaseError:
            self._remove()
            self._sql = self._open()

    def _open(self) -> sqlite3.Connection:
        os.close(os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600))
        sql = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
        # Losing the last commits in a power cut is harmless: state and watermark go back together.
        sql.execute("PRAGMA journal_mode=WAL")
        sql.execute("PRAGMA synchronous=NORMAL")
        sql.execute("CREATE TABLE IF NOT EXISTS cache (format INTEGER NOT NULL, identity TEXT NOT NULL)")
        found = sql.execute("SELECT format, identity FROM cache").fetchone()
        if found not in (None, (_FORMAT, self._identity)):
            sql.close()
            self._remove()
            return self._open()
        sql.executescript(_SCHEMA)
        if found is None:
            sql.execute("INSERT INTO cache VALUES (?, ?)", (_FORMAT, self._identity))
        return sql

    def _remove(self) -> None:
        for suffix in ("", "-wal", "-shm"):
            self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)

    def state(self, topic: str, partition: int, key: str) -> Shape | None:
        """The state of a key, null where there is none."""
        place = (topic, partition, key)
        if (found := self._parsed.get(place)) is not None:
            self._parsed.move_to_end(place)
            return found[0]
        if (unwritten := self._unwritten.get(place)) is not None:
            return unwritten.state
        row = self._sql.execute(
            "SELECT value FROM states WHERE topic = ? AND partition = ? AND key = ?", place
        ).fetchone()
        if row is None:
            return None
        state = self._layout.model(topic, partition, key).parse(row[0])
        self._remember(place, state, len(row[0]))
        return state

    def due(self, partition: int, day: date) -> Sequence[tuple[str, str]]:
        """(topic, key) of the states of a partition whose day has come, the oldest first."""
        self._flush()
        return self._sql.execute(
            "SELECT topic, key FROM states WHERE partition = ? AND due <= ? ORDER BY due, topic, key",
            (partition, day.isoformat()),
        ).fetchall()

    def tagged(self, tag: str, partition: int) -> Sequence[tuple[str, str]]:
        """(topic, key) of the states of a partition that carry a tag."""
        self._flush()
        return self._sql.execute(
            "SELECT topic, key FROM tags WHERE tag = ? AND partition = ? ORDER BY topic, key",
            (tag, partition),
        ).fetchall()

    def ranked(self, tag: str, partition: int, limit: int) -> Sequence[tuple[str, str]]:
        """(topic, key) of at most `limit` states of a partition with a tag that begins so, in the order of their tags."""
        self._flush()
        return self._sql.execute(
            "SELECT topic, key FROM tags WHERE tag >= ? AND tag < ? AND partition = ? ORDER BY tag, key LIMIT ?",
            (tag, tag + chr(sys.maxunicode), partition, limit),
        ).fetchall()

    def save(self, stored: Sequence[Stored]) -> None:
        """Keep states that the log has committed."""
        for one in stored:
            place = (one.topic, one.partition, one.key)
            replaced = self._unwritten.get(place)
            self._unwritten_bytes += _size(one) - (_size(replaced) if replaced is not None else 0)
            self._unwritten[place] = one
            self._keep_parsed(one)
        if len(self._unwritten) >= _UNWRITTEN or self._unwritten_bytes >= _UNWRITTEN_BYTES:
            self._flush()

    def _flush(self) -> None:
        if self._unwritten:
            with self._transaction():
                self._write(list(self._unwritten.values()))
            self._unwritten.clear()
            self._unwritten_bytes = 0

    def restore(self, log: Log, partitions: Iterable[int]) -> int:
        """Bring the states of partitions up to the log's end, reading from the watermark of this file; all anew
        where it is too old or ahead of the log. Returns the records read.

        Raises NewerVersionError or UndecodableError on a state that cannot be read: both stop the worker.
        """
        wanted = {TopicPartition(topic, p) for topic in self._layout.topics for p in partitions}
        # Another owner may have written since: what counts is what the log says after the watermark.
        for place in [place for place in self._unwritten if place[:2] in wanted]:
            self._unwritten_bytes -= _size(self._unwritten.pop(place))
            self._drop_parsed(place)
        ends = log.ends(self._layout.topics)
        behind = {}
        for tp in wanted:
            start = self._watermark(tp)
            if start is None or start > ends[tp]:
                self._forget(tp)
                start = 0
            if start < ends[tp]:
                behind[tp] = start
        restored = self._read_back(log, behind)
        # Up to there all is read, also where nothing but the marker of a transaction stands.
        self.mark({tp: ends[tp] for tp in behind})
        return restored

    def _read_back(self, log: Log, starts: Mapping[TopicPartition, int]) -> int:
        restored = 0
        records = log.read_together({tp: (start, None) for tp, start in starts.items()})
        while page := list(islice(records, _RESTORE_ROWS)):
            restored += len(page)
            latest = {(r.topic, r.partition, r.key): r for r in page if r.key is not None}
            stored = [self._decode(record, key) for (_, _, key), record in latest.items()]
            for one in stored:
                self._keep_parsed(one)
            with self._transaction():
                self._write(stored)
                for tp, next_ in {TopicPartition(r.topic, r.partition): r.offset + 1 for r in page}.items():
                    self._mark(tp, next_)
        return restored

    def _decode(self, record: Record, key: str) -> Stored:
        state = decode_state(record, self._layout.model(record.topic, record.partition, key))
        value = None if state is None else state.encode()
        return self._layout.stored(record.topic, record.partition, key, state, value)

    def mark(self, ends: Mapping[TopicPartition, int]) -> None:
        """Everything before these ends is in this file: a later restore begins there. They must have been read
        before a commit that then succeeded, else they may count records of another owner of the partition."""
        self._flush()
        with self._transaction():
            for tp, end in ends.items():
                self._mark(tp, end)

    def _forget(self, tp: TopicPartition) -> None:
        with self._transaction():
            for table in ("states", "tags", "watermarks"):
                self._sql.execute(f"DELETE FROM {table} WHERE topic = ? AND partition = ?", tp)
        self._parsed.clear()
        self._parsed_bytes = 0

    def count_crash(self, topic: str, partition: int, offset: int, key: str, place: str) -> int:
        """Note that handling `key` at a record crashed at `place`; returns how often in a row at this place.
        Durable at once: the process may be about to end."""
        with self._transaction():
            self._sql.execute(
                "INSERT INTO crashes VALUES (:topic, :partition, :offset, :key, :place, 1) "
                "ON CONFLICT DO UPDATE SET "
                "count = CASE WHEN place = excluded.place THEN count + 1 ELSE 1 END, place = excluded.place",
                {"topic": topic, "partition": partition, "offset": offset, "key": key, "place": place},
            )
            row = self._sql.execute(
                "SELECT count FROM crashes WHERE topic = ? AND partition = ? AND offset = ? AND key = ?",
                (topic, partition, offset, key),
            ).fetchone()
        return int(row[0])

    def close(self) -> None:
        self._flush()
        self._sql.close()
        self._lock.release()

    def _watermark(self, tp: TopicPartition) -> int | None:
        row = self._sql.execute(
            "SELECT next, saved FROM watermarks WHERE topic = ? AND partition = ?", tp
        ).fetchone()
        if row is None or time.time() - row[1] > _STALE_SECONDS:
            return None
        return int(row[0])

    def _mark(self, tp: TopicPartition, next_: int) -> None:
        self._sql.execute(
            "INSERT OR REPLACE INTO watermarks VALUES (?, ?, ?, ?)",
            (tp.topic, tp.partition, next_, time.time()),
        )

    def _write(self, stored: Sequence[Stored]) -> None:
        places = [(one.topic, one.partition, one.key) for one in stored]
        kept = [(place, one) for place, one in zip(places, stored, strict=True) if one.value is not None]
        self._sql.executemany("DELETE FROM tags WHERE topic = ? AND partition = ? AND key = ?", places)
        self._sql.executemany(
            "DELETE FROM states WHERE topic = ? AND partition = ? AND key = ?",
            [place for place, one in zip(places, stored, strict=True) if one.value is None],
        )
        self._sql.executemany(
            "INSERT OR REPLACE INTO states VALUES (?, ?, ?, ?, ?)",
            [
                (*place, one.waits.due.isoformat() if one.waits.due else None, one.value)
                for place, one in kept
            ],
        )
        self._sql.executemany(
            "INSERT INTO tags VALUES (?, ?, ?, ?)",
            [(tag, one.partition, one.topic, one.key) for _, one in kept for tag in one.waits.tags],
        )

    def _remember(self, place: tuple[str, int, str], state: Shape, size: int) -> None:
        self._parsed[place] = (state, size)
        self._parsed_bytes += size
        while self._parsed_bytes > _PARSED_BYTES:
            _, (_, dropped) = self._parsed.popitem(last=False)
            self._parsed_bytes -= dropped

    def _keep_parsed(self, stored: Stored) -> None:
        place = (stored.topic, stored.partition, stored.key)
        self._drop_parsed(place)
        if stored.state is not None:
            self._remember(place, stored.state, _size(stored))

    def _drop_parsed(self, place: tuple[str, int, str]) -> None:
        if (found := self._parsed.pop(place, None)) is not None:
            self._parsed_bytes -= found[1]

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._sql.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._sql.execute("ROLLBACK")
            self._parsed.clear()
            self._parsed_bytes = 0
            raise
        self._sql.execute("COMMIT")


def _size(stored: Stored) -> int:
    return len(stored.value or b"")
