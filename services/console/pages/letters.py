"""Dead letters: what could not be handled, and what a person makes of it."""

from __future__ import annotations

import sqlite3
from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from services.console.access.gate import Reader, needs
from services.console.access.roles import Permission
from services.console.access.sessions import Session
from services.console.pages.asked import back_to, come_back, page_of, reason_of, refused_in_words
from services.console.pages.rendering import render
from services.console.queries import operations
from services.console.queries.meta import today
from services.console.site import Model, ThisSite
from services.desk.letters import discard_letter, replay_letter
from services.intake.processor import SERVICE as INTAKE

router = APIRouter()

STANDINGS: Final = [("replayed", "replayed"), ("discarded", "discarded"), ("all", "all")]

REASONS: Final = ("fixed", "new_release", "data_repaired", "duplicate", "not_ours", "worked_by_hand")
"""Proposed; another word may be written."""


@router.get("/letters")
def letters(
    request: Request,
    _: Reader,
    model: Model,
    service: str = "",
    reason: str = "",
    standing: str = "",
    page: str = "1",
    said: str = "",
) -> HTMLResponse:
    """The open letters, the oldest first; never the content."""
    listing = operations.letters(model, service, reason, standing, page_of(page))
    given = {"service": service, "reason": reason, "standing": standing}
    return render(
        request,
        "letters.html",
        day=today(model),
        listing=listing,
        services=[(each, each) for each in operations.letter_words(model, "service")],
        reasons=[(each, each.replace("_", " ")) for each in operations.letter_words(model, "reason")],
        given=given,
        standings=STANDINGS,
        proposed=REASONS,
        seen=operations.moment,
        intake=INTAKE,
        said=said if said in ("replayed", "discarded", "asked") else "",
        address=lambda number: f"/letters?{urlencode(given | {'page': str(number)})}",
    )


@router.post("/letters/{letter}")
def answer(
    session: Annotated[Session, needs(Permission.OPERATE)],
    site: ThisSite,
    letter: str,
    wish: Annotated[str, Form()],
    reason: Annotated[str, Form()],
) -> RedirectResponse:
    """Have the letter handled again, or give it up; with a reason, under the name of who asks."""
    if wish not in ("replay", "discard"):
        raise HTTPException(422, "A letter is replayed or discarded.")
    act = replay_letter if wish == "replay" else discard_letter
    with refused_in_words():
        act(site.deployment, letter, session.user, reason_of(reason))
    site.nudge()

    def answered(model: sqlite3.Connection) -> bool:
        found = operations.letters(model, "", "", "all", 1, letter).rows
        return bool(found and found[0]["answer"])

    done = come_back(site, answered)
    return back_to("/letters", said=("replayed" if wish == "replay" else "discarded") if done else "asked")
