"""A claim denied for want of an authorization that is on file leaves as exactly one valid replacement 837."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from services.deployment.definitions import RULES
from services.resubmitter.gate import findings
from services.runtime.configuration import shipped_documents
from tests.e2e.denied_claims import (
    AUTHORIZATION,
    CLAIM,
    CONTROL_NUMBER,
    DAY,
    load_master_data,
    remittance,
    submitted,
)
from tests.e2e.installation import Installation


def segments(data: bytes) -> list[str]:
    return [segment.strip() for segment in data.decode("ascii").split("~") if segment.strip()]


def claim_of(data: bytes, number: str) -> list[str]:
    """From CLM to the last segment of the claim's last line."""
    found: list[str] = []
    inside = False
    for segment in segments(data):
        if segment.split("*")[0] in ("CLM", "HL", "SE"):
            inside = segment.startswith(f"CLM*{number}*")
        if inside:
            found.append(segment)
    return found


def the_one_replacement(reclaim: Installation) -> bytes:
    """What the whole way makes of one denial; checks that it leaves once."""
    load_master_data(reclaim)
    reclaim.put("claims.837", submitted())
    reclaim.put("remittance.835", remittance())
    ended = reclaim.run(DAY)
    assert ended.status == 0, ended.err
    (file,) = reclaim.outgoing()
    data = file.read_bytes()
    again = reclaim.run(DAY)
    assert again.status == 0, again.err
    assert "Nothing new" in again.out
    assert reclaim.outgoing() == [file]
    assert file.read_bytes() == data
    return data


def assert_replaces_the_original(data: bytes) -> None:
    """Frequency 7, the payer's own number, the authorization; every other segment as it was."""
    original, replacement = claim_of(submitted(), CLAIM), claim_of(data, CLAIM)
    assert replacement[0] == original[0].replace("11:B:1", "11:B:7")
    assert sorted(set(replacement[1:]) - set(original)) == [
        f"REF*F8*{CONTROL_NUMBER}",
        f"REF*G1*{AUTHORIZATION}",
    ]
    kept = [s for s in replacement[1:] if s in original]
    assert kept == original[1:]
    assert findings(data) == ()


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """The replacement has left, on the embedded log. Tests that go on from there work on a copy."""
    made = Installation(tmp_path_factory.mktemp("finished"))
    the_one_replacement(made)
    return made


@pytest.fixture
def sent(finished: Installation, tmp_path: Path) -> Installation:
    return finished.copy(tmp_path)


def test_on_the_embedded_log(finished: Installation) -> None:
    (file,) = finished.outgoing()
    assert_replaces_the_original(file.read_bytes())


@pytest.mark.kafka
def test_on_kafka(on_kafka: Installation) -> None:
    assert_replaces_the_original(the_one_replacement(on_kafka))


def test_the_claim_that_was_not_denied_does_not_leave(finished: Installation) -> None:
    (file,) = finished.outgoing()
    assert claim_of(file.read_bytes(), "PATACC2") == []


def test_nothing_leaves_where_the_payer_is_not_switched_on(reclaim: Installation) -> None:
    load_master_data(reclaim)
    profile = reclaim.home / "EHP01.yaml"
    profile.write_text(profile.read_text().replace("value: [prior_authorization]", "value: []"))
    reclaim.ok("load", "payer_profiles", profile)
    reclaim.put("claims.837", submitted())
    reclaim.put("remittance.835", remittance())
    assert reclaim.run(DAY).status == 0
    status = reclaim.status()
    assert reclaim.outgoing() == []
    assert status["waiting"]["person"] == 1


def test_the_remittance_may_come_before_the_claim(reclaim: Installation) -> None:
    load_master_data(reclaim)
    reclaim.put("remittance.835", remittance())
    assert reclaim.run(DAY).status == 0
    assert reclaim.outgoing() == []
    reclaim.put("claims.837", submitted())
    assert reclaim.run(DAY).status == 0
    (file,) = reclaim.outgoing()
    assert_replaces_the_original(file.read_bytes())


