"""From the command line: a subscriber corrected by the payer's own answer leaves by itself; a count of the record
leaves on a person's word with a document."""

from __future__ import annotations

import json

from tests.e2e.denied_claims import CLAIM, DAY, PROFILE, load_master_data, remittance, submitted
from tests.e2e.installation import Installation

SWITCHED_ON = PROFILE.replace("[prior_authorization]", "[subscriber]")
ELIGIBLE = """\
payer_id,member_id,last_name,first_name,middle_name,birth_date,coverage_from,coverage_to
EHP01,MEMBER0007,TESTER,ANNA,,1980-01-01,2025-01-01,
"""
COUNTED = {
    "claim_number": CLAIM,
    "documented": "2025-12-20",
    "documents": [{"id": "NOTE-1", "kind": "visit_note", "date": "2025-12-20"}],
    "counts": [{"line": 1, "units": "2"}],
}


def outgoing(reclaim: Installation) -> list[str]:
    """The segments of every file that went out."""
    return [segment.strip() for file in reclaim.outgoing() for segment in file.read_text().split("~")]


def test_a_member_number_is_corrected_by_the_eligibility_answer_and_the_claim_leaves(
    reclaim: Installation,
) -> None:
    load_master_data(reclaim, SWITCHED_ON)
    file = reclaim.home / "eligibility.csv"
    file.write_text(ELIGIBLE)
    assert "1 rows loaded" in reclaim.ok("load", "eligibility", file)
    reclaim.put("claims.837", submitted())
    reclaim.put("remittance.835", remittance("CAS*CO*31*{charge}~"))
    assert reclaim.run(DAY).status == 0
    (proposed,) = [event["data"] for event in reclaim.events("recoding-proposed")]
    assert (proposed["automation"], proposed["rule"]["id"]) == ("A3", "subscriber-by-eligibility")
    assert proposed["confidence"]["word"] == "settled"
    assert "NM1*IL*1*TESTER*ANNA****MI*MEMBER0007" in outgoing(reclaim)
    told = reclaim.ok("explain", CLAIM)
    assert "the facts named settle it" in told
    assert "member number" in told


def test_a_count_of_the_record_leaves_with_its_document_and_not_without(reclaim: Installation) -> None:
    load_master_data(reclaim)
    reclaim.put("claims.837", submitted())
    reclaim.put("remittance.835", remittance("CAS*CO*16*{charge}~LQ*HE*M53~"))
    file = reclaim.home / "counts.json"
    file.write_text(json.dumps(COUNTED))
    assert reclaim.run(DAY).status == 0
    assert "1 claim documented" in reclaim.ok("load", "documentation", file)
    assert reclaim.run(DAY).status == 0
    proposed = reclaim.events("recoding-proposed")[-1]["data"]
    assert (proposed["automation"], proposed["rule"]["id"]) == ("A2", "units-by-record")
    approve = ("decide", CLAIM, "approve", "--by", "dana", "--reason", "documented", "--candidate", "1")
    bare = reclaim(*approve)
    assert (bare.status, "document" in bare.err) == (1, True)
    reclaim.ok(*approve, "--document", "NOTE-1")
    assert reclaim.run(DAY).status == 0
    assert "SV1*HC:G0463:25*150*UN*2***1:2" in outgoing(reclaim)
