"""`reclaim override`: a person's own edits take the place of the proposal's and pass the same guards, or are refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from services.resubmitter.gate import findings
from tests.e2e.denied_claims import CLAIM, CONTROL_NUMBER, DAY, remittance
from tests.e2e.installation import Installation
from tests.forked import Ended

OWN_NUMBER = "AUTH-2026-02"
BY_DANA = ("--by", "dana", "--reason", "confirmed_in_record")
AUTHORIZED = {"line": None, "field": "prior_authorization", "before": None, "after": OWN_NUMBER}
RECODED = {"line": 2, "field": "lines[2].modifiers", "before": None, "after": ["59"]}


@pytest.fixture
def reclaim(proposed: Installation, tmp_path: Path) -> Installation:
    return proposed.copy(tmp_path)


def override(reclaim: Installation, edits: Any, *options: str) -> Ended:
    file = reclaim.home / "edits.json"
    file.write_text(json.dumps(edits))
    return reclaim("override", CLAIM, "--edits", file, *BY_DANA, *options)


def answer(reclaim: Installation) -> dict[str, Any]:
    """What the recoder said to the person's wish."""
    (said,) = [e["data"] for e in reclaim.events("recoding-decided") if e["data"]["request"] is not None]
    assert isinstance(said, dict)
    return said


def test_a_persons_own_edit_leaves_in_place_of_the_proposals(reclaim: Installation) -> None:
    ended = override(reclaim, [AUTHORIZED], "--document", "RECORD-1")
    assert ended.status == 0, ended.err
    assert reclaim.run(DAY).status == 0
    (file,) = reclaim.outgoing()
    data = file.read_bytes()
    assert f"~REF*G1*{OWN_NUMBER}~".encode() in data
    assert f"~REF*F8*{CONTROL_NUMBER}~".encode() in data
    assert data.count(b"~REF*G1*") == 1
    assert findings(data) == ()
    assert (answer(reclaim)["decision"], answer(reclaim)["by"]) == ("overridden", "dana")


def test_a_code_that_no_document_supports_is_refused(reclaim: Installation) -> None:
    ended = override(reclaim, [RECODED])
    assert (ended.status, ended.err.count("\n")) == (1, 1)
    assert answer(reclaim)["reason"].endswith("documents_needed")
    assert reclaim.run(DAY).status == 0
    assert reclaim.outgoing() == []
    assert reclaim.status()["waiting"]["person"] == 1


def test_a_value_that_cannot_stand_in_the_claim_is_refused(reclaim: Installation) -> None:
    assert override(reclaim, [{**AUTHORIZED, "after": "A*B~C"}], "--document", "RECORD-1").status == 1
    assert answer(reclaim)["reason"] == "value_cannot_stand_in_the_claim"
    assert reclaim.outgoing() == []


def test_an_override_of_an_older_proposal_is_refused(reclaim: Installation) -> None:
    older = reclaim.events("recoding-proposed")[-1]["data"]["proposal_id"]
    reclaim.put("again.835", remittance(trace="EFT902", day="20260205", control_number="EHPCLM0009"))
    assert reclaim.run(DAY).status == 0
    assert override(reclaim, [AUTHORIZED], "--document", "RECORD-1", "--proposal", older).status == 1
    assert answer(reclaim)["reason"] == "stale_proposal"
    assert reclaim.outgoing() == []


def test_a_file_that_holds_no_edits_is_wrong_use(proposed: Installation, tmp_path: Path) -> None:
    file = tmp_path / "edits.json"
    file.write_text(json.dumps([{"field": "prior_authorization", "new": "X"}]))
    ended = proposed("override", CLAIM, "--edits", file, *BY_DANA)
    assert (ended.status, ended.err.count("\n")) == (2, 1)