def test_an_authorization_that_is_loaded_later_wakes_the_denial(reclaim: Installation) -> None:
    load_master_data(reclaim)
    table = reclaim.home / "authorizations.csv"
    whole = table.read_text()
    table.write_text(whole.splitlines()[0] + "\n")
    reclaim.ok("load", "authorizations", table)
    reclaim.put("claims.837", submitted())
    reclaim.put("remittance.835", remittance())
    assert reclaim.run(DAY).status == 0
    assert reclaim.outgoing() == []
    table.write_text(whole)
    reclaim.ok("load", "authorizations", table)
    assert reclaim.run(DAY).status == 0
    assert len(reclaim.outgoing()) == 1


@pytest.fixture(scope="module")
def paid(finished: Installation, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """The payer has paid the replacement."""
    made = finished.copy(tmp_path_factory.mktemp("paid"))
    made.put("answer.835", remittance(control_number="EHPCLM0002", trace="EFT901", day="20260301", paid=True))
    assert made.run("2026-03-05").status == 0
    return made


def test_the_answer_of_the_payer_closes_the_loop(paid: Installation) -> None:
    status = paid.status()
    assert (status["resubmissions"]["paid"], status["waiting"]["person"]) == (1, 0)


def replay(reclaim: Installation, folder: Path, **rules: str) -> dict[str, Any]:
    """`reclaim replay --json` with a folder of these rules."""
    folder.mkdir(exist_ok=True)
    for name, text in rules.items():
        (folder / f"{name.replace('_', '-')}.yaml").write_text(text)
    document = json.loads(reclaim.ok("replay", "--rules", folder, "--json"))
    assert isinstance(document, dict)
    return document


def test_a_candidate_that_says_nothing_new_changes_no_denial(paid: Installation, tmp_path: Path) -> None:
    rule = shipped_documents(RULES)["authorization-on-file.yaml"]
    denials = replay(paid, tmp_path / "same", authorization_on_file=rule)["denials"]
    assert (denials["looked_at"]["count"], denials["unchanged"], denials["not_looked_at"]) == (1, 1, {})


def test_a_tightened_rule_names_the_paid_claim_that_it_would_have_kept_back(
    paid: Installation, tmp_path: Path
) -> None:
    files = {file: sha256(file.read_bytes()).digest() for file in paid.data.rglob("*") if file.is_file()}
    rule = shipped_documents(RULES)["authorization-on-file.yaml"]
    tightened = rule.replace("ceiling: A3", "ceiling: A1").replace("ceiling: A2", "ceiling: A1")
    told = replay(paid, tmp_path / "tight", authorization_on_file=tightened)
    (claim,) = told["paid"]
    assert (claim["claim_number"], claim["differs"]) == (CLAIM, ["rung"])
    assert (claim["before"]["automation"], claim["after"]["automation"]) == ("A3", "A1")
    assert told["denials"]["newly_blocked"] == {"count": 1, "amount": claim["amount"]}
    assert files == {
        file: sha256(file.read_bytes()).digest() for file in paid.data.rglob("*") if file.is_file()
    }


def test_a_rule_without_cases_is_not_replayed(paid: Installation, tmp_path: Path) -> None:
    rule = shipped_documents(RULES)["authorization-on-file.yaml"]
    (tmp_path / "authorization-on-file.yaml").write_text(rule[: rule.index("\ncases:")] + "\n")
    ended = paid("replay", "--rules", tmp_path)
    assert (ended.status, ended.out, ended.err.count("\n")) == (1, "", 1)
    assert "nothing was replayed" in ended.err


def test_the_same_remittance_in_another_file_changes_nothing(sent: Installation) -> None:
    before = len(sent.events("denial-classified"))
    sent.put("repeated.835", remittance().replace(b"~GE", b"~\nGE"))
    assert sent.run(DAY).status == 0
    assert len(sent.outgoing()) == len(sent.events("claim-resubmitted")) == 1
    assert len(sent.events("denial-classified")) == before


def test_the_trail_holds_and_names_the_interchange(finished: Installation) -> None:
    assert "every link holds" in finished.ok("audit", "verify")
    trail = [event["data"] for event in finished.events("audit-trail")]
    (delivered,) = [record for record in trail if record["event_type"] == "claim-delivered.v1"]
    assert delivered["interchange_control_number"]


def test_a_day_before_the_latest_is_wrong_use(finished: Installation) -> None:
    ended = finished.run("2026-02-09")
    assert (ended.status, ended.err.count("\n")) == (2, 1)
    assert DAY in ended.err
