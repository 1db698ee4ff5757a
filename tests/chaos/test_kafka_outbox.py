"""Two and three workers on Kafka bring hundreds of claims to one outbox, and die at any step of it; then the checker
reads the files and the topics only. 500 claims in the test run, 10,000 in the soak. RECLAIM_SEED sets the seed.
"""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from schemas.envelope import Event
from schemas.resubmission import ClaimDelivered
from services.runtime.blobs import Blobs
from services.runtime.kafka import KafkaLog
from services.runtime.log import Appender, Draft, TopicPartition, TransientLogError
from services.runtime.records import decode_event, encode_event
from tests.chaos.house import INGESTED, approvals, finished, many_claims, profiles_of_the_tests
from tests.chaos.outgoing import faults
from tests.decisions import TENANT
from topics.cluster import Cluster
from topics.map import load_map
from topics.provisioning import apply

pytestmark = pytest.mark.kafka

ROOT = Path(__file__).resolve().parents[2]
SEED = int(os.environ.get("RECLAIM_SEED", "7"))
PATIENCE = 400
TOGETHER = 200
ATTEMPTS = 5
SESSION_SECONDS = 10
"""Several processes and a broker on two cores: one that is starved for three seconds is not dead."""


class Senders:
    """Worker processes that share an outbox and a store of definitions, each with caches of its own."""

    def __init__(self, cluster: Cluster, home: Path, count: int, steps: int) -> None:
        self._home, self._steps = home, steps
        self.outbox = home / "outbox"
        self._environment = {
            **os.environ,
            "RECLAIM_TENANT": TENANT,
            "RECLAIM_BLOBS": str(home / "blobs"),
            "RECLAIM_KAFKA_BOOTSTRAP": cluster.bootstrap,
            "RECLAIM_KAFKA_PREFIX": cluster.prefix,
            "RECLAIM_KAFKA_REPLICATION": "1",
            "RECLAIM_KAFKA_SESSION_SECONDS": str(SESSION_SECONDS),
            "RECLAIM_KAFKA_TRANSACTION_SECONDS": str(cluster.transaction_seconds),
        }
        self._seeds = itertools.count(SEED * 1_000)
        self._members = [f"w{number}" for number in range(count)]
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self.deaths = 0

    def start(self, member: str, steps: int) -> None:
        arguments = (self._home / member, member, self.outbox, next(self._seeds), steps)
        with self._said(member).open("ab") as said:
            self._running[member] = subprocess.Popen(
                [sys.executable, "-m", "tests.chaos.sender", *map(str, arguments)],
                cwd=ROOT,
                env=self._environment,
                stderr=said,
            )

    def _said(self, member: str) -> Path:
        return self._home / f"{member}.stderr"

    def look(self, *, deadly: bool) -> None:
        """Begin anew who has died."""
        for member in self._members:
            process = self._running.get(member)
            if process is not None and process.poll() is not None:
                assert process.returncode == 9, self._said(member).read_text()[-4_000:]
                self.deaths += 1
            if process is None or process.poll() is not None:
                self.start(member, self._steps if deadly else 0)

    def close(self) -> None:
        for process in self._running.values():
            process.kill()
            process.wait()


def publish(log: KafkaLog, blobs: Path, events: list[Event[object]], per_file: int) -> None:
    definition, profile_changed = profiles_of_the_tests(Blobs(blobs), per_file)
    appender = log.appender("approvals")
    commit(appender, [definition])
    drafts: list[Draft] = []
    for event in (profile_changed, *events):
        partitions = range(log.partition_count) if event.topic == "control" else (None,)
        drafts += [encode_event(event, INGESTED, partition) for partition in partitions]
    for at in range(0, len(drafts), TOGETHER):
        commit(appender, drafts[at : at + TOGETHER])
    appender.close()


def commit(appender: Appender, drafts: list[Draft]) -> None:
    """The same drafts again where nothing was committed, as the port says: the broker may just have started."""
    for _ in range(ATTEMPTS):
        try:
            appender.commit(drafts)
            return
        except TransientLogError:
            time.sleep(1)
    raise AssertionError("the broker does not take what is appended")


class Delivered:
    """How many claims are reported as delivered. Reads what has come since the last look only."""

    def __init__(self, log: KafkaLog) -> None:
        self._log = log
        self._next: dict[TopicPartition, int] = {}
        self._count = 0

    def look(self) -> int:
        ends = self._log.ends(["claim-delivered"])
        spans = {tp: (self._next.get(tp, 0), end) for tp, end in ends.items()}
        records = map(decode_event, self._log.read_together(spans))
        self._count += sum(isinstance(event.data, ClaimDelivered) for event in records)
        self._next = dict(ends)
        return self._count


@pytest.mark.parametrize(
    ("count", "per_file", "steps", "deaths"),
    [
        pytest.param(500, 9, 60, 4, id="500"),
        pytest.param(10_000, 50, 300, 40, id="10000", marks=pytest.mark.soak),
    ],
)
@pytest.mark.parametrize("workers", [2, 3])
def test_the_outbox_holds_each_claim_once_whoever_dies(
    cluster: Cluster, tmp_path: Path, workers: int, count: int, per_file: int, steps: int, deaths: int
) -> None:
    apply(cluster, load_map())
    log = KafkaLog(cluster, load_map())
    publish(log, tmp_path / "blobs", list(approvals(many_claims(count))), per_file)
    senders = Senders(cluster, tmp_path, workers, steps)
    delivered = Delivered(log)
    deadline = time.monotonic() + PATIENCE * (1 if count <= 500 else 10)
    try:
        while (done := delivered.look()) < count:
            assert time.monotonic() < deadline, f"{done} of {count} after {senders.deaths} deaths"
            senders.look(deadly=senders.deaths < deaths)
            time.sleep(0.2)
    finally:
        senders.close()
    files = {path.name: path.read_bytes() for path in finished(senders.outbox)}
    assert faults(log, files) == []
    assert senders.deaths >= deaths
    log.close()
