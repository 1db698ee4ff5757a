"""What intake cannot publish: its own segments as dead letters. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from schemas.envelope import content_id
from schemas.faults import DeadLetter, Origin
from services.core.processing import Outcome
from services.core.x12.items import (
    AcknowledgedClaim,
    AcknowledgedGroup,
    Item,
    ProviderAdjustment,
    QuarantinedClaim,
    QuarantinedRecord,
    RemittedClaim,
    SubmittedClaim,
)

LETTER_BYTES: Final = 1_000_000
"""Original bytes in one dead letter: as base64, with its headers, it must fit into a record of 2 MiB."""

FILE: Final = "file"
"""Stands in a letter's origin in place of a topic: the offset is of a byte in the file that the headers name."""

KeptItem = (
    RemittedClaim
    | SubmittedClaim
    | ProviderAdjustment
    | AcknowledgedClaim
    | AcknowledgedGroup
    | QuarantinedClaim
    | QuarantinedRecord
)


@dataclass(frozen=True, slots=True)
class Kept:
    """An item that is kept back: its kind, the claim number where it can be read, its segments, and its number among
    the claims of the file (0: no claim)."""

    item: KeptItem
    kind: str
    number: str | None
    text: tuple[str, ...]
    index: int = 0


def kept_back(item: Item) -> Kept | None:
    """What of an item is kept; null for what only brackets others."""
    match item:
        case QuarantinedClaim():
            return Kept(item, item.kind, item.claim_number, item.text, item.index)
        case RemittedClaim():
            return Kept(item, "835", item.claim.claim_number, item.claim.segments, item.index)
        case SubmittedClaim():
            claim = item.claim
            return Kept(item, claim.transaction, claim.claim_number, claim.segments, item.index)
        case QuarantinedRecord():
            return Kept(item, item.kind, None, item.text)
        case ProviderAdjustment():
            return Kept(item, "PLB", None, item.adjustment.segments)
        case AcknowledgedClaim():
            return Kept(item, "277CA", item.acknowledgment.claim_number, item.acknowledgment.segments)
        case AcknowledgedGroup():
            return Kept(item, "999", None, item.acknowledgment.segments)
        case _:
            return None


def letters(
    kept: Kept, reason: str, key: str, time: datetime, *, digest: str, service: str
) -> tuple[Outcome, ...]:
    """One dead letter, or several where the segments do not fit into one. `digest`: of the file; `service`: who writes."""
    item = kept.item
    original = "\n".join(kept.text).encode("utf-8", "surrogatepass")
    place = f"{digest}:{item.offset}:{kept.kind}"
    headers = {
        "file": digest,
        "kind": kept.kind,
        "interchange": str(item.interchange),
        "group": str(item.group),
        "transaction": str(item.transaction),
        "index": str(kept.index),
    }
    return tuple(
        Outcome(
            type="dead-letter.v1",
            key=key,
            natural_key=place,
            sequence=number,
            time=time,
            data=DeadLetter(
                letter=content_id(service, place, str(number)),
                origin=Origin(topic=FILE, partition=0, offset=item.offset),
                event_id=None,
                event_type=None,
                service=service,
                reason=reason,
                original=original[start : start + LETTER_BYTES],
                headers=headers,
            ),
        )
        for number, start in enumerate(range(0, max(len(original), 1), LETTER_BYTES))
    )
