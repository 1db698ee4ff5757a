"""What a person does beside deciding: notes, questions, own changes, many at once in pieces, files nobody knows of."""

from __future__ import annotations

import re
from typing import Any

import pytest
from starlette.testclient import TestClient

from schemas.codes import Wish
from schemas.control import OperatorAction
from schemas.recoding import DecisionRequested, RecodingDecided
from schemas.records.interchange import SealedInterchange
from schemas.resubmission import DeliveryResolved
from services.console.access.roles import Role
from services.console.pages import bulk
from services.core.recoding.fields import current, parse_field
from services.runtime.log import Draft
from tests.console.site import House
from tests.console.test_beside import page
from tests.console.test_deciding import said, signed_in, work
from tests.e2e.installation import PROJECT


@pytest.fixture
def approver(house: House) -> TestClient:
    return signed_in(house, Role.CODER, Role.APPROVER, Role.OPERATOR)


def options_of(text: str) -> list[str]:
    """The fields that the form of an own change offers."""
    form = text.partition('name="field"')[2].partition("</select>")[0]
    return re.findall(r'<option value="([^"]+)"', form)


def test_a_note_is_kept_once_and_shown(house: House, approver: TestClient) -> None:
    row = work(approver)[0]
    form = {"words": "called  the payer", "once": "form-1"}
    for _ in range(2):
        assert approver.post(f"/claims/{row['ref']}/note", data=form).status_code == 303
    house.follower.catch_up()
    notes = [a for a in said(house, "operator-actions", OperatorAction) if a.action == "note"]
    assert [(a.reason, a.by, a.os_user) for a in notes] == [("called the payer", "ana", "local:ana")]
    assert "called the payer" in house.client(Role.VIEWER).get(f"/claims/{row['ref']}").text
    assert approver.post(f"/claims/{row['ref']}/note", data={"words": " "}).status_code == 422


def test_a_question_to_the_provider_is_kept_with_the_hold_that_waits_for_it(
    house: House, approver: TestClient
) -> None:
    row = next(r for r in work(approver) if "Asked: hold it" in approver.get(f"/claims/{r['ref']}").text)
    form = {"until": "2026-06-20", "once": "form-1"}
    for _ in range(2):
        assert page(approver, row, "query", **form).status_code == 303
    house.work_off()
    (asked,) = said(house, "decision-requested", DecisionRequested)
    assert (asked.wish, asked.reason, str(asked.until)) == (Wish.HOLD, "awaiting_documentation", "2026-06-20")
    (kept,) = [a for a in said(house, "operator-actions", OperatorAction) if a.action == "query_provider"]
    assert kept.reason is not None
    assert "?" in kept.reason
    (held,) = work(approver, state="held")
    assert held["ref"] == row["ref"]
    assert "asked the provider" in approver.get(f"/claims/{row['ref']}").text


def test_an_own_change_may_name_what_an_override_may(house: House, approver: TestClient) -> None:
    row = work(approver, cause="code_mod")[0]
    offered = options_of(approver.get(f"/claims/{row['ref']}").text)
    names = {field.name for path in offered if (field := parse_field(path)) is not None}
    assert names >= {
        "procedure",
        "modifiers",
        "service_dates",
        "billing_npi",
        "member_id",
        "code",
        "diagnoses",
    }
    name = next(path for path in offered if path.endswith(".service_dates"))
    day = re.search(
        rf'value="{re.escape(name)}">[^<]*billed: (\d{{8}})', approver.get(f"/claims/{row['ref']}").text
    )
    assert day is not None
    form = {
        "reason": "confirmed_in_record",
        "document": "CHART-1",
        "field": name,
        "after": f"{day[1]} {day[1]}",
    }
    assert page(approver, row, "override", **form).status_code == 303
    house.work_off()
    (asked,) = said(house, "decision-requested", DecisionRequested)
    assert [(e.field, e.after) for e in asked.edits] == [(name, (day[1], day[1]))]
    (decided,) = [d for d in said(house, "recoding-decided", RecodingDecided) if d.request is not None]
    assert decided.reason not in ("field_not_editable", "value_cannot_stand_in_the_claim")


