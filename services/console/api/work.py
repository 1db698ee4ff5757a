"""The JSON API: the worklist, claims, decisions, files. The same rules as the pages, with a session or a bearer token."""

from __future__ import annotations

import json
import sqlite3
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Request, UploadFile
from pydantic import BaseModel, ConfigDict, Field

from schemas.codes import Path, Wish
from schemas.recoding import Edit
from services.console.access.gate import Reader, needs
from services.console.access.roles import Permission
from services.console.access.sessions import Session
from services.console.actions import deciding, uploads
from services.console.queries.filters import Filter, FilterError, read_filter
from services.console.queries.worklist import PAGE, Row, row_of, rows_after, totals
from services.console.site import Model, ThisSite

router = APIRouter(prefix="/api/v1", tags=["work"])

MOST_ROWS = 200

Worker = Annotated[Session, needs(Permission.WORK)]
Uploader = Annotated[Session, needs(Permission.UPLOAD)]


class Claim(BaseModel):
    """A row of the worklist. Never the patient. Dollars are text with two digits."""

    model_config = ConfigDict(from_attributes=True)

    ref: str
    proposal: str
    revision: int
    kind: str
    status: str
    claim_number: str
    payer: str
    cause: str
    codes: tuple[str, ...]
    served: date | None
    amount: Decimal
    chance: Decimal
    action: str
    path: str
    automation: str
    proof_state: str
    needs: tuple[str, ...]
    vetoes: tuple[str, ...]
    rule: str
    rule_version: str
    clock: str
    due: date | None
    days_left: int | None
    priority: Decimal
    owner: str
    held_until: date | None
    attempts: int


class Sums(BaseModel):
    """Of every row of the filter."""

    model_config = ConfigDict(from_attributes=True)

    claims: int
    denied: Decimal
    expected: Decimal
    soon: int
    past: int
    held: int


class Work(BaseModel):
    """A page of the worklist. `next`: what to give as `after` for the following page; null at the end."""

    totals: Sums
    rows: tuple[Claim, ...]
    next: str | None


class DecisionAsked(BaseModel):
    """A wish about the proposal that was seen."""

    model_config = ConfigDict(extra="forbid")

    proposal: str
    revision: int
    wish: Wish
    reason: str
    documents: tuple[str, ...] = Field(default=(), max_length=20)
    candidate: int | None = Field(default=None, ge=1)
    edits: tuple[Edit, ...] = ()
    until: date | None = None
    owner: str | None = None
    path: Path | None = None
    once: str = Field(default="", max_length=64)
    """of the client: a wish that is sent again with the same words is one request; empty: a new one each time"""


class Requested(BaseModel):
    """What to ask for the answer by."""

    requested: str


class Answered(BaseModel):
    """What became of a request."""

    model_config = ConfigDict(from_attributes=True)

    requested: str
    ref: str = ""
    state: str
    words: str
    undo: bool = False


class Taken(BaseModel):
    """An uploaded file."""

    model_config = ConfigDict(from_attributes=True)

    file: str
    size: int


@router.get("/openapi.json", include_in_schema=False)
def openapi(request: Request, _: Reader) -> dict[str, Any]:
    """The description of this API (OpenAPI 3.1)."""
    whole: dict[str, Any] = request.app.openapi()
    return {
        **whole,
        "paths": {path: told for path, told in whole["paths"].items() if path.startswith(router.prefix)},
    }


@router.get("/work")
def work(
    request: Request,
    _: Reader,
    model: Model,
    after: Annotated[str | None, Query(max_length=200)] = None,
    limit: Annotated[int, Query(ge=1, le=MOST_ROWS)] = PAGE,
) -> Work:
    """A page of the worklist; every filter of the console's address works here too."""
    asked = _filter(request)
    found = rows_after(model, asked, after, limit)
    more = f"{found[-1].ref}.{found[-1].proposal}" if len(found) == limit else None
    return Work(
        totals=Sums.model_validate(totals(model, asked)),
        rows=tuple(Claim.model_validate(one) for one in found),
        next=more,
    )


@router.get("/claims/{ref}")
def claim(ref: str, _: Reader, model: Model) -> Claim:
    """One claim with one payer."""
    return Claim.model_validate(_row(model, ref))


@router.post("/claims/{ref}/decisions", status_code=202)
def decide(ref: str, asked: DecisionAsked, session: Worker, site: ThisSite, model: Model) -> Requested:
    """Wish something of the claim's proposal. The recoder answers; ask for it under /decisions."""
    _row(model, ref)
    given = {name: getattr(asked, name) for name in DecisionAsked.model_fields}
    return Requested(requested=deciding.ask(site, model, session, deciding.Ask(ref=ref, **given)))


@router.get("/decisions/{requested}")
def answer(requested: str, _: Reader, model: Model) -> Answered:
    """What became of a request: waiting, refused, or a decision."""
    found = deciding.answer(model, requested)
    if found is None:
        return Answered(requested=requested, state="waiting", words="Asked for; waiting for the answer.")
    return Answered.model_validate(found)


@router.post("/files", status_code=202)
def upload(file: UploadFile, session: Uploader, site: ThisSite) -> Taken:
    """Take a file in, as if it lay in the inbox."""
    return Taken.model_validate(uploads.take(site, session, file.file), from_attributes=True)


@router.get("/files/{file}")
def account(file: str, _: Reader, model: Model) -> dict[str, Any]:
    """What a file held and what became of it; `state` is `waiting` until intake has seen it."""
    found = model.execute("select value from intake_file where file = ?", (file,)).fetchone()
    if found is None:
        return {"file": file, "state": "waiting"}
    record = json.loads(found["value"])
    return {"file": file, "state": record["status"], "account": record}


def _filter(request: Request) -> Filter:
    try:
        return read_filter(request.query_params.multi_items())
    except FilterError as error:
        raise HTTPException(422, f"{error}.") from None


def _row(model: sqlite3.Connection, ref: str) -> Row:
    found = row_of(model, ref)
    if found is None:
        raise HTTPException(404, "There is no such claim.")
    return found
