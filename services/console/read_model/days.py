"""The business day: the latest that was opened."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from schemas.control import DayOpened
from services.console.read_model.change import Change
from services.runtime.log import Record

TABLES: Final = """
create table opened_day (day text primary key) without rowid;
"""

TOPICS: Final = ("control",)

_TYPE: Final = "day-opened"


def changes(record: Record) -> Iterator[Change]:
    """A day that was opened; every partition is told the same."""
    if record.value is not None and record.headers.get("ce_type", "").startswith(_TYPE):
        yield Change(
            "insert or ignore into opened_day values (?)", (DayOpened.parse(record.value).day.isoformat(),)
        )
