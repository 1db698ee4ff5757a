"""A change that is known to raise the payment: two different people at the console, each in a browser of their own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.served import Served, answered, served
from tests.e2e.installation import Installation

pytestmark = pytest.mark.browser

CLAIM: Final = "H260151"
"""Of the examples: one candidate, a modifier that is missing."""

FEES: Final = "payer_id,code,modifiers,amount,effective,ended\nNWH01,G0283,,50,2020-01-01,\nNWH01,G0283,GP,60,2020-01-01,\n"
"""Made up: with the modifier the payer allows more."""


@pytest.fixture(scope="module")
def paying_more(
    examples: Installation, browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    """A console over the examples and fees by which the change of the claim pays more."""
    made = examples.copy(tmp_path_factory.mktemp("fees"))
    fees = made.home / "fees.csv"
    fees.write_text(FEES, "utf-8")
    made.ok("load", "fees", fees, "--effective", "2020-01-01")
    with served(made, tmp_path_factory.mktemp("served-fees"), browser) as console:
        yield console


def claim_of(page: Page) -> str:
    """The address of the claim."""
    page.goto("/work?cause=code_mod")
    href = page.get_by_role("link", name=CLAIM, exact=True).get_attribute("href")
    return (href or "").partition("?")[0]


def approve(page: Page, claim: str) -> str:
    """Approve the change with a document; gives what was answered."""
    page.goto(claim)
    page.locator("#approve > summary").click()
    page.locator("#approve input[name=candidate]").first.check()
    page.locator("#approve input[name=document]").fill("chart note 17")
    page.locator("#approve input[name=reason]").first.check()
    page.locator("#approve button.primary").click()
    page.wait_for_url("**asked=**")
    return answered(page)


def test_what_raises_the_payment_is_approved_by_two_different_people(paying_more: Served) -> None:
    ana, bea = paying_more.page("ana"), paying_more.page("bea")
    claim = claim_of(ana)

    assert approve(ana, claim) == "held"
    expect(ana.locator(".tray")).to_contain_text("a second person must approve it too")
    ana.goto(claim)
    expect(ana.locator("#decide")).to_contain_text("another person must approve the same")

    assert approve(ana, claim) == "refused"
    expect(ana.locator(".tray")).to_contain_text("another person must approve it too")

    bea.goto(claim)
    expect(bea.locator("#decide")).to_contain_text("your approval of the same is the second that it needs")
    assert approve(bea, claim) == "approved"

    told = [e.data for e in paying_more.events("recoding-decided") if e.data.claim_number == CLAIM]
    assert [(d.decision.value, d.by, d.two_people) for d in told if d.request is not None] == [
        ("held", "ana", False),
        ("refused", "ana", False),
        ("approved", "bea", True),
    ]
    assert paying_more.faults == []