def test_who_the_subscriber_is_stands_in_no_form_before_the_patient_is_opened(
    house: House, approver: TestClient
) -> None:
    row = work(approver, cause="code_mod")[0]
    address = f"/claims/{row['ref']}"
    key = house.site.deployment.claim_key(row["claim_number"])
    (submitted,) = [e.data for e in house.site.deployment.events_of(key, "claim-submitted")]
    field = parse_field("member_id")
    assert field is not None
    member = str(current(submitted, field))  # type: ignore[arg-type]
    assert member not in approver.get(address).text
    assert approver.post(f"{address}/patient", data={}).status_code == 303
    assert f"billed: {member}" in approver.get(address).text


def test_more_than_one_piece_of_a_filter_is_taken_piece_after_piece(
    house: House, approver: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "MOST", 4)
    every = [f"{row['ref']}|{row['proposal']}|{row['revision']}" for row in work(approver, payer="NWH01")]
    assert len(every) > 8
    form: dict[str, Any] = {"wish": "assign", "query": "payer=NWH01"}
    shown: list[str] = []
    for piece in range(1, 3):
        preview = approver.post("/work/bulk", data=form).text
        seen = re.findall(r'name="seen" value="([^"]+)"', preview)
        shown += seen
        beyond = len(every) - 4 * piece
        assert f"{beyond} more of the filter" in " ".join(preview.split())
        last = re.search(r'name="last" value="([^"]+)"', preview)
        assert last is not None
        answer = {**form, "reason": "mine", "seen": seen, "last": last[1], "beyond": str(beyond)}
        done = approver.post("/work/bulk/confirmed", data=answer).text
        after = re.search(r'name="after" value="([^"]+)"', done)
        assert after is not None
        form["after"] = after[1]
    assert shown == every[:8]
    assert len(said(house, "decision-requested", DecisionRequested)) == 8


def test_what_is_left_out_takes_no_place_of_what_can_be_taken(
    approver: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = approver.post("/work/bulk", data={"wish": "approve", "query": ""}).text
    seen = re.findall(r'name="seen" value="([^"]+)"', whole)
    assert len(seen) > 2
    monkeypatch.setattr(bulk, "MOST", len(seen))
    again = approver.post("/work/bulk", data={"wish": "approve", "query": ""}).text
    assert re.findall(r'name="seen" value="([^"]+)"', again) == seen


@pytest.mark.parametrize(("wish", "reason"), [("confirm", "acknowledged"), ("resend", "not_received")])
def test_an_operator_says_what_became_of_a_file(
    house: House, approver: TestClient, wish: str, reason: str
) -> None:
    number = uncertain_file(house)
    assert number in approver.get("/deliveries").text
    assert approver.post(f"/deliveries/{number}", data={"wish": wish, "reason": "because"}).status_code == 409
    assert approver.post("/deliveries/999", data={"wish": wish, "reason": reason}).status_code == 409
    coder = signed_in(house, Role.CODER, name="cody")
    assert coder.post(f"/deliveries/{number}", data={"wish": wish, "reason": reason}).status_code == 403
    answer = approver.post(f"/deliveries/{number}", data={"wish": wish, "reason": reason})
    assert (answer.status_code, answer.headers["location"]) == (303, "/deliveries?said=asked")
    (told,) = said(house, "outbound", DeliveryResolved)
    said_by = (told.interchange_control_number, told.resolution, told.by, told.os_user)
    assert said_by == (number, wish, "ana", "local:ana")


def uncertain_file(house: House) -> str:
    """A sealed file of which nobody knows whether the partner has it, as delivery keeps it; gives its number."""
    batch = next(iter(house.site.deployment.latest("interchanges")))
    golden = (PROJECT / "schemas" / "golden" / "sealed-interchange.v1.json").read_bytes()
    sealed = SealedInterchange.parse(golden).model_copy(update={"uncertain": True, "batch": batch})
    headers = {"ce_type": "sealed-interchange.v1"}
    house.site.deployment.publish([Draft("sealed-interchanges", f"{batch}|1", sealed.encode(), headers)])
    return sealed.control_number
