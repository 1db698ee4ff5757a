"""Services on Kafka, killed with -9 in the middle of their batches while a producer appends.

With one, two and three worker processes over all inputs of two services; then the checker reads topics only.
One is killed three times in the test run, twenty times in the soak (marker `soak`). RECLAIM_SEED sets the seed.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from services.runtime.kafka import KafkaLog
from services.runtime.log import TopicPartition
from tests.chaos.checker import CLASSIFYING, repeated_ids, unanswered, without_revisions, wrong_states
from tests.chaos.producer import DUE, WITHOUT_END
from tests.chaos.service import SERVICES
from tests.folds import opened
from topics.cluster import Cluster
from topics.map import load_map
from topics.provisioning import apply

pytestmark = pytest.mark.kafka

ROOT = Path(__file__).resolve().parents[2]
SEED = int(os.environ.get("RECLAIM_SEED", "7"))

EVENTS_AT_ONCE = 300
PATIENCE = 120.0

# In which the markers of the last commits are written.
SETTLING = 1.0


class Deployment:
    """Worker processes of a Kafka deployment, each with a data folder of its own, as on several machines."""

    def __init__(self, cluster: Cluster, data: Path, workers: int) -> None:
        self.cluster = cluster
        self.data = data
        self.log = KafkaLog(cluster, load_map())
        self._environment = {
            **os.environ,
            "RECLAIM_KAFKA_BOOTSTRAP": cluster.bootstrap,
            "RECLAIM_KAFKA_PREFIX": cluster.prefix,
            "RECLAIM_KAFKA_REPLICATION": "1",
            "RECLAIM_KAFKA_SESSION_SECONDS": str(cluster.session_seconds),
            "RECLAIM_KAFKA_TRANSACTION_SECONDS": str(cluster.transaction_seconds),
        }
        self.running: dict[str, subprocess.Popen[str]] = {}
        self._starting: set[str] = set()
        self._produced = 0
        for number in range(workers):
            self.start(f"w{number}")
        self.wait_until_ready()

    def wait_until_ready(self) -> None:
        """Until every process has said so; a signal before that would end it by itself."""
        for member in self._starting & self.running.keys():
            said = self.running[member].stdout
            assert said is not None
            assert said.readline() == "ready\n"
        self._starting.clear()

    def start(self, member: str) -> None:
        self._starting.add(member)
        self.running[member] = self.spawn(
            "tests.chaos.service", "kafka", str(self.data / member), member, *SERVICES
        )

    def spawn(self, module: str, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            cwd=ROOT,
            env=self._environment,
            stdout=subprocess.PIPE,
            text=True,
        )

    def work_off(self, count: int) -> None:
        """Append so much, and wait until the services have answered it and no transaction is open."""
        assert self.produce(count, self._produced).wait(timeout=PATIENCE) == 0
        self._produced += count
        self.drain()
        time.sleep(SETTLING)

    def produce(self, count: int, first: int = 0) -> subprocess.Popen[str]:
        return self.spawn(
            "tests.chaos.producer", "kafka", str(self.data / "producer"), str(count), str(first)
        )

    def kill_at_work(self, member: str, seconds: float) -> None:
        """Kill it so long after the services were last seen to commit."""
        self.wait_for_work()
        time.sleep(seconds)
        process = self.running.pop(member)
        process.send_signal(signal.SIGKILL)
        process.wait()

    def wait_for_work(self) -> None:
        before = self.handled()
        wait(lambda: self.handled() > before)

    def handled(self) -> int:
        return sum(n for name in SERVICES for n in self.log.positions(name).values())

    def drain(self) -> None:
        """Wait until every record of every input is committed by its service."""
        wait(lambda: all(process.poll() is None for process in self.running.values()) and self._at_end())

    def _at_end(self) -> bool:
        for name, processor in SERVICES.items():
            positions = self.log.positions(name)
            for tp, end in self.log.ends([*processor.inputs, "control"]).items():
                # Behind the last record may stand the marker of its transaction, which nobody commits.
                if positions.get(tp, 0) < end and positions.get(tp, 0) < self._end(tp):
                    return False
        return True

    def _end(self, tp: TopicPartition) -> int:
        last = self.log.last(tp.topic, tp.partition)
        return 0 if last is None else last.offset + 1

    def leave(self) -> None:
        """All stop cleanly."""
        self.wait_until_ready()
        for process in self.running.values():
            process.terminate()
        assert {process.wait(timeout=60) for process in self.running.values()} == {0}

    def close(self) -> None:
        for process in self.running.values():
            process.kill()
            process.wait()
        self.log.close()


def wait(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it does not come to pass"
        time.sleep(0.05)


@contextmanager
def deployed(cluster: Cluster, data: Path, workers: int) -> Iterator[Deployment]:
    apply(cluster, load_map())
    deployment = Deployment(cluster, data, workers)
    try:
        yield deployment
    finally:
        deployment.close()


def check(log: KafkaLog) -> None:
    """What the topics alone must show."""
    assert repeated_ids(log, "case-changed", "denial-classified", "dead-letters") == []
    assert repeated_ids(log, "work-items", "claim-cases") == []
    assert unanswered(log) == []
    assert wrong_states(log, CLASSIFYING, without_revisions) == []


@pytest.mark.parametrize("kills", [3, pytest.param(20, marks=pytest.mark.soak)])
@pytest.mark.parametrize("workers", [1, 2, 3])
def test_workers_that_are_killed_answer_everything_once(
    cluster: Cluster, tmp_path: Path, workers: int, kills: int
) -> None:
    chances = random.Random(SEED + workers)
    with deployed(cluster, tmp_path, workers) as deployment:
        log = deployment.log
        producer = deployment.produce(WITHOUT_END)
        for number in range(kills):
            victim = chances.choice(sorted(deployment.running))
            deployment.kill_at_work(victim, chances.uniform(0.0, 0.5))
            if workers > 1 and number % 2:
                # Away for longer than its session: the others take its partitions over, and give them back.
                time.sleep(cluster.session_seconds + 1)
            deployment.start(victim)
        producer.terminate()
        assert producer.wait(timeout=PATIENCE) == 0
        deployment.drain()
        log.appender("day").commit([opened(DUE, partition) for partition in range(log.partition_count)])
        victim = chances.choice(sorted(deployment.running))
        deployment.kill_at_work(victim, chances.uniform(0.0, 0.05))
        deployment.start(victim)
        deployment.drain()
        deployment.leave()
        check(log)


def test_workers_live_through_a_broker_that_is_killed_and_one_that_is_restarted(
    own_broker: Any, tmp_path: Path
) -> None:
    """They wait for it, keep their partitions and go on. Between transactions: a single node that is killed in
    one may itself lose markers of it (docs/decisions/0014), which three nodes do not."""
    cluster = Cluster(own_broker.address, replication=1, session_seconds=6.0)
    with deployed(cluster, tmp_path, 2) as deployment:
        for kill in (True, False):
            deployment.work_off(EVENTS_AT_ONCE)
            own_broker.stop(kill=kill)
            own_broker.start()
        deployment.work_off(EVENTS_AT_ONCE)
        log = deployment.log
        log.appender("day").commit([opened(DUE, partition) for partition in range(log.partition_count)])
        deployment.drain()
        deployment.leave()
        check(log)
