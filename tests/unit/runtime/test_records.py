"""The edge: what an event looks like as a record, and back; versions."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

import services.runtime.records as records
from schemas.control import Hold
from schemas.documentation import ClaimDocumented
from schemas.envelope import event_id
from schemas.registry import NewerVersionError
from services.core.processing import Outcome
from services.runtime.log import Draft, Record
from services.runtime.records import (
    UndecodableError,
    decode_event,
    decode_state,
    encode_event,
    encode_state,
    ingested_of,
    structured,
    time_text,
    to_event,
)
from tests.folds import DAY, INGESTED, TENANT

OUTCOME = Outcome(
    type="claim-documented.v1",
    key="main|k",
    natural_key="what makes it this fact",
    time=datetime(2025, 3, 1, tzinfo=UTC),
    data=ClaimDocumented(claim_number="C1", documented=DAY),
    sequence=3,
)
EVENT = to_event(OUTCOME, TENANT, "intake")
HOLD = Hold(subject="payer:P1", by="ann", since=DAY)


def record(draft: Draft) -> Record:
    return Record(draft.topic, 5, 7, draft.key, draft.value, draft.headers, 1_740_000_000_000)


def hold_record(value: bytes | None = b"", type_: str | None = None) -> Record:
    encoded = HOLD.encode() if value == b"" else value
    draft = encode_state(
        "holds", "payer:P1", encoded, EVENT, model=Hold, service="cli", ingested=INGESTED, partition=2
    )
    return record(replace(draft, headers={**draft.headers, "ce_type": type_ or draft.headers["ce_type"]}))


def test_an_events_id_is_a_function_of_tenant_type_natural_key_and_sequence() -> None:
    assert EVENT.id == event_id(TENANT, "claim-documented.v1", "what makes it this fact", 3)


def test_decoding_gives_back_the_event_that_was_encoded() -> None:
    assert decode_event(record(encode_event(EVENT, INGESTED))) == EVENT


def test_the_headers_are_the_cloudevents_attributes() -> None:
    draft = encode_event(EVENT, INGESTED)
    assert draft.topic == "claim-documented"
    assert draft.headers == {
        "ce_specversion": "1.0",
        "ce_id": EVENT.id,
        "ce_type": "claim-documented.v1",
        "ce_source": "/reclaim/intake",
        "ce_time": "2025-03-01T00:00:00Z",
        "ce_subject": "main|k",
        "ce_dataschema": "urn:reclaim:schema:claim-documented.v1",
        "ce_ingestedtime": INGESTED,
        "content-type": "application/json",
    }


def test_structured_form_has_attributes_data_and_place() -> None:
    shown = structured(record(encode_event(EVENT, INGESTED)))
    assert (shown["id"], shown["type"], shown["specversion"]) == (EVENT.id, "claim-documented.v1", "1.0")
    assert shown["data"] == json.loads(EVENT.data.encode())
    assert (shown["topic"], shown["partition"], shown["offset"]) == ("claim-documented", 5, 7)
    assert shown["key"] == shown["subject"] == "main|k"


def test_structured_form_of_what_is_no_json_is_base64() -> None:
    shown = structured(replace(record(encode_event(EVENT, INGESTED)), value=b"\xff"))
    assert shown["data_base64"] == "/w=="
    assert "data" not in shown


def test_time_is_told_in_utc() -> None:
    assert time_text(datetime(2025, 3, 1, 2, tzinfo=timezone(timedelta(hours=2)))) == "2025-03-01T00:00:00Z"


def test_a_record_without_the_header_was_ingested_when_it_was_appended() -> None:
    bare = replace(record(encode_event(EVENT, INGESTED)), headers={})
    assert ingested_of(bare) == "2025-02-19T21:20:00Z"
    assert ingested_of(record(encode_event(EVENT, INGESTED))) == INGESTED


def test_an_undecodable_record_is_told_by_a_code_and_carries_no_value() -> None:
    bad = replace(record(encode_event(EVENT, INGESTED)), value=b'{"claim_number": {"SECRET": 1}}')
    with pytest.raises(UndecodableError) as caught:
        decode_event(bad)
    assert str(caught.value) == "schema"
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_a_state_comes_back_and_a_tombstone_is_no_state() -> None:
    assert decode_state(hold_record(), Hold) == HOLD
    assert decode_state(hold_record(None), Hold) is None


def test_a_state_of_a_newer_version_is_refused() -> None:
    with pytest.raises(NewerVersionError):
        decode_state(hold_record(type_="hold.v2"), Hold)


def test_a_state_of_an_older_version_without_an_upcast_is_refused() -> None:
    with pytest.raises(UndecodableError, match="no_upcast"):
        decode_state(hold_record(type_="hold.v0"), Hold)


def test_an_older_version_is_upcast_step_by_step(monkeypatch: pytest.MonkeyPatch) -> None:
    def rename(value: bytes) -> bytes:
        old = json.loads(value)
        return json.dumps({"claim_number": old["number"], "documented": old["documented"]}).encode()

    upcasts = {
        "claim-documented.v-1": ("claim-documented.v0", lambda value: value.replace(b"nr", b"number")),
        "claim-documented.v0": ("claim-documented.v1", rename),
    }
    monkeypatch.setattr(records, "UPCASTS", upcasts)
    draft = encode_event(EVENT, INGESTED)
    old = replace(
        record(draft),
        value=b'{"nr": "C1", "documented": "2025-03-01"}',
        headers={**draft.headers, "ce_type": "claim-documented.v-1"},
    )
    assert decode_event(old) == EVENT
