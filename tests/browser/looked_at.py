"""A look at a page as it stands in the browser: the accessibility engine, its width on a phone, its weight, its focus."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Page

AXE: Final = (Path(__file__).parent / "axe" / "axe.min.js").read_text("utf-8")
SERIOUS: Final = ("serious", "critical")

ALL_RULES: Final = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice")
IN_OTHER_COLOURS: Final = ("color-contrast",)
"""What a page in the dark can have other than in the light: it is the same document."""
ON_A_PHONE: Final = ("scrollable-region-focusable",)

WIDE: Final = {"width": 1440, "height": 900}
PHONE: Final = {"width": 390, "height": 844}

MOST_BYTES: Final = 100_000
"""Of a page with its styles and scripts."""

_RUN: Final = """rules => axe.run(document, {
  runOnly: rules, resultTypes: ["violations"], preload: false, iframes: false, elementRef: false})"""

_WIDER: Final = "document.documentElement.scrollWidth - document.documentElement.clientWidth"

_DRAWN: Final = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
"""The page has heard of its new size."""

_BYTES: Final = """[...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
  .reduce((sum, one) => sum + one.encodedBodySize, 0)"""

_TWICE: Final = """() => { const ids = [...document.querySelectorAll("[id]")].map(one => one.id);
  return ids.filter((id, at) => ids.indexOf(id) !== at) }"""

_THIN: Final = r"""() => { const seen = new Set();
  for (const one of document.querySelectorAll("tbody > tr, li, option, svg a, .tile")) {
    const drawn = one.outerHTML.replace(/>[^<]*/g, ">").replace(/ (?!class=)[\w-]+="[^"]*"/g, "");
    if (seen.has(drawn)) one.remove(); else seen.add(drawn);
  } }"""
"""Rows that are drawn alike, with the same elements and classes, are looked at once."""

_UNSEEN: Final = """() => { const unseen = [];
  for (const one of document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex]")) {
    if (one.disabled || !one.getClientRects().length || !one.checkVisibility({visibilityProperty: true})) continue;
    one.focus({focusVisible: true, preventScroll: true});
    const drawn = [one, ...one.querySelectorAll(".hit, .mark")].map(each => getComputedStyle(each));
    const seen = drawn.some(style => (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0)
      || (style.stroke !== "none" && parseFloat(style.strokeWidth) > 0));
    if (document.activeElement !== one || !seen) unseen.push(one.outerHTML.slice(0, 120));
  }
  document.activeElement.blur();
  return unseen }"""
"""What cannot be reached without a mouse, or shows nothing where it is."""


@dataclass(frozen=True)
class Found:
    """What is wrong with the pages that were looked at, each with its address."""

    serious: list[str] = field(default_factory=list)
    wide: list[str] = field(default_factory=list)
    heavy: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    unfocused: list[str] = field(default_factory=list)


def prepared(page: Page) -> Page:
    """The page, which has the engine wherever it goes."""
    page.add_init_script(AXE)
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    page.set_viewport_size(WIDE)
    return page


def look_at(page: Page, found: Found) -> None:
    """Look at the page that stands in the browser, wide and light, and leave it so."""
    address = page.url.partition("//")[2].partition("/")[2].partition("?csrf")[0]
    weight = page.evaluate(_BYTES)
    if weight > MOST_BYTES:
        found.heavy.append(f"/{address}: {weight:,} bytes")
    found.twice.extend(f"/{address}: {one}" for one in page.evaluate(_TWICE))
    page.set_viewport_size(PHONE)
    page.evaluate(_DRAWN)
    wider = page.evaluate(_WIDER)
    if wider > 0:
        found.wide.append(f"/{address}: {wider} px")
    found.serious.extend(_findings(page, "narrow", ON_A_PHONE))
    page.set_viewport_size(WIDE)
    page.evaluate(_THIN)
    found.unfocused.extend(f"/{address}: {one}" for one in page.evaluate(_UNSEEN))
    found.serious.extend(_findings(page, "light", ALL_RULES))
    page.emulate_media(color_scheme="dark")
    found.serious.extend(_findings(page, "dark", IN_OTHER_COLOURS))
    page.emulate_media(color_scheme="light")


def _findings(page: Page, how: str, rules: tuple[str, ...]) -> Iterator[str]:
    run: dict[str, Any] = page.evaluate(_RUN, list(rules))
    for each in run["violations"]:
        if each["impact"] in SERIOUS:
            for node in each["nodes"][:3]:
                yield f"{how} {page.url} {each['id']}: {node['target']} {node.get('failureSummary', '')[:160]}"
