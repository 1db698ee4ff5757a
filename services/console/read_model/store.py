"""The file of the read model (mode 0600: it holds PHI), written by the follower alone and read by every page."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from services.console.read_model.schema import SCHEMA, VERSION
from services.console.read_model.work import rank


class Store:
    """The read model of one log. A file of another log, or of another release's tables, is made anew."""

    def __init__(self, path: Path, identity: str) -> None:
        self.path = path
        self._identity = identity
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._make()

    def _make(self) -> None:
        try:
            with closing(self._open()) as sql:
                made = dict(sql.execute("select name, value from meta"))
        except sqlite3.DatabaseError:
            made = {}
        if made != self._meta():
            self.remake()

    def remake(self) -> None:
        """Begin with an empty file; who reads the old one meanwhile reads it to the end."""
        for ending in ("", "-wal", "-shm"):
            self.path.with_name(self.path.name + ending).unlink(missing_ok=True)
        with closing(self._open()) as sql:
            sql.execute("pragma journal_mode=wal")
            sql.executescript(SCHEMA)
            sql.executemany("insert into meta values (?, ?)", self._meta().items())
            sql.commit()

    def _meta(self) -> dict[str, str]:
        return {"version": VERSION, "log": self._identity}

    def _open(self) -> sqlite3.Connection:
        self.path.touch(mode=0o600)
        sql = sqlite3.connect(self.path, timeout=10)
        sql.row_factory = sqlite3.Row
        sql.execute("pragma synchronous=normal")
        sql.create_function("work_priority", 3, rank, deterministic=True)
        return sql

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection that cannot write, in one view of the file."""
        with closing(
            sqlite3.connect(f"file:{self.path}?mode=ro", uri=True, timeout=10, check_same_thread=False)
        ) as sql:
            sql.row_factory = sqlite3.Row
            sql.execute("begin")
            yield sql

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction: kept at the end, or gone where an exception leaves it."""
        with closing(self._open()) as sql, sql:
            sql.execute("begin immediate")
            yield sql
