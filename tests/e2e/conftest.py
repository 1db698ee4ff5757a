"""An installation on the embedded log, and the same on a corner of a real Kafka."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.denied_claims import DAY, PROFILE, load_master_data, remittance, submitted
from tests.e2e.installation import Installation
from topics.cluster import Cluster

BY_HAND = PROFILE.replace("value: [prior_authorization]", "value: []")


@pytest.fixture
def reclaim(tmp_path: Path) -> Installation:
    """On the embedded log."""
    return Installation(tmp_path)


@pytest.fixture
def on_kafka(tmp_path: Path, cluster: Cluster) -> Installation:
    """On a corner of Kafka of its own, its topics made by `reclaim topics apply`."""
    made = Installation(
        tmp_path / "kafka",
        {
            "RECLAIM_LOG": "kafka",
            "RECLAIM_KAFKA_BOOTSTRAP": cluster.bootstrap,
            "RECLAIM_KAFKA_PREFIX": cluster.prefix,
            "RECLAIM_KAFKA_REPLICATION": "1",
            "RECLAIM_KAFKA_SESSION_SECONDS": "6",
        },
    )
    made.home.mkdir()
    made.ok("topics", "apply")
    return made


@pytest.fixture(scope="session")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """Everything is on file for the denied claim, and no file has come. Tests work on a copy."""
    made = Installation(tmp_path_factory.mktemp("loaded"))
    load_master_data(made)
    return made


@pytest.fixture(scope="session")
def proposed(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """The denial waits for a person, because the payer is not switched on. Tests that decide work on a copy."""
    made = Installation(tmp_path_factory.mktemp("proposed"))
    load_master_data(made, BY_HAND)
    made.put("claims.837", submitted())
    made.put("remittance.835", remittance())
    ended = made.run(DAY)
    assert ended.status == 0, ended.err
    return made
