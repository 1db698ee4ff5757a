"""An installation of resubmitter and delivery on the embedded log that may die at any step.

A crash is an exception that nothing catches; then all of the process is thrown away and begun anew.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from schemas.claim import ClaimSubmitted
from schemas.control import DayOpened, HoldChanged, PayerProfiles, ProfileChanged
from schemas.envelope import Event, claim_key
from services.core.processing import Processor
from services.core.resubmission.profiles import version_of
from services.delivery import processor as delivery
from services.delivery.outbox import Outbox
from services.delivery.place import Place
from services.resubmitter import gate
from services.resubmitter.processor import processor
from services.runtime.blobs import Blobs
from services.runtime.embedded import EmbeddedLog
from services.runtime.log import Draft, TopicPartition
from services.runtime.records import decode_event, encode_event
from services.runtime.settings import Settings
from services.runtime.worker import Worker
from tests.decisions import DAY, TENANT, approval, changed, event, profile_bundle
from tests.submitted import submitted_claims
from tests.synthetic_837 import PROFESSIONAL, file_bytes
from topics.map import load_map

SECRET = b"a secret of sixteen"
INGESTED = "2026-02-03T00:00:00Z"
CLAIMS = list(submitted_claims(file_bytes(PROFESSIONAL)))
ROUNDS = 40
PARTITIONS = 2
"""Each partition doubles the points at which a process may die."""


class Crash(BaseException):
    """The process is gone."""


@dataclass
class Fuse:
    """Counts the points at which a process may die, and dies at one of them."""

    at: int | None = None
    points: list[str] = field(default_factory=list)

    def point(self, name: str) -> None:
        self.points.append(name)
        if len(self.points) == self.at:
            self.at = None
            raise Crash(name)


class FusedSession:
    """A session of the log that may die before and after each commit."""

    def __init__(self, session: Any, fuse: Fuse, name: str) -> None:
        self._session, self._fuse, self._name = session, fuse, name

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)

    def commit(self, drafts: Sequence[Draft], through: Mapping[TopicPartition, int]) -> None:
        self._fuse.point(f"before a commit of {self._name}")
        self._session.commit(drafts, through)
        self._fuse.point(f"after a commit of {self._name}")


class FusedLog:
    """The embedded log with such sessions."""

    def __init__(self, log: EmbeddedLog, fuse: Fuse) -> None:
        self._log, self._fuse = log, fuse

    def __getattr__(self, name: str) -> Any:
        return getattr(self._log, name)

    def session(self, group: str, *arguments: Any, **named: Any) -> Any:
        return FusedSession(self._log.session(group, *arguments, **named), self._fuse, group)


@dataclass
class House:
    """An installation in a folder: the log, the outbox, and what the partner took out of it."""

    folder: Path
    fuse: Fuse = field(default_factory=Fuse)
    rounds: int = ROUNDS
    records: int = 500
    """in one transaction"""
    targets: Mapping[str, Place] = field(default_factory=dict)

    @property
    def outbox(self) -> Path:
        return self.folder / "outbox"

    @property
    def settings(self) -> Settings:
        data = self.folder / "data"
        return Settings(
            tenant=TENANT, key_secret=SECRET, data=data, blobs=data / "blobs", partitions=PARTITIONS
        )

    @contextmanager
    def log(self) -> Iterator[EmbeddedLog]:
        self.settings.data.mkdir(parents=True, exist_ok=True)
        log = EmbeddedLog(self.settings.log_path, load_map().with_partitions(PARTITIONS))
        try:
            yield log
        finally:
            log.close()

    def configure(self, *, empties: bool, **more: object) -> None:
        """Make profiles active in which the payer of the tests empties its folder, or never does."""
        values = {
            "batch_max_claims": 100,
            "batch_max_age_minutes": 60,
            "partner_empties_folder": str(empties).lower(),
            **more,
        }
        definition, profile_changed = _activated(Blobs(self.settings.blobs), values)
        with self.log() as log:
            appender = log.appender("test")
            appender.commit([definition])
            appender.close()
        self.tell(profile_changed)

    def tell(self, *events: Event[Any]) -> None:
        """Put events into the log; a control event into each partition."""
        with self.log() as log:
            drafts = [
                encode_event(each, INGESTED, partition)
                for each in events
                for partition in (range(log.partition_count) if each.topic == "control" else (None,))
            ]
            appender = log.appender("test")
            appender.commit(drafts)
            appender.close()

    def hold(self, held: bool) -> None:
        """Put the payer on hold or release it, as the command does: `holds`, then `control`."""
        value = b'{"version":1,"subject":"payer:EHP01","by":"tester","since":"2026-02-03"}'
        headers = {"ce_type": "hold.v1", "content-type": "application/json"}
        with self.log() as log:
            appender = log.appender("holds")
            appender.commit([Draft("holds", "payer:EHP01", value if held else None, headers)])
            appender.close()
        told = HoldChanged(subject="payer:EHP01", held=held, by="tester")
        self.tell(event(told, key=f"{TENANT}|control"))

    def live(self, *, drain: bool = True) -> None:
        """One process: all rounds until nothing is left to do."""
        with self.log() as log:
            fused: Any = FusedLog(log, self.fuse)
            box = Outbox(self.outbox, targets=self.targets)
            parts: tuple[tuple[Processor[Any], Any], ...] = (
                (processor(gate.findings), None),
                (delivery.PROCESSOR, box.tend),
            )
            workers = [Worker(p, fused, member="1", settings=self.settings, tend=tend) for p, tend in parts]
            try:
                for number in range(self.rounds):
                    box.drain = drain and number % 2 == 1
                    if not sum(worker.step(self.records) for worker in workers) and number % 2 == 1:
                        break
                else:
                    raise AssertionError("the log never comes to rest")
            finally:
                for worker in workers:
                    worker.close()

    def read(self, topic: str) -> list[Event[Any]]:
        with self.log() as log:
            return [decode_event(record) for record in log.read(topic)]

    def payloads(self, topic: str) -> list[Any]:
        return [each.data for each in self.read(topic)]


def profiles_of_the_tests(blobs: Blobs, per_file: int) -> tuple[Draft, Event[Any]]:
    """The definition, and what makes it active: files of so many claims, which the payer never takes away."""
    return _activated(
        blobs,
        {"batch_max_claims": per_file, "batch_max_age_minutes": 60, "partner_empties_folder": "false"},
    )


def _activated(blobs: Blobs, values: Mapping[str, object]) -> tuple[Draft, Event[Any]]:
    data = profile_bundle(**values)
    version = version_of(data)
    definition = PayerProfiles(name="test", profile_version=version, digest=blobs.put(data), profiles=2)
    headers = {"ce_type": "payer-profiles.v1", "content-type": "application/json"}
    draft = Draft("payer-profiles", f"test@{version}", definition.encode(), headers)
    return draft, event(ProfileChanged(name="test", version=version), key=f"{TENANT}|control")


@contextmanager
def fused_files(fuse: Fuse) -> Iterator[None]:
    """Files of the outbox are written with a fuse at each step."""
    real_rename, real_unlink, real_open, real_fsync = Path.rename, Path.unlink, os.open, os.fsync

    def fsync(descriptor: int) -> None:
        fuse.point("before a flush")
        real_fsync(descriptor)
        fuse.point("after a flush")

    def rename(self: Path, target: Path) -> Path:
        fuse.point("before the rename")
        renamed = real_rename(self, target)
        fuse.point("after the rename")
        return renamed

    def unlink(self: Path, missing_ok: bool = False) -> None:
        if ".unfinished" not in self.parts:
            real_unlink(self, missing_ok)
            return
        fuse.point("before the removal")
        real_unlink(self, missing_ok)
        fuse.point("after the removal")

    def opened(path: Any, flags: int, *more: Any, **named: Any) -> int:
        if ".unfinished" not in str(path) or not flags & os.O_CREAT:
            return real_open(path, flags, *more, **named)
        fuse.point("before the file is begun")
        descriptor = real_open(path, flags, *more, **named)
        fuse.point("after the file is begun")
        return descriptor

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "rename", rename)
        patch.setattr(Path, "unlink", unlink)
        patch.setattr("services.delivery.place.os.open", opened)
        patch.setattr("services.delivery.place.os.fsync", fsync)
        yield


def two_approvals() -> list[Event[Any]]:
    """Two claims of one payer with an approved replacement each."""
    return approvals(CLAIMS)


def approvals(claims: Sequence[ClaimSubmitted]) -> list[Event[Any]]:
    """An approved replacement of each claim."""
    events = [event(DayOpened(day=DAY), key=f"{TENANT}|control")]
    for claim in claims:
        key = claim_key(TENANT, SECRET, claim.claim_number)
        approved = approval(
            claim=claim, proposal_id=f"of {claim.claim_number}", claim_number=claim.claim_number, edits=()
        )
        events += [event(changed(1), key=key), event(approved, key=key)]
    return events


def files_of(*folders: Path) -> list[bytes]:
    return [p.read_bytes() for folder in folders for p in sorted(folder.rglob("*.837")) if p.is_file()]


def claims_in(files: Sequence[bytes]) -> Counter[str]:
    return Counter(claim.claim_number for data in files for claim in submitted_claims(data))


def finished(folder: Path) -> list[Path]:
    """Files as the partner sees them: those that are not in the folder of unfinished ones."""
    return [p for p in sorted(folder.rglob("*.837")) if ".unfinished" not in p.parts]


def many_claims(count: int) -> list[ClaimSubmitted]:
    """Claims of one payer, each with a number of its own."""
    first = CLAIMS[0]
    text = "\n".join(first.segments)
    assert first.claim_number in text
    return [
        first.model_copy(
            update={
                "claim_number": f"CRASH{number}",
                "segments": tuple(s.replace(first.claim_number, f"CRASH{number}") for s in first.segments),
            }
        )
        for number in range(count)
    ]
