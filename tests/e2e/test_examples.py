"""What `make run` does with the examples."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
import yaml

from services.resubmitter.gate import findings
from tests.e2e.installation import PROJECT, Installation
from tests.example_outcomes import OUTCOMES, numbers_of, outcomes
from tests.forked import Ended

EXAMPLES = PROJECT / "examples"
DAY = (EXAMPLES / "day").read_text().strip()


def run(installed: Installation) -> Ended:
    return installed(
        *("run", "--inbox", EXAMPLES / "inbox", "--outbox", installed.outbox),
        *("--once", "--as-of", DAY),
    )


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    made = Installation(tmp_path_factory.mktemp("examples"))
    made.ok("load", "folder", EXAMPLES, EXAMPLES / "codes", "--effective", "2026-01-01")
    made.ok("load", "documentation", EXAMPLES / "documentation.json")
    made.ok("load", "payer_profiles", *sorted((EXAMPLES / "payer_profiles").glob("*.yaml")))
    return made


@pytest.fixture(scope="module")
def first(installed: Installation) -> Ended:
    return run(installed)


@pytest.fixture(scope="module")
def status(installed: Installation, first: Ended) -> dict[str, Any]:
    assert first.status == 0, first.err
    return installed.status()


def test_everything_that_came_in_is_accounted_for(status: dict[str, Any]) -> None:
    intake = status["intake"]
    assert (
        intake["claims_in"]
        == intake["claims_published"] + intake["claims_quarantined"]
        == sum(status["claims"].values())
    )
    assert intake["segments_in"] == intake["segments_kept"]


def test_there_are_at_least_fifteen_causes_with_their_dollars(status: dict[str, Any]) -> None:
    assert len(status["denials"]) >= 15
    assert all(Decimal(cause["amount"]) > 0 for cause in status["denials"].values())


def test_each_kind_of_answer_of_a_payer_occurs(status: dict[str, Any]) -> None:
    words = ("paid", "denied_full", "denied_partial", "zero_pay_benign", "pended", "reversed")
    assert [word for word in words if not status["claims"][word]] == []


def test_what_was_approved_left_and_passes_the_gate(installed: Installation, status: dict[str, Any]) -> None:
    resubmissions = status["resubmissions"]
    assert resubmissions["published"] == resubmissions["delivered"] == status["decisions"]["approved"] > 0
    assert [file for file in installed.outgoing() if findings(file.read_bytes())] == []
    assert sum(file.read_text().count("~CLM*") for file in installed.outgoing()) == resubmissions["delivered"]


def test_three_rule_families_are_switched_on_and_all_send(
    installed: Installation, status: dict[str, Any]
) -> None:
    sent = {event["data"]["proposal_id"] for event in installed.events("claim-resubmitted")}
    families = {
        event["data"]["rule_family"]
        for event in installed.events("recoding-proposed")
        if event["data"]["proposal_id"] in sent
    }
    assert families == {"prior_authorization", "provider_identifier", "format"}
    assert status["decisions"]["approved"] == len(sent)


def test_the_summary_reads_like_one(first: Ended, status: dict[str, Any]) -> None:
    for words in ("Files", "Claims", "Denied", "Proposed", "Sent back", "Waiting", "for a person"):
        assert words in first.out
    for file in status["outgoing"]:
        assert file in first.out


def test_each_example_comes_to_what_is_written_beside_it(
    installed: Installation, status: dict[str, Any]
) -> None:
    """Who changes one reads the reference again: `python -m tests.example_outcomes` writes them anew."""
    expected = yaml.safe_load(OUTCOMES.read_text(encoding="utf-8"))
    assert outcomes(installed.events("recoding-proposed"), installed.events("case-changed")) == expected


def test_every_rung_of_the_ladder_is_among_them(status: dict[str, Any]) -> None:
    assert [rung for rung in ("A0", "A1", "A2", "A3") if not status["proposals"][rung]] == []


def test_what_the_guard_stops_does_not_leave(installed: Installation, status: dict[str, Any]) -> None:
    """A remark that says stop, a line paid twice, an excluded provider: each with an authorization that fits."""
    said = {
        event["data"]["claim_number"]: {
            guard["id"] for guard in event["data"]["guards"] if guard["result"] == "veto"
        }
        for event in installed.events("recoding-proposed")
    }
    stopped = {"not to be sent again": "G7", "authorization on file beside a line paid twice": "G8"}
    stopped["rendered by somebody on the exclusion list"] = "G7"
    sent = {event["data"]["claim_number"] for event in installed.events("claim-resubmitted")}
    for scenario, guard in stopped.items():
        (number,) = numbers_of(scenario)
        assert guard in said[number]
        assert number not in sent


@pytest.mark.parametrize(
    ("scenario", "words"),
    [
        ("not to be sent again", "Stop, by remark N185 of the payer: nothing goes back from here."),
        (
            "rendered by somebody on the exclusion list",
            "Stop, a provider of the claim is on the exclusion list for the day of service: nothing goes back",
        ),
        ("diagnosis cut short with one code below", "That diagnosis is not documented for this encounter"),
        ("rendering provider without NPI", "Exactly one provider of the same name in the same practice"),
        ("procedure edit", "a modifier may separate it, if the record shows a separate encounter"),
        ("exact duplicate", "Nothing is to be done for this: duplicate of a crossover claim."),
    ],
)
def test_an_explanation_says_what_a_coder_would_sign(
    scenario: str, words: str, installed: Installation, status: dict[str, Any]
) -> None:
    number = numbers_of(scenario)[0]
    proposals = [event["data"] for event in installed.events("recoding-proposed")]
    said = next(p["explanation"] for p in reversed(proposals) if p["claim_number"] == number)
    assert words in said


def test_what_nobody_may_do_yet_is_asked_for(installed: Installation, status: dict[str, Any]) -> None:
    (number,) = numbers_of("diagnosis cut short with one code below")
    (said,) = [
        p["data"] for p in installed.events("recoding-proposed") if p["data"]["claim_number"] == number
    ]
    assert (said["candidates"], said["edits"]) == ([], [])
    assert "documented.documented_diagnoses" in said["missing"]
    assert "reclaim load documentation FILE" in installed.ok("explain", number)


def test_what_was_paid_too_much_is_flagged_with_its_clock(
    installed: Installation, status: dict[str, Any]
) -> None:
    flags = [event["data"] for event in installed.events("case-flagged")]
    found = {(f["reason"], f["due"]) for f in flags if f["flag"] == "overpayment_suspected"}
    assert found == {("duplicate_line", "2026-07-28"), ("units_above_mue", "2026-07-28")}


def test_a_second_run_changes_nothing(installed: Installation, status: dict[str, Any]) -> None:
    files = {file: file.read_bytes() for file in installed.outgoing()}
    again = run(installed)
    assert "Nothing new" in again.out
    assert installed.status() == status
    assert {file: file.read_bytes() for file in installed.outgoing()} == files
