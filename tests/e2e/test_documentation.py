"""New facts re-open a proposal; a decision that was made on the older one is refused, and none is taken twice."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.e2e.denied_claims import CLAIM, DAY
from tests.e2e.installation import Installation

TOLD = {
    "claim_number": CLAIM,
    "documented": "2026-03-20",
    "documented_diagnoses": ["M54.50"],
    "documents": [{"id": "LETTER-1", "kind": "appeal_opened", "date": "2026-03-20"}],
}


@pytest.fixture
def reclaim(proposed: Installation, tmp_path: Path) -> Installation:
    return proposed.copy(tmp_path)


def test_documentation_reopens_the_proposal_and_a_decision_about_the_older_one_is_refused(
    reclaim: Installation,
) -> None:
    (*_, before) = [event["data"] for event in reclaim.events("recoding-proposed")]
    file = reclaim.home / "facts.json"
    file.write_text(json.dumps(TOLD))
    assert "1 claim documented" in reclaim.ok("load", "documentation", file)
    assert "1 known already" in reclaim.ok("load", "documentation", file)
    assert len(reclaim.events("claim-documented")) == 1
    assert reclaim.run(DAY).status == 0
    (*_, after) = [event["data"] for event in reclaim.events("recoding-proposed")]
    assert after["revision"] == before["revision"] + 1
    assert after["proposal_id"] != before["proposal_id"]
    assert after["answers_withdrawn"] == before["proposal_id"]
    approve = ("decide", CLAIM, "approve", "--by", "dana", "--reason", "documented", "--document", "D1")
    stale = reclaim(*approve, "--proposal", before["proposal_id"])
    assert (stale.status, "withdrawn" in stale.err or "stale" in stale.err) == (1, True)
    stopped = reclaim(*approve)
    assert (stopped.status, "G7:appeal_open" in stopped.err) == (1, True)
    assert reclaim.events("claim-resubmitted") == []
