"""What the tests of the runtime share: the embedded log in a folder of the test, and workers on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from services.core.processing import Processor
from services.runtime.embedded import EmbeddedLog
from services.runtime.log import Draft, Log
from services.runtime.settings import DEVELOPMENT_SECRET, Settings
from services.runtime.worker import Worker
from topics.map import load_map


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    data = tmp_path / "data"
    return Settings(tenant="main", key_secret=DEVELOPMENT_SECRET, data=data, blobs=data / "blobs")


@pytest.fixture
def log(settings: Settings) -> Iterator[EmbeddedLog]:
    opened = EmbeddedLog(settings.log_path, load_map())
    yield opened
    opened.close()


@pytest.fixture
def append(log: EmbeddedLog) -> Callable[..., None]:
    def appending(*drafts: Draft) -> None:
        log.appender("test").commit(drafts)

    return appending


@pytest.fixture
def start(log: EmbeddedLog, settings: Settings) -> Iterator[Callable[..., Worker]]:
    """`start(processor)` gives a worker; the same again is a restart of it."""
    workers: list[Worker] = []

    def starting(processor: Processor[Any], on: Log = log, member: str = "0", **options: Any) -> Worker:
        workers.append(Worker(processor, on, member=member, settings=settings, **options))
        return workers[-1]

    yield starting
    for worker in workers:
        worker.close()
