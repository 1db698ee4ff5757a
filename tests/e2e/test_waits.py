"""What a payer has not finished: a claim on the payment floor, and one that is pended in part; from files to files."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.at_hand import AtHand
from tests.e2e.installation import Installation
from tests.e2e.path_claims import Case, Line, partners, remitted, submitted

EARLY, AFTER = "2026-01-14", "2026-01-25"
BY_DANA = ("--by", "dana", "--reason", "documented", "--document", "REC-1")

FLOOR = Case(
    *("FLOOR1", "MEDA", "MA", (Line(150), Line(60, "HC:G0499", adjusted="CAS*CO*18*{charge}~"))),
    transaction="837I",
    remitted="20260112",
)
"""An authorization is missing, and a line is called a duplicate: of a claim of 5 January that may still lie on the payment
floor (14 days)."""

PENDED = Case("PENDE1", "COM1", "CI", (Line(150, adjusted="CAS*OA*133*{charge}~"),), remitted="20260112")
PAID = Case("PENDE1", "COM1", "CI", (Line(150, paid=150),), remitted="20260122", control="LATER")


@pytest.fixture(scope="module")
def early(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    made = AtHand(tmp_path_factory.mktemp("early"))
    file = made.home / "partners.csv"
    file.write_text(partners(("COM1", "MEDA")))
    made.ok("load", "trading_partners", file)
    made.put("bill.837", submitted([FLOOR], "837I", 71))
    made.put("claim.837", submitted([PENDED], "837P", 72))
    made.put("floor.835", remitted([FLOOR], "EFT1", 901))
    made.put("pended.835", remitted([PENDED], "EFT2", 902))
    assert made.run(EARLY).status == 0
    edits = made.home / "edits.json"
    edits.write_text('[{"line": 1, "field": "lines[1].modifiers", "before": [], "after": ["59"]}]')
    made.ok("override", "FLOOR1", "--edits", edits, "--path", "replacement", *BY_DANA)
    assert made.run(EARLY).status == 0
    return made


def test_a_claim_that_may_lie_on_the_payment_floor_is_not_followed_by_another(early: Installation) -> None:
    (refused,) = [e["data"] for e in early.events("resubmission-refused", "--claim", "FLOOR1")]
    assert (refused["reason"], refused["waits"]) == ("payment_floor", True)
    assert early.outgoing() == []


def test_it_goes_by_itself_when_the_floor_is_over(early: Installation, tmp_path: Path) -> None:
    made = early.copy(tmp_path)
    assert made.run(AFTER).status == 0
    (file,) = made.outgoing()
    assert b"CLM*FLOOR1*210***13:A:7*" in file.read_bytes()


def test_nothing_is_proposed_for_a_claim_that_the_payer_still_works_on(early: Installation) -> None:
    assert early.status()["claims"]["pended"] == 1
    assert early.events("recoding-proposed", "--claim", "PENDE1") == []


def test_its_payment_ends_it(early: Installation, tmp_path: Path) -> None:
    made = early.copy(tmp_path)
    made.put("paid.835", remitted([PAID], "EFT3", 903))
    assert made.run(AFTER).status == 0
    (*_, last) = [e["data"] for e in made.events("case-changed", "--claim", "PENDE1")]
    assert (last["change"], last["claim_state"], last["paid"]) == ("paid", "paid", "150.00")
