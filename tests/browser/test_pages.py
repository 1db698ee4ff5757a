"""Every page: accessible in light and dark, nothing wider than a phone, no complaint of the browser; files and letters;
the read model made anew."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Page, expect

from services.cli.deployment import opened
from services.console.access.roles import Role
from services.console.serving import ConsoleFolder
from services.runtime.log import Draft
from services.runtime.settings import load_settings
from tests.browser.served import ANSWER_MS, PEOPLE, Served, running
from tests.e2e.installation import PROJECT

pytestmark = pytest.mark.browser

AXE: Final = (Path(__file__).parent / "axe" / "axe.min.js").read_text("utf-8")
SERIOUS: Final = ("serious", "critical")

PAGES: Final = (
    *("/work", "/work?payer=nobody-of-this-name", "/work?state=any&sort=age", "/board", "/payers", "/rules"),
    *("/outcomes", "/files", "/upload", "/letters", "/deliveries", "/holds", "/lag", "/audit"),
    *("/what-is-a-denial", "/no-such-page", "/board/claims?measure=standing", "/payers/NWH01"),
    *("/payers/compare?old=shipped", "/rules/authorization-on-file", "/audit?verify=1", "/audit/people"),
)

EVERYBODY: Final = "ida"
"""Signed in with every role, so that each page shows all it has."""


@pytest.fixture(scope="module")
def ida(site: Served) -> Iterator[Page]:
    """Somebody who may see everything."""
    PEOPLE[EVERYBODY] = tuple(Role)
    yield site.page(EVERYBODY)
    del PEOPLE[EVERYBODY]


def first_claim(page: Page) -> str:
    """The address of the first claim of the list."""
    page.goto("/work")
    return page.locator("a[data-open]").first.get_attribute("href") or ""


ALL_RULES: Final = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice")
CONTRAST: Final = ("color-contrast",)
"""What a page in the dark can have other than in the light: it is the same document in other colours."""


def findings(page: Page, rules: tuple[str, ...] = ALL_RULES) -> list[str]:
    """What the accessibility engine has against the page, of weight."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    found: dict[str, Any] = page.evaluate("rules => axe.run(document, {runOnly: rules})", list(rules))
    return [
        f"{page.url} {each['id']}: {node['target']} {node.get('failureSummary', '')[:160]}"
        for each in found["violations"]
        if each["impact"] in SERIOUS
        for node in each["nodes"][:3]
    ]


def test_every_page_is_accessible_in_light_and_dark_and_fits_a_phone(site: Served, ida: Page) -> None:
    claim = first_claim(ida)
    found: list[str] = []
    for address in (*PAGES, claim, f"{claim}/print"):
        ida.goto(address)
        ida.emulate_media(color_scheme="light")
        found += [f"light {one}" for one in findings(ida)]
        ida.emulate_media(color_scheme="dark")
        found += [f"dark {one}" for one in findings(ida, CONTRAST)]
        ida.set_viewport_size({"width": 390, "height": 844})
        wider = ida.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        found += [f"{address} is {wider} px wider than a phone"] if wider > 0 else []
        ida.set_viewport_size({"width": 1440, "height": 900})
    assert found == []
    assert [fault for fault in site.faults if "404" not in fault] == []
    site.faults.clear()


def test_the_sign_in_page_is_accessible(site: Served) -> None:
    page = site.page()
    page.goto("/sign-in")
    assert findings(page) == []


def test_the_first_page_is_small(site: Served) -> None:
    answer = site.page("ana").goto("/work")
    assert answer is not None
    assert len(answer.body()) < 100_000


def test_an_uploaded_file_is_accounted_for(site: Served, tmp_path: Path) -> None:
    name = "2026-05-08-summit-837P-835.edi"
    copied = tmp_path / name
    text = (PROJECT / "examples" / "inbox" / name).read_text("utf-8")
    copied.write_text(re.sub(r"TRN\*1\*[^*]+", "TRN*1*UPLOADED1", text), "utf-8")
    page = site.page("otto")
    page.goto("/upload")
    page.set_input_files("#file", copied)
    page.click("text=Upload >> nth=-1")
    page.wait_for_url("**/upload?file=**")
    row = page.locator("tr[data-file]")
    expect(row).to_contain_text("set aside", timeout=ANSWER_MS)
    taken = re.search(r"(\d+) in = (\d+) taken \+ (\d+) set aside", row.inner_text())
    assert taken is not None
    assert int(taken[1]) == int(taken[2]) + int(taken[3]) > 0


def test_a_dead_letter_is_replayed_by_an_operator(site: Served) -> None:
    with opened(load_settings({}, data=site.data)) as deployment:
        key = deployment.claim_key("LETTER1")
        good = next(iter(deployment.log.read("claim-denied")))
        deployment.publish([Draft("claim-denied", key, b'{"claim_number": 1}', good.headers)])
    page = site.page("otto")
    page.goto("/upload")  # any file gives the services a turn
    page.set_input_files("#file", PROJECT / "examples" / "inbox" / "2026-04-17-northwind-999.edi")
    page.click("text=Upload >> nth=-1")
    page.wait_for_url("**/upload?file=**")
    for _ in range(60):
        page.goto("/letters")
        if page.locator("button[value=replay]").count():
            break
        page.wait_for_timeout(500)
    row = page.locator("tbody tr").first
    row.locator("input[name=reason]").fill("new release")
    row.locator("button[value=replay]").click()
    page.wait_for_url("**/letters?said=**")
    assert [e.type for e in site.events("dead-letters")].count("letter-replayed.v1") == 1


def test_the_read_model_deleted_and_made_anew_shows_the_same_screens(site: Served) -> None:
    addresses = ("/work?state=any", "/board", "/files", "/audit", first_claim(site.page("cora")))
    before = at_rest(site, addresses)
    for file in ConsoleFolder(site.data).model.parent.glob("read-model.sqlite3*"):
        file.unlink()
    with running(site.data) as address:
        again = Served(address, site.data, site.browser)
        for _ in range(60):  # it is followed from the log's beginning while pages are served
            if screens(again, addresses) == before:
                break
            site.browser.contexts[0].pages[0].wait_for_timeout(500)
        assert screens(again, addresses) == before


def at_rest(site: Served, addresses: tuple[str, ...]) -> dict[str, str]:
    """The same once two looks agree: the services may still work off what the tests before asked for."""
    said = screens(site, addresses)
    for _ in range(20):
        site.browser.contexts[0].pages[0].wait_for_timeout(2_000)
        last, said = said, screens(site, addresses)
        if said == last:
            break
    return said


def screens(site: Served, addresses: tuple[str, ...]) -> dict[str, str]:
    """What each page says."""
    page = site.page("cora")
    said = {}
    for address in addresses:
        page.goto(address)
        said[address] = page.locator("main").inner_text()
    return said
