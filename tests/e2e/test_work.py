"""`reclaim work` lists, `reclaim decide` acts on it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.e2e.denied_claims import CLAIM
from tests.e2e.installation import Installation


def rows(reclaim: Installation, *options: str) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = json.loads(reclaim.ok("work", "--json", *options))["rows"]
    return listed


def test_the_list_is_filtered_and_taken(proposed: Installation, tmp_path: Path) -> None:
    reclaim = proposed.copy(tmp_path)
    (row,) = rows(reclaim)
    assert (row["claim_number"], row["cause"], row["clock"], row["amount"]) == (
        *(CLAIM, "auth", "corrected_claim", "250.00"),
    )
    assert float(row["priority"]) > 0
    assert rows(reclaim, "--payer", "ehp01", "--cause", "auth", "--clock", "corrected_claim") == [row]
    for other in (("--payer", "X"), ("--cause", "timely"), ("--clock", "appeal"), ("--within", "0")):
        assert rows(reclaim, *other) == []
    reclaim.ok("decide", CLAIM, "assign", "--by", "dana", "--reason", "mine")
    assert [r["owner"] for r in rows(reclaim, "--owner", "Dana")] == ["dana"]
    assert rows(reclaim, "--owner", "nobody") == []
    other_one = reclaim("decide", CLAIM, "reject", "--by", "eve", "--reason", "other")
    assert (other_one.status, "owned_by_another" in other_one.err) == (1, True)
    assert "1 claim, $250.00 at stake" in reclaim.ok("work", "--sort", "due")
