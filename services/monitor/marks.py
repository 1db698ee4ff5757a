"""What the monitor keeps of one event: a mark. It holds no claim number, name or member id."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Final, NamedTuple

from pydantic import ValidationError

from schemas.claim import Payer
from schemas.codes import Path
from schemas.shape import Money, Shape, money_text
from services.core.resubmission.path import is_claim

UNKNOWN_PAYER: Final = "unknown"
"""Where an event names no payer."""


class Mark(NamedTuple):
    """One event of a claim, as far as its lag needs it. Two marks with one `id` are one event."""

    id: str
    """CloudEvents id: a function of the content"""
    kind: str
    """the event type without its version"""
    offset: int
    """within its topic and the claim's partition: orders the marks of one kind"""
    at: int
    """when it was appended, ms since the epoch"""
    seen: int
    """when its first cause was seen by intake, ms"""
    lineage: str = ""
    reference: str = ""
    """proposal id; of a send and of what follows it the resubmission id"""
    word: str = ""
    """cause | change | automation | decision | reason of a refusal | day of a delivery or acknowledgment"""
    payer: str = ""
    amount: str = "0.00"
    """dollars that wait with it"""
    revision: int = 0
    flag: bool = False
    """case-changed: a denial is open. claim-acknowledged: accepted. recoding-decided: a claim is to go back.
    resubmission-refused: it waits"""
    other: str = ""
    """of a send its proposal; of an answer the resubmission that it answers; of a proposal the one it replaces"""


# The parts of the payloads that a mark needs. `parse` passes over the rest.


class _Denied(Shape):
    payer: Payer
    denied_amount: Money


class _Classified(Shape):
    lineage: str
    revision: int
    answers: str | None
    payer: Payer
    denied_amount: Money
    primary_cause: str


class _Changed(Shape):
    lineage: str
    revision: int
    answers: str | None
    change: str
    open_denial: bool


class _Proposed(Shape):
    lineage: str
    revision: int
    proposal_id: str
    payer: Payer
    automation: str
    amount_at_stake: Money
    answers_withdrawn: str | None = None


class _Approved(Shape):
    payer: Payer
    path: Path
    amount_at_stake: Money
    frequency_code: str | None = None


class _Decided(Shape):
    lineage: str
    revision: int
    proposal_id: str
    decision: str
    proposal: _Approved | None = None


class _Resubmitted(Shape):
    lineage: str
    revision: int
    resubmission_id: str
    proposal_id: str
    payer: Payer
    amount: Money


class _Refused(Shape):
    lineage: str
    revision: int
    proposal_id: str
    resubmission_id: str | None
    reason: str
    waits: bool


class _Delivered(Shape):
    lineage: str
    proposal_id: str
    resubmission_id: str
    at: date


class _Acknowledged(Shape):
    accepted: bool
    received: date | None


Fields = dict[str, str | int | bool]


def _denied(value: bytes) -> Fields:
    said = _Denied.parse(value)
    return {"payer": payer_name(said.payer), "amount": money_text(said.denied_amount)}


def _classified(value: bytes) -> Fields:
    said = _Classified.parse(value)
    return {
        "lineage": said.lineage,
        "revision": said.revision,
        "word": said.primary_cause,
        "payer": payer_name(said.payer),
        "amount": money_text(said.denied_amount),
        "other": said.answers or "",
    }


def _changed(value: bytes) -> Fields:
    said = _Changed.parse(value)
    return {
        "lineage": said.lineage,
        "revision": said.revision,
        "word": said.change,
        "flag": said.open_denial,
        "other": said.answers or "",
    }


def _proposed(value: bytes) -> Fields:
    said = _Proposed.parse(value)
    return {
        "lineage": said.lineage,
        "revision": said.revision,
        "reference": said.proposal_id,
        "word": said.automation,
        "payer": payer_name(said.payer),
        "amount": money_text(said.amount_at_stake),
        "other": said.answers_withdrawn or "",
    }


