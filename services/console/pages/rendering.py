"""Pages from templates: the environment, its filters, and what every page is given."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from services.account.quantities import dollars
from services.account.words import (
    ACTION_WORDS,
    CLAIM_WORDS,
    CLOCK_WORDS,
    DECISION_WORDS,
    LADDER_WORDS,
    LINE_WORDS,
    cause_words,
    clock_rule_words,
    plain,
    proposed_words,
    said_of,
    table_words,
)
from services.console.access.roles import Permission
from services.console.pages.claim_lines import field_words
from services.console.pages.needed import needed_words
from services.console.site import Site

THEME_COOKIE: Final = "reclaim_theme"
THEMES: Final = ("light", "dark")

DASH: Final = "–"
"""What stands where nothing is known."""


@dataclass(frozen=True, slots=True)
class Place:
    """A page in the navigation; with `within`, a section of several pages."""

    label: str
    href: str
    within: tuple[Place, ...] = ()
    needs: Permission = Permission.READ


PLACES: Final = (
    Place("Work", "/work"),
    Place("Numbers", "/board"),
    Place("Payers", "/payers"),
    Place("Rules", "/rules"),
    Place("Outcomes", "/outcomes"),
    Place(
        "Operations",
        "/files",
        (
            Place("Files", "/files"),
            Place("Upload", "/upload"),
            Place("Dead letters", "/letters"),
            Place("Deliveries", "/deliveries"),
            Place("Holds", "/holds"),
            Place("Links", "/links"),
            Place("Lag", "/lag"),
        ),
    ),
    Place("Audit", "/audit", needs=Permission.AUDIT),
)


@dataclass(frozen=True, slots=True)
class Link:
    """A place as a page shows it."""

    label: str
    href: str
    here: bool


def money(amount: Decimal | None) -> str:
    """`$1,234.50`; a dash where the amount is not known."""
    return DASH if amount is None else dollars(amount)


def day(value: date | datetime | str | None) -> str:
    """`2026-05-08`, the way claims write days; a dash where none is known."""
    if value is None or value == "":
        return DASH
    if isinstance(value, str):
        return value[:10]
    return value.strftime("%Y-%m-%d")


def moment(value: datetime | str | None) -> str:
    """`2026-05-08 14:02`, UTC."""
    if value is None or value == "":
        return DASH
    if isinstance(value, str):
        return value[:16].replace("T", " ")
    return value.strftime("%Y-%m-%d %H:%M")


def count(number: int | None) -> str:
    """`12,345`."""
    return DASH if number is None else f"{number:,}"


def share(part: int, whole: int) -> str:
    """`12 of 14 (86 %)`; without a percentage where there is nothing to divide by."""
    return f"{part:,} of {whole:,}" + (f" ({part / whole:.0%})".replace("%", " %") if whole else "")


def codes(values: object) -> str:
    """A value of a claim: codes side by side, or a word for none."""
    if values is None or values in ("", (), []):
        return "none"
    if isinstance(values, (list, tuple)):
        return " ".join(str(value) for value in values)
    return str(values)


OUTCOME_WORDS: Final = {"missing": "facts missing", "applies_not": "does not apply"}
"""What a rule came to, where its code word does not say it."""

FILE_WORDS: Final = {
    "publishing": "being taken",
    "published": "taken",
    "superseded": "changed while it was taken",
}


def subject(word: str) -> str:
    """What an entry of the trail is about, where it is no claim: `code-editions:pos@2026` is `code editions pos@2026`."""
    kind, colon, name = word.partition(":")
    return f"{kind.replace('-', ' ')} {name}" if colon else plain(word)


def blanks(text: str) -> str:
    """A text of a rule with what is filled in for each claim left open."""
    return re.sub(r"\{\w+\}", "…", text)


ENVIRONMENT: Final = Environment(
    loader=PackageLoader("services.console", "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
ENVIRONMENT.filters.update(
    {
        "money": money,
        "day": day,
        "moment": moment,
        "count": count,
        "codes": codes,
        "cause": cause_words,
        "plain": plain,
        "needed": needed_words,
        "action": lambda word: said_of({str(key): words for key, words in ACTION_WORDS.items()}, str(word)),
        "ladder": lambda word: said_of(LADDER_WORDS, str(word)),
        "decision": lambda word: said_of(DECISION_WORDS, str(word)),
        "clock": lambda word: said_of(CLOCK_WORDS, str(word)),
        "claim_state": lambda word: said_of(CLAIM_WORDS, str(word)),
        "proposed": proposed_words,
        "rule_outcome": lambda word: said_of(OUTCOME_WORDS, str(word)),
        "file_status": lambda word: said_of(FILE_WORDS, str(word)),
        "table": table_words,
        "field": field_words,
        "subject": subject,
        "blanks": blanks,
        "said_clock": clock_rule_words,
        "plain_text": lambda text: text.replace("`", ""),
        "line_state": lambda word: said_of(LINE_WORDS, str(word)),
    }
)
ENVIRONMENT.globals.update({"share": share})


def render(request: Request, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
    """The page of a template. Beside `values` it knows `session` (null where nobody is signed in), the navigation,
    the chosen colours, `csrf_field`, and `once`: a form that carries it is one request, however often it is sent."""
    page = ENVIRONMENT.get_template(template).render(frame(request) | values)
    return HTMLResponse(page, status_code=status)


def frame(request: Request) -> dict[str, Any]:
    """What every page is given."""
    session = getattr(request.state, "session", None)
    theme = request.cookies.get(THEME_COOKIE, "")
    theme = theme if theme in THEMES else ""
    section = _section(request.url.path)
    site: Site = request.app.state.site
    return {
        "partial": not site.reached_end(),
        "standstill": site.standstill(),
        "session": session,
        "asked": (),
        "once": secrets.token_hex(8),
        "day": None,
        "csrf_field": _csrf_field(session.csrf) if session is not None else Markup(""),
        "nav": [
            Link(place.label, place.href, place is section)
            for place in PLACES
            if session is not None and session.may(place.needs)
        ],
        "subnav": [
            Link(place.label, place.href, _under(request.url.path, place.href)) for place in section.within
        ]
        if section is not None
        else [],
        "theme": theme,
        "next_theme": {"": "dark", "dark": "light", "light": "as the system"}[theme],
        "here": _address(request.url.path, request.query_params.multi_items()),
    }


def _section(path: str) -> Place | None:
    if path.startswith("/claims/"):
        return PLACES[0]
    for place in PLACES:
        if any(_under(path, one.href) for one in (place, *place.within)):
            return place
    return None


def _under(path: str, href: str) -> bool:
    return path == href or path.startswith(href + "/")


def _address(path: str, items: list[tuple[str, str]]) -> str:
    return path + ("?" + urlencode(items) if items else "")


def _csrf_field(token: str) -> Markup:
    return Markup('<input type="hidden" name="csrf" value="{}">').format(token)
