"""What the stage benchmarks stand on: a log full of real work, and the same work on a fresh log of either kind.

`prepare` lets `reclaim run` carry generated claims and their denials all the way, so that every topic holds what
it holds in use. `Work` is the input of one service out of it, with what the service made of it; `load` puts the
input on a fresh log; `run_worker` and `run_pass` handle it: by the service's worker, or by a client that only
reads, writes records of the same sizes, and commits.
"""

from __future__ import annotations

import gc
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from benchmarks.path import DAY, PROFILE, authorizations, claims, remittances
from services.core.processing import Processor
from services.delivery.outbox import Outbox
from services.deployment.opening import open_log
from services.deployment.parts import PROCESSORS
from services.runtime.blobs import Blobs
from services.runtime.configuration import CONTROL, Definitions
from services.runtime.letters import DEAD_LETTERS
from services.runtime.log import Draft, Log, Record, TopicPartition
from services.runtime.settings import LogKind, Settings, load_settings
from services.runtime.worker import Worker
from topics.cluster import read_cluster
from topics.map import load_map
from topics.provisioning import apply

DEFINITIONS: Final = ("code-editions", "rule-sets", "payer-profiles", "holds", CONTROL)
"""What a worker needs beside its inputs; loaded before the clock starts."""

BATCH: Final = 500
"""Records of one poll, as in the main loop."""

_LOADED_TOGETHER: Final = 500


@dataclass(frozen=True, slots=True)
class Work:
    """The input of one service and what it made of it: outcomes and state records."""

    processor: Processor[Any]
    inputs: tuple[Draft, ...]
    definitions: tuple[Draft, ...]
    outputs: tuple[Draft, ...]
    settings: Settings
    """of the prepared installation: its blobs hold the definitions"""

    @property
    def batch(self) -> int:
        """Records of a transaction of this service."""
        return min(BATCH, self.processor.records_per_step or BATCH)

    @property
    def topics(self) -> tuple[str, ...]:
        """What the service's worker subscribes to."""
        return tuple(dict.fromkeys((*self.processor.inputs, CONTROL, DEAD_LETTERS)))


def prepare(folder: Path, count: int) -> Settings:
    """Carry `count` claims and their denials through `reclaim run --once` on the embedded log in `folder`."""
    inbox, data = folder / "inbox", folder / "data"
    inbox.mkdir(parents=True)
    (inbox / "claims.837").write_bytes(b"".join(claims(count)))
    (inbox / "remittances.835").write_bytes(b"".join(remittances(count)))
    (folder / "authorizations.csv").write_text(authorizations(count))
    (folder / "profile.yaml").write_text(PROFILE)
    environment = {**os.environ, "RECLAIM_DATA": str(data), "RECLAIM_LOG": "embedded"}
    for words in (
        ("load", "authorizations", str(folder / "authorizations.csv"), "--effective", "2026-01-01"),
        ("load", "payer_profiles", str(folder / "profile.yaml")),
        ("run", "--inbox", str(inbox), "--outbox", str(folder / "outbox"), "--as-of", str(DAY), "--once"),
    ):
        command = [sys.executable, "-m", "services.cli", *words]
        subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
    return load_settings(environment)


def work_of(settings: Settings, name: str) -> Work:
    """The work of one service out of a prepared installation."""
    processor = PROCESSORS[name]
    log = open_log(settings)
    try:
        inputs = [draft for topic in processor.inputs if topic != CONTROL for draft in _drafts(log, topic)]
        definitions = [draft for topic in DEFINITIONS for draft in _drafts(log, topic)]
    finally:
        log.close()
    work = Work(processor, tuple(inputs), tuple(definitions), (), settings)
    return replace(work, outputs=tuple(_outputs_of(work)))


def _drafts(log: Log, topic: str) -> Iterator[Draft]:
    return (_draft(record) for record in log.read(topic))


def _draft(record: Record) -> Draft:
    return Draft(record.topic, record.key, record.value, record.headers, record.partition)


