"""Upload of files, and what became of each: taken claims, set-aside ones, segments."""

from __future__ import annotations

import re
import sqlite3
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import APIRouter, File, HTTPException, Request, UploadFile
from fastapi.responses import HTMLResponse, RedirectResponse

from schemas.records.intake_file import IntakeFile, IntakeStatus
from services.console.access.gate import MOST_UPLOAD, Reader, needs
from services.console.access.roles import Permission
from services.console.access.sessions import Session
from services.console.actions.uploads import take
from services.console.pages.rendering import ENVIRONMENT, frame, render
from services.console.queries import operations
from services.console.queries.meta import today
from services.console.site import Model, ThisSite

router = APIRouter()

Uploader = Annotated[Session, needs(Permission.UPLOAD)]

DIGEST: Final = re.compile(r"[0-9a-f]{64}")
MOST_FILES: Final = 50


@dataclass(frozen=True, slots=True)
class FileMessage:
    """One uploaded file; `record` is null until intake has taken it."""

    digest: str
    record: IntakeFile | None

    @property
    def waits(self) -> bool:
        return self.record is None


@router.get("/upload")
def upload_page(request: Request, session: Reader, model: Model) -> HTMLResponse:
    """The form, and the files that this address names."""
    digests = [d for d in request.query_params.getlist("file") if DIGEST.fullmatch(d)][:MOST_FILES]
    return render(
        request,
        "upload.html",
        day=today(model),
        may_upload=session.may(Permission.UPLOAD),
        files=[_message(model, digest) for digest in dict.fromkeys(digests)],
        most=MOST_UPLOAD >> 20,
    )


@router.post("/upload")
def upload(session: Uploader, site: ThisSite, file: Annotated[list[UploadFile], File()]) -> RedirectResponse:
    """Put the files into the inbox; their names are not kept."""
    given = [one for one in file if one.size or one.filename]
    if not given:
        raise HTTPException(422, "Choose a file first.")
    taken = [take(site, session, one.file).file for one in given[:MOST_FILES]]
    return RedirectResponse("/upload?" + "&".join(f"file={digest}" for digest in taken), 303)


@router.get("/uploaded/{digest}")
def uploaded(request: Request, _: Reader, model: Model, digest: str) -> HTMLResponse:
    """What intake says of a file: a piece of a page, asked for until it is there."""
    if not DIGEST.fullmatch(digest):
        raise HTTPException(404, "No file has this name.")
    template = ENVIRONMENT.get_template("parts/uploaded.html")
    return HTMLResponse(template.render(frame(request) | {"one": _message(model, digest)}))


def _message(model: sqlite3.Connection, digest: str) -> FileMessage:
    found = operations.file(model, digest)
    return FileMessage(
        digest, found[0] if found is not None and found[0].status != IntakeStatus.PUBLISHING else None
    )
