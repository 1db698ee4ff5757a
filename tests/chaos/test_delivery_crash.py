"""A crash at any step between an approval and its file: the same file, or `delivery_uncertain`; never a second one.

The real services run on the embedded log. A crash is an exception that nothing catches, before or after each
commit and each step of writing a file; then all of the process is thrown away and begun anew.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from schemas.codes import Decision
from schemas.control import DayOpened, HoldChanged, PayerProfiles, ProfileChanged
from schemas.envelope import Event, claim_key
from schemas.resubmission import ClaimDelivered, ResubmissionRefused
from services.core.processing import Processor
from services.core.resubmission.profiles import version_of
from services.delivery import processor as delivery
from services.delivery.outbox import Outbox
from services.resubmitter import gate
from services.resubmitter.processor import processor
from services.runtime.blobs import Blobs
from services.runtime.embedded import EmbeddedLog
from services.runtime.log import Draft, TopicPartition
from services.runtime.records import decode_event, encode_event
from services.runtime.settings import Settings
from services.runtime.worker import Worker
from tests.decisions import DAY, TENANT, approval, changed, decided, event, profile_bundle
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

    def configure(self, *, empties: bool) -> None:
        """Make profiles active in which the payer of the tests empties its folder, or never does."""
        values = {
            "batch_max_claims": 100,
            "batch_max_age_minutes": 60,
            "partner_empties_folder": str(empties).lower(),
        }
        data = profile_bundle(**values)
        version = version_of(data)
        definition = PayerProfiles(
            name="test", profile_version=version, digest=Blobs(self.settings.blobs).put(data), profiles=2
        )
        headers = {"ce_type": "payer-profiles.v1", "content-type": "application/json"}
        with self.log() as log:
            appender = log.appender("test")
            appender.commit([Draft("payer-profiles", f"test@{version}", definition.encode(), headers)])
            appender.close()
        self.tell(event(ProfileChanged(name="test", version=version), key=f"{TENANT}|control"))

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

    def live(self, *, drain: bool = True) -> None:
        """One process: all rounds until nothing is left to do."""
        with self.log() as log:
            fused: Any = FusedLog(log, self.fuse)
            box = Outbox(self.outbox)
            parts: tuple[tuple[Processor[Any], Any], ...] = (
                (processor(gate.findings), None),
                (delivery.PROCESSOR, box.tend),
            )
            workers = [Worker(p, fused, member="1", settings=self.settings, tend=tend) for p, tend in parts]
            try:
                for number in range(ROUNDS):
                    box.drain = drain and number % 2 == 1
                    if not sum(worker.step() for worker in workers) and number % 2 == 1:
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


@contextmanager
def fused_files(fuse: Fuse) -> Iterator[None]:
    """Files of the outbox are written with a fuse at each step."""
    real_rename, real_open, real_fsync = Path.rename, os.open, os.fsync

    def fsync(descriptor: int) -> None:
        fuse.point("before a flush")
        real_fsync(descriptor)
        fuse.point("after a flush")

    def rename(self: Path, target: Path) -> Path:
        fuse.point("before the rename")
        renamed = real_rename(self, target)
        fuse.point("after the rename")
        return renamed

    def opened(path: Any, flags: int, *more: Any, **named: Any) -> int:
        if ".unfinished" not in str(path) or not flags & os.O_CREAT:
            return real_open(path, flags, *more, **named)
        fuse.point("before the file is begun")
        descriptor = real_open(path, flags, *more, **named)
        fuse.point("after the file is begun")
        return descriptor

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "rename", rename)
        patch.setattr("services.delivery.place.os.open", opened)
        patch.setattr("services.delivery.place.os.fsync", fsync)
        yield


def two_approvals() -> list[Event[Any]]:
    """Two claims of one payer with an approved replacement each."""
    events = [event(DayOpened(day=DAY), key=f"{TENANT}|control")]
    for claim in CLAIMS:
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


def points_of_a_run(tmp: Path) -> list[str]:
    house = House(tmp)
    house.configure(empties=True)
    house.tell(*two_approvals())
    with fused_files(house.fuse):
        house.live()
    return house.fuse.points


@pytest.fixture(scope="module")
def points(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    return points_of_a_run(tmp_path_factory.mktemp("dry"))


def crash_at_every_point(
    tmp: Path, points: Sequence[str], after: Callable[[House], None], *, empties: bool
) -> Iterator[House]:
    """A house for each point: it dies there, `after` happens, and it lives again to the end."""
    for number, name in enumerate(points, 1):
        house = House(tmp / str(number), Fuse(at=number))
        house.configure(empties=empties)
        house.tell(*two_approvals())
        with fused_files(house.fuse):
            with pytest.raises(Crash, match=name):
                house.live()
            after(house)
            house.live()
            house.live()
        yield house


def test_a_run_has_points_of_every_kind(points: list[str]) -> None:
    assert {
        "before a commit of resubmitter",
        "after a commit of resubmitter",
        "before a commit of delivery",
        "after a commit of delivery",
        "before the file is begun",
        "after the file is begun",
        "before a flush",
        "after a flush",
        "before the rename",
        "after the rename",
    } <= set(points)


def test_where_the_partner_never_empties_the_folder_every_claim_is_published_and_delivered_once(
    tmp_path: Path, points: list[str]
) -> None:
    for house in crash_at_every_point(tmp_path, points, lambda _: None, empties=False):
        files = [p.read_bytes() for p in finished(house.outbox)]
        assert claims_in(files) == {"PATACC1": 1, "PATACC2": 1}
        delivered: list[ClaimDelivered] = house.payloads("claim-delivered")
        assert Counter(d.claim_number for d in delivered) == {"PATACC1": 1, "PATACC2": 1}
        digests = {hashlib.sha256(data).hexdigest() for data in files}
        assert {d.digest for d in delivered} == digests
        assert not house.payloads("resubmission-refused")
        for topic, count in (("claim-resubmitted", 2), ("outbound", 2), ("group-recorded", 1)):
            ids = [each.id for each in house.read(topic)]
            assert len(ids) == len(set(ids)) == count


def test_where_the_partner_empties_the_folder_no_claim_is_ever_written_twice(
    tmp_path: Path, points: list[str]
) -> None:

    def take(house: House) -> None:
        for path in finished(house.outbox):
            (house.folder / "taken").mkdir(exist_ok=True)
            shutil.move(path, house.folder / "taken" / path.name)

    uncertain = 0
    for house in crash_at_every_point(tmp_path, points, take, empties=True):
        written = claims_in(
            [p.read_bytes() for p in (*finished(house.outbox), *finished(house.folder / "taken"))]
        )
        assert max(written.values(), default=0) <= 1
        delivered = {d.resubmission_id for d in house.payloads("claim-delivered")}
        refused: list[ResubmissionRefused] = house.payloads("resubmission-refused")
        assert {r.reason for r in refused} <= {"delivery_uncertain"}
        doubtful = {r.resubmission_id for r in refused}
        sent = {r.resubmission_id for r in house.payloads("claim-resubmitted")}
        assert delivered | doubtful == sent
        assert not delivered & doubtful
        uncertain += bool(doubtful)
    assert uncertain


def test_a_second_run_changes_nothing(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.configure(empties=True)
    house.tell(*two_approvals())
    house.live()
    files, delivered = files_of(house.outbox), house.read("claim-delivered")
    house.tell(*two_approvals())
    house.live()
    assert files_of(house.outbox) == files
    assert house.read("claim-delivered") == delivered


def test_a_fact_that_overtakes_an_open_batch_leaves_the_claim_out(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.configure(empties=True)
    house.tell(*two_approvals())
    house.live(drain=False)
    key = claim_key(TENANT, SECRET, CLAIMS[0].claim_number)
    house.tell(event(changed(2, change="paid"), key=key))
    house.live()
    assert claims_in(files_of(house.outbox)) == {"PATACC2": 1}
    refused: list[ResubmissionRefused] = house.payloads("resubmission-refused")
    assert [(r.claim_number, r.reason) for r in refused] == [("PATACC1", "withdrawn")]
    assert Counter(o.kind for o in house.payloads("outbound")) == {"resubmission": 2, "withdrawal": 1}


def test_a_revoked_decision_leaves_the_claim_out(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.configure(empties=True)
    house.tell(*two_approvals())
    house.live(drain=False)
    key = claim_key(TENANT, SECRET, CLAIMS[0].claim_number)
    house.tell(event(decided(Decision.WITHDRAWN, proposal_id="of PATACC1"), key=key))
    house.live()
    assert claims_in(files_of(house.outbox)) == {"PATACC2": 1}


@pytest.mark.parametrize("stage", ["before the send", "before the seal"])
def test_a_held_payer_gets_nothing_until_its_release(tmp_path: Path, stage: str) -> None:
    house = House(tmp_path)
    house.configure(empties=True)
    if stage == "before the send":
        hold(house, True)
        house.tell(*two_approvals())
    else:
        house.tell(*two_approvals())
        house.live(drain=False)
        hold(house, True)
    house.live()
    assert files_of(house.outbox) == []
    assert not house.payloads("claim-delivered")
    hold(house, False)
    house.live()
    assert claims_in(files_of(house.outbox)) == {"PATACC1": 1, "PATACC2": 1}


def hold(house: House, held: bool) -> None:
    """Put the payer on hold or release it, as the command does: `holds`, then `control`."""
    value = b'{"version":1,"subject":"payer:EHP01","by":"tester","since":"2026-02-03"}'
    headers = {"ce_type": "hold.v1", "content-type": "application/json"}
    with house.log() as log:
        appender = log.appender("test")
        appender.commit([Draft("holds", "payer:EHP01", value if held else None, headers)])
        appender.close()
    house.tell(event(HoldChanged(subject="payer:EHP01", held=held, by="tester"), key=f"{TENANT}|control"))
