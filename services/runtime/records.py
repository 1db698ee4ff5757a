"""The edge: events and state as records with CloudEvents headers, and back; older versions are upcast here."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Final, TypeVar

from pydantic import ValidationError

from schemas.envelope import Event, content_id, event_id
from schemas.records.registry import RECORD_TYPES
from schemas.registry import NewerVersionError, event_type
from schemas.shape import Shape
from services.core.processing import Outcome
from services.runtime.log import Draft, Record

R = TypeVar("R", bound=Shape)

# A record, as base64 within a dead letter and with its headers, must still fit into a message of 2 MiB.
MAX_EVENT_BYTES: Final = 1_400_000

# A case that grows past this is quarantined: design, "Topics".
MAX_STATE_BYTES: Final = 1_048_576

INGESTED: Final = "ce_ingestedtime"

Upcast = Callable[[bytes], bytes]


def _with_version(version: int) -> Upcast:
    """Fields that were only added, all with a default: the payload is one of the next version but for its number."""

    def upcast(value: bytes) -> bytes:
        return json.dumps({**json.loads(value), "version": version}, separators=(",", ":")).encode()

    return upcast


UPCASTS: Final[Mapping[str, tuple[str, Upcast]]] = {
    "code-edition.v1": ("code-edition.v2", _with_version(2)),
    "claim-case.v1": ("claim-case.v2", _with_version(2)),
    "claim-case.v2": ("claim-case.v3", _with_version(3)),
    "claim-case.v3": ("claim-case.v4", _with_version(4)),
    "claim-group.v1": ("claim-group.v2", _with_version(2)),
    "claim-group.v2": ("claim-group.v3", _with_version(3)),
    "interchange.v1": ("interchange.v2", _with_version(2)),
    "interchange.v2": ("interchange.v3", _with_version(3)),
    "interchange.v3": ("interchange.v4", _with_version(4)),
    "ledger.v1": ("ledger.v2", _with_version(2)),
    "ledger.v2": ("ledger.v3", _with_version(3)),
    "work-item.v1": ("work-item.v2", _with_version(2)),
    "work-item.v2": ("work-item.v3", _with_version(3)),
    "work-item.v3": ("work-item.v4", _with_version(4)),
    "work-item.v4": ("work-item.v5", _with_version(5)),
}
"""Of each type name that is no longer current, events and records alike: the next version's name, and the
payload of this version as one of the next."""


_RECORD_NAMES: Final = {record.model: record.name for record in RECORD_TYPES}


class UndecodableError(Exception):
    """A record is no event or state that we know. `reason` is a code; never a value."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@lru_cache(maxsize=4096)  # business times are midnights: a batch asks for the same few
def time_text(time: datetime) -> str:
    """RFC 3339 in UTC."""
    return time.astimezone(UTC).isoformat().replace("+00:00", "Z")


def source_of(service: str) -> str:
    """The CloudEvents source of what a service publishes."""
    return f"/reclaim/{service}"


def ingested_of(record: Record) -> str:
    """When the first cause of a record was seen, as RFC 3339 text: its header, else when it was appended."""
    return record.headers.get(INGESTED) or time_text(datetime.fromtimestamp(record.timestamp / 1000, UTC))


def to_event(outcome: Outcome, tenant: str, service: str) -> Event[Shape]:
    """The event that an outcome of this service is."""
    return Event(
        id=event_id(tenant, outcome.type, outcome.natural_key, outcome.sequence),
        type=outcome.type,
        source=source_of(service),
        time=outcome.time,
        key=outcome.key,
        data=outcome.data,
        topic=event_type(outcome.type).topic,
    )


def encode_outcome(outcome: Outcome, tenant: str, service: str, ingested: str) -> Draft:
    """The record of the event that an outcome of this service is, as `encode_event` makes it of `to_event`."""
    id_ = event_id(tenant, outcome.type, outcome.natural_key, outcome.sequence)
    return Draft(
        topic=event_type(outcome.type).topic,
        key=outcome.key,
        value=outcome.payload or outcome.data.encode(),
        headers=_headers(
            id_, outcome.type, source_of(service), time_text(outcome.time), outcome.key, ingested
        ),
    )


def encode_event(event: Event[Shape], ingested: str, partition: int | None = None) -> Draft:
    """The record of an event. `ingested`: RFC 3339 time at which its first cause was seen.
    `partition`: set for control records and for answers to a letter, else null (by the key)."""
    return Draft(
        topic=event_type(event.type).topic,
        key=event.key,
        value=event.data.encode(),
        headers=_headers(event.id, event.type, event.source, time_text(event.time), event.key, ingested),
        partition=partition,
    )


