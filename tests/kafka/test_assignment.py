"""One member holds the same partition indexes of all inputs of its service, whoever comes and goes."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaAdminClient
from kafka.coordinator.assignors.range import RangePartitionAssignor

from services.runtime import kafka_session
from services.runtime.kafka import KafkaLog
from services.runtime.log import PermanentLogError
from tests.kafka.member import SESSION_SECONDS, inputs
from topics.cluster import Cluster
from topics.map import load_map
from topics.provisioning import apply

pytestmark = pytest.mark.kafka

PATIENCE = 60.0


class Member:
    """A process of tests/kafka/member.py; `held` is what it said last."""

    def __init__(self, cluster: Cluster, name: str) -> None:
        self.held: dict[str, list[int]] = {}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.kafka.member", cluster.bootstrap, cluster.prefix, name],
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
        )
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.held = json.loads(line)

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


def _shared(by: dict[str, set[int]]) -> bool:
    """Every member holds something, and together they hold each index once."""
    return all(by.values()) and sorted(index for held in by.values() for index in held) == list(range(8))


class Members:
    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.running: dict[str, Member] = {}
        self._admin = KafkaAdminClient(bootstrap_servers=cluster.bootstrap)

    def start(self, name: str) -> None:
        self.running[name] = Member(self.cluster, name)

    def kill(self, name: str) -> None:
        self.running.pop(name).kill()

    def settle(self) -> dict[str, dict[str, set[int]]]:
        """Wait until in every group the members hold all indexes between them, and check on the broker that
        each holds the same ones of every input. Returns service to member to indexes."""
        deadline = time.monotonic() + PATIENCE
        while True:
            assert all(m.process.poll() is None for m in self.running.values()), "a member stopped"
            told = {
                service: {name: set(m.held.get(service, ())) for name, m in self.running.items()}
                for service in inputs()
            }
            if all(_shared(by) for by in told.values()) and (held := self._on_broker()) == told:
                return held
            assert time.monotonic() < deadline, f"the groups do not settle: {told}"
            time.sleep(0.2)

    def _on_broker(self) -> dict[str, dict[str, set[int]]]:
        """What the group coordinator says, which knows nothing of our sessions' own check."""
        found: dict[str, dict[str, set[int]]] = {}
        for service, topics in inputs().items():
            group = f"{self.cluster.prefix}{service}"
            described: Any = self._admin.describe_groups([group])[group]
            members = found.setdefault(service, {})
            for member in described["members"]:
                by_topic = {
                    a["topic"]: set(a["partitions"])
                    for a in (member["member_assignment"] or {"assigned_partitions": []})[
                        "assigned_partitions"
                    ]
                }
                indexes = list(by_topic.values())
                assert all(one == indexes[0] for one in indexes), f"{service}: split indexes {by_topic}"
                assert not by_topic or by_topic.keys() == {f"{self.cluster.prefix}{t}" for t in topics}
                name = member["group_instance_id"].removeprefix(self.cluster.prefix)
                members[name] = indexes[0] if indexes else set()
        return found

    def close(self) -> None:
        for name in list(self.running):
            self.kill(name)
        self._admin.close()


@pytest.fixture
def members(cluster: Cluster) -> Iterator[Members]:
    apply(cluster, load_map())
    found = Members(cluster)
    yield found
    found.close()


def test_indexes_stay_together_with_one_two_and_three_members_a_kill_and_a_return(members: Members) -> None:
    members.start("one")
    assert all(by == {"one": set(range(8))} for by in members.settle().values())
    members.start("two")
    two = members.settle()
    assert all({len(indexes) for indexes in by.values()} == {4} for by in two.values()), two
    members.start("three")
    three = members.settle()
    assert all(sorted(map(len, by.values())) == [2, 3, 3] for by in three.values())

    members.kill("two")
    members.start("two")
    assert members.settle() == three, "one that returns in time gets back what it had"

    members.kill("two")
    time.sleep(SESSION_SECONDS)
    assert all({len(indexes) for indexes in by.values()} == {4} for by in members.settle().values())


def test_a_member_that_is_given_split_indexes_stops(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Splitting(RangePartitionAssignor):  # type: ignore[misc]
        name = "range"

        @classmethod
        def assign(cls, cluster: Any, members: Any) -> Any:
            given = super().assign(cluster, members)
            for assignment in given.values():
                topic, partitions = assignment.assigned_partitions[0]
                assignment.assigned_partitions[0] = (topic, partitions[1:])
            return given

    monkeypatch.setattr(kafka_session, "RangePartitionAssignor", Splitting)
    apply(cluster, load_map())
    log = KafkaLog(cluster, load_map())
    held: list[frozenset[int]] = []
    session = log.session(
        "g", "m", ["claim-denied", "claim-submitted"], on_assigned=held.append, on_revoked=lambda _: None
    )
    with pytest.raises(PermanentLogError, match="same partition indexes"):
        session.poll(10, 30.0)
    assert held == []
    log.close()


def test_a_long_batch_does_not_cost_the_membership(cluster: Cluster) -> None:
    apply(cluster, load_map())
    log = KafkaLog(cluster, load_map())
    told: list[str] = []
    session = log.session(
        "g",
        "m",
        ["claim-denied"],
        on_assigned=lambda _: told.append("assigned"),
        on_revoked=lambda _: told.append("revoked"),
    )
    while not session.partitions:
        session.poll(10, 0.2)
    time.sleep(cluster.session_seconds * 2)
    session.poll(10, 0.2)
    assert told == ["assigned"]
    log.close()