def _decided(value: bytes) -> Fields:
    said = _Decided.parse(value)
    fields: Fields = {
        "lineage": said.lineage,
        "revision": said.revision,
        "reference": said.proposal_id,
        "word": said.decision,
    }
    if said.proposal is not None:
        fields |= {
            "payer": payer_name(said.proposal.payer),
            "amount": money_text(said.proposal.amount_at_stake),
            "flag": is_claim(said.proposal.path, said.proposal.frequency_code),
        }
    return fields


def _resubmitted(value: bytes) -> Fields:
    said = _Resubmitted.parse(value)
    return {
        "lineage": said.lineage,
        "revision": said.revision,
        "reference": said.resubmission_id,
        "payer": payer_name(said.payer),
        "amount": money_text(said.amount),
        "other": said.proposal_id,
    }


def _refused(value: bytes) -> Fields:
    said = _Refused.parse(value)
    return {
        "lineage": said.lineage,
        "revision": said.revision,
        "reference": said.resubmission_id or "",
        "word": said.reason,
        "flag": said.waits,
        "other": said.proposal_id,
    }


def _delivered(value: bytes) -> Fields:
    said = _Delivered.parse(value)
    return {
        "lineage": said.lineage,
        "reference": said.resubmission_id,
        "word": said.at.isoformat(),
        "other": said.proposal_id,
    }


def _acknowledged(value: bytes) -> Fields:
    said = _Acknowledged.parse(value)
    return {"word": said.received.isoformat() if said.received is not None else "", "flag": said.accepted}


_READERS: Final[Mapping[str, Callable[[bytes], Fields]]] = {
    "claim-denied": _denied,
    "denial-classified": _classified,
    "case-changed": _changed,
    "recoding-proposed": _proposed,
    "recoding-decided": _decided,
    "claim-resubmitted": _resubmitted,
    "resubmission-refused": _refused,
    "claim-delivered": _delivered,
    "claim-acknowledged": _acknowledged,
}

MARKED_TOPICS: Final = tuple(_READERS)
"""The topics of a claim's way. Their one type has their name."""


def read_mark(
    type_: str, id_: str, offset: int, appended: int, ingested: str | None, value: bytes
) -> Mark | None:
    """The mark of an event; null for a type that says nothing of lag, and for a payload that cannot be read
    (the service that it is for makes a dead letter of it). `appended`: ms since the epoch."""
    kind = type_.rpartition(".v")[0]
    reader = _READERS.get(kind)
    if reader is None:
        return None
    try:
        fields = reader(value)
    except ValidationError:
        return None
    return Mark(id=id_, kind=kind, offset=offset, at=appended, seen=_seen(ingested, appended), **fields)  # type: ignore[arg-type]


def _seen(ingested: str | None, appended: int) -> int:
    """When the first cause was seen, in ms; the clocks of two machines may differ, a wait is never negative."""
    if ingested is None:
        return appended
    try:
        return min(appended, int(datetime.fromisoformat(ingested).timestamp() * 1000))
    except ValueError:
        return appended


class _Remitted(Shape):
    payer: Payer


REMITTANCE_TOPICS: Final = ("claim-denied", "claim-adjudicated")
"""What shows that a payer is not silent."""


def read_remittance(value: bytes, business_time: str) -> tuple[str, date] | None:
    """Payer and business day of a remitted claim; null where one of them cannot be read."""
    try:
        return payer_name(_Remitted.parse(value).payer), datetime.fromisoformat(business_time).date()
    except ValueError:
        return None


class _Opened(Shape):
    day: date


def read_day(type_: str, value: bytes) -> date | None:
    """The business day that a record of `control` opens; null for its other types."""
    if not type_.startswith("day-opened."):
        return None
    try:
        return _Opened.parse(value).day
    except ValidationError:
        return None


def payer_name(payer: Payer) -> str:
    """The payer's id as its files write it, trimmed and in upper case."""
    return (payer.id or "").strip().upper() or UNKNOWN_PAYER
