"""`events`: CloudEvents structured JSON, one a line, with where it stands."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from services.deployment.opening import Deployment
from tests.unit.cli.conftest import Reclaim

CORPUS = Path(__file__).resolve().parents[4] / "shared" / "corpus"
FILE = CORPUS / "837p" / "AlexJReid-scribe__sample_837_multi_claim.edi"

pytestmark = pytest.mark.skipif(
    not CORPUS.exists(), reason="the corpus lies beside a development checkout only"
)


@pytest.fixture
def lines(reclaim: Reclaim) -> list[dict[str, object]]:
    reclaim("ingest", FILE)
    return [json.loads(line) for line in reclaim("events", "claim-submitted").out.splitlines()]


def test_each_line_is_a_structured_cloud_event_with_its_place(lines: list[dict[str, object]]) -> None:
    needed = {"specversion", "id", "type", "source", "time", "subject", "dataschema", "ingestedtime", "data"}
    place = {"topic", "partition", "offset", "key"}
    assert lines
    assert all(line.keys() >= needed | place for line in lines)
    assert {line["type"] for line in lines} == {"claim-submitted.v1"}


def test_one_claim_is_found_by_its_number_in_any_writing(
    reclaim: Reclaim, lines: list[dict[str, object]]
) -> None:
    data = lines[0]["data"]
    assert isinstance(data, dict)
    found = reclaim(
        "events", "claim-submitted", "--claim", f" {data['claim_number'].lower()} "
    ).out.splitlines()
    numbers = {json.loads(line)["data"]["claim_number"] for line in found}
    assert numbers == {data["claim_number"]}
    assert len(lines) > len(found)


def test_a_topic_that_is_keyed_otherwise_is_searched_by_what_it_says(
    reclaim: Reclaim, deployment: Deployment, lines: list[dict[str, object]]
) -> None:
    data = lines[0]["data"]
    assert isinstance(data, dict)
    assert reclaim("events", "outbound", "--claim", data["claim_number"]).out == ""
    assert reclaim("events", "intake-files", "--claim", data["claim_number"]).out == ""
