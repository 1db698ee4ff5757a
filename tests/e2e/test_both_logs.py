"""The same input on the embedded log and on Kafka: the same intake events to the byte, and the same outcome."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from schemas.records.work_item import CLOSED
from tests.e2e.denied_claims import DAY, load_master_data, remittance, submitted
from tests.e2e.installation import CORPUS, Installation

pytestmark = pytest.mark.kafka

INTAKE_TOPICS = (
    "claim-submitted",
    "claim-acknowledged",
    "claim-adjudicated",
    "claim-denied",
    "remittance-adjusted",
    "group-recorded",
    "group-acknowledged",
)

# A file of each kind, with denials, reversals, PLB and a quarantined claim among them.
CORPUS_FILES = (
    "835/LinuxForHealth-x12__managed-care.835",
    "835/owgreen-dev-x12sdk__generated-bundling-denials.835",
    "835/owgreen-dev-x12sdk__generated-mixed-claims.835",
    "835/moov-io-x12__sample1.txt",
    "837p/AlexJReid-scribe__sample_837_multi_claim.edi",
    "837i/LinuxForHealth-x12__two-claims-single-provider.837i",
    "277ca/cosyte-x12__277ca-canonical.edi",
)

# Where and when a record was appended is the log's own; everything else is the event.
OF_THE_LOG = ("offset", "ingestedtime")

# Revision numbers count arrivals; so do what was proposed on the way, and who said the same fact first.
OF_THE_ARRIVAL = ("revision", "proposed_revision", "denial_event", "earlier", "answers_withdrawn", "requests")

FACTS = ("submissions", "adjudications", "acknowledgments", "provider_adjustments", "documentation")


def filled(reclaim: Installation) -> Installation:
    load_master_data(reclaim)
    reclaim.put("claims.837", submitted())
    reclaim.put("remittance.835", remittance())
    reclaim.put(
        "other.835",
        remittance("CAS*CO*4*{charge}~", claim="PATACC2", trace="EFT904", lines=(("HC:G0101", "80"),)),
    )
    if CORPUS.is_dir():
        for name in CORPUS_FILES:
            reclaim.put(name.replace("/", "_"), (CORPUS / name).read_bytes())
    ended = reclaim.run(DAY)
    assert ended.status == 0, ended.err
    return reclaim


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    return filled(Installation(tmp_path_factory.mktemp("embedded")))


def intake_events(reclaim: Installation) -> dict[str, list[dict[str, Any]]]:
    return {
        topic: sorted(
            (
                {name: value for name, value in event.items() if name not in OF_THE_LOG}
                for event in reclaim.events(topic)
            ),
            key=lambda event: str(event["id"]),
        )
        for topic in INTAKE_TOPICS
    }


def latest(reclaim: Installation, topic: str) -> dict[str, dict[str, Any]]:
    """The latest record of each key of a state topic."""
    return {event["key"]: event["data"] for event in reclaim.events(topic) if event["data"] is not None}


def facts(reclaim: Installation) -> dict[str, dict[str, list[str]]]:
    """Of each claim key the ids of what is known."""
    return {
        key: {kind: sorted(fact["id"] for fact in case[kind]) for kind in FACTS}
        for key, case in latest(reclaim, "claim-cases").items()
    }


def outcome(value: Any) -> Any:
    """A value without what counts arrivals, at any depth."""
    if isinstance(value, dict):
        return {name: outcome(inner) for name, inner in value.items() if name not in OF_THE_ARRIVAL}
    return [outcome(inner) for inner in value] if isinstance(value, list) else value


def items(reclaim: Installation) -> dict[str, Any]:
    """Of each claim key the lineages that are not closed, with their denial, causes and proposal. A lineage that was
    opened by a remittance and closed when its claim came is there only where the remittance came first."""
    return {
        key: sorted(
            (outcome(lineage) for lineage in item["lineages"] if lineage["status"] != CLOSED),
            key=lambda lineage: str(lineage["lineage"]),
        )
        for key, item in latest(reclaim, "work-items").items()
    }


def files(outbox: Path) -> dict[str, bytes]:
    return {str(path.relative_to(outbox)): path.read_bytes() for path in sorted(outbox.rglob("*.837"))}


def test_both_logs_come_to_the_same(embedded: Installation, on_kafka: Installation) -> None:
    filled(on_kafka)
    assert intake_events(on_kafka) == intake_events(embedded)
    assert facts(on_kafka) == facts(embedded)
    assert items(on_kafka) == items(embedded)
    assert files(on_kafka.outbox) == files(embedded.outbox)
    assert len(files(embedded.outbox)) == 1
    assert any(items(embedded).values())
