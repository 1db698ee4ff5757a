"""A person decides: approve, reject, hold; stale and several proposals; holds and dead letters around it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from schemas.envelope import claim_key
from services.runtime.embedded import EmbeddedLog
from services.runtime.log import Draft
from services.runtime.settings import load_settings
from tests.e2e.denied_claims import CLAIM, DAY, remittance, submitted
from tests.e2e.installation import Installation
from topics.map import load_map

APPROVE = ("approve", "--by", "dana", "--reason", "confirmed_in_record", "--document", "RECORD-1")


@pytest.fixture
def reclaim(proposed: Installation, tmp_path: Path) -> Installation:
    return proposed.copy(tmp_path)


def decided(reclaim: Installation) -> list[tuple[str, str]]:
    """What was decided of persons' wishes; whether the recoder withdrew something before depends on which of the
    two files it saw first."""
    answers = [event["data"] for event in reclaim.events("recoding-decided")]
    return [(answer["decision"], answer["by"]) for answer in answers if answer["request"] is not None]


def test_status_and_worklist_say_what_waits(proposed: Installation) -> None:
    waiting = proposed.status()["waiting"]
    assert (waiting["person"], waiting["person_amount"]) == (1, "250.00")
    assert CLAIM in proposed.ok("status", "--waiting")


def test_explain_says_why_what_and_what_would_settle_it(proposed: Installation) -> None:
    account: dict[str, Any] = json.loads(proposed.ok("explain", CLAIM, "--json"))
    (lineage,) = account["lineages"]
    assert [cause["cause"] for cause in lineage["causes"]] == ["auth"]
    assert lineage["causes"][0]["codes"] == ["CO-197 $150.00 on line 1", "CO-197 $100.00 on line 2"]
    assert lineage["proposal"]["edits"][0]["field"] == "prior_authorization"
    assert {clock["clock"] for clock in lineage["proposal"]["deadlines"]} >= {"appeal", "corrected_claim"}
    assert any("reclaim decide" in step for step in lineage["settles"])
    told_of = [moment["event"] for moment in account["timeline"]]
    assert told_of[0] == "claim-submitted"
    assert {"claim-denied", "denial-classified", "recoding-proposed"} <= set(told_of)
    told = proposed.ok("explain", CLAIM)
    for words in ("no prior authorization", "CO-197", "prior_authorization", "days left", "Timeline"):
        assert words in told


def test_an_approval_sends_the_claim(reclaim: Installation) -> None:
    assert "approved" in reclaim.ok("decide", CLAIM, *APPROVE)
    assert decided(reclaim) == [("approved", "dana")]
    assert reclaim.events("recoding-decided")[-1]["data"]["os_user"]
    assert reclaim.status()["resubmissions"]["published"] == 1
    assert reclaim.run(DAY).status == 0
    assert reclaim.status()["resubmissions"]["delivered"] == 1


def test_an_approval_delivers_to_where_the_last_run_did(reclaim: Installation) -> None:
    assert reclaim.run(DAY).status == 0
    reclaim.ok("decide", CLAIM, *APPROVE)
    assert len(reclaim.outgoing()) == 1


def test_a_rejection_sends_nothing_and_ends_the_waiting(reclaim: Installation) -> None:
    reclaim.ok("decide", CLAIM, "reject", "--by", "dana", "--reason", "not_worth_it")
    assert reclaim.run(DAY).status == 0
    assert decided(reclaim) == [("rejected", "dana")]
    assert reclaim.outgoing() == []
    assert reclaim.status()["waiting"]["person"] == 0


def test_what_is_held_can_still_be_approved(reclaim: Installation) -> None:
    reclaim.ok("decide", CLAIM, "hold", "--by", "dana", "--reason", "awaiting_payer", "--until", "2026-02-20")
    waiting = reclaim.status()["waiting"]
    assert (waiting["person"], waiting["held"]) == (1, 1)
    reclaim.ok("decide", CLAIM, *APPROVE)
    assert reclaim.run(DAY).status == 0
    assert len(reclaim.outgoing()) == 1


def test_a_decision_of_an_older_proposal_is_refused_and_nothing_goes_out(reclaim: Installation) -> None:
    older = reclaim.events("recoding-proposed")[-1]
    reclaim.put(
        "again.835",
        remittance("CAS*CO*197*{charge}~", trace="EFT902", day="20260205", control_number="EHPCLM0009"),
    )
    assert reclaim.run(DAY).status == 0
    ended = reclaim("decide", CLAIM, *APPROVE, "--proposal", older["data"]["proposal_id"])
    assert ended.status == 1
    assert ended.err.startswith("reclaim: refused: ")
    assert ended.err.count("\n") == 1
    assert decided(reclaim)[-1] == ("refused", "dana")
    assert reclaim.run(DAY).status == 0
    assert reclaim.outgoing() == []


def test_a_proposal_that_never_was_is_wrong_use(proposed: Installation) -> None:
    assert proposed("decide", CLAIM, *APPROVE, "--proposal", "0" * 32).status == 2


def test_several_open_proposals_are_listed_and_must_be_named(reclaim: Installation) -> None:
    reclaim.put("reused.837", submitted().replace(b"20251220", b"20250610").replace(b"B71", b"B73"))
    reclaim.put(
        "reused.835",
        remittance(trace="EFT903", day="20250801", control_number="EHPCLM0003").replace(
            b"20251220", b"20250610"
        ),
    )
    assert reclaim.run(DAY).status == 0
    ended = reclaim("decide", CLAIM, *APPROVE)
    proposals = {event["data"]["proposal_id"] for event in reclaim.events("recoding-proposed")}
    assert ended.status == 2
    assert len([p for p in proposals if p in ended.err]) == 2
    assert decided(reclaim) == []


def test_a_hold_stops_what_is_approved_and_a_release_sends_it(reclaim: Installation) -> None:
    reclaim.ok("hold", "payer", "EHP-OLD", "--by", "dana")
    reclaim.ok("decide", CLAIM, *APPROVE)
    assert reclaim.run(DAY).status == 0
    assert reclaim.outgoing() == []
    status = reclaim.status()
    assert status["holds"] == ["payer:EHP-OLD"]
    assert status["waiting"]["machine"] == {"payer_on_hold": 1}
    reclaim.ok("release", "payer", "EHP-OLD", "--by", "dana")
    assert reclaim.run(DAY).status == 0
    assert len(reclaim.outgoing()) == 1
    assert reclaim.status()["waiting"]["machine"] == {}


def bury_something(reclaim: Installation) -> None:
    """Put a record about the claim into the log that no service can read."""
    settings = load_settings(reclaim.variables())
    key = claim_key(settings.tenant, settings.key_secret, CLAIM)
    log = EmbeddedLog(settings.log_path, load_map())
    headers = {**next(r for r in log.read("claim-denied") if r.key == key).headers, "ce_id": "broken"}
    log.appender("test").commit([Draft("claim-denied", key, b"{}", headers)])
    log.close()


def test_a_dead_letter_blocks_its_claim_until_it_is_discarded(reclaim: Installation) -> None:
    bury_something(reclaim)
    assert reclaim.run(DAY).status == 0
    assert reclaim.status()["dead_letters"] == 1
    reclaim("decide", CLAIM, *APPROVE)
    assert reclaim.run(DAY).status == 0
    assert reclaim.outgoing() == []
    (letter,) = [json.loads(line) for line in reclaim.ok("dead-letters", "list", "--json").splitlines()]
    assert (letter["service"], letter["reason"]) == ("classifier", "schema")
    reclaim.ok("dead-letters", "discard", letter["letter"], "--by", "dana", "--reason", "not_ours")
    reclaim("decide", CLAIM, *APPROVE)
    assert reclaim.run(DAY).status == 0
    assert len(reclaim.outgoing()) == 1
    assert reclaim.status()["dead_letters"] == 0
