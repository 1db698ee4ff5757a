"""One decision for many claims: first what would happen to each, then, confirmed, what was asked for each."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import HTMLResponse

from schemas.codes import LEAVING_REASONS, Wish
from services.account.next_step import approvable
from services.account.words import plain
from services.console.access.gate import needs
from services.console.access.roles import Permission
from services.console.access.sessions import Session
from services.console.actions.deciding import Ask, ask, known
from services.console.pages.claim_view import reasons
from services.console.pages.claims import item_of
from services.console.pages.decisions import day_of, owner_of
from services.console.pages.needed import needed_words
from services.console.pages.rendering import render
from services.console.pages.tray import messages
from services.console.pages.worklist import filter_in
from services.console.queries.filters import Filter
from services.console.queries.meta import today
from services.console.queries.worklist import Row, at_place, count_after, named, rows_after
from services.console.read_model.work import PROPOSAL
from services.console.site import Model, Site, ThisSite
from services.deployment.opening import Deployment

router = APIRouter()

Worker = Annotated[Session, needs(Permission.WORK)]

MOST: Final = 500
"""Claims of one bulk action: more than a person can answer for at once is taken in pieces, one after the other."""

MOST_LISTED: Final = 200
"""Claims that are left out and stand in the preview; the rest is counted."""

WISHES: Final = {Wish.APPROVE: "Approve", Wish.REJECT: "Reject", Wish.HOLD: "Hold", Wish.ASSIGN: "Assign"}

_LEAVING_PATHS: Final = frozenset({"write_off", "patient_bill"})
_APPROVED_AS_THEY_ARE: Final = frozenset({"complete"})


@dataclass(frozen=True, slots=True)
class Would:
    """What a bulk action would do with one claim; `against`: why it is left out."""

    row: Row
    against: str

    @property
    def token(self) -> str:
        """What the confirmation sends back: which proposal was seen."""
        return f"{self.row.ref}|{self.row.proposal}|{self.row.revision}"


@dataclass(frozen=True, slots=True)
class Piece:
    """The claims of a filter from one on, until MOST of them can be taken. `last`: the id of the last that was looked
    at; `beyond`: how many of the filter come after it."""

    taken: list[Would]
    left: list[Would]
    last: str
    beyond: int


@dataclass(frozen=True, slots=True)
class Done:
    """What was asked for one claim; `against`: why it was not."""

    claim_number: str
    ref: str
    requested: str
    against: str


@router.post("/work/bulk")
def preview(
    request: Request,
    session: Worker,
    model: Model,
    site: ThisSite,
    wish: Annotated[str, Form()],
    query: Annotated[str, Form()] = "",
    ref: Annotated[list[str] | None, Form()] = None,
    after: Annotated[str, Form()] = "",
) -> HTMLResponse:
    """What would happen to each: of the marked claims, else of all in the filter; `after`: of those behind this one.
    Nothing is done yet."""
    wished = _wish(session, wish)
    asked = filter_in(query)
    reader = site.reader(model)
    if ref:
        judged = [Would(row, _against(reader, row, wished)) for row in named(model, tuple(ref), asked)]
        piece = Piece([o for o in judged if not o.against], [o for o in judged if o.against], "", 0)
    else:
        piece = _piece(model, reader, asked, wished, after)
    day = today(model)
    return render(
        request,
        "bulk.html",
        day=day,
        wish=wished.value,
        word=WISHES[wished],
        query=asked.query(),
        taken=piece.taken,
        left=piece.left[:MOST_LISTED],
        left_out=len(piece.left),
        last=piece.last,
        beyond=piece.beyond,
        of_all=not ref,
        most=MOST,
        reasons=_reasons(wished),
        people=[user.name for user in site.users.all()],
        in_two_weeks=(day + timedelta(days=14)).isoformat() if day is not None else "",
        tomorrow=(day + timedelta(days=1)).isoformat() if day is not None else "",
    )


@router.post("/work/bulk/confirmed")
def confirmed(
    request: Request,
    session: Worker,
    model: Model,
    site: ThisSite,
    wish: Annotated[str, Form()],
    reason: Annotated[str, Form()] = "",
    query: Annotated[str, Form()] = "",
    seen: Annotated[list[str] | None, Form()] = None,
    until: Annotated[str, Form()] = "",
    owner: Annotated[str, Form()] = "",
    once: Annotated[str, Form()] = "",
    last: Annotated[str, Form()] = "",
    beyond: Annotated[int, Form()] = 0,
) -> HTMLResponse:
    """Ask for each what was previewed; one that has changed since is refused by itself."""
    wished = _wish(session, wish)
    if reason not in dict(_reasons(wished)):
        raise HTTPException(422, "Choose a reason from the list.")
    done = []
    for token in (seen or [])[:MOST]:
        ref, _, place = token.partition("|")
        proposal, _, revision = place.partition("|")
        asked = Ask(
            ref=ref,
            proposal=proposal,
            revision=int(revision) if revision.isdecimal() else -1,
            wish=wished,
            reason=reason,
            until=day_of(until) if wished is Wish.HOLD else None,
            owner=owner_of(session, reason, owner) if wished is Wish.ASSIGN else None,
            once=once,
        )
        done.append(_ask(site, model, session, asked))
    return render(
        request,
        "bulk_done.html",
        day=today(model),
        wish=wished.value,
        word=WISHES[wished],
        done=done,
        last=last,
        beyond=beyond,
        waiting={
            one.requested: one for one in messages(model, session, [d.requested for d in done if d.requested])
        },
        query=filter_in(query).query(),
    )


def _piece(model: sqlite3.Connection, reader: Deployment, asked: Filter, wished: Wish, after: str) -> Piece:
    """Walks the filter in its order. What is left out takes no place of what can be taken."""
    taken: list[Would] = []
    left: list[Would] = []
    # A claim that has another proposal by now has no place any more: from the first, then.
    last = after if at_place(model, *after.rpartition(".")[::2]) is not None else ""
    while len(taken) < MOST and (page := rows_after(model, asked, last or None, MOST)):
        for row in page:
            last = row.id
            against = _against(reader, row, wished)
            (left if against else taken).append(Would(row, against))
            if len(taken) == MOST:
                break
    return Piece(taken, left, last, count_after(model, asked, last) if last else 0)


def _ask(site: Site, model: sqlite3.Connection, session: Session, asked: Ask) -> Done:
    row = at_place(model, asked.ref, asked.proposal)
    number = row.claim_number if row is not None else ""
    requested = asked.requested(session)
    if known(model, requested):
        return Done(number, asked.ref, requested, "")
    try:
        if row is not None and (against := _against(site.reader(model), row, asked.wish)):
            return Done(number, asked.ref, "", against)
        return Done(number, asked.ref, ask(site, model, session, asked), "")
    except HTTPException as error:
        return Done(number, asked.ref, "", str(error.detail))


def _against(reader: Deployment, row: Row, wish: Wish) -> str:
    """Why a claim takes no part in a bulk action, though it may be worked by itself."""
    if row.kind != PROPOSAL and wish is Wish.APPROVE:
        return "waits without a proposal: there is nothing to approve"
    if row.status == "held" and wish is not Wish.ASSIGN:
        return "is held: release or decide it by itself"
    if wish is not Wish.APPROVE:
        return ""
    if row.action == "none" or row.automation == "A0":
        return "nothing is proposed that could be approved"
    if row.path in _LEAVING_PATHS:
        return "gives money up or asks it of the patient: decided one by one"
    if row.vetoes:
        return "the guard holds it back: " + ", ".join(plain(v.partition(":")[2]) for v in row.vetoes)
    if row.proof_state not in _APPROVED_AS_THEY_ARE:
        return "needs " + (", ".join(map(needed_words, row.needs)) or "a person's look")
    item = item_of(reader, row)
    if item is None or item.proposal is None or not approvable(item.proposal):
        return "has no change that could be sent: it needs a person's own edit"
    if item.proposal.candidates:
        return "leaves a choice to a person"
    return ""


def _wish(session: Session, typed: str) -> Wish:
    wished = next((wish for wish in WISHES if wish.value == typed), None)
    if wished is None:
        raise HTTPException(422, "A bulk action approves, rejects, holds or assigns.")
    if wished is Wish.APPROVE and not session.may(Permission.APPROVE):
        raise HTTPException(403, "Approving needs the role approver.")
    return wished


def _reasons(wish: Wish) -> tuple[tuple[str, str], ...]:
    """Those of the wish; what gives money up is decided one by one."""
    return tuple(
        (code, words)
        for code, words in reasons(wish)
        if wish is not Wish.APPROVE or code not in LEAVING_REASONS
    )
