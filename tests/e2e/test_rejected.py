"""A first claim that was turned away before anybody adjudicated it, from files to files: proposed, fixed, sent once as a
first claim, and its answers tied to it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from services.resubmitter.gate import findings
from tests.e2e.at_hand import AtHand
from tests.e2e.installation import Installation
from tests.e2e.path_claims import DAY, Case, Line, partners, remitted, statuses, submitted

LATER, PAID = "2026-02-20", "2026-03-10"
BY_DANA = ("--by", "dana", "--reason", "documented", "--document", "REC-1")

PERSON = Case("PERSO1", "COM1", "CI")
"""Turned away because of a provider's number; a person fixes it."""
MEMBER = Case("MEMBE1", "COM1", "CI", member="MEMBER0009")
"""Turned away as the subscriber is not found; the payer's eligibility answer has the number."""
RESENT = Case("RESEN1", "COM1", "CI")
"""The clinic sends it again by itself."""
WHOLE = Case("WHOLE1", "COM1", "CI")
"""Turned away with the whole file that it came in."""
PAID_ALREADY = Case("PAIDA1", "COM1", "CI")
"""Turned away, and paid all the same."""


@pytest.fixture(scope="module")
def turned(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    made = AtHand(tmp_path_factory.mktemp("turned"))
    eligibility = (
        "payer_id,member_id,last_name,first_name,middle_name,birth_date,coverage_from,coverage_to\n"
        "COM1,MEMBER0001,TESTER,ANNA,,1980-01-01,2025-01-01,2026-12-31\n"
    )
    for kind, text in (("eligibility", eligibility), ("trading_partners", partners(("COM1",)))):
        file = made.home / f"{kind}.csv"
        file.write_text(text)
        made.ok("load", kind, file)
    made.put("a.837", submitted((PERSON, MEMBER, RESENT, PAID_ALREADY), "837P", 71))
    made.put("b.837", submitted((WHOLE,), "837P", 72))
    by_number = (PERSON, RESENT, PAID_ALREADY)
    made.put("a.277", statuses("COM1", "B71", by_number, "20260112", 911, against="claim"))
    made.put(
        "m.277", statuses("COM1", "B71", (MEMBER,), "20260112", 912, against="claim", status="A7:164:IL")
    )
    made.put("b.277", statuses("COM1", "B72", (WHOLE,), "20260112", 913, against="receiver"))
    assert made.run(DAY).status == 0
    return made


@pytest.fixture(scope="module")
def sent(turned: Installation, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    made = turned.copy(tmp_path_factory.mktemp("sent"))
    override(made, "prior_authorization", "AUTH-1")
    for case in (MEMBER, WHOLE):
        made.ok("decide", case.number, "approve", *BY_DANA)
    made.put("again.837", submitted((RESENT,), "837P", 73))
    made.put("paid.835", remitted([replace(PAID_ALREADY, lines=(Line(150, paid=150),))], "EFT1", 901))
    assert made.run(DAY).status == 0
    return made


@pytest.fixture(scope="module")
def answered(sent: Installation, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """What the person sent is turned away once more, goes again and is paid; the payer takes the other and denies it."""
    made = sent.copy(tmp_path_factory.mktemp("answered"))
    again = reference_of(made, PERSON.number)
    made.put("again.277", statuses("COM1", again, (PERSON,), "20260213", 921, against="claim"))
    taken = reference_of(made, MEMBER.number)
    corrected = replace(MEMBER, member="MEMBER0001", remitted="20260218", control="ICNM")
    if taken != again:
        made.put("taken.277", statuses("COM1", taken, (corrected,), "20260213", 922))
    made.put("denied.835", remitted([corrected], "EFT2", 902))
    assert made.run(LATER).status == 0
    override(made, "referral_number", "REF-1")
    assert made.run(LATER).status == 0
    paid = replace(PERSON, lines=(Line(150, paid=140, adjusted="CAS*CO*45*10~"),), remitted="20260301")
    made.put("last.835", remitted([paid], "EFT3", 903))
    assert made.run(PAID).status == 0
    return made


def override(reclaim: Installation, field: str, after: str) -> None:
    file = reclaim.home / "edits.json"
    file.write_text(json.dumps([{"line": None, "field": field, "before": None, "after": after}]))
    reclaim.ok("override", PERSON.number, "--edits", file, *BY_DANA)


def reference_of(reclaim: Installation, number: str) -> str:
    """BHT03 of the interchange that carried the claim, which is its control number."""
    delivered = [e["data"] for e in reclaim.events("claim-delivered", "--claim", number)]
    return str(delivered[-1]["interchange_control_number"])


def proposal(reclaim: Installation, number: str) -> dict[str, Any]:
    last: dict[str, Any] = reclaim.events("recoding-proposed", "--claim", number)[-1]["data"]
    return last


def sends(reclaim: Installation, number: str) -> list[dict[str, Any]]:
    return [e["data"] for e in reclaim.events("claim-resubmitted", "--claim", number)]


def told(reclaim: Installation, number: str) -> dict[str, Any]:
    last: dict[str, Any] = reclaim.events("case-changed", "--claim", number)[-1]["data"]
    return last


@pytest.mark.parametrize(
    ("case", "rule", "rung"),
    [
        (PERSON, "rejected-claim", "A1"),
        (MEMBER, "rejected-subscriber", "A2"),
        (WHOLE, "rejected-with-others", "A1"),
    ],
)
def test_it_is_proposed_as_a_first_claim(turned: Installation, case: Case, rule: str, rung: str) -> None:
    said = proposal(turned, case.number)
    assert (said["rule"]["id"], said["automation"]) == (rule, rung)
    assert (said["path"], said["frequency_code"], said["original_reference"]) == ("new_claim", "1", None)
    assert [(c["clock"], c["due"]) for c in said["deadlines"] if c["binds"]] == [
        ("filing_limit", "2026-03-20")
    ]


def test_it_is_no_denial(turned: Installation) -> None:
    assert turned.events("denial-classified") == []


def test_the_account_says_what_was_against_it(turned: Installation) -> None:
    account = " ".join(turned.ok("explain", PERSON.number).split())
    assert "Turned away before it was decided" in account
    assert "A7:562:85" in account


def test_unchanged_it_does_not_go(turned: Installation) -> None:
    ended = turned("decide", PERSON.number, "approve", *BY_DANA)
    assert (ended.status, "nothing_to_send" in ended.err) == (1, True)


@pytest.mark.parametrize(
    ("path", "reason", "refusal"),
    [
        ("void", "documented", "payer_control_number_missing"),
        ("replacement", "documented", "payer_control_number_missing"),
        ("patient_bill", "contract", "not_the_patients_share"),
    ],
)
def test_no_way_asks_for_what_nobody_has_decided(
    turned: Installation, path: str, reason: str, refusal: str
) -> None:
    ended = turned("override", PERSON.number, "--path", path, "--by", "dana", "--reason", reason)
    assert (ended.status, refusal in ended.err) == (1, True)


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        (
            PERSON,
            ["NM1*IL*1*TESTER*ANNA****MI*MEMBER0001", "CLM*PERSO1*150***11:B:1*Y*A*Y*Y", "REF*G1*AUTH-1"],
        ),
        (MEMBER, ["NM1*IL*1*TESTER*ANNA****MI*MEMBER0001", "CLM*MEMBE1*150***11:B:1*Y*A*Y*Y"]),
        (WHOLE, ["NM1*IL*1*TESTER*ANNA****MI*MEMBER0001", "CLM*WHOLE1*150***11:B:1*Y*A*Y*Y"]),
    ],
)
def test_it_leaves_as_a_first_claim_with_its_number(
    sent: Installation, case: Case, expected: list[str]
) -> None:
    (one,) = sends(sent, case.number)
    assert (one["generation"], one["frequency_code"], one["original_reference"]) == (1, "1", None)
    loops = [*one["x12"]["subscriber"], *one["x12"]["claim"]]
    assert [s for s in loops if s.startswith(("NM1*IL", "CLM", "REF*G1", "REF*F8"))] == expected
    assert all(findings(file.read_bytes()) == () for file in sent.outgoing())


def test_while_it_is_under_way_nobody_sends_it_again(sent: Installation) -> None:
    assert sent("override", PERSON.number, "--path", "new_claim", *BY_DANA).status != 0
    assert sent.run(DAY).status == 0
    assert len(sends(sent, PERSON.number)) == 1


def test_what_the_clinic_has_sent_again_waits_no_more(sent: Installation) -> None:
    assert told(sent, RESENT.number)["rejected"] is None
    assert sent("decide", RESENT.number, "approve", *BY_DANA).status != 0
    assert sends(sent, RESENT.number) == []


def test_what_the_payer_has_paid_all_the_same_waits_no_more(sent: Installation) -> None:
    withdrawn = [e["data"]["reason"] for e in sent.events("recoding-decided", "--claim", PAID_ALREADY.number)]
    assert withdrawn == ["case_paid"]
    assert sends(sent, PAID_ALREADY.number) == []


def test_turned_away_again_it_goes_once_more_as_it_went_last(answered: Installation) -> None:
    first, second = sends(answered, PERSON.number)
    assert (first["generation"], second["generation"], second["frequency_code"]) == (1, 2, "1")
    assert [s for s in second["x12"]["claim"] if s.startswith("REF*")] == [
        *("REF*9F*REF-1", "REF*G1*AUTH-1", "REF*6R*L1")
    ]


def test_each_answer_is_tied_to_its_generation_to_the_cent(answered: Installation) -> None:
    assert [
        (a["outcome"], a["asked"], a["recovered"]) for a in told(answered, PERSON.number)["attempts"]
    ] == [
        ("rejected", "150.00", "0.00"),
        ("paid", "150.00", "140.00"),
    ]


def test_a_denial_of_what_was_sent_is_a_denial_of_that_claim(answered: Installation) -> None:
    denial = answered.events("denial-classified", "--claim", MEMBER.number)[-1]["data"]
    (one,) = sends(answered, MEMBER.number)
    assert (denial["answers"], denial["claim"]["member_id"]) == (one["resubmission_id"], "MEMBER0001")
    assert denial["generation"] == 1


def test_the_rules_have_their_outcomes(answered: Installation) -> None:
    rows = {row["rule"]: row for row in json.loads(answered.ok("outcomes", "--json"))["rows"]}
    by_person, by_rule = rows["rejected-claim"], rows["rejected-subscriber"]
    assert (by_person["tried"], by_person["paid"], by_person["recovered"]) == (2, 1, "140.00")
    assert (by_rule["tried"], by_rule["paid"]) == (1, 0)


def test_the_proof_of_the_proposal_is_made_again_from_the_log(turned: Installation) -> None:
    said = proposal(turned, MEMBER.number)
    assert "the same event" in turned.ok("proof", "verify", said["proposal_id"])
