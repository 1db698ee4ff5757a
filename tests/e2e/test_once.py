"""A claim goes back once: after the payer has finished with it, and however often the remittance comes."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.denied_claims import CLAIM, DAY, remittance, submitted
from tests.e2e.installation import Installation
from tests.submitted import submitted_claims

FINAL = "EHPCLM0002"


def sent(reclaim: Installation) -> list[tuple[str, str | None]]:
    """Claim number and original reference of what lies in the outbox."""
    return [
        (claim.claim_number, claim.original_reference)
        for file in reclaim.outgoing()
        for claim in submitted_claims(file.read_bytes())
    ]


def test_a_claim_that_is_not_final_waits_for_the_final_remittance_and_then_goes_once(
    tmp_path: Path, loaded: Installation
) -> None:
    reclaim = loaded.copy(tmp_path)
    reclaim.put("claims.837", submitted())
    # The remark stands behind the reference of the line.
    early = remittance(adjustments="CAS*CO*197*{charge}~").replace(
        b"REF*6R*LINE1~", b"REF*6R*LINE1~LQ*HE*N779~"
    )
    early = early.replace(b"SE*21*", b"SE*22*")
    reclaim.put("early.835", early)
    assert reclaim.run(DAY).status == 0
    assert (sent(reclaim), reclaim.recorded("claim-resubmitted")) == ([], [])

    final = remittance(control_number=FINAL, trace="EFT901", day="20260208")
    reclaim.put("final.835", final)
    assert reclaim.run(DAY).status == 0
    assert sent(reclaim) == [(CLAIM, FINAL)]

    reclaim.put("final-again.835", final.replace(b"*0900*", b"*0901*"))
    assert reclaim.run(DAY).status == 0
    assert sent(reclaim) == [(CLAIM, FINAL)]
    assert len(reclaim.recorded("claim-resubmitted")) == len(reclaim.recorded("claim-delivered")) == 1
