"""Intake on a real Kafka: the events of the embedded log, in the same partitions, also after a crash."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.files import claim_file, remittance_file
from services.intake.pickup import Intake
from services.runtime.log import Log
from tests.intakes import EVENT_TOPICS, CrashError, CutLog, bench, content, write
from topics.map import TopicMap, load_map

pytestmark = pytest.mark.kafka


def events(log: Log) -> list[tuple[object, ...]]:
    return sorted(content(record for topic in EVENT_TOPICS for record in log.read(topic)), key=repr)


def test_a_crash_between_two_transactions_leaves_the_events_of_a_run_without_one(
    open_log: Callable[[TopicMap], Log], tmp_path: Path
) -> None:
    files = [write(tmp_path / "a.835", remittance_file(1_500)), write(tmp_path / "b.837", claim_file(1_500))]
    log = open_log(load_map())
    with bench(tmp_path / "data") as desk:
        desk.ingest(*files)
        expected = events(desk.log)
        for made in (False, True):
            cut = Intake(CutLog(log, 1, made=made, fault=CrashError), desk.settings)
            with contextlib.suppress(CrashError):
                cut.ingest(files)
            cut.close()
        intake = Intake(log, desk.settings)
        intake.ingest(files)
        intake.close()
        assert events(log) == expected
