"""The envelope: CloudEvents attributes around a payload, and ids that follow from the content.

An id is a hash of tenant, type, natural key and sequence: never of an offset, a clock or a random number,
so that the same business fact has the same id on any log and on any day.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from hashlib import blake2b
from typing import Generic, TypeVar

from schemas.shape import Shape

D = TypeVar("D", bound=Shape, covariant=True)

_SEPARATOR = "\x1f"


def content_id(*parts: str) -> str:
    """A 128-bit hex id of the parts, in their order. No part may hold the unit separator (0x1F)."""
    return blake2b(_SEPARATOR.join(parts).encode(), digest_size=16).hexdigest()


def event_id(tenant: str, type_: str, natural_key: str, sequence: int = 0) -> str:
    """The id of the event that says `natural_key` (what makes this fact this fact) under `type_`."""
    return content_id(tenant, type_, natural_key, str(sequence))


def claim_key(tenant: str, secret: bytes, claim_number: str) -> str:
    """`tenant|HMAC(claim number)`: where all about a claim number meets. The number is trimmed and upper-cased."""
    digest = hmac.digest(secret, claim_number.strip().upper().encode(), "sha256")
    return f"{tenant}|{digest[:16].hex()}"


def group_key(tenant: str, sender: str, control_number: str) -> str:
    """Where all about a functional group of 837s meets: `sender` is GS02 of the group, GS03 of its 999.

    GS06 is a number (type N0), so leading zeros do not tell two groups apart.
    """
    number = control_number.strip()
    return f"{tenant}|group|{sender.strip()}|{number.lstrip('0') or '0'}"


def interchange_key(tenant: str, sender: str, control_number: str) -> str:
    """Where all about an interchange of 837s meets: `sender` is ISA06 of it, ISA08 of its TA1; `control_number` ISA13."""
    number = control_number.strip()
    return f"{tenant}|interchange|{sender.strip()}|{number.lstrip('0') or '0'}"


def transaction_key(tenant: str, sender: str, reference: str) -> str:
    """Where all about a transaction set of 837s meets: `reference` is its BHT03, free text, and so only a digest."""
    return f"{tenant}|transaction|{sender.strip()}|{content_id(reference.strip().upper())}"


def file_key(tenant: str, digest: str) -> str:
    """Where all about one file meets: sha256 of its decompressed bytes, in hex."""
    return f"{tenant}|file|{digest}"


def business_time(day: date) -> datetime:
    """Midnight UTC of a business date: the `time` of an event whose data knows only a date."""
    return datetime.combine(day, time.min, UTC)


@dataclass(frozen=True, slots=True)
class Event(Generic[D]):
    """One event as a processor sees it.

    `type` is versioned (`claim-denied.v1`). `key` is the record key and the CloudEvents subject. `time` is
    business time. `topic` is where it was read; a call of the worker (`claim-due`, ...) has topic `""`.
    """

    id: str
    type: str
    source: str
    time: datetime
    key: str
    data: D
    topic: str = ""
    payload: bytes = field(default=b"", compare=False, repr=False)
    """the payload's bytes as they stood on the log; empty for what was not read from one"""
