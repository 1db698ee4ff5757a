"""Medicaid by state, from files to files: what the reference says of New York and of Texas, and a state of which it says
nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from tests.e2e.at_hand import AtHand
from tests.e2e.installation import Installation
from tests.e2e.path_claims import DAY, Case, Line, authorizations, partners, remitted, submitted

PAYERS = ("NYMC", "TXMC", "CAMC")
BY_DANA = ("--by", "dana", "--reason", "documented", "--document", "REC-1")

TRIED = Case("NYTRY1", "NYMC", "MC", state="NY")
"""Denied in full three times: it comes again twice."""
ADJUSTED = Case("NYPAY1", "NYMC", "MC", (Line(100, paid=100), Line(60, "HC:G0499")), state="NY")
"""Paid in part: what was paid is adjusted."""
WAITING = Case("NYLATE", "NYMC", "MC", state="NY")
"""Nobody decides within the sixty days."""
TEXAS = Case("TXDEN1", "TXMC", "MC", state="TX")
UNKNOWN = Case("CADEN1", "CAMC", "MC", state="CA")
CASES = (TRIED, ADJUSTED, WAITING, TEXAS, UNKNOWN)

AGAIN, SECOND, THIRD = "2026-02-26", "2026-03-12", "2026-03-17"


def again(remit: str, control: str) -> bytes:
    """New York denies it once more, for another reason each time."""
    case = replace(TRIED, lines=(Line(150, adjusted="CAS*CO*4*{charge}~"),), remitted=remit, control=control)
    return remitted([case], f"EFT{control}", int(remit[4:]))


@pytest.fixture(scope="module")
def denied(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    made = AtHand(tmp_path_factory.mktemp("denied"))
    for kind, text in (
        ("authorizations", authorizations(PAYERS)),
        ("trading_partners", partners(PAYERS)),
    ):
        file = made.home / f"{kind}.csv"
        file.write_text(text)
        made.ok("load", kind, file)
    made.put("claims.837", submitted(CASES, "837P"))
    for at, payer in enumerate(PAYERS):
        mine = [case for case in CASES if case.payer == payer]
        made.put(f"{payer}.835", remitted(mine, f"EFT{payer}", 900 + at))
    assert made.run(DAY).status == 0
    return made


@pytest.fixture(scope="module")
def tried(denied: Installation, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """New York's claim came again twice, and is denied a third time; sixty days after the first remittance are over."""
    made = denied.copy(tmp_path_factory.mktemp("tried"))
    for case in (TRIED, ADJUSTED, TEXAS):
        made.ok("decide", case.number, "approve", *BY_DANA)
    assert made.run(DAY).status == 0
    made.put("second.835", again("20260225", "AGAIN1"))
    assert made.run(AGAIN).status == 0
    override(made, [])
    assert made.run(AGAIN).status == 0
    made.put("third.835", again("20260311", "AGAIN2"))
    assert made.run(SECOND).status == 0
    assert made.run(THIRD).status == 0
    return made


def override(reclaim: Installation, before: list[str]) -> None:
    file = reclaim.home / "edits.json"
    file.write_text(
        json.dumps([{"line": 1, "field": "lines[1].modifiers", "before": before, "after": ["59"]}])
    )
    reclaim.ok("override", TRIED.number, "--edits", file, *BY_DANA)


def proposal(reclaim: Installation, number: str) -> dict[str, Any]:
    proposals = reclaim.events("recoding-proposed", "--claim", number)
    last: dict[str, Any] = proposals[-1]["data"]
    return last


def clocks(reclaim: Installation, number: str) -> dict[str, str]:
    return {c["clock"]: c["due"] for c in proposal(reclaim, number)["deadlines"]}


def left(reclaim: Installation, number: str) -> list[list[str]]:
    """CLM and REF*F8 of each time that the claim left."""
    return [
        [s for s in e["data"]["x12"]["claim"] if s.startswith(("CLM", "REF*F8"))]
        for e in reclaim.events("claim-resubmitted", "--claim", number)
    ]


def test_what_new_york_has_never_paid_comes_again_as_an_original(tried: Installation) -> None:
    original = ["CLM*NYTRY1*150***11:B:1*Y*A*Y*Y"]
    assert left(tried, TRIED.number) == [original, original]


def test_what_it_has_paid_in_part_is_adjusted_by_its_number(tried: Installation) -> None:
    assert left(tried, ADJUSTED.number) == [["CLM*NYPAY1*160***11:B:7*Y*A*Y*Y", "REF*F8*ICNNYPAY1"]]


def test_a_third_time_nothing_goes(tried: Installation) -> None:
    last = proposal(tried, TRIED.number)
    assert (last["path"], last["missing"][-1]) == ("none", "max_attempts")
    file = tried.home / "more.json"
    file.write_text(json.dumps([{"line": 1, "field": "lines[1].modifiers", "before": [], "after": ["XS"]}]))
    ended = tried("override", TRIED.number, "--edits", file, *BY_DANA)
    assert (ended.status, len(left(tried, TRIED.number))) == (1, 2)


def test_new_york_has_sixty_days_from_the_denial_and_ninety_from_the_service(denied: Installation) -> None:
    assert clocks(denied, WAITING.number) == {"corrected_claim": "2026-03-16", "filing_limit": "2026-03-20"}


def test_on_the_sixty_first_day_the_way_is_closed(tried: Installation) -> None:
    last = proposal(tried, WAITING.number)
    assert (last["path"], last["missing"][-1]) == ("none", "clock_passed:corrected_claim")


def test_texas_takes_a_first_claim_for_ninety_five_days(denied: Installation) -> None:
    assert clocks(denied, TEXAS.number)["filing_limit"] == "2026-03-25"


def test_a_denied_claim_of_texas_comes_again_as_an_original(tried: Installation) -> None:
    assert left(tried, TEXAS.number) == [["CLM*TXDEN1*150***11:B:1*Y*A*Y*Y"]]


def test_the_way_back_in_a_state_that_is_not_known_is_a_persons(denied: Installation) -> None:
    last = proposal(denied, UNKNOWN.number)
    assert (last["automation"], last["path"]) == ("A1", "none")
    assert "profile.corrected_claim_path" in last["missing"]
    assert clocks(denied, UNKNOWN.number) == {"filing_limit": "2026-12-20"}
