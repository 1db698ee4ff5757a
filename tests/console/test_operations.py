"""The operating pages: what they show is what the command line says, and what they do is an event, by role."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from schemas.control import HoldChanged, OperatorAction
from schemas.faults import DeadLetter, LetterDiscarded, LetterReplayed, Origin
from services.cli.outcomes import read_outcomes
from services.console.access.gate import CSRF_FIELD
from services.console.access.roles import Role
from services.core.processing import Outcome
from services.deployment.rule_sets import active_rules
from services.runtime.records import decode_event
from tests.console.site import House, console, csrf_of
from tests.e2e.installation import Installation

EVERY_PAGE = (
    *("/board", "/board/claims?measure=standing", "/files", "/letters", "/holds", "/deliveries", "/lag"),
    *("/outcomes", "/payers", "/payers/NWH01", "/payers/compare", "/rules", "/what-is-a-denial"),
)


def events(house: House, topic: str, model: type[Any]) -> list[Any]:
    found = (decode_event(record).data for record in house.site.deployment.log.read(topic))
    return [data for data in found if isinstance(data, model)]


def post(client: TestClient, page: str, address: str, **form: str) -> Any:
    return client.post(address, data={CSRF_FIELD: csrf_of(client, page), **form})


@pytest.fixture(scope="module")
def shown(examples: Installation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A console over a copy of the examples, for tests that change nothing."""
    copied = examples.copy(tmp_path_factory.mktemp("shown"))
    with console(copied.data) as made:
        yield made


@pytest.fixture
def operator(house: House) -> TestClient:
    return house.client(Role.OPERATOR, name="olga")


@pytest.fixture
def letter(house: House) -> str:
    """An open dead letter of the recoder."""
    deployment = house.site.deployment
    id_ = "ab" * 16
    data = DeadLetter(
        letter=id_,
        origin=Origin(topic="denial-classified", partition=0, offset=0),
        event_id="e",
        event_type="denial-classified.v1",
        service="recoder",
        reason="outcome_too_large",
        original=b"{}",
    )
    key = next(iter(deployment.latest("claim-cases")))
    time = next(decode_event(record).time for record in deployment.log.read("denial-classified"))
    outcome = Outcome(type="dead-letter.v1", key=key, natural_key=id_, time=time, data=data)
    deployment.publish([deployment.draft(outcome)])
    house.follower.catch_up()
    return id_


@pytest.mark.parametrize("address", EVERY_PAGE)
def test_a_viewer_sees_the_page(shown: House, address: str) -> None:
    assert shown.client(Role.VIEWER).get(address).status_code == 200


@pytest.mark.parametrize("address", ["/audit", "/audit/people"])
def test_the_trail_is_for_compliance_and_operators(house: House, address: str) -> None:
    assert house.client(Role.VIEWER, Role.APPROVER).get(address).status_code == 403
    assert house.client(Role.COMPLIANCE).get(address).status_code == 200


def test_files_are_accounted_for_as_status_says(shown: House, examples: Installation) -> None:
    said = re.sub(r"<[^>]+>", " ", shown.client(Role.VIEWER).get("/files").text)
    intake = examples.status()["intake"]
    for words in (
        f"{intake['claims_in']:,} {intake['claims_published']:,} taken + {intake['claims_quarantined']:,} set aside",
        f"{intake['segments_in']:,} {intake['segments_kept']:,} kept",
    ):
        assert words in " ".join(said.split())


def test_a_file_shows_its_own_accounting(shown: House) -> None:
    client = shown.client(Role.VIEWER)
    digests = set(re.findall(r'href="/files/([0-9a-f]{64})"', client.get("/files").text))
    pages = [client.get(f"/files/{digest}").text for digest in digests]
    assert len(digests) == 18
    assert sum(int(re.findall(r"<td class=\"n\">(\d+) taken \+", page)[0]) for page in pages) == 434
    assert client.get("/files/" + "0" * 64).status_code == 404


def test_a_filter_of_files_stands_in_the_address(shown: House) -> None:
    page = shown.client(Role.VIEWER).get("/files", params={"kind": "999"}).text
    assert len(re.findall(r"<tr data-row", page)) == 1


def test_a_letter_is_replayed_with_a_reason_by_an_operator(
    house: House, operator: TestClient, letter: str
) -> None:
    answer = post(operator, "/letters", f"/letters/{letter}", wish="replay", reason="New release")
    assert answer.status_code == 303
    house.follower.catch_up()
    (replayed,) = events(house, "dead-letters", LetterReplayed)
    assert (replayed.by, replayed.reason, replayed.service) == ("olga", "new_release", "recoder")
    assert "No dead letter" in operator.get("/letters").text
    assert "replayed" in operator.get("/letters?standing=replayed").text


def test_a_letter_is_discarded_once(house: House, operator: TestClient, letter: str) -> None:
    csrf = csrf_of(operator, "/letters")
    form = {CSRF_FIELD: csrf, "wish": "discard", "reason": "not_ours"}
    assert operator.post(f"/letters/{letter}", data=form).status_code == 303
    assert operator.post(f"/letters/{letter}", data=form).status_code == 409
    assert len(events(house, "dead-letters", LetterDiscarded)) == 1


