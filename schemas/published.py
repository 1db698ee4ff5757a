"""The language written out for others: JSON Schema of every event and record, and an AsyncAPI document."""

from __future__ import annotations

import json
from typing import Any, Final

from schemas.records.registry import RECORD_TYPES, RecordType
from schemas.registry import EVENT_TYPES, EventType
from schemas.shape import Shape

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
ASYNCAPI_VERSION: Final = "3.0.0"

PUBLISHED: Final[tuple[EventType | RecordType, ...]] = (*EVENT_TYPES, *RECORD_TYPES)

_ENVELOPE: Final[dict[str, str]] = {
    "ce_specversion": "CloudEvents version, 1.0",
    "ce_id": "hash of tenant, type, natural key and sequence",
    "ce_type": "event type with its version",
    "ce_source": "the service that wrote it",
    "ce_time": "business time, from the data",
    "ce_subject": "the record key",
    "ce_dataschema": "name of the payload's JSON Schema",
    "ce_ingestedtime": "when intake saw it",
}


def documents() -> dict[str, str]:
    """File name -> text of everything that is published, in a stable order and form."""
    written = {f"{t.name}.schema.json": _text(_schema(t.name, t.model)) for t in PUBLISHED}
    written["asyncapi.json"] = _text(_asyncapi())
    return dict(sorted(written.items()))


def _schema(name: str, model: type[Shape]) -> dict[str, Any]:
    # Consumers ignore what they do not know, so the published schema does not forbid it either.
    schema = _opened(model.model_json_schema(mode="serialization"))
    return {"$schema": DIALECT, "$id": name, **schema}


def _opened(node: Any) -> Any:
    if isinstance(node, dict):
        return {key: _opened(value) for key, value in node.items() if key != "additionalProperties" or value}
    if isinstance(node, list):
        return [_opened(item) for item in node]
    return node


def _asyncapi() -> dict[str, Any]:
    channels: dict[str, Any] = {}
    messages: dict[str, Any] = {}
    for published in PUBLISHED:
        channel = channels.setdefault(published.topic, {"address": published.topic, "messages": {}})
        channel["messages"][published.name] = {"$ref": f"#/components/messages/{published.name}"}
        messages[published.name] = {
            "name": published.name,
            "summary": (published.model.__doc__ or published.name).strip().splitlines()[0],
            "contentType": "application/json",
            "headers": {"$ref": "#/components/schemas/envelope"},
            "payload": {"$ref": f"./{published.name}.schema.json"},
        }
    return {
        "asyncapi": ASYNCAPI_VERSION,
        "info": {
            "title": "Reclaim",
            "version": "1",
            "description": "Claims denials as a stream: CloudEvents 1.0 in binary mode, one JSON payload a record.",
        },
        "defaultContentType": "application/json",
        "channels": dict(sorted(channels.items())),
        "components": {
            "messages": messages,
            "schemas": {
                "envelope": {
                    "type": "object",
                    "properties": {h: {"type": "string", "description": d} for h, d in _ENVELOPE.items()},
                }
            },
        },
    }


def _text(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"
