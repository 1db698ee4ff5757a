"""What a person does on the claim page: decide, undo, ask the provider, note. Each is an event; the next claim comes up."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import date
from typing import Annotated, Final

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from schemas.codes import Path, Wish
from schemas.recoding import Edit, EditValue
from services.console.access.gate import Reader, needs
from services.console.access.roles import Permission
from services.console.access.sessions import Session
from services.console.actions.deciding import Ask, ask, known
from services.console.actions.handling import note, query_provider
from services.console.pages.claims import found, row_or_404
from services.console.pages.tray import fragment, messages
from services.console.pages.worklist import filter_in
from services.console.queries.worklist import at_place, neighbours
from services.console.site import Model, ThisSite
from services.core.recoding.field_values import LISTS
from services.core.recoding.fields import parse_field

router = APIRouter()

Worker = Annotated[Session, needs(Permission.WORK)]
Text = Annotated[str, Form()]
Texts = Annotated[list[str], Form()]

NONE: Final = "none"
"""What a person types to take a value away."""

GONE: Final = "This cannot be taken back any more. Look at the claim."

_PARTS: Final = frozenset({"referring_name", "ordering_name", "subscriber_name", "attachment"})
"""Their parts may hold spaces: commas stand between them."""


@router.post("/claims/{ref}/note")
def keep_note(
    session: Worker,
    model: Model,
    site: ThisSite,
    ref: str,
    words: Text,
    once: Text = "",
    listed: Annotated[str, Form(alias="list")] = "",
) -> RedirectResponse:
    """A note beside the claim."""
    note(site, session, row_or_404(model, ref).key, words, once)
    query = filter_in(listed).query()
    return RedirectResponse(f"/claims/{ref}" + (f"?{query}" if query else ""), 303)


@router.post("/claims/{ref}/query")
def query(
    session: Worker,
    model: Model,
    site: ThisSite,
    ref: str,
    proposal: Text,
    revision: Annotated[int, Form()],
    until: Text = "",
    once: Text = "",
    listed: Annotated[str, Form(alias="list")] = "",
) -> RedirectResponse:
    """The provider was asked the question of the rule; the claim waits for the answer."""
    _, view = found(site, model, session, ref)
    if view.proposal is None or view.proposal.query is None or view.proposal.proposal_id != proposal:
        raise HTTPException(409, "This page is out of date: there is no such question. Look at it again.")
    asked = Ask(ref, proposal, revision, Wish.HOLD, "awaiting_documentation", once=once)
    requested = query_provider(site, model, session, asked, view.proposal.query, day_of(until))
    return _next(model, ref, listed, requested)


@router.post("/claims/{ref}/undo")
def undo(
    session: Worker,
    model: Model,
    site: ThisSite,
    ref: str,
    proposal: Text,
    revision: Annotated[int, Form()],
    once: Text = "",
    listed: Annotated[str, Form(alias="list")] = "",
) -> RedirectResponse:
    """Take the decision back."""
    requested = ask(site, model, session, Ask(ref, proposal, revision, Wish.UNDO, "mistake", once=once))
    return _stay(ref, listed, requested)


@router.post("/claims/{ref}/{wish}")
def decide(
    session: Worker,
    model: Model,
    site: ThisSite,
    ref: str,
    wish: Wish,
    proposal: Text,
    revision: Annotated[int, Form()],
    reason: Text = "",
    document: Text = "",
    candidate: Text = "",
    until: Text = "",
    owner: Text = "",
    path: Text = "",
    field: Texts | None = None,
    after: Texts | None = None,
    once: Text = "",
    listed: Annotated[str, Form(alias="list")] = "",
) -> RedirectResponse:
    """Approve, reject, hold, assign or override."""
    requested = ask(
        site,
        model,
        session,
        Ask(
            ref=ref,
            proposal=proposal,
            revision=revision,
            wish=wish,
            reason=reason,
            documents=tuple(part.strip() for part in document.split(",") if part.strip()),
            candidate=_number(candidate),
            edits=_edits(zip(field or (), after or (), strict=False)) if wish is Wish.OVERRIDE else (),
            until=day_of(until) if wish is Wish.HOLD else None,
            owner=owner_of(session, reason, owner) if wish is Wish.ASSIGN else None,
            path=_path(path) if wish is Wish.OVERRIDE else None,
            once=once,
        ),
    )
    if wish is Wish.ASSIGN:
        return _stay(ref, listed, requested)
    return _next(model, ref, listed, requested)


@router.get("/asked/{requested}")
def asked(request: Request, session: Reader, model: Model, requested: str) -> HTMLResponse:
    """What became of a request of this person: a piece of a page, asked for until the answer has come."""
    return fragment(request, messages(model, session, [requested])[0])


@router.post("/asked/{requested}/undo")
def undo_asked(session: Worker, model: Model, site: ThisSite, requested: str) -> RedirectResponse:
    """Take back what was asked for, from its message."""
    message = messages(model, session, [requested])[0]
    kept = model.execute("select proposal from request where requested = ?", (requested,)).fetchone()
    row = at_place(model, message.ref, kept["proposal"]) if kept is not None else None
    if row is None:
        raise HTTPException(409, GONE)
    # What is taken back names the request: pressed twice, it is taken back once.
    undoing = Ask(row.ref, row.proposal, row.revision, Wish.UNDO, "mistake", once=requested)
    if not message.undo and not known(model, undoing.requested(session)):
        raise HTTPException(409, GONE)
    return _stay(row.ref, "", ask(site, model, session, undoing))


def _next(model: sqlite3.Connection, ref: str, listed: str, requested: str) -> RedirectResponse:
    """To the claim that comes after in the list that the person works, else back to the list."""
    filter_ = filter_in(listed)
    place = neighbours(model, filter_, ref)
    target = f"/claims/{place.next}" if place is not None and place.next is not None else "/work"
    return _to(target, filter_.query(), requested)


def _stay(ref: str, listed: str, requested: str) -> RedirectResponse:
    return _to(f"/claims/{ref}", filter_in(listed).query(), requested)


def _to(target: str, query: str, requested: str) -> RedirectResponse:
    return RedirectResponse(f"{target}?{query}{'&' if query else ''}asked={requested}", 303)


def _edits(given: Iterable[tuple[str, str]]) -> tuple[Edit, ...]:
    """The changes of an override: fields with a new value. What stood there is read from the claim by who judges it."""
    edits = []
    for name, value in given:
        name, value = name.strip(), value.strip()
        if not name or not value:
            continue
        field = parse_field(name)
        if field is None:
            raise HTTPException(422, "A field of the change is none of this claim.")
        edits.append(Edit(line=field.line, field=name, before=None, after=_value(field.name, value)))
    return tuple(edits)


def _value(name: str, typed: str) -> EditValue:
    if typed.casefold() == NONE:
        return None
    if name in _PARTS:
        return tuple(part.strip().upper() for part in typed.split(","))
    return tuple(typed.upper().replace(",", " ").split()) if name in LISTS else typed


def owner_of(session: Session, reason: str, typed: str) -> str | None:
    """Whose a claim becomes by an assignment for this reason; null: nobody's. Raises HTTPException."""
    if reason == "put_back":
        return None
    if reason == "handed_over":
        if not typed.strip():
            raise HTTPException(422, "Say to whom it is handed over.")
        return typed.strip()
    return session.user


def day_of(typed: str) -> date | None:
    """A day that was typed; null where none was. Raises HTTPException."""
    try:
        return date.fromisoformat(typed) if typed else None
    except ValueError:
        raise HTTPException(422, "The day is written YYYY-MM-DD.") from None


def _number(typed: str) -> int | None:
    return int(typed) if typed.isdecimal() and len(typed) < 4 else None


def _path(typed: str) -> Path | None:
    return Path(typed) if typed in set(Path) else None