def encode_state(
    topic: str,
    key: str,
    value: bytes | None,
    cause: Event[Shape],
    *,
    model: type[Shape],
    service: str,
    ingested: str,
    partition: int,
) -> Draft:
    """The record of a state after the event `cause`; null is a tombstone. `value`: the state encoded."""
    type_ = record_type(model)
    return Draft(
        topic=topic,
        key=key,
        value=value,
        headers=_headers(
            content_id(type_, key, cause.id), type_, source_of(service), time_text(cause.time), key, ingested
        ),
        partition=partition,
    )


def _headers(id_: str, type_: str, source: str, time: str, subject: str, ingested: str) -> dict[str, str]:
    return {
        "ce_specversion": "1.0",
        "ce_id": id_,
        "ce_type": type_,
        "ce_source": source,
        "ce_time": time,
        "ce_subject": subject,
        "ce_dataschema": f"urn:reclaim:schema:{type_}",
        INGESTED: ingested,
        "content-type": "application/json",
    }


def decode_event(record: Record, reads: Mapping[str, type[Shape]] = MappingProxyType({})) -> Event[Shape]:
    """The event in a record, upcast to the current version. `reads` names narrower models for types of which
    the reader needs a part only.

    Raises UndecodableError (no key, no value, a header missing, an unknown type, another shape) and
    NewerVersionError.
    """
    headers = record.headers
    if record.key is None or record.value is None:
        raise UndecodableError("no_key" if record.key is None else "no_value")
    try:
        id_, source = headers["ce_id"], headers["ce_source"]
        type_, value = _upcast(headers["ce_type"], record.value)
        time = datetime.fromisoformat(headers["ce_time"])
    except KeyError:
        raise UndecodableError("header_missing") from None
    except ValueError:
        raise UndecodableError("time") from None
    try:
        model = reads.get(type_) or event_type(type_).model
    except KeyError:
        raise UndecodableError("unknown_type") from None
    return Event(id_, type_, source, time, record.key, _parse(model, value), record.topic, value)


def decode_state(record: Record, model: type[R]) -> R | None:
    """The state in a record of a compacted topic; null where it is a tombstone.

    Raises NewerVersionError where a newer release wrote it, UndecodableError where it cannot be read: both
    stop the worker, because going on would erase what it does not know.
    """
    if record.value is None:
        return None
    type_, value = _upcast(record.headers.get("ce_type", ""), record.value)
    base, _, version = type_.rpartition(".v")
    if not version.isdecimal():
        raise UndecodableError("header_missing")
    if int(version) > _version_of(model):
        raise NewerVersionError(base)
    if int(version) < _version_of(model):
        raise UndecodableError("no_upcast")
    return _parse(model, value)


def _parse(model: type[R], value: bytes) -> R:
    try:
        return model.parse(value)
    except ValidationError:
        # Not chained: the text of a validation error holds values of a claim.
        raise UndecodableError("schema") from None


def _upcast(type_: str, value: bytes) -> tuple[str, bytes]:
    while (step := UPCASTS.get(type_)) is not None:
        type_, value = step[0], step[1](value)
    return type_, value


def record_type(model: type[Shape]) -> str:
    """The type name of a state record (`claim-case.v1`): the registry's; a model that is not in it (a fold of a
    benchmark or a test) has its class's name."""
    return _RECORD_NAMES.get(model) or f"{model.__name__.lower()}.v{_version_of(model)}"


def _version_of(model: type[Shape]) -> int:
    """The version of a state record: the default of its field `version`."""
    return int(model.model_fields["version"].default)


def structured(record: Record) -> dict[str, object]:
    """CloudEvents structured JSON form of a record, with `topic`, `partition`, `offset`, `key` beside it.
    Data that is no JSON stands as `data_base64`, as CloudEvents says."""
    attributes = {
        name.removeprefix("ce_"): value for name, value in record.headers.items() if name.startswith("ce_")
    }
    shown: dict[str, object] = {
        **attributes,
        "datacontenttype": record.headers.get("content-type", "application/json"),
    }
    if record.value is not None:
        try:
            shown["data"] = json.loads(record.value)
        except ValueError:
            shown["data_base64"] = base64.b64encode(record.value).decode()
    else:
        shown["data"] = None
    return shown | {
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "key": record.key,
    }
