"""The simulated payer of tests/e2e/test_simulated_payer.py against Reclaim on a real Kafka."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.payer.desk import Desk
from tests.payer.rules import Rules
from tests.payer.simulation import Simulation
from tests.payer.witness import compare
from topics.cluster import Cluster


def simulated(home: Path, cluster: Cluster, count: int, **how: int) -> Simulation:
    environment = {
        "RECLAIM_LOG": "kafka",
        "RECLAIM_KAFKA_BOOTSTRAP": cluster.bootstrap,
        "RECLAIM_KAFKA_PREFIX": cluster.prefix,
        "RECLAIM_KAFKA_REPLICATION": "1",
        "RECLAIM_KAFKA_SESSION_SECONDS": "6",
    }
    home.mkdir(parents=True, exist_ok=True)
    topics = Desk(home, environment)
    topics.reclaim("topics", "apply")
    topics.leave()
    simulation = Simulation(home, count, Rules(seed=how.pop("seed", 7)), environment, **how)
    simulation.run()
    return simulation


@pytest.mark.kafka
def test_three_hundred_claims_end_as_the_books_of_the_payer_say(tmp_path: Path, cluster: Cluster) -> None:
    simulation = simulated(tmp_path / "kafka", cluster, 300, step=28, kills=1, patience=10)
    witness = compare(simulation)
    simulation.desk.leave()
    assert witness.differences == []
    assert simulation.desk.killed == 1


@pytest.mark.kafka
@pytest.mark.soak
def test_five_thousand_claims_end_as_the_books_of_the_payer_say(tmp_path: Path, cluster: Cluster) -> None:
    simulation = simulated(
        tmp_path / "kafka", cluster, 5_000, step=14, kills=10, batch=500, patience=60, seed=11
    )
    witness = compare(simulation)
    simulation.desk.leave()
    assert witness.differences == []