@pytest.mark.parametrize("reason", ["", "<b>", "x" * 80])
def test_a_letter_is_not_answered_without_a_reason_in_a_word(
    house: House, operator: TestClient, letter: str, reason: str
) -> None:
    assert post(operator, "/letters", f"/letters/{letter}", wish="discard", reason=reason).status_code == 422
    assert events(house, "dead-letters", LetterDiscarded) == []


@pytest.mark.parametrize("role", [Role.VIEWER, Role.CODER, Role.APPROVER, Role.COMPLIANCE])
def test_who_is_no_operator_answers_no_letter_and_holds_no_payer(
    house: House, letter: str, role: Role
) -> None:
    client = house.client(role)
    assert post(client, "/board", f"/letters/{letter}", wish="discard", reason="not_ours").status_code == 403
    assert post(client, "/board", "/holds", payer="NWH01", wish="hold", reason="contract").status_code == 403
    assert events(house, "control", HoldChanged) == []
    assert events(house, "dead-letters", LetterDiscarded) == []


def test_a_payer_is_held_and_released_with_a_reason(house: House, operator: TestClient) -> None:
    for wish in ("hold", "release"):
        assert (
            post(operator, "/holds", "/holds", payer=" nwh01", wish=wish, reason="portal down").status_code
            == 303
        )
        held = "payer:NWH01" in house.site.deployment.latest("holds")
        assert held == (wish == "hold")
    house.follower.catch_up()
    done = [a for a in events(house, "operator-actions", OperatorAction) if a.by == "olga"]
    assert [(a.action, a.subject, a.reason) for a in done] == [
        ("hold", "payer:NWH01", "portal_down"),
        ("release", "payer:NWH01", "portal_down"),
    ]
    assert "portal down" in operator.get("/holds").text


def test_a_hold_that_stands_changes_nothing(house: House, operator: TestClient) -> None:
    for _ in range(2):
        answer = post(operator, "/holds", "/holds", payer="NWH01", wish="hold", reason="contract")
    assert answer.headers["location"] == "/holds?said=same"
    assert len([a for a in events(house, "operator-actions", OperatorAction) if a.action == "hold"]) == 1


def test_the_outcomes_are_those_of_the_command_line(shown: House) -> None:
    page = shown.client(Role.VIEWER).get("/outcomes?all=1").text
    expected = read_outcomes(shown.site.deployment).rows()
    assert len(re.findall(r'<th scope="row"><a href="/rules/', page)) == len(expected)
    assert f'<span class="value">{sum(row.tried for row in expected)}</span>' in page


def test_outcomes_go_on_from_where_the_last_look_ended(shown: House) -> None:
    live = shown.site.live
    assert live.outcomes(shown.site.deployment) == live.outcomes(shown.site.deployment)


def test_every_rule_in_force_has_its_page_with_its_source_and_its_cases(shown: House) -> None:
    client = shown.client(Role.VIEWER)
    listed = re.findall(r'<a data-open href="/rules/([^"]+)"', client.get("/rules").text)
    rules = active_rules(shown.site.deployment).rules
    assert listed == [rule.id for rule in rules]
    rule = rules[0]
    page = client.get(f"/rules/{rule.id}").text
    assert all(case.name.split("<")[0].split("'")[0] in page for case in rule.cases)
    assert client.get("/rules/no-such-rule").status_code == 404


def test_a_payer_shows_who_says_each_value(shown: House) -> None:
    page = shown.client(Role.VIEWER).get("/payers/NWH01").text
    assert "corrected_claim_days" in page
    assert "examples: provider manual" in page
    assert "Not known" in page


def test_a_payer_without_a_profile_asks_for_what_finds_its_family(shown: House) -> None:
    client = shown.client(Role.VIEWER)
    assert "Filing indicator" in client.get("/payers/ZZZ99").text
    assert "Values" in client.get("/payers/ZZZ99", params={"indicator": "MB"}).text


def test_a_comparison_names_the_open_claims_that_it_touches(shown: House) -> None:
    page = shown.client(Role.VIEWER).get("/payers/compare?old=shipped&new=active").text
    assert len(re.findall(r'href="/claims/[0-9a-f.]+">P26', page)) > 5


def test_the_chain_is_verified_on_the_page(shown: House) -> None:
    client = shown.client(Role.COMPLIANCE)
    assert "every link holds" in client.get("/audit?verify=1").text


def test_the_trail_shows_who_changed_which_code_and_why(shown: House) -> None:
    page = shown.client(Role.COMPLIANCE).get("/audit", params={"action": "approved"}).text
    assert "policy:NWH01@" in page
    assert re.search(r"authorization number</span> <del>none</del> → <ins>\w+</ins>", page)


def test_lag_counts_what_waits_for_a_person(shown: House, examples: Installation) -> None:
    page = " ".join(re.sub(r"<[^>]+>", " ", shown.client(Role.VIEWER).get("/lag?stage=decided").text).split())
    assert "decided all payers 72 $22,416.00" in page
    assert examples.status()["waiting"]["person_amount"] == "22416.00"


def test_delivered_claims_stand_with_their_day(shown: House) -> None:
    page = " ".join(re.sub(r"<[^>]+>", " ", shown.client(Role.VIEWER).get("/deliveries").text).split())
    assert "Every sealed file is delivered" in page
    assert "2026-05-29 NORTHWIND HEALTH PLAN 11" in page
