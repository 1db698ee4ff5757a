"""Holds: payers to whom nothing goes out."""

from __future__ import annotations

import sqlite3
from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from services.console.access.gate import Reader, needs
from services.console.access.roles import Permission
from services.console.access.sessions import Session
from services.console.pages.asked import back_to, come_back, reason_of
from services.console.pages.rendering import render
from services.console.queries import operations
from services.console.queries.board import payer_names
from services.console.queries.meta import today
from services.console.site import Model, ThisSite
from services.desk.holds import change_hold, subject_of

router = APIRouter()


@router.get("/holds")
def holds(request: Request, _: Reader, model: Model, said: str = "") -> HTMLResponse:
    """What is on hold, who ordered it, and what came before."""
    names = payer_names(model)
    rows = [(row, names.get(row["subject"].partition(":")[2], "")) for row in operations.holds(model)]
    return render(
        request,
        "holds.html",
        day=today(model),
        rows=rows,
        history=operations.hold_history(model),
        payers=sorted((payer, name) for payer, name in names.items() if payer),
        seen=operations.moment,
        said=said if said in ("held", "released", "asked", "same") else "",
    )


@router.post("/holds")
def change(
    session: Annotated[Session, needs(Permission.OPERATE)],
    site: ThisSite,
    payer: Annotated[str, Form()],
    wish: Annotated[str, Form()],
    reason: Annotated[str, Form()],
) -> RedirectResponse:
    """Hold or release a payer, effective before the next publish."""
    if wish not in ("hold", "release"):
        raise HTTPException(422, "A payer is held or released.")
    subject = subject_of(payer)
    if len(subject) > 90 or subject == subject_of("") or not subject.isprintable():
        raise HTTPException(422, "Give the payer's id.")
    word = reason_of(reason)
    held = wish == "hold"
    if (subject in site.deployment.latest("holds")) == held:
        return back_to("/holds", said="same")
    change_hold(site.deployment, subject, session.user, held=held, reason=word, login=session.login)
    site.nudge()

    def shown(model: sqlite3.Connection) -> bool:
        return any(row["subject"] == subject for row in operations.holds(model)) == held

    done = come_back(site, shown)
    return back_to("/holds", said=("held" if held else "released") if done else "asked")
