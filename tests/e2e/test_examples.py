"""What `make run` does with the examples."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from services.resubmitter.gate import findings
from tests.e2e.installation import PROJECT, Ended, Installation

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
    for kind in ("authorizations", "providers", "trading_partners"):
        made.ok("load", kind, EXAMPLES / f"{kind}.csv")
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


def test_two_rule_families_are_switched_on_and_both_send(
    installed: Installation, status: dict[str, Any]
) -> None:
    sent = {event["data"]["proposal_id"] for event in installed.events("claim-resubmitted")}
    families = {
        event["data"]["rule_family"]
        for event in installed.events("recoding-proposed")
        if event["data"]["proposal_id"] in sent
    }
    assert families == {"prior_authorization", "provider_identifier"}
    assert status["decisions"]["approved"] == len(sent)


def test_the_summary_reads_like_one(first: Ended, status: dict[str, Any]) -> None:
    for words in ("Files", "Claims", "Denied", "Proposed", "Sent back", "Waiting", "for a person"):
        assert words in first.out
    for file in status["outgoing"]:
        assert file in first.out


def test_a_second_run_changes_nothing(installed: Installation, status: dict[str, Any]) -> None:
    files = {file: file.read_bytes() for file in installed.outgoing()}
    again = run(installed)
    assert "Nothing new" in again.out
    assert installed.status() == status
    assert {file: file.read_bytes() for file in installed.outgoing()} == files
