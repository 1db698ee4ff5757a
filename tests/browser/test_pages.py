"""Every page: accessible in light and dark, nothing wider than a phone, small, no complaint of the browser; files and
letters; the read model made anew."""

from __future__ import annotations

import re
from pathlib import Path
from time import sleep
from typing import Final

import pytest
from playwright.sync_api import Page, expect

from services.console.access.roles import Role
from services.console.serving import ConsoleFolder
from services.deployment.opening import opened
from services.runtime.log import Draft
from services.runtime.settings import load_settings
from tests.browser.looked_at import Found, look_at, prepared
from tests.browser.screens import ERRORS, SCREENS, SIGNED_OUT
from tests.browser.served import ANSWER_MS, PEOPLE, Served, running
from tests.e2e.installation import PROJECT

pytestmark = pytest.mark.browser

EVERYBODY: Final = "ida"
"""Signed in with every role, so that each page shows all it has."""


@pytest.fixture(scope="module")
def found(site: Served) -> Found:
    """Every page in one browser, looked at once."""
    found = Found()
    PEOPLE[EVERYBODY] = tuple(Role)
    for name, screens in ((EVERYBODY, SCREENS), (None, SIGNED_OUT)):
        page = prepared(site.page(name))
        for visit in (visit for visits in screens.values() for visit in visits):
            page.goto(visit) if isinstance(visit, str) else visit(page)
            look_at(page, found)
        page.context.close()
    del PEOPLE[EVERYBODY]
    assert site.faults == []
    page = prepared(site.page("vera"))
    for address in ERRORS:
        page.goto(address)
        look_at(page, found)
    page.context.close()
    site.faults.clear()  # the browser reports the refusals that were asked for
    return found


def test_no_page_has_a_serious_finding_of_the_accessibility_engine(found: Found) -> None:
    assert not found.serious, "\n".join(found.serious)


def test_no_page_is_wider_than_a_phone(found: Found) -> None:
    assert not found.wide, "\n".join(found.wide)


def test_every_page_with_its_styles_and_scripts_is_small(found: Found) -> None:
    assert not found.heavy, "\n".join(found.heavy)


def test_everything_is_reached_without_a_mouse_and_shows_where_one_is(found: Found) -> None:
    assert not found.unfocused, "\n".join(found.unfocused)


def test_no_id_stands_twice_on_a_page(found: Found) -> None:
    assert not found.twice, "\n".join(found.twice)


def first_claim(page: Page) -> str:
    """The address of the first claim of the list."""
    page.goto("/work")
    return page.locator("a[data-open]").first.get_attribute("href") or ""


def test_an_uploaded_file_is_accounted_for(site: Served, tmp_path: Path) -> None:
    name = "2026-05-08-summit-837P-835.edi"
    copied = tmp_path / name
    text = (PROJECT / "examples" / "inbox" / name).read_text("utf-8")
    copied.write_text(re.sub(r"TRN\*1\*[^*]+", "TRN*1*UPLOADED1", text), "utf-8")
    page, watching = site.page("otto"), site.page("otto")
    watching.goto("/files")
    before = watching.locator("tbody tr").count()
    page.goto("/upload")
    page.set_input_files("#file", copied)
    page.click("text=Upload >> nth=-1")
    page.wait_for_url("**/upload?file=**")
    row = page.locator("tr[data-file]")
    expect(row).to_contain_text("set aside", timeout=ANSWER_MS)
    taken = re.search(r"(\d+) in = (\d+) taken \+ (\d+) set aside", row.inner_text())
    assert taken is not None
    assert int(taken[1]) == int(taken[2]) + int(taken[3]) > 0
    expect(watching.locator("tbody tr")).to_have_count(before + 1, timeout=ANSWER_MS)  # by itself


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
            sleep(0.5)
        assert screens(again, addresses) == before


def at_rest(site: Served, addresses: tuple[str, ...]) -> dict[str, str]:
    """The same once two looks agree: the services may still work off what the tests before asked for."""
    said = screens(site, addresses)
    for _ in range(20):
        sleep(2)
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
    page.context.close()
    return said
