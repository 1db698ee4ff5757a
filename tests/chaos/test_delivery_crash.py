"""A crash at any step between an approval and its file: the same file, or `delivery_uncertain`; never a second one.

The real services run on the embedded log. A crash is an exception that nothing catches, before or after each
commit and each step of writing a file; then all of the process is thrown away and begun anew.
"""

from __future__ import annotations

import hashlib
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from schemas.codes import Decision
from schemas.envelope import claim_key
from schemas.resubmission import ClaimDelivered, ResubmissionRefused
from tests.chaos.house import (
    CLAIMS,
    SECRET,
    Crash,
    Fuse,
    House,
    claims_in,
    files_of,
    finished,
    fused_files,
    two_approvals,
)
from tests.decisions import TENANT, changed, decided, event


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
        for topic, count in (("claim-resubmitted", 2), ("outbound", 2), ("group-recorded", 3 * len(files))):
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
        house.hold(True)
        house.tell(*two_approvals())
    else:
        house.tell(*two_approvals())
        house.live(drain=False)
        house.hold(True)
    house.live()
    assert files_of(house.outbox) == []
    assert not house.payloads("claim-delivered")
    house.hold(False)
    house.live()
    assert claims_in(files_of(house.outbox)) == {"PATACC1": 1, "PATACC2": 1}
