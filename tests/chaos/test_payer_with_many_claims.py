"""What waits for one payer takes many times the size of a record: its claims leave once and in order, and nobody else's
wait for them."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from schemas.envelope import Event
from schemas.records.interchange import Interchanges
from services.core.resubmission.identity import outbound_key
from services.runtime.records import MAX_STATE_BYTES, decode_state
from tests.chaos.house import Crash, House, claims_in, finished, fused_files, many_claims
from tests.decisions import TENANT, event
from tests.unit.delivery.test_batches import resubmission

CLAIMS = 60
WIDTH = 40_000
"""Bytes of each claim: all together more than twice a record's size."""


def waiting(payer: str) -> list[Event[object]]:
    """Claims that the resubmitter has published, the last one due first."""
    key = outbound_key(TENANT, payer, "837P")
    found = []
    for number, claim in enumerate(many_claims(CLAIMS)):
        sent = resubmission(f"{payer}{number}", claim)
        assert sent.resubmission is not None
        x12 = sent.resubmission.x12
        wide = x12.model_copy(update={"claim": (*x12.claim, *["NTE*ADD*" + "X" * 72] * (WIDTH // 81))})
        resubmitted = sent.resubmission.model_copy(
            update={"x12": wide, "payer": claim.payer.model_copy(update={"id": payer})}
        )
        due = date(2026, 3, 1) + timedelta(days=CLAIMS - number)
        found.append(event(sent.model_copy(update={"resubmission": resubmitted, "due": due}), key=key))
    return found


@pytest.fixture
def held(tmp_path: Path) -> House:
    """A payer on hold for which 2.4 MB wait, and one claim of another."""
    house = House(tmp_path)
    house.configure(empties=False, batch_max_claims=7)
    house.hold(True)
    house.tell(*waiting("EHP01"), waiting("OTHER")[0])
    house.live()
    return house


def records_of(house: House) -> list[int]:
    """Sizes of the records that delivery has of payers."""
    with house.log() as log:
        found = [record for record in log.read("interchanges") if "payer" in str(record.key)]
    assert all(decode_state(record, Interchanges) for record in found)
    return [len(record.value or b"") for record in found]


def test_claims_of_others_leave_while_more_than_a_record_waits_for_a_held_payer(held: House) -> None:
    assert sum(len(e.data.encode()) for e in held.read("outbound")) > 2 * MAX_STATE_BYTES
    assert [d.resubmission_id for d in held.payloads("claim-delivered")] == ["OTHER0"]
    assert held.read("dead-letters") == []
    assert max(records_of(held)) < 1_000


def test_they_leave_once_and_in_the_order_of_their_clocks_wherever_it_dies(held: House) -> None:
    held.hold(False)
    with fused_files(held.fuse):
        for at in (3, 9, 20, 40):
            held.fuse.at = len(held.fuse.points) + at
            with pytest.raises(Crash):
                held.live()
        held.live()
    files = [path.read_bytes() for path in sorted(finished(held.outbox), key=lambda path: path.name)]
    assert set(claims_in(files).values()) == {1, 2}  # CRASH0 goes to both payers
    delivered = [d for d in held.payloads("claim-delivered") if d.resubmission_id != "OTHER0"]
    assert len({d.resubmission_id for d in delivered}) == len(delivered) == CLAIMS
    numbers = {int(d.claim_number[5:]): d.interchange_control_number for d in delivered}
    assert [numbers[n] for n in range(CLAIMS)] == sorted(numbers.values(), reverse=True)
