"""`dead-letters`: what a worker could not handle, with its original bytes."""

from __future__ import annotations

from pydantic import ConfigDict

from schemas.shape import Shape


class Origin(Shape):
    topic: str
    partition: int
    offset: int


class DeadLetter(Shape):
    """`letter`: id of the letter, a hash of service and event id. `original` is base64 in JSON."""

    model_config = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")

    letter: str
    origin: Origin
    event_id: str | None
    event_type: str | None
    service: str
    reason: str
    """a code, never a value"""
    original: bytes
    headers: dict[str, str] = {}


class LetterReplayed(Shape):
    """The service that wrote the letter handles the original again."""

    letter: str
    service: str
    by: str
    reason: str


class LetterDiscarded(Shape):
    letter: str
    service: str
    by: str
    reason: str
