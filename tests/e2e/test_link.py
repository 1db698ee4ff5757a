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


def test_a_remittance_without_dates_is_linked_to_the_claim_of_a_date(reclaim: Installation) -> None:
    """The number was used twice, and the 835 names no date: a person says which claim it is."""
    load_master_data(reclaim)
    earlier = submitted().replace(b"20251220", b"20250601").replace(b"*000000001*", b"*000000007*")
    undated = remittance().replace(b"DTM*472*20251220~", b"")
    reclaim.put("claims.837", submitted())
    reclaim.put("earlier.837", earlier)
    reclaim.put("remittance.835", undated.replace(b"SE*22*", b"SE*20*"))
    assert reclaim.run(DAY).status == 0
    assert reclaim.outgoing() == []
    assert "ambiguous" in reclaim.ok("explain", CLAIM)
    assert "1 remitted" in reclaim.ok("link", CLAIM, CLAIM, "--served", "2025-12-20", "--by", "dana")
    assert "nothing changed" in reclaim.ok("link", CLAIM, CLAIM, "--served", "2025-12-20", "--by", "dana")
    assert reclaim.run(DAY).status == 0
    assert len(reclaim.outgoing()) == 1
    assert reclaim("link", CLAIM, CLAIM, "--served", "2024-01-01").status == 1
    assert reclaim("link", CLAIM, CLAIM).status == 2


def test_money_that_was_taken_under_the_payers_own_number_is_linked_to_its_claim(
    reclaim: Installation,
) -> None:
    """Months later the payer names the claim by its own number, in a payment that does not hold the claim."""
    reclaim.put("claims.837", submitted())
    reclaim.put("paid.835", remittance(paid=True))
    taken = remittance("CAS*CO*45*{charge}~", claim="PATACC2", trace="EFT901", day="20260205")
    plb = b"PLB*1234567893*20261231*WO:EHPCLM0001-A*40~SE*22*"
    reclaim.put("taken.835", taken.replace(b"SE*21*", plb))
    assert reclaim.run(DAY).status == 0
    (untied,) = reclaim.status()["untied"]
    assert (untied["kind"], untied["count"], untied["amount"]) == ("plb", 1, "40.00")
    assert "1 entries of money" in reclaim.ok("link", "EHPCLM0001-A", CLAIM, "--by", "dana")
    assert reclaim.run(DAY).status == 0
    told = reclaim.ok("explain", CLAIM)
    assert "WO: $40.00 taken" in told
    assert "$40.00 of it no reversal explains" in told
    (flag,) = [e["data"] for e in reclaim.events("case-flagged", "--claim", CLAIM)]
    assert (flag["flag"], flag["amount"]) == ("silent_recoupment", "40.00")
    assert "money taken back without a reversal" in reclaim.ok("status", "--waiting")
    assert "rejected: other" in reclaim.ok("decide", CLAIM, "reject", "--by", "dana", "--reason", "other")
    assert CLAIM not in reclaim.ok("status", "--waiting")
