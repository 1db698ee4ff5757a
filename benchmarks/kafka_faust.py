"""Each service on Kafka beside the same processor in stock faust-streaming, on the same broker.

    python -m benchmarks.kafka_faust [--claims 1000] [--rounds 3] [--stage classifier]...

Three ways to do the same work, by turns: our worker (transactions), a client that only reads, writes records of
the same sizes and commits, and a Faust agent with stock settings (at least once) that calls the same processor
and keeps its states in a Faust table. The brokers come from RECLAIM_KAFKA_*.
"""

from __future__ import annotations

import argparse
import os
import pickle
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Final

from benchmarks.harness import Work, fresh_log, load, prepare, run_pass, run_worker, work_of
from schemas.shape import Shape
from services.core.processing import WithPartition
from services.deployment.opening import open_log
from services.deployment.parts import PROCESSORS
from services.runtime.blobs import Blobs
from services.runtime.configuration import CONTROL, Contexts, Definitions
from services.runtime.log import Log, Record
from services.runtime.records import decode_event, encode_event, ingested_of, to_event
from services.runtime.settings import Settings
from topics.cluster import Cluster, read_cluster

GOAL: Final = 2.0
"""Times the rate of stock Faust, to be reached by each stage."""

STAGES: Final = ("classifier", "recoder", "resubmitter")
"""Those with a state of their own for each claim, which is what a Faust table is."""

FAUST_SECONDS: Final = 300.0

PROJECT: Final = Path(__file__).parents[1]


def run_faust(settings: Settings, work: Work, folder: Path) -> float:
    """Seconds in which a Faust worker, in a process of its own, handles the inputs that were loaded."""
    order = folder / "faust.pickle"
    order.write_bytes(
        pickle.dumps(
            (settings.data, dict(settings.kafka), work.settings.blobs, work.processor.name, len(work.inputs))
        )
    )
    answer = order.with_suffix(".seconds")
    answer.unlink(missing_ok=True)
    subprocess.run(
        [sys.executable, "-m", "benchmarks.kafka_faust", "--faust", str(order)],
        cwd=PROJECT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=FAUST_SECONDS,
        check=False,
    )
    if not answer.exists():
        raise SystemExit("Faust did not handle its input")
    return float(answer.read_text())


class Agent:
    """The processor as a Faust application, the way Faust's own documentation would write it."""

    def __init__(
        self, log: Log, cluster: Cluster, blobs: Path, stage: str, events: int, answer: Path
    ) -> None:
        """Writes the seconds it took for so many events into `answer`, and ends the process."""
        import faust

        self.processor = PROCESSORS[stage]
        self._events = events
        self._answer = answer
        self._handled = 0
        self._started = 0.0
        self._prefix = cluster.prefix
        self._contexts = Contexts(log, "main", Definitions(log, Blobs(blobs)))
        self._contexts.load({tp.partition: end for tp, end in log.ends([CONTROL]).items()})
        self._contexts.refresh_holds()
        self.app: Any = faust.App(
            f"{cluster.prefix}faust",
            broker=f"kafka://{cluster.bootstrap}",
            store="memory://",
            topic_partitions=log.partition_count,
            topic_replication_factor=1,
            consumer_auto_offset_reset="earliest",
            web_enabled=False,
        )
        self._states = self.app.Table("states", key_type=str, value_type=str)
        self._topics: dict[str, Any] = {}
        inputs = [t for t in self.processor.inputs if t != CONTROL]
        source = self.app.topic(*(self._prefix + t for t in inputs), **_RAW)
        self.app.agent(source)(self._handle)

    async def _handle(self, stream: Any) -> None:
        async for event in stream.events():
            self._started = self._started or time.perf_counter()
            await self._take(event.message)
            self._handled += 1
            if self._handled == self._events:
                await self.app.producer.flush()
                self._answer.write_text(f"{time.perf_counter() - self._started:.3f}")
                # A clean stop would wait for this very agent.
                os._exit(0)

    async def _take(self, message: Any) -> None:
        topic = message.topic.removeprefix(self._prefix)
        headers = {name: text.decode() for name, text in dict(message.headers or {}).items()}
        record = Record(
            topic,
            message.partition,
            message.offset,
            message.key.decode(),
            message.value,
            headers,
            int(message.timestamp * 1000),
        )
        event: Any = decode_event(record)
        before = self._state(topic, event.key)
        after, outcomes = self.processor.handle(before, event, self._contexts.of(message.partition))
        assert not isinstance(after, WithPartition)
        for outcome in outcomes:
            draft = encode_event(to_event(outcome, "main", self.processor.name), ingested_of(record))
            assert draft.key is not None
            await self._topic(draft.topic).send(
                key=draft.key.encode(),
                value=draft.value,
                headers={name: text.encode() for name, text in draft.headers.items()},
            )
        if after is not None and after is not before:
            assert isinstance(after, Shape)
            self._states[event.key] = after.encode().decode()

    def _state(self, topic: str, key: str) -> Any:
        value = self._states.get(key)
        state_topic = self.processor.state_topic_for(topic)
        return (
            None if value is None or state_topic is None else self.processor.models[state_topic].parse(value)
        )

    def _topic(self, name: str) -> Any:
        if name not in self._topics:
            self._topics[name] = self.app.topic(self._prefix + name, **_RAW)
        return self._topics[name]


_RAW: Final[dict[str, Any]] = {
    "key_type": bytes,
    "value_type": bytes,
    "key_serializer": "raw",
    "value_serializer": "raw",
}


def serve_faust(order: Path) -> None:
    """The process of `run_faust`."""
    data, kafka, blobs, stage, events = pickle.loads(order.read_bytes())
    settings = Settings(tenant="main", key_secret=b"", data=data, blobs=blobs, log="kafka", kafka=kafka)
    agent = Agent(
        open_log(settings), read_cluster(kafka), blobs, stage, events, order.with_suffix(".seconds")
    )
    sys.argv = [
        "faust",
        "--datadir",
        str(order.parent / "faust-data"),
        "worker",
        "-l",
        "info",
        "--without-web",
    ]
    agent.app.main()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--claims", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--stage", choices=STAGES, action="append")
    parser.add_argument("--faust", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.faust is not None:
        serve_faust(asked.faust)
        return
    print(
        "| stage on kafka | events | worker events/s | pass-through | of the pass-through | stock Faust | times Faust |"
    )
    print("|---|---:|---:|---:|---:|---:|---:|")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepared = prepare(folder / "prepared", asked.claims)
        for stage in asked.stage or STAGES:
            work = work_of(prepared, stage)
            taken = []
            for _ in range(asked.rounds):
                with fresh_log("kafka", folder / "logs") as (log, settings):
                    worker = run_worker(log, settings, work)
                with fresh_log("kafka", folder / "logs") as (log, settings):
                    passed = run_pass(log, work)
                with fresh_log("kafka", folder / "logs") as (log, settings):
                    load(log, (*work.definitions, *work.inputs))
                    taken.append((worker, passed, run_faust(settings, work, folder)))
            events = len(work.inputs)
            rates = [events / statistics.median(column) for column in zip(*taken, strict=True)]
            of_pass = statistics.median(passed / worker for worker, passed, _ in taken)
            times = statistics.median(slow / worker for worker, _, slow in taken)
            print(
                f"| {stage} | {events} | {rates[0]:.0f} | {rates[1]:.0f} | {of_pass:.0%} | {rates[2]:.0f} | {times:.1f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
