"""From a record to rows: the parts of the read model, each pure, in one list."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from services.console.read_model import board, days, events, operations, places, records, work
from services.console.read_model.change import Change
from services.runtime.log import Record


@dataclass(frozen=True, slots=True)
class Part:
    """Some tables, and what a record changes in them. `changes` is pure: told again, a record changes nothing anew."""

    topics: tuple[str, ...]
    tables: str
    changes: Callable[[Record], Iterator[Change]]


PARTS: Final[tuple[Part, ...]] = (
    Part(places.TOPICS, places.TABLES, places.changes),
    Part(days.TOPICS, days.TABLES, days.changes),
    Part(work.TOPICS, work.TABLES, work.changes),
    Part(events.TOPICS, events.TABLES, events.changes),
    Part(records.TOPICS, records.TABLES, records.changes),
    Part(board.TOPICS, board.TABLES, board.changes),
    Part(operations.TOPICS, operations.TABLES, operations.changes),
)

TOPICS: Final[tuple[str, ...]] = tuple(sorted({topic for part in PARTS for topic in part.topics}))
"""What the follower reads."""

_BY_TOPIC: Final = {topic: [part for part in PARTS if topic in part.topics] for topic in TOPICS}


def project(sql: sqlite3.Connection, record: Record) -> None:
    """Bring the rows that a record is about up to it."""
    for part in _BY_TOPIC[record.topic]:
        for change in part.changes(record):
            sql.execute(change.statement, change.values)