def _outputs_of(work: Work) -> list[Draft]:
    """What the service appends when it handles its work: one unmeasured run shows it."""
    with fresh_log("embedded", work.settings.data.parent / "scratch") as (log, settings):
        with _ready(log, settings, work) as worker:
            before = log.ends(load_map().names)
            _work_off(worker)
        return [_draft(r) for tp, end in before.items() for r in log.read(tp.topic, tp.partition, end)]


@contextmanager
def fresh_log(kind: LogKind, folder: Path) -> Iterator[tuple[Log, Settings]]:
    """An empty log: a file in `folder`, or topics under a new prefix on the cluster of RECLAIM_KAFKA_*."""
    settings = load_settings(data=folder / secrets.token_hex(4), log=kind)
    if kind == "kafka":
        prefix = MappingProxyType({**settings.kafka, "prefix": f"bench-{secrets.token_hex(4)}-"})
        settings = replace(settings, kafka=prefix)
        cluster = read_cluster(settings.kafka)
        apply(cluster, load_map().with_partitions(settings.partitions))
    log = open_log(settings)
    try:
        yield log, settings
    finally:
        log.close()


def load(log: Log, drafts: Sequence[Draft]) -> None:
    """Append drafts."""
    appender = log.appender("benchmark")
    for first in range(0, len(drafts), _LOADED_TOGETHER):
        appender.commit(drafts[first : first + _LOADED_TOGETHER])
    appender.close()


def run_worker(log: Log, settings: Settings, work: Work) -> float:
    """Seconds in which the service's worker handles its input; joining and configuration do not count."""
    with _ready(log, settings, work) as worker:
        _freeze()
        started = time.perf_counter()
        _work_off(worker)
        return time.perf_counter() - started


@contextmanager
def _ready(log: Log, settings: Settings, work: Work) -> Iterator[Worker]:
    """A worker that has joined and read its configuration, and before it the whole input."""
    load(log, work.definitions)
    settings = replace(settings, blobs=work.settings.blobs)
    outbox = Outbox(settings.data / "outbox") if work.processor.name == "delivery" else None
    worker = Worker(
        work.processor,
        log,
        member="1",
        settings=settings,
        tend=None if outbox is None else outbox.tend,
        definitions=Definitions(log, Blobs(settings.blobs)),
    )
    try:
        _work_off(worker)
        load(log, work.inputs)
        yield worker
    finally:
        worker.close()


def _work_off(worker: Worker) -> None:
    while worker.step(BATCH) or not worker.at_end():
        pass


def run_pass(log: Log, work: Work) -> float:
    """Seconds in which a client without any logic reads the same records, appends as many of the same sizes,
    and commits as often."""
    load(log, work.definitions)
    session = log.session(
        f"pass-{work.processor.name}",
        "1",
        work.topics,
        (CONTROL,),
        on_assigned=lambda _: None,
        on_revoked=lambda _: None,
    )
    try:
        while not session.at_end():
            if definitions := session.poll(work.batch, 0.0):
                session.commit([], _through(definitions))
        load(log, work.inputs)
        _freeze()
        total, read, started = max(1, len(work.inputs)), 0, time.perf_counter()
        while True:
            if records := session.poll(work.batch, 0.0):
                share = slice(_share(work, read, total), _share(work, read + len(records), total))
                session.commit(work.outputs[share], _through(records))
                read += len(records)
            elif session.at_end():
                return time.perf_counter() - started
    finally:
        session.close()


def _freeze() -> None:
    """Keep what the benchmark itself holds out of the collector's way."""
    gc.collect()
    gc.freeze()


def _share(work: Work, read: int, total: int) -> int:
    return min(len(work.outputs), len(work.outputs) * read // total)


def _through(records: Sequence[Record]) -> Mapping[TopicPartition, int]:
    return {TopicPartition(r.topic, r.partition): r.offset + 1 for r in records}
