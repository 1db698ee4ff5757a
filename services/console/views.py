"""Saved views: filters of the worklist under a name, each user's own. In a file of their own, as they are no facts of
the log and outlive the read model."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

MOST_VIEWS: Final = 40
"""Of one user: a menu that can be read."""

MOST_NAME: Final = 60

_TABLE: Final = (
    "create table if not exists view (id integer primary key, user text not null, name text not null,"
    " query text not null, unique (user, name))"
)


@dataclass(frozen=True, slots=True)
class View:
    """A saved view; `query` is the filter as the query of an address."""

    id: int
    name: str
    query: str


class Views:
    """The file of saved views (mode 0600)."""

    def __init__(self, data: Path) -> None:
        self._path = data / "console" / "views.sqlite3"

    def of(self, user: str) -> list[View]:
        """The views of a user, by name."""
        with self._opened() as sql:
            found = sql.execute("select id, name, query from view where user = ? order by name", (user,))
            return [View(*row) for row in found]

    def keep(self, user: str, name: str, query: str) -> bool:
        """Keep a view; one of the same name is replaced. False: there are too many, or the name says nothing."""
        name = " ".join(name.split())[:MOST_NAME]
        with self._opened() as sql:
            (count,) = sql.execute(
                "select count(*) from view where user = ? and name <> ?", (user, name)
            ).fetchone()
            if not name or count >= MOST_VIEWS:
                return False
            sql.execute(
                "insert into view (user, name, query) values (?, ?, ?)"
                " on conflict (user, name) do update set query = excluded.query",
                (user, name, query),
            )
        return True

    def remove(self, user: str, id_: int) -> None:
        """Remove a view of a user; that of another stays."""
        with self._opened() as sql:
            sql.execute("delete from view where user = ? and id = ?", (user, id_))

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._path.touch(mode=0o600)
        sql = sqlite3.connect(self._path, timeout=5)
        try:
            sql.execute(_TABLE)
            with sql:
                yield sql
        finally:
            sql.close()
