"""`reclaim payers` and `reclaim risk`; profiles that change while claims are open; alarms over restarts."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import BY_HAND
from tests.e2e.denied_claims import CLAIM, DAY
from tests.e2e.installation import Installation

PROJECT = Path(__file__).parents[2]
EXAMPLES = sorted((PROJECT / "examples" / "payers").glob("*.yaml"))
# The remittance is of 2026-02-01.
SHORTER = BY_HAND.replace(
    "cases:",
    "  corrected_claim_days: {value: 5, source: new contract, date: 2026-02-01}\ncases:",
)


def shown(reclaim: Installation, *options: str | Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(reclaim.ok("payers", *options, "--json"))
    return document


def values(document: dict[str, Any]) -> dict[str, dict[str, str]]:
    return {row["key"]: row for row in document["values"]}


def test_each_value_says_where_it_comes_from(proposed: Installation) -> None:
    found = values(shown(proposed, "show", "EHP-OLD"))
    assert (found["corrected_claim_days"]["value"], found["corrected_claim_days"]["from"]) == (
        "180",
        "commercial",
    )
    assert found["corrected_claim_days"]["source"]
    assert found["corrected_claim_days"][""] == "example"
    assert (found["automation"]["from"], found["automation"]["source"]) == ("EHP01", "the clinic's decision")
    assert found["max_attempts"]["value"] == "not known"


def test_an_unknown_payer_is_spoken_for_by_its_family(proposed: Installation) -> None:
    document = shown(proposed, "show", "NOBODY", "--filing-indicator", "MC", "--state", "NY")
    assert document["profile"] == "no profile of the payer, family medicaid_ny by filing indicator MC"
    assert values(document)["max_attempts"]["value"] == "2"
    assert proposed("payers", "show", "NOBODY").status == 1


def test_the_ladder_of_appeals_has_days_and_amounts(proposed: Installation) -> None:
    document = shown(proposed, "show", "medicare_part_b", "--decided", "2026-02-01")
    assert [(row["level"], row["last day"], row["amount in controversy"]) for row in document["appeals"]] == [
        ("1 redetermination", "2026-06-06", ""),
        ("2 reconsideration", "2026-08-05", ""),
        ("3 hearing", "2026-04-07", "$200"),
        ("4 appeals council", "2026-04-07", ""),
        ("5 federal court", "2026-04-07", "$1960"),
    ]


def test_every_payer_and_family_is_listed(proposed: Installation) -> None:
    names = {row["name"] for row in shown(proposed, "list")["profiles"]}
    assert {"EHP01", "commercial", "blues", "tricare", "medicare_dme", "default"} <= names
    assert "medicaid_tx" in proposed.ok("payers", "list")


def test_a_new_profile_is_compared_loaded_and_takes_effect(proposed: Installation, tmp_path: Path) -> None:
    reclaim = proposed.copy(tmp_path / "copy")
    earlier = shown(reclaim, "list")
    file = tmp_path / "EHP01.yaml"
    file.write_text(SHORTER)
    document = shown(reclaim, "diff", "active", file)
    assert [(c["document"], c["key"], c["before"], c["after"]) for c in document["changed"]] == [
        ("EHP01", "corrected_claim_days", "180", "5")
    ]
    (claim,) = document["touched"]
    assert (claim["claim_number"], claim["path_before"]) == (CLAIM, "replacement")
    assert claim["path_after"] == "none (clock_passed:corrected_claim)"
    assert "1 change, 1 open claim touched" in reclaim.ok("payers", "diff", "active", file)

    reclaim.ok("load", "payer_profiles", file)
    assert reclaim.run(DAY).status == 0
    withdrawn = [
        e["data"] for e in reclaim.events("recoding-decided") if e["data"]["decision"] == "withdrawn"
    ]
    assert [d["reason"] for d in withdrawn] == ["context_profile"]
    anew = reclaim.events("recoding-proposed")[-1]["data"]
    assert (anew["path"], anew["answers_withdrawn"]) == ("none", withdrawn[0]["proposal_id"])
    assert "its time for a corrected claim is over" in " ".join(reclaim.ok("explain", CLAIM).split())
    again = shown(reclaim, "diff", f"{earlier['set']}@{earlier['version']}", "active")
    assert again["changed"] == document["changed"]
    (row,) = json.loads(reclaim.ok("risk", "--json"))["passed"]
    assert (row["count"], row["amount"], row["expected"]) == (1, "250.00", "0.00")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (SHORTER[: SHORTER.index("cases:")], "has no cases"),
        (SHORTER.replace("path: replacement", "path: reopening"), "path is replacement, not reopening"),
    ],
)
def test_a_profile_without_a_case_that_passes_is_not_loaded(
    proposed: Installation, tmp_path: Path, text: str, said: str
) -> None:
    file = tmp_path / "EHP01.yaml"
    file.write_text(text)
    ended = proposed("load", "payer_profiles", file)
    assert (ended.status, said in ended.err) == (1, True)
    assert "nothing was loaded" in ended.err


def test_the_example_payers_load(reclaim: Installation) -> None:
    reclaim.ok("load", "payer_profiles", *EXAMPLES)
    assert values(shown(reclaim, "show", "HUMANA", "--filing-indicator", "16"))["timely_filing_days"][
        "value"
    ] == ("1 year")
    for file in EXAMPLES:
        assert "example: true" in file.read_text()


def test_risk_adds_up_what_is_open(proposed: Installation) -> None:
    listed = json.loads(proposed.ok("work", "--json"))
    document = json.loads(proposed.ok("risk", "--days", "365", "--json"))
    (row,) = document["running_out"]
    assert (row["count"], row["amount"], row["path"]) == (listed["count"], listed["amount"], "replacement")
    assert float(row["expected"]) == pytest.approx(250 * float(document["default_chance"]["soft"]))
    assert json.loads(proposed.ok("risk", "--days", "0", "--json"))["running_out"] == []
    late = json.loads(proposed.ok("risk", "--as-of", "2027-06-01", "--json"))
    assert late["totals"]["passed"] == {"count": 1, "amount": "250.00", "expected": "0.00"}
    assert "$250.00 at stake" in proposed.ok("risk")


def test_an_alarm_is_raised_once_over_restarts_and_skipped_days(
    proposed: Installation, tmp_path: Path
) -> None:
    """The window ends on 2026-07-31, and so does the appeal: 14 days before it is 17 July."""
    reclaim = proposed.copy(tmp_path / "copy")
    for day in (
        "2026-07-16",
        "2026-07-17",
        "2026-07-17",
        "2026-07-30",
        "2026-07-31",
        "2026-08-01",
        "2026-08-02",
    ):
        assert reclaim.run(day).status == 0
    alarms = Counter(
        (e["data"]["reason"], e["data"]["due"])
        for e in reclaim.events("case-flagged")
        if e["data"]["flag"] == "deadline_alarm"
    )
    assert alarms == {
        (f"{clock}_{days}_days", "2026-07-31"): 1
        for clock in ("appeal", "corrected_claim")
        for days in (14, 1)
    }
    said = [e["data"] for e in reclaim.events("recoding-decided")]
    assert [(d["decision"], d["reason"]) for d in said] == [("withdrawn", "clock_passed")]
