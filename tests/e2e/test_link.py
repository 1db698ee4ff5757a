"""A payer that shortens the claim number is repaired by hand, once."""

from __future__ import annotations

from tests.e2e.denied_claims import CLAIM, DAY, load_master_data, remittance, submitted
from tests.e2e.installation import Installation


def test_a_linked_remittance_is_explained_and_answered_under_our_claim(reclaim: Installation) -> None:
    load_master_data(reclaim)
    reclaim.put("claims.837", submitted())
    reclaim.put("remittance.835", remittance(claim="PATACC"))
    assert reclaim.run(DAY).status == 0
    assert reclaim.outgoing() == []
    assert "1 remitted" in reclaim.ok("link", "PATACC", CLAIM, "--by", "dana")
    assert "nothing changed" in reclaim.ok("link", "PATACC", CLAIM, "--by", "dana")
    assert reclaim.run(DAY).status == 0
    assert len(reclaim.outgoing()) == 1
