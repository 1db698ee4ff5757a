"""What turns away more than one claim: an interchange (TA1), a group or a transaction set (999, 277CA), a provider's
claims (277CA). Every claim that was in it is rejected and none of another; what ties to nothing is counted."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from tests.e2e.at_hand import AtHand
from tests.e2e.installation import Installation
from tests.e2e.path_claims import (
    DAY,
    Case,
    Line,
    authorizations,
    group_acknowledged,
    interchange_acknowledged,
    partners,
    remitted,
    statuses,
    submitted,
)

LATER, AGAIN = "2026-02-20", "2026-04-10"
BY_DANA = ("--by", "dana", "--reason", "documented", "--document", "REC-1")

SENT = tuple(Case(number, "COM1", "CI") for number in ("SENT01", "SENT02"))
"""Denied for want of an authorization; corrected claims go out in interchanges of ours."""
TAKEN = Case("TAKEN1", "COM2", "CI")
"""The same, in an interchange of its own, which is taken."""
FIRST = tuple(Case(number, "COM1", "CI") for number in ("FIRST1", "FIRST2"))
"""The clinic's own first claims, in its interchange 73."""
WHOLE = (Case("WHOLE1", "COM1", "CI"),)
PROVIDERS = (Case("PROVI1", "COM1", "CI"),)
SYNTAX = (Case("SYNTA1", "COM1", "CI"), Case("SYNTA2", "COM1", "CI"))
"""First claims in a group whose 999 rejects their transaction set."""
GROUP = (Case("GROUP1", "COM1", "CI"),)
"""The same, rejected as a group."""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    made = AtHand(tmp_path_factory.mktemp("told"))
    for kind, text in (
        ("authorizations", authorizations(("COM1", "COM2"), ["G0463"])),
        ("trading_partners", partners(("COM1", "COM2"))),
    ):
        file = made.home / f"{kind}.csv"
        file.write_text(text)
        made.ok("load", kind, file)
    made.put("denied.837", submitted((*SENT, TAKEN), "837P", 71))
    made.put("denied1.835", remitted(SENT, "EFT1", 901))
    made.put("denied2.835", remitted([TAKEN], "EFT2", 902))
    for number, cases in ((73, FIRST), (74, WHOLE), (75, PROVIDERS), (76, SYNTAX), (77, GROUP)):
        made.put(f"{number}.837", submitted(cases, "837P", number))
    assert made.run(DAY).status == 0
    for case in (*SENT, TAKEN):
        made.ok("decide", case.number, "approve", *BY_DANA)
    assert made.run(DAY).status == 0
    taken = control_number(made, "TAKEN1")
    for at, ours in enumerate(sorted({control_number(made, case.number) for case in SENT})):
        made.put(f"sent{at}.ta1", interchange_acknowledged(ours, "R", 920 + at, "260212", "022"))
    made.put("taken.ta1", interchange_acknowledged(taken, "A", 912, "260212"))
    made.put("first.ta1", interchange_acknowledged(73, "R", 913, "260212", "022"))
    made.put("unknown.ta1", interchange_acknowledged(9999, "R", 914, "260212", "022"))
    made.put("whole.277", statuses("COM1", "B74", WHOLE, "20260212", 915, against="receiver"))
    made.put("provider.277", statuses("COM1", "B75", PROVIDERS, "20260212", 916, against="provider"))
    made.put("syntax.999", group_acknowledged(76, 917, of_its_claims=True))
    made.put("group.999", group_acknowledged(77, 918, of_its_claims=False))
    ended = made.run(LATER)
    assert ended.status == 0, ended.err
    return made


def control_number(reclaim: Installation, number: str) -> int:
    (delivered,) = (e["data"] for e in reclaim.events("claim-delivered", "--claim", number))
    return int(delivered["interchange_control_number"])


def acknowledgments(reclaim: Installation, number: str) -> list[tuple[str, bool, str]]:
    found = [e["data"] for e in reclaim.events("claim-acknowledged", "--claim", number)]
    return [(a["kind"], a["accepted"], a["scope"]) for a in found]


def attempts(reclaim: Installation, number: str) -> list[dict[str, Any]]:
    said = [e["data"] for e in reclaim.events("denial-classified", "--claim", number)]
    attempts_: list[dict[str, Any]] = said[-1]["attempts"]
    return attempts_


@pytest.mark.parametrize("number", ["SENT01", "SENT02"])
def test_every_claim_of_an_interchange_that_was_turned_away_is_rejected(
    told: Installation, number: str
) -> None:
    assert acknowledgments(told, number) == [("ta1", False, "interchange")]
    assert [a["outcome"] for a in attempts(told, number)] == ["rejected"]


