"""The contract on the embedded log."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from services.runtime.embedded import EmbeddedLog
from tests.contract.suite import LogContract, OpenLog
from tests.topic_maps import small_map


@pytest.fixture
def open_log(tmp_path: Path) -> Iterator[OpenLog]:
    opened: list[EmbeddedLog] = []

    def opening(topics: Mapping[str, str], partitions: int = 8) -> EmbeddedLog:
        opened.append(EmbeddedLog(tmp_path / "data" / "log.sqlite3", small_map(topics, partitions)))
        return opened[-1]

    yield opening
    for log in opened:
        log.close()


class TestEmbeddedLog(LogContract):
    pass
