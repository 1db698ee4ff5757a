"""`reclaim explain` over real files: the story of a denied claim, with and without the claim and a licensed list."""

from __future__ import annotations

import json

import pytest

from tests.e2e.denied_claims import CLAIM, DAY, remittance, submitted
from tests.e2e.installation import Installation

WORDS = "the words of a licensed list"
LIST = f'Code,Description,Start Date,Last Modified,Stop Date,Notes\n50,"{WORDS}",01/01/1995,,,\n'
DENIED = "CAS*CO*50*{charge}~LQ*HE*N115~"


@pytest.fixture(scope="module")
def denied(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """A claim of two lines, both denied as not necessary on a coverage policy; a licensed list is loaded."""
    made = Installation(tmp_path_factory.mktemp("explain"))
    codes = made.home / "carc.csv"
    codes.write_text(LIST)
    made.ok("load", "carc", codes, "--edition", "spring")
    made.put("claims.837", submitted())
    made.put("remittance.835", remittance(DENIED))
    made.put("stranger.835", remittance("CAS*CO*16*{charge}~", claim="STRANGER", trace="EFT901"))
    assert made.run(DAY).status == 0
    return made


@pytest.fixture(scope="module")
def told(denied: Installation) -> str:
    return denied.ok("explain", CLAIM)


def test_the_story_has_its_parts_in_order(told: str) -> None:
    parts = ("What was billed", "What came back", "Why", "What is proposed", "Clocks", "What would settle it")
    places = [told.index(part) for part in parts]
    assert places == sorted(places)


def test_billed_came_back_and_denied_are_told_with_dollars(told: str) -> None:
    words = " ".join(told.split())
    assert "$250.00, 2 lines" in words
    assert "$0.00 paid of $250.00, $250.00 denied" in words
    assert "on line 2: CO-50 $100.00 not medically necessary" in words
    assert "on line 1: N115 decided on a local coverage determination" in words


def test_the_next_step_names_this_claim(told: str) -> None:
    assert f"reclaim decide {CLAIM} approve" in told


def test_the_words_of_the_list_are_shown_and_stand_in_no_event(denied: Installation, told: str) -> None:
    assert WORDS in " ".join(told.split())
    classified = denied.events("denial-classified")
    assert WORDS not in json.dumps(classified)
    assert any("table:carc@spring" in json.dumps(event) for event in classified)


def test_without_the_claim_and_the_remark_both_are_not_known(denied: Installation) -> None:
    words = " ".join(denied.ok("explain", "STRANGER").split())
    assert "What is not known" in words
    assert "the submitted claim (837) has not been seen" in words
    assert "a reason came without the remark that it must have" in words


def test_no_name_of_the_patient_is_told(told: str) -> None:
    assert "TESTER" not in told
    assert "ANNA" not in told


def test_the_document_holds_what_the_story_tells(denied: Installation) -> None:
    account = json.loads(denied.ok("explain", CLAIM, "--json"))
    assert [line["line"] for line in account["billed"][0]["lines"]] == [1, 2]
    assert account["answers"][0]["denied"] == "250.00"
    (lineage,) = account["lineages"]
    assert lineage["open"] is True
    assert {code["listed"] for code in lineage["causes"][0]["carriers"] if code["amount"]} == {WORDS}
