"""`reclaim lag` on an installation: what waits, in minutes and dollars, and the exit status a script goes by."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.e2e.denied_claims import DAY, remittance
from tests.e2e.installation import Installation
from tests.forked import Ended

REMITTED = "2026-02-02"
"""The business day after the remittance: nobody is silent."""

TIGHT = """
objectives:
  - id: decided-at-once
    stage: decided
    payer: all
    dollars: "0.01"
    source: a test
    date: 2026-02-10
    example: true
    cases:
      - {oldest_minutes: 1, dollars: "0.00", breached: []}
      - {oldest_minutes: 1, dollars: "0.02", breached: [dollars]}
"""


def stage(document: dict[str, Any], name: str, payer: str = "all") -> dict[str, Any]:
    (found,) = [s for s in document["stages"] if (s["stage"], s["payer"]) == (name, payer)]
    assert isinstance(found, dict)
    return found


def lag(reclaim: Installation, *options: str) -> tuple[Ended, dict[str, Any]]:
    ended = reclaim("lag", "--json", *options)
    return ended, json.loads(ended.out)


def in_hours(hours: float) -> str:
    return (datetime.now(UTC) + timedelta(hours=hours)).isoformat(timespec="seconds")


def test_what_waits_for_a_person_is_what_status_says(proposed: Installation) -> None:
    waiting = proposed.status()["waiting"]
    ended, document = lag(proposed, "--as-of", REMITTED)
    decided = stage(document, "decided")
    assert (decided["waiting"], decided["amount"]) == (waiting["person"], waiting["person_amount"])
    assert stage(document, "decided", "EHP01")["waiting"] == waiting["person"]
    assert (ended.status, document["breached"]) == (0, False)


def test_the_moment_that_is_given_is_the_one_to_which_waits_are_measured(proposed: Installation) -> None:
    ended, document = lag(proposed, "--as-of", in_hours(24 * 8))
    assert 11_400 < stage(document, "decided", "EHP01")["oldest_minutes"] < 11_530
    assert stage(document, "decided", "EHP01")["breached"] == ["minutes"]
    assert ended.status == 4


def test_a_payer_is_silent_by_the_business_day_that_is_given(proposed: Installation) -> None:
    ended, document = lag(proposed, "--as-of", "2026-03-31")
    assert [payer["silent"] for payer in document["silence"]] == [True]
    assert ended.status == 4


def test_own_objectives_in_dollars_are_kept_too(proposed: Installation) -> None:
    file = proposed.home / "tight.yaml"
    file.write_text(TIGHT)
    ended, document = lag(proposed, "--as-of", REMITTED, "--objectives", str(file))
    assert stage(document, "decided")["breached"] == ["dollars"]
    assert ended.status == 4


@pytest.mark.parametrize(
    "options",
    [("--as-of", "tomorrow"), ("--objectives", "{file}")],
)
def test_wrong_use_says_what_would_be_right(proposed: Installation, options: tuple[str, str]) -> None:
    file = proposed.home / "wrong.yaml"
    file.write_text(TIGHT.replace("[dollars]", "[]"))
    ended = proposed("lag", *(option.format(file=file) for option in options))
    assert ended.status == 2
    assert len(ended.err.strip().splitlines()) == 1


def test_what_was_taken_in_waits_for_the_classifier_until_it_ran(reclaim: Installation) -> None:
    file = reclaim.home / "remittance.835"
    reclaim.home.mkdir(exist_ok=True)
    file.write_bytes(remittance())
    reclaim.ok("ingest", file)
    ended, document = lag(reclaim, "--as-of", in_hours(1))
    before = stage(document, "classified")
    assert before["waiting"] > 0
    assert stage(document, "classified", "EHP01")["breached"] == ["minutes"]
    assert ended.status == 4
    assert list(reclaim.data.glob("caches/monitor-*.json")), "the next call would read everything again"
    (classifier,) = [group for group in document["consumers"] if group["group"] == "classifier"]
    assert classifier["lag"] > 0
    assert classifier["behind_minutes"] > 50
    assert 0 < classifier["retention_share"] < 0.001
    assert reclaim.run(DAY).status == 0
    _, document = lag(reclaim, "--as-of", DAY)
    assert stage(document, "classified")["waiting"] == 0
    assert {(group["group"], group["lag"]) for group in document["consumers"]} == {
        (name, 0) for name in ("audit", "classifier", "delivery", "recoder", "resubmitter")
    }


def test_a_person_reads_totals_and_payers(proposed: Installation) -> None:
    ended = proposed("lag", "--as-of", REMITTED)
    assert ended.status == 0
    assert "decided" in ended.out
    assert "EHP01" in ended.out
    assert "classifier: OK (window 10% full), 0 records behind" in ended.out
