"""A payer is put on hold while approvals stream in: nothing that came after the hold leaves until its release."""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

from schemas.claim import ClaimSubmitted
from schemas.envelope import Event, claim_key
from schemas.recoding import Deadline
from services.delivery import processor as delivery
from services.delivery.outbox import Outbox
from services.resubmitter import gate
from services.resubmitter.processor import processor
from services.runtime.worker import Worker
from tests.chaos.house import SECRET, House, claims_in, files_of, finished, many_claims
from tests.decisions import DAY, TENANT, approval, changed, event

CLAIMS = 60
HELD_FROM = 20
"""The first approval of the held payer that comes after its hold."""


def of_payer(claim: ClaimSubmitted, payer: str) -> ClaimSubmitted:
    """The same claim, sent to another payer under another number."""
    number = f"{claim.claim_number}{payer[:1]}"
    segments = tuple(
        s.replace(claim.claim_number, number).replace("*EHP01", f"*{payer}") for s in claim.segments
    )
    paid_by = claim.payer.model_copy(update={"id": payer})
    return claim.model_copy(update={"claim_number": number, "segments": segments, "payer": paid_by})


def approved(claim: ClaimSubmitted, days: int) -> list[Event[Any]]:
    key = claim_key(TENANT, SECRET, claim.claim_number)
    clock = Deadline(
        clock="corrected_claim",
        due=DAY + timedelta(days=days),
        days_left=days,
        anchor=DAY,
        rule="test",
        example=False,
    )
    decision = approval(
        claim=claim,
        payer=claim.payer,
        proposal_id=f"of {claim.claim_number}",
        claim_number=claim.claim_number,
        edits=(),
        deadlines=(clock,),
    )
    return [event(changed(1), key=key), event(decision, key=key)]


def test_nothing_leaves_for_a_held_payer_and_what_was_held_leaves_in_the_order_of_its_clocks(
    tmp_path: Path,
) -> None:
    house = House(tmp_path)
    house.configure(empties=False, batch_max_claims=5)
    claims = many_claims(CLAIMS)

    def stream() -> None:
        for number, claim in enumerate(claims):
            if number == HELD_FROM:
                house.hold(True)
            due = 2 * CLAIMS - number  # what comes last is due first
            house.tell(*approved(of_payer(claim, "EHP01"), due), *approved(of_payer(claim, "OTHER"), due))

    producer = threading.Thread(target=stream)
    producer.start()
    work_until(house, lambda: not producer.is_alive())
    producer.join()
    after_hold = {f"CRASH{number}E" for number in range(HELD_FROM, CLAIMS)}
    others = {f"CRASH{number}O" for number in range(CLAIMS)}
    sent = {s.claim_number for s in house.payloads("claim-resubmitted")}
    assert (sent & after_hold, others - sent) == (set(), set())
    left = set(claims_in(left_of(house)))
    assert (left & after_hold, others - left) == (set(), set())

    before = len(house.payloads("claim-resubmitted"))
    house.hold(False)
    work_until(house, lambda: True)
    for partition in range(2):
        keys = {claim_key(TENANT, SECRET, number): number for number in after_hold}
        with house.log() as log:
            order = [keys[str(r.key)] for r in log.read("claim-resubmitted", partition) if r.key in keys]
        assert order == sorted(order, key=lambda number: -int(number[5:-1]))
    assert len(house.payloads("claim-resubmitted")) == 2 * CLAIMS > before
    assert set(claims_in(left_of(house)).values()) == {1}
    assert len(claims_in(left_of(house))) == 2 * CLAIMS
    assert files_of(house.outbox / ".unfinished") == []


def left_of(house: House) -> list[bytes]:
    """What partners see: not what was staged for a payer that is on hold since."""
    return [path.read_bytes() for path in finished(house.outbox)]


def work_until(house: House, ended: Any) -> None:
    """Workers go round until `ended` and nothing is left to do."""
    with house.log() as log:
        box = Outbox(house.outbox)
        box.drain = True
        workers = [
            Worker(processor(gate.findings), log, member="1", settings=house.settings),
            Worker(delivery.PROCESSOR, log, member="1", settings=house.settings, tend=box.tend),
        ]
        try:
            idle = 0
            for _ in range(5_000):
                last = ended()
                idle = idle + 1 if not sum(worker.step(20) for worker in workers) and last else 0
                if idle > 3:
                    return
            raise AssertionError("it never comes to rest")
        finally:
            for worker in workers:
                worker.close()
