"""Claims on their way to a real sshd, and a process that dies again and again: before and after each commit, at the
open of the temporary file, before, within and after each write of it, its flush, its close, its rename, the removal of
what others left. The checker reads the server's folder and the topics only.

60 claims in the test run, 2,000 in the soak. RECLAIM_SEED sets the seed.
"""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from services.delivery.outbox import Outbox
from services.delivery.server import Server
from services.runtime.sftp import Sftp
from tests.chaos.house import Crash, Fuse, House, approvals, many_claims
from tests.chaos.outgoing import faults
from tests.chaos.test_many_crashes import storm
from tests.sftp.sshd import Sshd

KINDS = {
    *(f"{when} a commit of {what}" for when in ("before", "after") for what in ("resubmitter", "delivery")),
    *(f"{when} the {what}" for when in ("before", "after") for what in ("open", "rename", "removal")),
    *(f"{when} a {what}" for when in ("before", "after") for what in ("write", "flush")),
    *("within a write", "after the close"),
}


class FusedFile:
    """A file of the server that is written; the process may die with half of the bytes there."""

    def __init__(self, file: Any, fuse: Fuse) -> None:
        self._file, self._fuse = file, fuse

    async def write(self, data: bytes, offset: int) -> None:
        half = len(data) // 2
        self._fuse.point("before a write")
        await self._file.write(data[:half], offset)
        self._fuse.point("within a write")
        await self._file.write(data[half:], offset + half)
        self._fuse.point("after a write")

    async def fsync(self) -> None:
        self._fuse.point("before a flush")
        await self._file.fsync()
        self._fuse.point("after a flush")


class FusedClient:
    """What asyncssh gives for a log-in, with a fuse at each request that changes something on the server."""

    def __init__(self, client: Any, fuse: Fuse) -> None:
        self._client, self._fuse = client, fuse

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    @asynccontextmanager
    async def open(self, path: str, mode: str) -> AsyncIterator[Any]:
        if mode == "rb":
            async with self._client.open(path, mode) as file:
                yield file
            return
        self._fuse.point("before the open")
        async with self._client.open(path, mode) as file:
            self._fuse.point("after the open")
            yield FusedFile(file, self._fuse)
        self._fuse.point("after the close")

    async def rename(self, old: str, new: str) -> None:
        self._fuse.point("before the rename")
        await self._client.rename(old, new)
        self._fuse.point("after the rename")

    async def remove(self, path: str) -> None:
        self._fuse.point("before the removal")
        await self._client.remove(path)
        self._fuse.point("after the removal")


@contextmanager
def fused_requests(fuse: Fuse) -> Iterator[None]:
    real: Any = vars(Sftp)["_sftp"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Sftp, "_sftp", property(lambda visit: FusedClient(real.fget(visit), fuse)))
        yield


@dataclass
class Clinic(House):
    """A house whose payer is reached by a server. Each life logs in for itself."""

    sshd: Sshd | None = None

    def live(self, *, drain: bool = True) -> None:
        assert self.sshd is not None
        target = self.sshd.target()
        server = Server(Sftp(target), str(target.deliver_to))
        self.targets = {target.name: server}
        try:
            super().live(drain=drain)
        finally:
            server.rest()


def settled(tmp_path: Path, sshd: Sshd, count: int, *, empties: bool, per_file: int = 3) -> Clinic:
    clinic = Clinic(tmp_path / "clinic", rounds=count + 40, sshd=sshd)
    clinic.configure(empties=empties, batch_max_claims=per_file, delivery_target="clearinghouse")
    clinic.tell(*approvals(many_claims(count)))
    return clinic


def visible(sshd: Sshd) -> dict[str, bytes]:
    """What the partner sees in its folder, and what it took out of it."""
    folders = (sshd.root / "inbound", sshd.root / "taken")
    return {
        path.name: path.read_bytes()
        for folder in folders
        if folder.exists()
        for path in folder.iterdir()
        if not path.name.startswith(".")
    }


def temporaries(sshd: Sshd) -> list[str]:
    return [path.name for path in (sshd.root / "inbound").iterdir() if path.name.startswith(".")]


def take(sshd: Sshd) -> None:
    """The partner takes what it sees."""
    (sshd.root / "taken").mkdir(exist_ok=True)
    for path in (sshd.root / "inbound").glob("[!.]*"):
        shutil.move(path, sshd.root / "taken" / path.name)


