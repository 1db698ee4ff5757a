"""What happened last to a claim, and the answers to what people asked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from schemas.recoding import DecisionRequested, RecodingDecided
from services.console.read_model.change import Change
from services.runtime.log import Record
from services.runtime.records import decode_event
from topics.map import load_map

TABLES: Final = """
create table last_event (
  key text primary key, type text not null, at text not null, appended integer not null, place text not null
) without rowid;
create table request (
  requested text primary key, key text not null, lineage text not null, proposal text not null, wish text not null,
  by text not null, reason text not null, event text not null) without rowid;
create index request_place on request (key, lineage);
create table answer (
  requested text primary key, decision text not null, reason text not null, event text not null) without rowid;
"""

TOPICS: Final = tuple(topic.name for topic in load_map() if topic.kind == "log" and topic.key == "claim")

_STAGE: Final = {name: number for number, name in enumerate(TOPICS)}
"""Of what was appended in the same millisecond that is last which comes last on a claim's way, in the map's order."""

_REQUESTED: Final = "decision-requested"
_DECIDED: Final = "recoding-decided"


def changes(record: Record) -> Iterator[Change]:
    """The claim's last event; a wish, and what became of it."""
    if record.key is None or record.value is None:
        return
    headers = record.headers
    place = f"{_STAGE[record.topic]:02d}/{record.partition}@{record.offset:012d}"
    yield Change(
        "insert into last_event values (?, ?, ?, ?, ?) on conflict do update set type = excluded.type,"
        " at = excluded.at, appended = excluded.appended, place = excluded.place"
        " where (excluded.appended, excluded.place) > (appended, place)",
        (record.key, headers.get("ce_type", ""), headers.get("ce_time", ""), record.timestamp, place),
    )
    if record.topic == _REQUESTED:
        asked = decode_event(record).data
        if isinstance(asked, DecisionRequested):
            yield Change(
                "insert or ignore into request values (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    *(
                        asked.requested,
                        record.key,
                        asked.lineage,
                        asked.proposal_id,
                        asked.wish.value,
                        asked.by,
                    ),
                    *(asked.reason, headers.get("ce_id", "")),
                ),
            )
    elif record.topic == _DECIDED:
        decided = decode_event(record).data
        if isinstance(decided, RecodingDecided) and decided.request is not None:
            yield Change(
                "insert or ignore into answer values (?, ?, ?, ?)",
                (decided.request, decided.decision.value, decided.reason, headers.get("ce_id", "")),
            )
