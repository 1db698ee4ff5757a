"""An event as a service reads it off the log: its bytes, and the part of them that the service asked for."""

from __future__ import annotations

from typing import Any

from schemas.envelope import Event
from services.core.processing import Processor
from services.runtime.log import Record
from services.runtime.records import decode_event, encode_event


def as_read(processor: Processor[Any], event: Event[Any]) -> Event[Any]:
    """What the worker hands to the processor; a call of the worker is on no log and stays as it is."""
    if not event.topic:
        return event
    draft = encode_event(event, "2026-02-03T00:00:00Z")
    record = Record(draft.topic, 0, 0, draft.key, draft.value, draft.headers, 0)
    return decode_event(record, processor.reads)
