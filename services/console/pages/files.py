"""Files: what each held and where it went. In = published + set aside, always."""

from __future__ import annotations

from urllib.parse import urlencode

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse

from schemas.records.intake_file import IntakeStatus
from services.account.words import CLAIM_WORDS
from services.console.access.gate import needs
from services.console.access.roles import Permission
from services.console.pages.asked import page_of
from services.console.pages.rendering import FILE_WORDS, render
from services.console.queries import operations
from services.console.queries.meta import today
from services.console.site import Model

router = APIRouter(dependencies=[needs(Permission.READ)])


@router.get("/files")
def files(
    request: Request, model: Model, kind: str = "", standing: str = "", page: str = "1"
) -> HTMLResponse:
    """Every file, the last seen first."""
    listing = operations.files(model, kind, standing, page_of(page))
    return render(
        request,
        "files.html",
        day=today(model),
        together=operations.accounting(model),
        listing=listing,
        kinds=[(each, each) for each in operations.kinds(model)],
        kind=kind,
        standing=standing,
        standings=[(each.value, FILE_WORDS.get(each.value, each.value)) for each in IntakeStatus]
        + [("set_aside", "with claims set aside")],
        seen=operations.moment,
        address=lambda number: f"/files?{urlencode({'kind': kind, 'standing': standing, 'page': number})}",
    )


@router.get("/files/{digest}")
def one_file(request: Request, model: Model, digest: str) -> HTMLResponse:
    """The accounting of one file, and what of it was set aside, with the reason."""
    found = operations.file(model, digest)
    if found is None:
        raise HTTPException(404, "No such file was read.")
    file, seen = found
    states = [(CLAIM_WORDS.get(state, state), count) for state, count in sorted(file.by_state.items())]
    return render(
        request,
        "file.html",
        day=today(model),
        file=file,
        seen=seen,
        states=states,
        held=file.held,
        kept=file.kept,
    )
