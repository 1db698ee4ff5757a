"""Dead letters: what a worker could not handle, and the one answer that a letter gets."""

from __future__ import annotations

from datetime import UTC, datetime

from schemas.envelope import Event, content_id, event_id
from schemas.faults import DeadLetter, LetterDiscarded, LetterReplayed, Origin
from schemas.shape import Shape
from services.runtime.log import Log, Record
from services.runtime.records import UndecodableError, decode_event, source_of

DEAD_LETTERS = "dead-letters"
_TYPE = "dead-letter.v1"


def write_letter(
    record: Record,
    key: str | None,
    event: Event[Shape] | None,
    reason: str,
    *,
    service: str,
    tenant: str,
    replay: str,
) -> Event[Shape]:
    """The letter about `record`, handled for `key` (null: the record's own). `reason` is a code.

    `replay` is the id of the `letter-replayed` that led here, else empty: a letter that fails again is another
    letter, so that each has one answer.
    """
    id_ = event.id if event else record.headers.get("ce_id")
    place = id_ or f"{record.topic}|{record.partition}|{record.offset}"
    letter = content_id(service, place, key or "", replay)
    return Event(
        id=event_id(tenant, _TYPE, letter),
        type=_TYPE,
        source=source_of(service),
        time=event.time if event else datetime.fromtimestamp(record.timestamp / 1000, UTC),
        key=key or "",
        data=DeadLetter(
            letter=letter,
            origin=Origin(topic=record.topic, partition=record.partition, offset=record.offset),
            event_id=id_,
            event_type=event.type if event else record.headers.get("ce_type"),
            service=service,
            reason=reason,
            original=record.value or b"",
            headers=dict(record.headers),
        ),
        topic=DEAD_LETTERS,
    )


def find_original(log: Log, answer: Record, letter: str) -> Record | None:
    """The original of a letter that `answer` (a `letter-replayed`) replays: with the letter's key, its own topic
    and headers. Null where there is no such letter before it in the partition, or where it was answered before.
    """
    marker = letter.encode()
    original: Record | None = None
    for record in log.read(DEAD_LETTERS, answer.partition, 0, answer.offset):
        if record.value is None or marker not in record.value:
            continue
        try:
            said = decode_event(record).data
        except UndecodableError:
            continue
        match said:
            case DeadLetter() if said.letter == letter:
                original = Record(
                    topic=said.origin.topic,
                    partition=answer.partition,
                    offset=said.origin.offset,
                    key=record.key,
                    value=said.original,
                    headers=said.headers,
                    timestamp=record.timestamp,
                )
            case LetterReplayed() | LetterDiscarded() if said.letter == letter:
                return None
            case _:
                pass
    return original