def found(clinic: Clinic, sshd: Sshd) -> list[str]:
    with clinic.log() as log:
        return faults(log, visible(sshd))


SIZES = [
    pytest.param(60, 2, 70, id="60"),
    pytest.param(2_000, 20, 90, id="2000", marks=pytest.mark.soak),
]


@pytest.mark.parametrize(("count", "per_file", "steps"), SIZES)
def test_every_claim_reaches_the_server_once_wherever_it_dies(
    tmp_path: Path, sshd: Sshd, count: int, per_file: int, steps: int
) -> None:
    clinic = settled(tmp_path, sshd, count, empties=False, per_file=per_file)
    with fused_requests(clinic.fuse):
        died = storm(clinic, steps)
    assert found(clinic, sshd) == []
    assert temporaries(sshd) == []
    assert len(clinic.payloads("claim-delivered")) == count
    assert clinic.payloads("resubmission-refused") == []
    assert set(clinic.fuse.points) == KINDS
    assert len(died) >= 5


@pytest.mark.parametrize(("count", "per_file", "steps"), SIZES)
def test_what_the_partner_may_have_taken_is_named_and_never_sent_again(
    tmp_path: Path, sshd: Sshd, count: int, per_file: int, steps: int
) -> None:
    clinic = settled(tmp_path, sshd, count, empties=True, per_file=per_file)
    with fused_requests(clinic.fuse):
        storm(clinic, steps, lambda _: take(sshd))
    assert found(clinic, sshd) == []
    delivered = {d.claim_number for d in clinic.payloads("claim-delivered")}
    refused = clinic.payloads("resubmission-refused")
    named = {r.claim_number for r in refused}
    assert {(r.reason, r.detail) for r in refused} <= {("delivery_uncertain", ("gone",))}
    assert delivered | named == {claim.claim_number for claim in many_claims(count)}
    assert not delivered & named


@dataclass
class DiesAt(Fuse):
    """Dies the first time at a point of this name."""

    where: str = ""

    def point(self, name: str) -> None:
        if name == self.where:
            self.where = ""
            raise Crash(name)


def dying_at(
    tmp_path: Path, sshd: Sshd, where: str, after: Callable[[Sshd], None], *, empties: bool = True
) -> Clinic:
    """Three claims in one file, and a death at that step."""
    clinic = settled(tmp_path, sshd, 3, empties=empties)
    clinic.fuse = DiesAt(where=where)
    with fused_requests(clinic.fuse):
        with pytest.raises(Crash, match=where):
            clinic.live()
        after(sshd)
        clinic.live()
    return clinic


def test_each_claim_of_a_file_that_was_taken_unseen_is_named(tmp_path: Path, sshd: Sshd) -> None:
    clinic = dying_at(tmp_path, sshd, "after the rename", take)
    assert found(clinic, sshd) == []
    refused = clinic.payloads("resubmission-refused")
    assert {(r.claim_number, r.reason) for r in refused} == {
        (claim.claim_number, "delivery_uncertain") for claim in many_claims(3)
    }


# It finds what it is there to find


def test_an_outbox_that_writes_again_what_is_gone_is_found(
    tmp_path: Path, sshd: Sshd, monkeypatch: pytest.MonkeyPatch
) -> None:
    step = Outbox._step

    def careless(self: Outbox, place: Any, interchange: Any, *more: Any) -> Any:
        return step(self, place, interchange.model_copy(update={"partner_empties_folder": False}), *more)

    monkeypatch.setattr(Outbox, "_step", careless)
    # The partner keeps both under a name of its own.
    clinic = dying_at(tmp_path, sshd, "after the rename", take_under_another_name)
    assert [fault for fault in found(clinic, sshd) if "stands in 2 places" in fault]


def take_under_another_name(sshd: Sshd) -> None:
    take(sshd)
    for path in (sshd.root / "taken").iterdir():
        path.rename(path.with_name(f"received-{path.name}"))


def test_an_upload_under_the_final_name_is_found(
    tmp_path: Path, sshd: Sshd, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Server, "_temporary", lambda self, file, _: self._place(file))
    clinic = dying_at(tmp_path, sshd, "within a write", lambda _: None, empties=False)
    assert [fault for fault in found(clinic, sshd) if "is not whole" in fault]
