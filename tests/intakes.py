"""What the tests of intake share: an embedded log in a folder, and intakes over it under a clock of their own."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from schemas.records.intake_file import IntakeFile
from schemas.registry import EVENT_TYPES
from schemas.shape import Shape
from services.intake.pickup import Intake
from services.intake.publication import FileAccount
from services.runtime.embedded import EmbeddedLog
from services.runtime.log import Draft, Log, Record
from services.runtime.settings import Settings
from topics.map import load_map

S = TypeVar("S", bound=Shape)

CORPUS = Path(__file__).resolve().parents[2] / "shared" / "corpus"
CHECKS = Path(__file__).resolve().parents[2] / "shared" / "checks"

EVENT_TOPICS = sorted({event.topic for event in EVENT_TYPES})
CLAIM_TOPICS = ("claim-submitted", "claim-denied", "claim-adjudicated")


class Bench:
    """A log, its settings, and what intake wrote to it."""

    def __init__(self, folder: Path) -> None:
        self.settings = Settings(tenant="main", key_secret=b"k" * 32, data=folder, blobs=folder / "blobs")
        self.log = EmbeddedLog(self.settings.log_path, load_map())

    def ingest(self, *paths: Path) -> list[FileAccount]:
        intake = Intake(self.log, self.settings)
        try:
            return intake.ingest(paths)
        finally:
            intake.close()

    def drain(self, inbox: Path, start: datetime | None = None) -> list[FileAccount]:
        """A whole `--once` of intake; where nothing can be done, three seconds go by."""
        intake = Intake(self.log, self.settings, inbox)
        try:
            return drain(intake, start)
        finally:
            intake.close()

    def records(self, *topics: str) -> list[Record]:
        return [record for topic in topics for record in self.log.read(topic)]

    def payloads(self, topic: str, model: type[S]) -> list[S]:
        return [model.parse(record.value) for record in self.log.read(topic) if record.value is not None]

    def files(self) -> dict[str, IntakeFile]:
        """The latest record of each file, by its digest."""
        latest = {record.key: record for record in self.log.read("intake-files")}
        return {
            state.file: state
            for record in latest.values()
            if record.value is not None and (state := IntakeFile.parse(record.value))
        }


class CrashError(Exception):
    """The process is gone."""


class CutLog:
    """A log whose commits fail: the first `commits` are made, then one more is made or not, and `fault` raised."""

    def __init__(self, log: Log, commits: int, *, made: bool, fault: type[Exception]) -> None:
        self._log, self._left, self._made, self._fault = log, commits, made, fault

    def __getattr__(self, name: str) -> Any:
        return getattr(self._log, name)

    def appender(self, identity: str) -> CutLog:
        self._appender = self._log.appender(identity)
        return self

    def commit(self, drafts: Sequence[Draft]) -> None:
        self._left -= 1
        if self._left >= 0 or self._made:
            self._appender.commit(drafts)
        if self._left < 0:
            raise self._fault

    def heal(self) -> None:
        self._left = sys.maxsize

    def close(self) -> None:
        self._appender.close()


def drain(intake: Intake, start: datetime | None = None) -> list[FileAccount]:
    now = start or datetime.now(UTC)
    accounts: list[FileAccount] = []
    while True:
        result = intake.round(now, drain=True)
        accounts += result.finished
        if not intake.pending():
            return accounts
        if not result.worked:
            now += timedelta(seconds=3)


def write(path: Path, chunks: Iterable[bytes]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        for chunk in chunks:
            file.write(chunk)
    return path


@contextmanager
def bench(folder: Path) -> Iterator[Bench]:
    made = Bench(folder)
    try:
        yield made
    finally:
        made.log.close()


def content(records: Iterable[Record]) -> list[tuple[object, ...]]:
    """What is the same on any day and in any folder: all of a record but when it was seen and appended."""
    return [
        (
            record.topic,
            record.partition,
            record.key,
            record.value,
            tuple(sorted((k, v) for k, v in record.headers.items() if k != "ce_ingestedtime")),
        )
        for record in records
    ]
