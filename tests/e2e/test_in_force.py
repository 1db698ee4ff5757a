"""What a payer's profile and the rules say takes effect in a run that goes on: nothing is started anew."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import pytest

from services.deployment.definitions import RULES
from services.runtime.configuration import shipped_documents
from tests.e2e.installation import Installation
from tests.e2e.path_claims import DAY, PROVIDER, Case, partners, remitted, submitted
from tests.forked import SECONDS

RULE: Final = "authorization-on-file"
PAYER: Final = "COM1"
BEFORE, AFTER, RULED = (
    Case(f"{name}1", PAYER, "CI", served=f"202512{day}")
    for name, day in (("BEFORE", 10), ("AFTER", 12), ("RULED", 14))
)
PROFILE: Final = f"""\
kind: profile
level: payer
name: {PAYER}
inherits: commercial
values:
  automation: {{value: [prior_authorization], source: "the clinic's decision", date: 2026-01-05, example: true}}
cases: [{{name: a replacement, filing_indicator: CI, path: replacement}}]
"""
AUTHORIZATION: Final = f"""\
authorization_number,payer_id,member_id,provider_npi,procedure,service_from,service_to,units_approved,units_used
AUTH1,{PAYER},MEMBER0001,{PROVIDER},G0463,2025-01-01,2025-12-31,9,0
"""


@dataclass(frozen=True)
class Standing:
    """What was said of each claim when the next change was about to come."""

    submitted: frozenset[str]
    sent: frozenset[str]
    proposed: dict[str, list[dict[str, Any]]]
    decided: dict[str, list[dict[str, Any]]]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Standing, ...]:
    """One run: as it stood before the profile came, after it, and after the rules came."""
    made = Installation(tmp_path_factory.mktemp("in_force"))
    _load(made, "authorizations", "authorizations.csv", AUTHORIZATION)
    _load(made, "trading_partners", "partners.csv", partners([PAYER]))
    made.put("claims.837", submitted([BEFORE, AFTER, RULED], "837P"))
    stood: list[Standing] = []
    with made.running(DAY) as running:
        _until(made, running, lambda said: len(said.submitted) == 3)
        _deny(made, BEFORE, 901)
        stood.append(_until(made, running, lambda said: BEFORE.number in said.proposed))
        _load(made, "payer_profiles", "COM1.yaml", PROFILE)
        _deny(made, AFTER, 902)
        stood.append(_until(made, running, lambda said: {BEFORE.number, AFTER.number} <= said.sent))
        _load(made, "rules", f"{RULE}.yaml", _by_a_person())
        _deny(made, RULED, 903)
        stood.append(_until(made, running, lambda said: RULED.number in said.proposed))
    return tuple(stood)


def test_before_the_profile_came_the_claim_waited_for_a_person(told: tuple[Standing, ...]) -> None:
    before = told[0]
    (proposal,) = before.proposed[BEFORE.number]
    assert (proposal["automation"], before.decided, before.sent) == ("A2", {}, frozenset())


def test_a_profile_that_comes_while_it_runs_sends_a_like_claim_by_itself(told: tuple[Standing, ...]) -> None:
    (proposal,) = told[1].proposed[AFTER.number]
    (decision,) = told[1].decided[AFTER.number]
    assert (proposal["automation"], decision["decision"], decision["reason"]) == ("A3", "approved", "policy")
    assert decision["by"].startswith(f"policy:{PAYER}@")


def test_what_was_undecided_when_the_profile_came_is_proposed_anew_under_it(
    told: tuple[Standing, ...],
) -> None:
    old, new = told[1].proposed[BEFORE.number]
    withdrawn, approved = told[1].decided[BEFORE.number]
    assert (old["automation"], new["automation"]) == ("A2", "A3")
    assert (withdrawn["proposal_id"], withdrawn["decision"]) == (old["proposal_id"], "withdrawn")
    assert (approved["proposal_id"], approved["decision"]) == (new["proposal_id"], "approved")


def test_a_rule_that_comes_while_it_runs_has_the_next_claim_wait(told: tuple[Standing, ...]) -> None:
    (proposal,) = told[2].proposed[RULED.number]
    assert (proposal["rule"], proposal["automation"]) == ({"id": RULE, "version": "2"}, "A2")
    assert RULED.number not in told[2].decided.keys() | told[2].sent


def test_what_had_left_before_the_rule_came_stands_as_it_was(told: tuple[Standing, ...]) -> None:
    assert told[2].proposed[AFTER.number] == told[1].proposed[AFTER.number]
    assert told[2].proposed[AFTER.number][0]["rule"] == {"id": RULE, "version": "1"}
    assert told[2].decided[AFTER.number] == told[1].decided[AFTER.number]


def _by_a_person() -> str:
    """The shipped rule as an edition of its own, which no longer lets a machine send."""
    text = shipped_documents(RULES)[f"{RULE}.yaml"]
    turned = text.replace('version: "1"', 'version: "2"').replace("ceiling: A3", "ceiling: A2")
    assert turned != text
    return turned


def _load(reclaim: Installation, kind: str, name: str, text: str) -> None:
    file = reclaim.home / name
    file.write_text(text)
    reclaim.ok("load", kind, file)


def _deny(reclaim: Installation, case: Case, control: int) -> None:
    reclaim.put(f"{case.number}.835", remitted([case], f"EFT{control}", control))


def _until(
    reclaim: Installation, running: subprocess.Popen[str], there: Callable[[Standing], bool]
) -> Standing:
    """What is said of the claims as soon as `there` holds."""
    deadline = time.monotonic() + SECONDS
    while not there(said := _standing(reclaim)):
        assert running.poll() is None, "the run has ended"
        assert time.monotonic() < deadline, "it was never said"
        time.sleep(0.5)
    return said


def _standing(reclaim: Installation) -> Standing:
    def said(topic: str) -> dict[str, list[dict[str, Any]]]:
        found: dict[str, list[dict[str, Any]]] = {}
        for event in reclaim.recorded(topic):
            found.setdefault(event["data"]["claim_number"], []).append(event["data"])
        return found

    # The last thing first: what comes while the topics are read is then missing from the end, not from between.
    there, sent = frozenset(said("claim-submitted")), frozenset(said("claim-resubmitted"))
    return Standing(there, sent, said("recoding-proposed"), said("recoding-decided"))
