"""Where on the log the records of a claim lie, so that one claim among many is read without a scan."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from services.console.read_model.change import Change
from services.runtime.log import Record
from topics.map import load_map

TABLES: Final = """
create table claim_record (
  key text not null, topic text not null, partition integer not null, offset integer not null,
  primary key (key, topic, partition, offset)) without rowid;
"""

_BY_CLAIM: Final = ("claim", "subject", "original", "trace")
"""Kinds of keys (topics.yaml) that may be a claim's."""

TOPICS: Final = tuple(topic.name for topic in load_map() if topic.key in _BY_CLAIM)

_STATES: Final = frozenset(topic.name for topic in load_map() if topic.kind == "state")


def changes(record: Record) -> Iterator[Change]:
    """The place of the record; of a state topic only the latest counts."""
    if record.key is None:
        return
    if record.topic in _STATES:
        yield Change("delete from claim_record where key = ? and topic = ?", (record.key, record.topic))
        if record.value is None:
            return
    yield Change(
        "insert or ignore into claim_record values (?, ?, ?, ?)",
        (record.key, record.topic, record.partition, record.offset),
    )
