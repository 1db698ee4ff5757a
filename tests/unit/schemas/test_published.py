"""The published language is current, and every golden example of version 1 still parses to the same bytes."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from schemas.published import PUBLISHED, documents
from services.runtime.records import UPCASTS

SCHEMAS = Path(__file__).parents[3] / "schemas"
GOLDEN = SCHEMAS / "golden"


def test_written_documents_are_current() -> None:
    written = {path.name: path.read_text(encoding="utf-8") for path in (SCHEMAS / "published").glob("*.json")}
    assert written == documents()


@pytest.mark.parametrize("published", PUBLISHED, ids=lambda p: p.name)
def test_golden_example_parses_to_the_same_bytes(published: object) -> None:
    golden = (GOLDEN / f"{published.name}.json").read_bytes()
    parsed = published.model.parse(golden)
    assert (
        parsed.encode() == json.dumps(json.loads(golden), separators=(",", ":"), ensure_ascii=False).encode()
    )


@pytest.mark.parametrize("older", sorted(UPCASTS))
def test_golden_example_of_an_older_version_is_read_as_one_of_the_current(older: str) -> None:
    name, value = older, (GOLDEN / f"{older}.json").read_bytes()
    while name in UPCASTS:
        name, upcast = UPCASTS[name]
        value = upcast(value)
    model = next(p.model for p in PUBLISHED if p.name == name)
    parsed = model.parse(value)
    assert f"v{parsed.version}" == name.rpartition(".")[2]


@pytest.mark.parametrize("published", PUBLISHED, ids=lambda p: p.name)
def test_golden_example_is_valid_against_its_published_schema(published: object) -> None:
    schema = json.loads(documents()[f"{published.name}.schema.json"])
    jsonschema.validate(json.loads((GOLDEN / f"{published.name}.json").read_text(encoding="utf-8")), schema)


@pytest.mark.parametrize("published", PUBLISHED, ids=lambda p: p.name)
def test_unknown_field_is_ignored_by_a_consumer_and_refused_to_a_producer(published: object) -> None:
    golden = json.loads((GOLDEN / f"{published.name}.json").read_text(encoding="utf-8"))
    newer = json.dumps(golden | {"field_of_a_later_minor": 1})
    assert published.model.parse(newer) == published.model.parse(json.dumps(golden))
    with pytest.raises(ValueError, match="field_of_a_later_minor"):
        published.model.model_validate_json(newer)


def test_every_channel_of_asyncapi_is_a_topic_of_the_map() -> None:
    from topics.map import load_map

    assert set(json.loads(documents()["asyncapi.json"])["channels"]) == set(load_map().names)
