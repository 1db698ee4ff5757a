"""The worklist: what waits for a person, its filters, saved views, and the search for a claim."""

from __future__ import annotations

import math
from typing import Annotated, Final
from urllib.parse import parse_qsl

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from services.console.access.gate import Reader
from services.console.access.roles import Permission
from services.console.pages.dashboards import selection_words
from services.console.pages.filter_options import (
    EVENT_WORDS,
    days_words,
    options_of,
    other_clock,
    proof_words,
    tone_of,
)
from services.console.pages.rendering import render
from services.console.pages.tray import messages
from services.console.queries.board import payer_names
from services.console.queries.filters import Filter, FilterError, read_filter
from services.console.queries.meta import today
from services.console.queries.worklist import PAGE, find_claim, options, rows, totals
from services.console.site import Model, ThisSite
from services.console.views import Views

router = APIRouter()

COLUMNS: Final = (
    ("Priority", "priority", "n"),
    ("Days left", "due", "n"),
    ("Payer", "payer", ""),
    ("Claim, served", "claim", ""),
    ("Patient", "", ""),
    ("Why", "cause", ""),
    ("Lines", "", "n"),
    ("Denied", "dollars", "n"),
    ("Proposed, proof", "", ""),
    ("Before", "", "n"),
    ("Owner", "owner", ""),
    ("Age", "age", "n"),
    ("Last event", "", ""),
)
"""Label, the sort behind it, class."""


@router.get("/work")
def worklist(request: Request, session: Reader, model: Model, site: ThisSite) -> HTMLResponse:
    """A page of the filter that the address names."""
    asked = filter_of(request)
    behind = asked.counted()
    summed = totals(model, asked)
    pages = max(1, math.ceil(summed.claims / PAGE))
    return render(
        request,
        "worklist.html",
        day=today(model),
        asked=messages(model, session, request.query_params.getlist("asked")),
        filter=asked,
        behind=behind[0] if behind is not None else None,
        selected=selection_words(behind[1], payer_names(model)) if behind is not None else (),
        options=options_of(options(model), asked),
        totals=summed,
        rows=rows(model, asked),
        columns=COLUMNS,
        suffix=f"?{asked.query()}" if asked.query() else "",
        may_decide=session.may(Permission.WORK),
        may_approve=session.may(Permission.APPROVE),
        views=Views(site.deployment.settings.data).of(session.user),
        page=asked.page,
        pages=pages,
        address=lambda number: f"/work?{asked.at(number)}",
        days_words=days_words,
        tone_of=tone_of,
        other_clock=other_clock,
        proof_words=proof_words,
        events=EVENT_WORDS,
    )


@router.post("/work/views")
def keep_view(
    session: Reader, site: ThisSite, name: Annotated[str, Form()], query: Annotated[str, Form()] = ""
) -> RedirectResponse:
    """Keep the filter under a name."""
    asked = filter_in(query)
    if not Views(site.deployment.settings.data).keep(session.user, name, asked.query()):
        raise HTTPException(422, "Give the view a name; a user keeps at most 40 of them.")
    return RedirectResponse(f"/work?{asked.query()}", 303)


@router.post("/work/views/{id_}/delete")
def remove_view(session: Reader, site: ThisSite, id_: int) -> RedirectResponse:
    """Remove a view of one's own."""
    Views(site.deployment.settings.data).remove(session.user, id_)
    return RedirectResponse("/work", 303)


@router.post("/search")
def search(_: Reader, model: Model, site: ThisSite, claim: Annotated[str, Form()] = "") -> RedirectResponse:
    """To the claim of a number; posted, so that the number stands in no address."""
    ref = find_claim(model, site.deployment.claim_key(claim)) if claim.strip() else None
    if ref is None:
        raise HTTPException(404, "No denial is known under that claim number. Look for a typing error.")
    return RedirectResponse(f"/claims/{ref}", 303)


def filter_of(request: Request) -> Filter:
    """The filter of an address. Raises HTTPException (422)."""
    return _read(request.query_params.multi_items())


def filter_in(query: str) -> Filter:
    """The filter that a form carries along as the query of an address. Raises HTTPException (422)."""
    return _read(parse_qsl(query))


def _read(items: list[tuple[str, str]]) -> Filter:
    try:
        return read_filter(items)
    except FilterError as error:
        raise HTTPException(422, f"This filter cannot be read: {error}.") from None
