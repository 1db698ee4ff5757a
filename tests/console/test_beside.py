"""What waits without a proposal is worked like the rest: linked to its claim, held, handed over, ended, undone."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from schemas.codes import Decision
from schemas.control import OperatorAction
from schemas.recoding import DecisionRequested, RecodingDecided
from schemas.remittance import RemittanceAdjusted
from services.console.access.roles import Role
from tests.console.site import House, csrf_of
from tests.console.test_deciding import answered, said, signed_in, wish, work

PAYERS_NUMBER = "H01266182021"
"""Under which NWH01 took 35 dollars in the examples: a number that is none of ours."""


@pytest.fixture
def coder(house: House) -> TestClient:
    return signed_in(house, Role.CODER)


@pytest.fixture
def claim(coder: TestClient) -> dict[str, Any]:
    """A denial of that payer."""
    return work(coder, payer="NWH01", cause="auth", sort="claim")[0]


@pytest.fixture
def taken(house: House, coder: TestClient, claim: dict[str, Any]) -> dict[str, Any]:
    """The row of the money, once it is linked to the claim."""
    assert link(coder, claim["claim_number"]).headers["location"] == "/links?said=1"
    house.work_off()
    (row,) = work(coder, cause="silent_recoupment")
    return row


def link(client: TestClient, number: str, remitted: str = PAYERS_NUMBER, **more: str) -> Any:
    return client.post("/links", data={"remitted": remitted, "claim": number, **more})


def page(client: TestClient, row: dict[str, Any], action: str, **form: str) -> Any:
    """What the form of the claim page sends."""
    place = {"proposal": row["proposal"], "revision": str(row["revision"])}
    return client.post(f"/claims/{row['ref']}/{action}", data=place | form)


def decisions(house: House) -> list[tuple[str, Decision]]:
    found = said(house, "recoding-decided", RecodingDecided)
    return [(d.proposal_id, d.decision) for d in found if d.request is not None]


def test_a_number_of_the_payer_is_linked_to_a_claim_once(
    house: House, coder: TestClient, claim: dict[str, Any]
) -> None:
    number = claim["claim_number"]
    back = link(coder, number, ref=claim["ref"]).headers["location"]
    assert back == f"/claims/{claim['ref']}?linked=1"
    assert "what was remitted is read anew" in coder.get(back).text
    assert link(coder, number).headers["location"] == "/links?said=0"
    key = house.site.deployment.claim_key(number)
    tied = list(house.site.deployment.events_of(key, "remittance-adjusted"))
    assert [e.data.amount for e in tied if isinstance(e.data, RemittanceAdjusted)] == [35]
    done = [a for a in said(house, "operator-actions", OperatorAction) if a.action == "link"]
    assert [(a.subject, a.by, a.os_user) for a in done] == [(key, "ana", "local:ana")]
    house.follower.catch_up()
    assert key in coder.get("/links").text


def test_a_number_that_is_not_known_is_refused_without_saying_it(coder: TestClient) -> None:
    answer = link(coder, "P-UNKNOWN")
    assert answer.status_code == 409
    assert "no 837" in answer.text.casefold()
    assert "P-UNKNOWN" not in answer.text
    assert link(coder, " ").status_code == 422


def test_it_is_ended_on_the_page_and_the_ending_is_undone(
    house: House, coder: TestClient, taken: dict[str, Any]
) -> None:
    assert "money taken back without a reversal" in coder.get(f"/claims/{taken['ref']}").text
    assert page(coder, taken, "reject", reason="other").status_code == 303
    house.work_off()
    assert work(coder, cause="silent_recoupment") == []
    (ended,) = work(coder, cause="silent_recoupment", state="rejected")
    assert page(coder, ended, "undo").status_code == 303
    house.work_off()
    assert len(work(coder, cause="silent_recoupment")) == 1
    assert decisions(house) == [
        (taken["proposal"], Decision.REJECTED),
        (taken["proposal"], Decision.REOPENED),
    ]


def test_its_claim_keeps_the_proposal_that_stands_beside_it(
    house: House, coder: TestClient, claim: dict[str, Any], taken: dict[str, Any]
) -> None:
    ref, owner = taken["ref"], "cleo"
    assert ref == claim["ref"]
    (proposed,) = [row for row in work(coder) if row["ref"] == ref and row["kind"] == "proposal"]
    until = "2026-06-20"
    asked = wish(coder, taken, wish="hold", reason="awaiting_payer", until=until)
    house.work_off()
    assert answered(coder, asked)["state"] == "held"
    (held,) = work(coder, cause="silent_recoupment", state="held")
    assert (held["held_until"], held["owner"]) == (until, "ana")
    asked = wish(coder, taken, wish="assign", reason="handed_over", owner=owner)
    house.work_off()
    assert {row["kind"] for row in work(coder, owner=owner)} == {"proposal", "silent_recoupment"}
    (still,) = [row for row in work(coder) if row["ref"] == ref and row["kind"] == "proposal"]
    assert (still["proposal"], still["status"]) == (proposed["proposal"], "open")


def test_many_are_ended_at_once_but_not_approved(
    house: House, coder: TestClient, taken: dict[str, Any]
) -> None:
    approver = signed_in(house, Role.CODER, Role.APPROVER, name="bea")
    mark = f"{taken['ref']}.{taken['proposal']}"
    preview = approver.post("/work/bulk", data={"wish": "approve", "ref": mark}).text
    assert "there is nothing to approve" in preview
    assert 'name="seen"' not in preview
    preview = approver.post("/work/bulk", data={"wish": "reject", "ref": mark}).text
    assert "it is ended as seen to" in preview
    assert preview.count('name="seen"') == 1
    seen = f"{taken['ref']}|{taken['proposal']}|{taken['revision']}"
    form = {"wish": "reject", "reason": "other", "seen": seen, "csrf": csrf_of(approver, "/work")}
    assert approver.post("/work/bulk/confirmed", data=form).status_code == 200
    house.work_off()
    assert decisions(house) == [(taken["proposal"], Decision.REJECTED)]


def test_a_form_that_is_sent_twice_is_one_request(
    house: House, coder: TestClient, taken: dict[str, Any]
) -> None:
    form = {"reason": "awaiting_payer", "until": "2026-06-20", "once": "form-1"}
    first, second = (page(coder, taken, "hold", **form).headers["location"] for _ in range(2))
    assert first == second
    house.work_off()
    assert page(coder, taken, "hold", **form).headers["location"] == first
    assert len(said(house, "decision-requested", DecisionRequested)) == 1
    later = page(coder, taken, "hold", **{**form, "until": "2026-07-01"})
    house.work_off()
    assert later.headers["location"] != first
    assert len(said(house, "decision-requested", DecisionRequested)) == 2
