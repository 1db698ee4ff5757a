"""Every page of the console and how to come to it. `tests/console/test_routes.py` fails where a route is missing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from playwright.sync_api import Page

Visit = str | Callable[[Page], object]
"""An address, or the way to a page that has none of its own to begin with."""


def _through(listing: str, then: str = "") -> Callable[[Page], object]:
    """To what the first row of a list opens."""

    def visit(page: Page) -> None:
        page.goto(listing)
        href = page.locator("a[data-open]").first.get_attribute("href") or ""
        page.goto(href.partition("?")[0] + then)

    return visit


def _patient_opened(page: Page) -> None:
    _through("/work?cause=auth")(page)
    page.keyboard.press("p")
    page.wait_for_selector("#patient >> text=Opened in this session")
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")


def _bulk(word: str) -> Callable[[Page], object]:
    """The preview of a bulk action."""

    def visit(page: Page) -> None:
        page.goto("/work?action=appeal")
        page.click(f"text={word}…")
        page.wait_for_url("**/work/bulk")

    return visit


def _bulk_result(page: Page) -> None:
    _bulk("Assign")(page)
    page.locator("input[value=mine]").check()
    page.locator("form .button.primary").click()
    page.wait_for_url("**/confirmed")


SCREENS: Final[Mapping[str, tuple[Visit, ...]]] = {
    "/work": ("/work", "/work?payer=nobody-of-this-name", "/work?state=any&sort=age&carc=16"),
    "/work/bulk": (_bulk("Approve"), _bulk("Hold")),
    "/work/bulk/confirmed": (_bulk_result,),
    "/claims/{ref}": (
        _through("/work?cause=code_mod", "?remade=1#a"),
        _through("/work?cause=code_mod", "#e"),
        _through("/work?state=any&sort=age"),
        _patient_opened,
    ),
    "/claims/{ref}/print": (_through("/work", "/print"),),
    "/board": ("/board",),
    "/board/claims": ("/board/claims?measure=standing", "/board/claims?measure=appealed&payer=nobody"),
    "/what-is-a-denial": ("/what-is-a-denial",),
    "/payers": ("/payers",),
    "/payers/{payer}": ("/payers/NWH01", "/payers/-"),
    "/payers/compare": ("/payers/compare?old=shipped", "/payers/compare?old=active&new=active"),
    "/rules": ("/rules", "/rules?tried=1&cause=nothing"),
    "/rules/{rule_id}": ("/rules/authorization-on-file",),
    "/outcomes": ("/outcomes?all=1", "/outcomes?rule=none"),
    "/files": ("/files", "/files?kind=none"),
    "/files/{digest}": (_through("/files"),),
    "/upload": ("/upload?file=" + "0" * 64,),
    "/letters": ("/letters?standing=all", "/letters?reason=none"),
    "/deliveries": ("/deliveries",),
    "/holds": ("/holds",),
    "/links": ("/links?said=0",),
    "/lag": ("/lag",),
    "/audit": ("/audit?verify=1", "/audit?actor=nobody"),
    "/audit/people": ("/audit/people", "/audit/people?by=nobody"),
}
"""By route, for somebody who is signed in with every role: with rows, and empty."""

ERRORS: Final = ("/no-such-page", "/claims/x", "/work?days=soon")
"""What the console says to an address that leads nowhere, and to one that it cannot read."""

SIGNED_OUT: Final[Mapping[str, tuple[Visit, ...]]] = {"/sign-in": ("/sign-in",)}

PIECES: Final = {
    "/asked/{requested}": "/work/bulk/confirmed",
    "/uploaded/{digest}": "/upload",
}
"""Pieces of a page, and the page that shows them."""
