"""A person's decision: from a form to a `decision-requested`, and from the recoder's answer back to words.

The console refuses what it knows to be refused (a page that is out of date, a role that is not enough), so that the
person is told at once; whether the rest can be so, the recoder alone says. Two people at once are two requests: it
answers them in their order, the second with a refusal.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from fastapi import HTTPException

from schemas.codes import REASONS, Decision, Path, Wish
from schemas.recoding import Edit
from schemas.records.work_item import HELD, OPEN, WAITING
from services.account.words import DECISION_WORDS, plain
from services.console.access.roles import Permission
from services.console.access.sessions import Session
from services.console.actions.notes import Note
from services.console.actions.once import request_name
from services.console.queries.worklist import Row, at_place
from services.console.site import Site
from services.desk.wishes import Seen, send_wish, wish_of

NEEDS: Final = {
    Wish.APPROVE: Permission.APPROVE,
    Wish.OVERRIDE: Permission.APPROVE,
    Wish.REJECT: Permission.WORK,
    Wish.HOLD: Permission.WORK,
    Wish.ASSIGN: Permission.WORK,
    Wish.UNDO: Permission.WORK,
}
"""The permission of each wish; one to undo an approval is that of approving."""

STALE: Final = (
    "This page is out of date: the proposal has changed since it was shown. Look at it again, then decide."
)
DECIDED: Final = "Somebody has decided this already. Look at it again."
SECOND_PERSON: Final = "second_person_needed"

REFUSALS: Final = {
    "stale_proposal": STALE,
    "withdrawn": STALE,
    "unknown_proposal": STALE,
    "already_decided": DECIDED,
    "already_sent": "Nothing was undone: the claim has left, or is about to. Ask for a void instead.",
    "nothing_to_undo": "There is nothing to undo: it is open.",
    "owned_by_another": "Somebody else works on this claim; have it handed over first.",
    "second_person_needed": "You have approved this already; it raises the payment, so another person must approve it too.",
    "documents_needed": "Name the document that supports the change.",
    "until_not_in_future": "The day must lie ahead.",
    "nothing_to_send": "There is nothing that could be sent.",
}
"""What people are told of the commonest refusals; the rest is told by its code in plain words."""


@dataclass(frozen=True, slots=True)
class Ask:
    """What a form says. `proposal` and `revision` are those that the page showed."""

    ref: str
    proposal: str
    revision: int
    wish: Wish
    reason: str
    documents: tuple[str, ...] = ()
    candidate: int | None = None
    edits: tuple[Edit, ...] = ()
    until: date | None = None
    owner: str | None = None
    path: Path | None = None
    once: str = ""
    """of the form: sent twice with the same words it is one request; empty: each time a new one"""

    def requested(self, session: Session) -> str:
        """What names the request."""
        return request_name(session, self.once, replace(self, once=""))


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a request. `state`: waiting, or the recoder's decision."""

    requested: str
    ref: str
    claim_number: str
    wish: str
    state: str
    words: str
    undo: bool
    """it can still be taken back"""


def ask(site: Site, model: sqlite3.Connection, session: Session, asked: Ask, note: Note | None = None) -> str:
    """Publish the wish, with a note of the same act beside it; returns what names the request, for `answer`. Raises
    HTTPException (403, 409, 422)."""
    requested = asked.requested(session)
    with site.sent.first(requested) as first:
        if first and not known(model, requested):
            _send(site, check(model, session, asked), session, asked, requested, note)
    return requested


def known(model: sqlite3.Connection, requested: str) -> bool:
    """Whether the request stands on the log already."""
    found = model.execute("select 1 from request where requested = ?", (requested,))
    return found.fetchone() is not None


def _send(site: Site, row: Row, session: Session, asked: Ask, requested: str, note: Note | None) -> None:
    seen = Seen(row.claim_number, row.lineage, asked.proposal, asked.revision, row.cause)
    wish = wish_of(
        seen,
        asked.wish,
        session.user,
        session.login,
        asked.reason,
        tuple(document.strip() for document in asked.documents if document.strip()),
        candidate=asked.candidate,
        until=asked.until,
        edits=asked.edits,
        owner=asked.owner,
        path=asked.path,
        requested=requested,
    )
    beside = [] if note is None else [note.draft(site, session, row.key, requested)]
    send_wish(site.deployment, row.key, wish, beside)
    site.nudge()


def check(model: sqlite3.Connection, session: Session, asked: Ask) -> Row:
    """What the request is about, unless it is known to be refused. Raises HTTPException."""
    if not session.may(NEEDS[asked.wish]):
        raise HTTPException(403, f"Your roles do not include this ({plain(NEEDS[asked.wish])}).")
    if asked.reason not in REASONS[asked.wish]:
        raise HTTPException(422, "Choose a reason from the list.")
    row = at_place(model, asked.ref, asked.proposal)
    if row is None or row.revision != asked.revision:
        raise HTTPException(409, STALE)
    if asked.wish is Wish.UNDO:
        approved = row.status not in ("rejected", HELD)
        if approved and not session.may(Permission.APPROVE):
            raise HTTPException(403, "Only who may approve may take an approval back.")
    elif row.status not in (OPEN, HELD, WAITING):
        raise HTTPException(409, DECIDED)
    return row


def answer(model: sqlite3.Connection, requested: str) -> Answer | None:
    """What is known of a request; null where it has not reached the read model yet."""
    found = model.execute(
        "select request.*, answer.decision, answer.reason as told from request left join answer using (requested)"
        " where requested = ?",
        (requested,),
    ).fetchone()
    if found is None:
        return None
    work = model.execute(
        "select ref, claim_number, status, proposal from work where key = ? and lineage = ?"
        " order by proposal = ? desc, kind = 'proposal' desc",
        (found["key"], found["lineage"], found["proposal"]),
    ).fetchone()
    ref, claim, status, proposal = tuple(work) if work is not None else ("", "", "", "")
    decision = found["decision"]
    return Answer(
        requested=requested,
        ref=ref,
        claim_number=claim,
        wish=found["wish"],
        state=decision or "waiting",
        words=_words(decision, found["told"])
        if decision is not None
        else "Asked for; waiting for the answer.",
        undo=decision in _UNDONE and proposal == found["proposal"] and status in _STILL_HERE,
    )


def recent(model: sqlite3.Connection, user: str, requests: Sequence[str]) -> list[Answer]:
    """The answers to these requests of a user, those that are known."""
    marks = ", ".join("?" * len(requests))
    mine = model.execute(
        f"select requested from request where by = ? and requested in ({marks})",
        (user, *requests),
    )
    found = (answer(model, one["requested"]) for one in mine)
    return [one for one in found if one is not None]


_UNDONE: Final = (
    Decision.APPROVED.value,
    Decision.OVERRIDDEN.value,
    Decision.REJECTED.value,
    Decision.HELD.value,
)
_STILL_HERE: Final = ("held", "approved", "waiting", "taken", "rejected", "sent")


def _words(decision: str, reason: str) -> str:
    if decision == Decision.REFUSED.value:
        return REFUSALS.get(reason, f"Refused: {plain(reason)}.")
    if reason == SECOND_PERSON:
        return "Heard; it raises the payment, so a second person must approve it too."
    return f"{DECISION_WORDS.get(decision, plain(decision)).capitalize()} ({plain(reason)})."
