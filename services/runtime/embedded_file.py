"""The SQLite file under the embedded log: its tables, a thread's connection, and what one transaction does."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from services.runtime.log import PermanentLogError, TransientLogError

# A record's row id is its stream (topic and partition) above its offset: one B-tree serves as the index too.
OFFSET_BITS: Final = 40
MAX_OFFSET: Final = (1 << OFFSET_BITS) - 1

# Longest wait for another process's commit; its fsync may stand behind a slow disk.
_BUSY_SECONDS: Final = 30.0

_HEADER_SEPARATOR: Final = "\x1f"

SCHEMA: Final = """
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
FORMAT: Final = "1"

Row = tuple[int, str | None, str, bytes | None]
"""Stream, key, headers, value."""


@contextmanager
def translated() -> Iterator[None]:
    """SQLite's errors as errors of the port. Busy, full disk and failing I/O may pass; the rest does not."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise TransientLogError(f"embedded log: {error.sqlite_errorname}") from error
    except sqlite3.Error as error:
        raise PermanentLogError(f"embedded log: {type(error).__name__}") from error


class Connection:
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
        with translated():
            self.sql.execute("BEGIN IMMEDIATE")
        try:
            with translated():
                yield self.sql
                self.sql.execute("COMMIT")
        except BaseException:
            if self.sql.in_transaction:
                self.sql.execute("ROLLBACK")
            raise
        self.own_commits += 1


def join_headers(headers: Mapping[str, str]) -> str:
    """Headers as one text: half the time of JSON, and there are nine of them on every record."""
    text = _HEADER_SEPARATOR.join([part for pair in headers.items() for part in pair])
    if headers and text.count(_HEADER_SEPARATOR) != 2 * len(headers) - 1:
        raise PermanentLogError("a header holds the unit separator")
    return text


def split_headers(text: str) -> dict[str, str]:
    if not text:
        return {}
    parts = text.split(_HEADER_SEPARATOR)
    return dict(zip(parts[::2], parts[1::2], strict=True))


def end_of(sql: sqlite3.Connection, stream: int) -> int:
    found = sql.execute("SELECT next FROM ends WHERE stream = ?", (stream,)).fetchone()
    return 0 if found is None else int(found[0])


def append(sql: sqlite3.Connection, rows: Sequence[Row]) -> None:
    now = time.time_ns() // 1_000_000
    next_ids: dict[int, int] = {}
    full = []
    for stream, key, headers, value in rows:
        id_ = next_ids.get(stream)
        if id_ is None:
            id_ = (stream << OFFSET_BITS) + end_of(sql, stream)
        next_ids[stream] = id_ + 1
        full.append((id_, now, key, headers, value))
    sql.executemany("INSERT INTO records (id, timestamp, key, headers, value) VALUES (?, ?, ?, ?, ?)", full)
    sql.executemany(
        "INSERT OR REPLACE INTO ends (stream, next) VALUES (?, ?)",
        [(stream, id_ & MAX_OFFSET) for stream, id_ in next_ids.items()],
    )


def is_current(sql: sqlite3.Connection, identity: str, epoch: int) -> bool:
    found = sql.execute("SELECT epoch FROM epochs WHERE identity = ?", (identity,)).fetchone()
    return found is not None and int(found[0]) == epoch


def next_epoch(sql: sqlite3.Connection, identity: str) -> int:
    row = sql.execute(
        "INSERT INTO epochs VALUES (?, 1) ON CONFLICT (identity) DO UPDATE SET epoch = epoch + 1 RETURNING epoch",
        (identity,),
    ).fetchone()
    return int(row[0])