def test_it_goes_again_as_it_was_and_never_twice(
    told: Installation, tmp_path_factory: pytest.TempPathFactory
) -> None:
    made = told.copy(tmp_path_factory.mktemp("again"))
    for case in SENT:
        made.ok("decide", case.number, "approve", *BY_DANA)
    assert made.run(LATER).status == 0
    sends = [e["data"] for e in made.events("claim-resubmitted", "--claim", "SENT01")]
    assert [(s["generation"], s["frequency_code"]) for s in sends] == [(1, "7"), (2, "7")]
    assert sends[0]["x12"]["claim"] == sends[1]["x12"]["claim"]
    paid = [
        replace(c, frequency="7", lines=(Line(150, paid=150),), remitted="20260401", control="LAST")
        for c in SENT
    ]
    made.put("paid.835", remitted(paid[:1], "EFT9", 990))
    assert made.run(AGAIN).status == 0
    (last,) = [e["data"] for e in made.events("case-changed", "--claim", "SENT01")][-1:]
    assert [a["outcome"] for a in last["attempts"]] == ["rejected", "paid"]


def test_an_interchange_that_was_taken_says_nothing_of_its_claims(told: Installation) -> None:
    assert acknowledgments(told, "TAKEN1") == []
    assert ("ta1", "A") in {
        (e["data"]["kind"], e["data"]["status"]) for e in told.events("group-acknowledged")
    }


@pytest.mark.parametrize(
    ("number", "said"),
    [
        ("FIRST1", ("ta1", False, "interchange")),
        ("FIRST2", ("ta1", False, "interchange")),
        ("WHOLE1", ("277ca", False, "transaction")),
        ("PROVI1", ("277ca", False, "provider")),
        ("SYNTA1", ("999", False, "transaction")),
        ("SYNTA2", ("999", False, "transaction")),
        ("GROUP1", ("999", False, "group")),
    ],
)
def test_a_first_claim_that_was_turned_away_with_others_is_proposed_to_a_person(
    told: Installation, number: str, said: tuple[str, bool, str]
) -> None:
    assert said in acknowledgments(told, number)
    (made,) = [e["data"] for e in told.events("recoding-proposed", "--claim", number)]
    assert (made["rule"]["id"], made["automation"]) == ("rejected-with-others", "A1")
    (lineage,) = json.loads(told.ok("explain", number, "--json"))["lineages"]
    assert any(
        "approve --by YOU --reason documented` sends it as it is" in step for step in lineage["settles"]
    )


def test_what_a_999_turned_away_goes_once_as_an_original_and_its_answer_ties(
    told: Installation, tmp_path_factory: pytest.TempPathFactory
) -> None:
    made = told.copy(tmp_path_factory.mktemp("syntax"))
    for number in ("SYNTA1", "GROUP1"):
        made.ok("decide", number, "approve", *BY_DANA)
    for _ in range(2):
        assert made.run(LATER).status == 0
    sends = {
        number: [e["data"] for e in made.events("claim-resubmitted", "--claim", number)]
        for number in ("SYNTA1", "SYNTA2", "GROUP1")
    }
    told_of = {n: [(s["frequency_code"], s["original_reference"]) for s in sent] for n, sent in sends.items()}
    assert told_of == {"SYNTA1": [("1", None)], "SYNTA2": [], "GROUP1": [("1", None)]}
    delivered = made.events("claim-delivered", "--claim", "SYNTA1")
    assert [d["data"]["resubmission_id"] for d in delivered] == [sends["SYNTA1"][0]["resubmission_id"]]
    paid = replace(SYNTAX[0], lines=(Line(150, paid=150),), remitted="20260401")
    made.put("paid.835", remitted([paid], "EFT8", 991))
    assert made.run(AGAIN).status == 0
    last = made.events("case-changed", "--claim", "SYNTA1")[-1]["data"]
    assert [(a["generation"], a["outcome"]) for a in last["attempts"]] == [(1, "paid")]


def test_no_other_claim_is_rejected(told: Installation) -> None:
    rejected = {
        e["data"]["claim_number"] for e in told.events("claim-acknowledged") if not e["data"]["accepted"]
    }
    turned_away = (*SENT, *FIRST, *WHOLE, *PROVIDERS, *SYNTAX, *GROUP)
    assert rejected - {None} == {case.number for case in turned_away}


def test_what_ties_to_nothing_is_counted_with_its_reason(told: Installation) -> None:
    (untied,) = told.status()["untied"]
    assert (untied["kind"], untied["count"]) == ("ta1", 1)
    assert "interchange" in untied["reason"]


def test_a_file_with_nothing_but_a_ta1_is_accounted_for(told: Installation) -> None:
    intake = told.status()["intake"]
    assert (intake["unreadable_files"], intake["files"]) == (0, len(list(told.inbox.iterdir())))
    assert intake["segments_in"] == intake["segments_kept"]


def test_read_once_more_it_changes_nothing(
    told: Installation, tmp_path_factory: pytest.TempPathFactory
) -> None:
    made = told.copy(tmp_path_factory.mktemp("twice"))
    before = len(told.events("claim-acknowledged"))
    made.put("again.ta1", interchange_acknowledged(73, "R", 919, "260212", "022"))
    assert made.run(LATER).status == 0
    assert len(made.events("claim-acknowledged")) == before
