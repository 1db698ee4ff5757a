"""Links: what was remitted under another number than that of our claim, or that fits several claims."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from services.console.access.gate import Reader, needs
from services.console.access.roles import Permission
from services.console.access.sessions import Session
from services.console.actions.handling import link
from services.console.pages.asked import back_to, refused_in_words
from services.console.pages.decisions import day_of
from services.console.pages.rendering import render
from services.console.queries import operations
from services.console.queries.meta import today
from services.console.queries.worklist import row_of
from services.console.site import Model, ThisSite

router = APIRouter()

LONGEST: Final = 50
"""Characters of a claim number: CLM01 and CLP01 have at most 38."""


@router.get("/links")
def links(request: Request, session: Reader, model: Model, said: str = "") -> HTMLResponse:
    """The form, and who linked something before."""
    return render(
        request,
        "links.html",
        day=today(model),
        may_link=session.may(Permission.WORK),
        rows=operations.actions(model, "", "link", 1).rows,
        seen=operations.moment,
        said=int(said) if said.isdecimal() and len(said) < 7 else None,
    )


@router.post("/links")
def tie(
    session: Annotated[Session, needs(Permission.WORK)],
    model: Model,
    site: ThisSite,
    remitted: Annotated[str, Form()],
    claim: Annotated[str, Form()],
    served: Annotated[str, Form()] = "",
    npi: Annotated[str, Form()] = "",
    ref: Annotated[str, Form()] = "",
) -> RedirectResponse:
    """Publish what was remitted under one number again under the other. `ref`: the claim page that asked."""
    numbers = remitted.strip(), claim.strip()
    if not all(0 < len(number) <= LONGEST for number in numbers):
        raise HTTPException(422, "Give both numbers.")
    with refused_in_words():
        tied = link(site, session, *numbers, day_of(served), npi.strip() or None)
    told = str(sum(tied))
    if ref and row_of(model, ref) is not None:
        return back_to(f"/claims/{ref}", linked=told)
    return back_to("/links", said=told)
