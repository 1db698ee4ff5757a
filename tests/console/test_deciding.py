"""Decisions through HTTP: the real application, the real embedded log, and the services that answer."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from schemas.recoding import DecisionRequested, RecodingDecided
from schemas.trail import AuditRecord
from services.console.access.gate import CSRF_HEADER
from services.console.access.roles import Role
from services.deployment.proofs import find_proposals, remake
from services.desk.holds import change_hold
from services.desk.holds import subject_of as hold_of
from services.runtime.records import decode_event
from tests.console.site import House


def said(house: House, topic: str, model: type[Any]) -> list[Any]:
    """What stands on a topic, as data."""
    found = (decode_event(record).data for record in house.site.deployment.log.read(topic))
    return [data for data in found if isinstance(data, model)]


def signed_in(house: House, *roles: Role, name: str = "ana") -> TestClient:
    """A browser that sends its token with every request, as the page's script does."""
    client = house.client(*roles, name=name)
    session = house.site.sessions.find(client.cookies["reclaim_session"])
    assert session is not None
    client.headers[CSRF_HEADER] = session.csrf
    return client


def work(client: TestClient, **query: str) -> list[dict[str, Any]]:
    answer = client.get("/api/v1/work", params={"limit": "100", **query})
    assert answer.status_code == 200, answer.text
    rows: list[dict[str, Any]] = answer.json()["rows"]
    return rows


def wish(client: TestClient, row: dict[str, Any], **asked: Any) -> Any:
    body = {"proposal": row["proposal"], "revision": row["revision"], **asked}
    return client.post(f"/api/v1/claims/{row['ref']}/decisions", json=body)


def answered(client: TestClient, response: Any) -> dict[str, Any]:
    assert response.status_code == 202, response.text
    found: dict[str, Any] = client.get(f"/api/v1/decisions/{response.json()['requested']}").json()
    return found


@pytest.fixture
def coder(house: House) -> TestClient:
    return signed_in(house, Role.CODER)


@pytest.fixture
def approver(house: House) -> TestClient:
    return signed_in(house, Role.APPROVER, name="ben")


def approvable(client: TestClient) -> dict[str, Any]:
    """A claim whose proposal can go out as it stands."""
    return next(
        r for r in work(client, action="corrected_claim", proof="complete") if r["automation"] == "A2"
    )


def test_ten_decisions_are_ten_requests_ten_decisions_and_ten_audit_records(
    house: House, coder: TestClient
) -> None:
    rows = work(coder)[:10]
    for number, row in enumerate(rows):
        answer = (
            wish(coder, row, wish="reject", reason="not_supported")
            if number % 2
            else wish(coder, row, wish="hold", reason="awaiting_payer", until="2026-06-30")
        )
        assert answer.status_code == 202, answer.text
    house.work_off()
    refs = {row["proposal"] for row in rows}
    asked = [r for r in said(house, "decision-requested", DecisionRequested) if r.by == "ana"]
    decided = [d for d in said(house, "recoding-decided", RecodingDecided) if d.request is not None]
    trail = [r for r in said(house, "audit-trail", AuditRecord) if r.actor == "ana"]
    assert ({r.proposal_id for r in asked}, len(asked)) == (refs, 10)
    assert sorted(d.decision.value for d in decided) == ["held"] * 5 + ["rejected"] * 5
    assert [r.event_type for r in trail] == ["recoding-decided.v1"] * 10
    for proposal in refs:
        event = next(find_proposals(house.site.deployment, proposal))
        assert remake(house.site.deployment, event).same_proof


def test_the_page_shows_the_answer_when_its_own_event_has_come_back(house: House, coder: TestClient) -> None:
    response = wish(coder, work(coder)[0], wish="reject", reason="duplicate")
    assert answered(coder, response)["state"] == "waiting"
    house.work_off()
    back = answered(coder, response)
    assert (back["state"], back["undo"]) == ("rejected", True)


def test_what_was_rejected_leaves_the_worklist(house: House, coder: TestClient) -> None:
    before = work(coder)
    wish(coder, before[0], wish="reject", reason="duplicate")
    house.work_off()
    assert [row["ref"] for row in work(coder)] == [row["ref"] for row in before[1:]]


