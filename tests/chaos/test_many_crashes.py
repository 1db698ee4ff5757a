"""Hundreds of claims, and a process that dies again and again: before and after each commit of resubmitter and
delivery, each flush, each rename, each removal of a stray. The checker reads the files and the topics only.

500 claims in the test run, 10,000 in the soak. RECLAIM_SEED sets the seed.
"""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from schemas.records.interchange import Interchanges
from schemas.records.ledger import Ledger
from services.delivery import processor as delivery
from services.resubmitter import processor as resubmitter
from tests.chaos.house import Crash, House, approvals, files_of, finished, fused_files, many_claims
from tests.chaos.outgoing import faults

SEED = int(os.environ.get("RECLAIM_SEED", "7"))

KINDS = {
    f"{when} {what}"
    for when in ("before", "after")
    for what in (
        *("a commit of resubmitter", "a commit of delivery"),
        *("the file is begun", "a flush", "the rename", "the removal"),
    )
}


def storm(house: House, steps: int, after: Callable[[House], None] = lambda _: None) -> list[str]:
    """Let it die after at most so many steps, until a life comes to its end; gives where it died."""
    chances = random.Random(SEED)
    died: list[str] = []
    with fused_files(house.fuse):
        while True:
            house.fuse.at = len(house.fuse.points) + chances.randint(1, steps)
            try:
                house.live()
                break
            except Crash as crash:
                died.append(str(crash))
                after(house)
        house.fuse.at = None
        house.live()
    return died


def settled(tmp_path: Path, count: int, *, empties: bool, per_file: int) -> House:
    house = House(tmp_path, rounds=count, records=60)
    house.configure(empties=empties, batch_max_claims=per_file)
    house.tell(*approvals(many_claims(count)))
    return house


def files(house: House) -> dict[str, bytes]:
    folders = (house.outbox, house.folder / "taken")
    return {path.name: path.read_bytes() for folder in folders for path in finished(folder)}


def take(house: House) -> None:
    """The partner takes what it sees."""
    (house.folder / "taken").mkdir(exist_ok=True)
    for path in finished(house.outbox):
        shutil.move(path, house.folder / "taken" / path.name)


SIZES = [
    pytest.param(500, 9, 60, id="500"),
    pytest.param(10_000, 50, 200, id="10000", marks=pytest.mark.soak),
]


@pytest.mark.parametrize(("count", "per_file", "steps"), SIZES)
def test_every_claim_leaves_once_wherever_it_dies(
    tmp_path: Path, count: int, per_file: int, steps: int
) -> None:
    house = settled(tmp_path, count, empties=False, per_file=per_file)
    died = storm(house, steps)
    with house.log() as log:
        assert faults(log, files(house)) == []
    assert len(house.payloads("claim-delivered")) == count
    assert house.payloads("resubmission-refused") == []
    assert files_of(house.outbox / ".unfinished") == []
    assert set(died) <= KINDS
    assert len(died) >= 10


@pytest.mark.parametrize(("count", "per_file", "steps"), SIZES)
def test_no_claim_leaves_twice_where_the_partner_takes_what_it_sees(
    tmp_path: Path, count: int, per_file: int, steps: int
) -> None:
    house = settled(tmp_path, count, empties=True, per_file=per_file)
    storm(house, steps, take)
    with house.log() as log:
        assert faults(log, files(house)) == []
    delivered = {d.resubmission_id for d in house.payloads("claim-delivered")}
    doubtful = {r.resubmission_id for r in house.payloads("resubmission-refused")}
    assert len(delivered | doubtful) == count
    assert delivered
    assert not delivered & doubtful


# It finds what it is there to find


def forgetful_ledger(ledger: Ledger | None) -> Ledger | None:
    """The resubmitter forgets what it sent."""
    if ledger is None:
        return None
    kept = tuple(entry.model_copy(update={"generations": ()}) for entry in ledger.lineages)
    return ledger.model_copy(update={"lineages": kept})


def forgetful_batch(state: Any) -> Any:
    """Delivery forgets which claims it has delivered."""
    if not isinstance(state.own, Interchanges):
        return state
    return replace(state, own=state.own.model_copy(update={"settled": ()}))


def run_twice(tmp_path: Path) -> list[str]:
    """Six claims; then every approval and every claim for delivery comes again, under new ids."""
    house = House(tmp_path)
    house.configure(empties=False, batch_max_claims=2)
    house.tell(*approvals(many_claims(6)))
    house.live()
    again = (*house.read("recoding-decided"), *house.read("outbound"))
    house.tell(*(replace(event, id=f"{event.id}again") for event in again))
    house.live()
    with house.log() as log:
        return [fault for fault in faults(log, files(house)) if not fault.startswith("outbound")]


def test_what_comes_twice_leaves_once(tmp_path: Path) -> None:
    assert run_twice(tmp_path) == []


def test_a_resubmitter_that_forgets_what_it_sent_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    handle = resubmitter._handle
    monkeypatch.setattr(resubmitter, "_handle", lambda state, *more: handle(forgetful_ledger(state), *more))
    assert any("claim-resubmitted" in fault for fault in run_twice(tmp_path))


def test_a_delivery_that_forgets_what_it_delivered_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    handle = delivery.PROCESSOR.handle
    forgetting = replace(
        delivery.PROCESSOR, handle=lambda state, *more: handle(forgetful_batch(state), *more)
    )
    monkeypatch.setattr(delivery, "PROCESSOR", forgetting)
    assert any("stands in 2 places" in fault for fault in run_twice(tmp_path))
