"""Deliveries: files on their way to partners, and those of which a person must find out where they are."""

from __future__ import annotations

import sqlite3
from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from services.console.access.gate import Reader, needs
from services.console.access.roles import Permission
from services.console.access.sessions import Session
from services.console.pages.asked import back_to, refused_in_words
from services.console.pages.rendering import render
from services.console.queries.meta import today
from services.console.site import Model, ThisSite
from services.delivery.files import CONFIRM, RESEND
from services.desk.deliveries import REASONS, sealed_files, tell_delivery

router = APIRouter()


@router.get("/deliveries")
def deliveries(
    request: Request, _: Reader, model: Model, site: ThisSite, standing: str = "", said: str = ""
) -> HTMLResponse:
    """The sealed files that are not known to be delivered, and what was delivered last."""
    sealed = list(sealed_files(site.deployment))
    if standing == "uncertain":
        sealed = [file for file in sealed if file.interchange.uncertain]
    return render(
        request,
        "deliveries.html",
        day=today(model),
        sealed=sealed,
        standing=standing,
        delivered=_delivered(model),
        confirm=CONFIRM,
        resend=RESEND,
        reasons={wish: [(code, code.replace("_", " ")) for code in codes] for wish, codes in REASONS.items()},
        said="asked" if said == "asked" else "",
    )


def _delivered(model: sqlite3.Connection) -> list[sqlite3.Row]:
    """Corrected claims that lie in a file, by day, the last first."""
    return model.execute(
        "select delivered as day, payer, max(payer_name) as payer_name, count(*) as claims from board_episode"
        " where delivered is not null group by 1, 2 order by 1 desc, 2 limit 60"
    ).fetchall()


@router.post("/deliveries/{number}")
def resolve(
    session: Annotated[Session, needs(Permission.OPERATE)],
    site: ThisSite,
    number: str,
    wish: Annotated[str, Form()],
    reason: Annotated[str, Form()],
) -> RedirectResponse:
    """What a person found out: the partner has the file, or never got it."""
    if wish not in REASONS:
        raise HTTPException(422, "A file is confirmed or sent again.")
    with refused_in_words():
        tell_delivery(site.deployment, number, wish, session.user, reason, session.login)
    site.nudge()
    return back_to("/deliveries", said="asked")