def test_an_undo_brings_it_back(house: House, coder: TestClient) -> None:
    row = work(coder)[0]
    wish(coder, row, wish="reject", reason="duplicate")
    house.work_off()
    response = wish(coder, row, wish="undo", reason="mistake")
    house.work_off()
    assert answered(coder, response)["state"] == "reopened"
    assert work(coder)[0]["ref"] == row["ref"]


def test_who_may_not_approve_is_refused_and_nothing_is_asked(house: House, coder: TestClient) -> None:
    answer = wish(coder, approvable(coder), wish="approve", reason="confirmed_in_record")
    assert answer.status_code == 403
    assert said(house, "decision-requested", DecisionRequested) == []


def test_an_approval_sends_the_claim(house: House, approver: TestClient) -> None:
    row = approvable(approver)
    response = wish(approver, row, wish="approve", reason="confirmed_in_record", documents=["RECORD-1"])
    house.work_off()
    assert answered(approver, response)["state"] == "approved"
    assert approver.get(f"/api/v1/claims/{row['ref']}").json()["status"] == "sent"


def test_what_was_approved_and_waits_says_for_what_and_is_not_approved_again(
    house: House, approver: TestClient
) -> None:
    row = approvable(approver)
    change_hold(house.site.deployment, hold_of(row["payer"]), "ana", held=True)
    wish(approver, row, wish="approve", reason="confirmed_in_record", documents=["RECORD-1"])
    house.work_off()
    page = approver.get(f"/claims/{row['ref']}").text
    assert "approved, and not sent yet: payer on hold" in page
    assert 'id="approve"' not in page
    assert 'id="reject"' in page


def test_a_page_that_is_out_of_date_cannot_decide(house: House, coder: TestClient) -> None:
    row = work(coder)[0]
    for old in ({"proposal": "0" * 32}, {"revision": row["revision"] + 1}):
        answer = wish(coder, {**row, **old}, wish="reject", reason="duplicate")
        assert answer.status_code == 409
        assert "out of date" in answer.json()["error"]
    assert said(house, "decision-requested", DecisionRequested) == []


def test_two_people_at_once_are_one_decision_and_one_refusal(house: House, approver: TestClient) -> None:
    other = signed_in(house, Role.APPROVER, name="cleo")
    row = approvable(approver)
    asked = {"wish": "approve", "reason": "confirmed_in_record", "documents": ["RECORD-1"]}
    both = [wish(approver, row, **asked), wish(other, row, **asked)]
    house.work_off()
    answers = [answered(approver, response) for response in both]
    assert sorted(answer["state"] for answer in answers) == ["approved", "refused"]
    (refusal,) = (answer["words"] for answer in answers if answer["state"] == "refused")
    assert refusal == "Somebody has decided this already. Look at it again."
    decided = [d for d in said(house, "recoding-decided", RecodingDecided) if d.request is not None]
    assert sorted(d.decision.value for d in decided) == ["approved", "refused"]


def test_a_reason_that_is_not_on_the_list_is_refused(coder: TestClient) -> None:
    answer = wish(coder, work(coder)[0], wish="reject", reason="because")
    assert (answer.status_code, answer.json()["error"]) == (422, "Choose a reason from the list.")


def test_what_a_person_asks_names_the_sign_in(house: House, coder: TestClient) -> None:
    wish(coder, work(coder)[0], wish="assign", reason="mine", owner="ana")
    (asked,) = said(house, "decision-requested", DecisionRequested)
    assert (asked.by, asked.os_user) == ("ana", "local:ana")
    (record,) = house.site.deployment.log.read("decision-requested")
    assert record.headers["ce_source"] == "/reclaim/console"


def test_who_owns_it_shows_in_the_worklist(house: House, coder: TestClient) -> None:
    row = work(coder)[0]
    wish(coder, row, wish="assign", reason="mine", owner="ana")
    house.work_off()
    assert [one["ref"] for one in work(coder, owner="ana")] == [row["ref"]]
