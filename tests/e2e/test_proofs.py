"""A proof is made again from the log to the byte; one table row more or other makes another digest."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from tests.e2e.denied_claims import AUTHORIZATIONS, CLAIM, DAY
from tests.e2e.installation import Installation


@pytest.fixture
def reclaim(proposed: Installation, tmp_path: Path) -> Installation:
    return proposed.copy(tmp_path)


def latest(reclaim: Installation) -> dict[str, str]:
    (*_, event) = reclaim.events("recoding-proposed")
    found: dict[str, str] = event["data"]
    return found


def test_the_proof_of_a_proposal_is_verified_by_either_id(proposed: Installation) -> None:
    proposal = latest(proposed)
    assert "the same event" in proposed.ok("proof", "verify", proposal["proposal_id"])
    assert proposal["proof"] in proposed.ok("proof", "verify", proposal["proof"][:12])
    unknown = proposed("proof", "verify", "f" * 64)
    assert unknown.status == 2


def test_a_reviewer_is_shown_the_proof_and_its_bytes_have_the_digest(proposed: Installation) -> None:
    told = proposed.ok("explain", CLAIM, "--proof")
    for words in ("made again from the log, to the byte", "authorizations", "authorization-on-file", "G10"):
        assert words in told
    shown = proposed.ok("explain", CLAIM, "--proof", "--json")
    assert hashlib.sha256(shown.rstrip("\n").encode()).hexdigest() == latest(proposed)["proof"]
    assert {"facts", "digests", "context", "editions", "rules", "guards", "answer"} <= set(json.loads(shown))


def test_a_proof_holds_after_a_row_of_its_table_was_changed(reclaim: Installation) -> None:
    before = latest(reclaim)
    table = reclaim.home / "changed.csv"
    rows = AUTHORIZATIONS.strip().splitlines()
    cells = rows[-1].split(",")
    cells[-1] = str(int(cells[-1]) + 1)
    table.write_text("\n".join([*rows[:-1], ",".join(cells), ""]))
    reclaim.ok("load", "authorizations", table)
    assert reclaim.run(DAY).status == 0
    reclaim.ok("proof", "verify", before["proof"])
