"""A coder's work in a real browser: with the keyboard, in bulk, two at once, undone, refused."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from services.console.access.roles import Role
from tests.browser.served import ANSWER_MS, PASSWORD, PEOPLE, Served, answered

pytestmark = pytest.mark.browser


def focused(page: Page) -> str:
    """Type and name of the field that has the focus."""
    return str(page.evaluate("`${document.activeElement.type ?? ''} ${document.activeElement.name ?? ''}`"))


def press_until(page: Page, key: str, wanted: str) -> None:
    """Press a key until a field has the focus."""
    for _ in range(12):
        if focused(page) == wanted:
            return
        page.keyboard.press(key)
    raise AssertionError(f"{wanted} cannot be reached with {key}: {focused(page)}")


def decide(page: Page, key: str) -> str:
    """Decide the open claim with the keyboard alone; gives the request."""
    here = page.url
    page.keyboard.press(key)
    if key == "a":
        if focused(page) == "radio candidate":
            page.keyboard.press("Space")
        press_until(page, "Tab", "text document")
        page.keyboard.type("chart note 17")
    press_until(page, "Tab", "radio reason")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: url != here and "asked=" in url)
    return page.url.rpartition("asked=")[2]


def test_ten_claims_with_the_keyboard_are_ten_requests_ten_decisions_and_ten_audit_records(
    site: Served,
) -> None:
    page = site.page()
    page.goto("/")
    page.keyboard.type("ana")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/work")
    page.goto("/work?cause=code_mod&sort=claim")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/claims/**")
    asked = [decide(page, "a") for _ in range(3)]
    assert answered(page) in ("approved", "held")
    page.goto("/work?action=bill_other")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/claims/**")
    asked += [decide(page, "rh"[turn % 2]) for turn in range(7)]
    assert answered(page) in ("rejected", "held")

    requests = [e for e in site.events("decision-requested") if e.data.by == "ana"]
    decisions = [e for e in site.events("recoding-decided") if e.data.request in set(asked)]
    audited = {e.data.event_id: e.data for e in site.events("audit-trail")}
    proofs = {e.data.subject: e.data.evidence for e in audited_proposals(site)}
    assert sorted(e.data.requested for e in requests) == sorted(asked)
    assert len(set(asked)) == len(decisions) == 10
    assert not [e.data.reason for e in decisions if e.data.decision == "refused"]
    assert all(audited[e.id].actor == "ana" for e in decisions)
    assert all(len(proofs[e.key][0]) == 64 for e in decisions)


def audited_proposals(site: Served) -> list:  # type: ignore[type-arg]
    """The audit records of proposals: their first evidence is the proof."""
    return [e for e in site.events("audit-trail") if e.data.action == "proposed"]


def test_keys_pause_in_a_text_box(site: Served) -> None:
    page = site.page("ana")
    page.goto("/work")
    page.keyboard.press("/")
    page.keyboard.type("jarh?")
    assert page.locator("#search").input_value() == "jarh?"
    assert page.url.endswith("/work")
    assert not page.locator("#help").is_visible()


def test_bulk_approval_shows_what_would_happen_then_the_result_of_each(site: Served) -> None:
    page = site.page("ana")
    page.goto("/work?action=appeal")
    before = len(site.events("decision-requested"))
    page.click("text=Approve…")
    expect(page.locator("h1")).to_contain_text("Approve")
    taken = page.locator("input[name=seen]").count()
    assert taken > 1
    assert len(site.events("decision-requested")) == before
    page.locator("input[name=reason]").first.check()
    page.locator("form .button.primary").click()
    page.wait_for_url("**/confirmed")
    expect(page.locator("td [data-waits]")).to_have_count(0, timeout=ANSWER_MS)
    states = [m.get_attribute("data-state") for m in page.locator("td .message").all()]
    assert states == ["approved"] * taken
    assert len(site.events("decision-requested")) == before + taken


def test_a_hold_is_undone_by_an_event_and_the_claim_is_open_again(site: Served) -> None:
    page = site.page("ana")
    page.goto("/work?cause=provider_id")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/claims/**")
    number = page.locator("h1").inner_text().split()[0]
    decide(page, "h")
    assert answered(page) == "held"
    page.keyboard.press("u")
    expect(page.locator("h1")).to_contain_text(number)
    assert answered(page) == "reopened"
    assert "reopened" in [e.data.decision for e in site.events("recoding-decided")]


def test_two_people_at_once_give_one_decision_and_one_clear_refusal(site: Served) -> None:
    ana, bea = site.page("ana"), site.page("bea")
    for page in (ana, bea):
        page.goto("/work?cause=code_proc")
        page.keyboard.press("j")
        page.keyboard.press("Enter")
        page.wait_for_url("**/claims/**")
    assert ana.url == bea.url
    decide(ana, "r")
    bea.keyboard.press("r")
    bea.keyboard.press("Space")
    bea.keyboard.press("Enter")
    bea.locator("h1:text-is('It was not done'), .tray .message").first.wait_for()
    answered(ana)
    if "asked=" in bea.url:
        assert answered(bea) == "refused"
    else:
        expect(bea.locator("h1")).to_have_text("It was not done")


def test_a_stale_page_cannot_decide(site: Served) -> None:
    old, other = site.page("ana"), site.page("bea")
    old.goto("/work?cause=duplicate")
    old.keyboard.press("j")
    old.keyboard.press("Enter")
    old.wait_for_url("**/claims/**")
    other.goto(old.url)
    decide(other, "r")
    assert answered(other) == "rejected"
    old.keyboard.press("h")
    old.keyboard.press("Space")
    old.keyboard.press("Enter")
    expect(old.locator("h1")).to_have_text("It was not done")
    site.faults.clear()  # the browser reports the 409 that this test asked for


def test_a_viewer_sees_no_action_and_is_refused_one(site: Served) -> None:
    page = site.page("vera")
    page.goto("/work")
    assert page.locator("text=Approve…").count() == 0
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/claims/**")
    assert page.locator("[data-action]").count() == 0
    status = page.evaluate(
        """async () => (await fetch(location.pathname + '/reject', {method: 'POST', body: new URLSearchParams({
        proposal: 'x', revision: '1', reason: 'other', csrf: document.querySelector('meta[name=csrf]').content})})).status"""
    )
    assert status == 403
    assert Role.VIEWER in PEOPLE["vera"]
    site.faults.clear()  # the browser reports the 403 that this test asked for


def test_a_coder_rejects_and_does_not_approve(site: Served) -> None:
    page = site.page("cody")
    page.goto("/work?cause=code_dx")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/claims/**")
    assert page.locator("#reject").count() == 1
    assert page.locator("#approve input").count() == 0


def test_the_patient_is_masked_until_opened_and_the_opening_is_recorded(site: Served) -> None:
    page = site.page("ana")
    page.goto("/work?cause=auth")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/claims/**")
    assert "DMG*D8" not in page.content()
    assert "•••" in page.locator("#patient").inner_text()
    page.keyboard.press("p")
    page.wait_for_selector("#patient >> text=Opened in this session")
    assert "DMG*D8" in page.content()
    assert [e.data.by for e in site.events("operator-actions") if e.data.action == "open_patient"] == ["ana"]


def test_a_claim_is_rejected_without_any_script(site: Served) -> None:
    page = site.page(java_script_enabled=False)
    page.goto("/")
    page.fill("#name", "ana")
    page.fill("#password", PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/work")
    page.select_option("#cause", "cob")
    page.get_by_role("button", name="Filter", exact=True).click()
    page.wait_for_url("**cause=cob**")
    link = page.locator("a[data-open]").first
    number = link.inner_text()
    link.click()
    page.wait_for_url("**/claims/**")
    page.locator("#reject > summary").click()
    page.locator("#reject input[name=reason]").first.check()
    page.locator("#reject button.danger").click()
    page.wait_for_url("**asked=**")
    asked = page.url.rpartition("asked=")[2]
    message = page.locator(".tray .message")
    for _ in range(60):
        if message.get_attribute("data-state") != "waiting":
            break
        page.wait_for_timeout(500)
        page.reload()
    assert message.get_attribute("data-state") == "rejected"
    expect(message).to_contain_text(number)
    assert [e.data.by for e in site.events("decision-requested") if e.data.requested == asked] == ["ana"]
    decided = [e.data for e in site.events("recoding-decided") if e.data.request == asked]
    assert [(e.claim_number, e.decision) for e in decided] == [(number, "rejected")]


def test_the_browser_complained_of_nothing(site: Served) -> None:
    assert site.faults == []
