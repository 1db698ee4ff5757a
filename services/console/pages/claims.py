"""The claim: what was billed, denied and proposed, with its proof, and the patient once opened."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, Final

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from schemas.codes import Action, Automation, Wish
from schemas.recoding import RecodingProposed
from schemas.records.work_item import REJECTED, LineageItem, WorkItem
from services.account.claim import CLAIM_LOGS
from services.account.words import DECISION_WORDS, cause_words, plain, table_words
from services.console.access.gate import Reader, needs
from services.console.access.roles import Permission
from services.console.access.sessions import Session
from services.console.actions.handling import is_open, open_patient
from services.console.actions.notes import NOTE, QUERY
from services.console.pages.claim_lines import PERSONAL, words_in_place
from services.console.pages.claim_lines import shown as shown_value
from services.console.pages.claim_view import ClaimView, reasons, view_claim
from services.console.pages.needed import needed_words
from services.console.pages.rendering import render
from services.console.pages.tray import messages
from services.console.pages.worklist import filter_in, filter_of
from services.console.queries.meta import today
from services.console.queries.operations import moment
from services.console.queries.worklist import Row, beside, neighbours, row_of
from services.console.site import Model, Site, ThisSite
from services.core.codes.denial_lists import CARC, RARC
from services.core.recoding.confidence import WORDS
from services.core.recoding.fields import current, fields_of, parse_field
from services.core.resubmission.path import CHOSEN
from services.deployment.control import loaded_tables
from services.deployment.opening import Deployment
from services.deployment.proofs import remake
from services.runtime.configuration import ForeignDefinitionError
from services.runtime.records import decode_state

router = APIRouter()

UNKNOWN: Final = "No denial is known at this address."
_STATES: Final = {"denied_partial": "Denied in part", "rejected": "Turned away before it was decided"}
"""What the payer said of the claim, where it is not denied in full."""

UNDONE: Final = frozenset({"held", "approved", "waiting", "taken", "rejected"})


@dataclass(frozen=True, slots=True)
class Edition:
    """A code table that a proof names."""

    kind: str
    name: str
    since: str
    digest: str


@dataclass(frozen=True, slots=True)
class Proof:
    """A proof made again from the log. `rules`: each rule that was tried, with what it came to."""

    rules: list[dict[str, Any]]
    editions: list[Edition]
    same: bool


@dataclass(frozen=True, slots=True)
class Note:
    """Words that somebody left beside the claim."""

    at: datetime
    by: str
    words: str
    asked: bool
    """a question to the provider"""


@router.get("/claims/{ref}")
def claim(
    request: Request,
    session: Reader,
    model: Model,
    site: ThisSite,
    ref: str,
    remade: str = "",
    linked: str = "",
) -> HTMLResponse:
    """One claim with one payer. `remade=1` makes its proof again; `linked`: how much was linked to it just now."""
    asked = filter_of(request)
    row, view = found(site, model, session, ref)
    return render(
        request,
        "claim.html",
        **shown(site, model, session, row, view, with_proof=bool(remade)),
        asked=messages(model, session, request.query_params.getlist("asked")),
        linked=int(linked) if linked.isdecimal() and len(linked) < 7 else None,
        place=neighbours(model, asked, ref),
        listed=asked.query(),
        suffix=f"?{asked.query()}" if asked.query() else "",
    )


@router.get("/claims/{ref}/print")
def printed(request: Request, session: Reader, model: Model, site: ThisSite, ref: str) -> HTMLResponse:
    """The same on paper: with its proof, without actions."""
    row, view = found(site, model, session, ref)
    return render(
        request,
        "claim_print.html",
        **shown(site, model, session, row, view, with_proof=True),
        listed="",
        suffix="",
    )


@router.post("/claims/{ref}/patient")
def patient(
    session: Annotated[Session, needs(Permission.OPEN_PATIENT)],
    model: Model,
    site: ThisSite,
    ref: str,
    listed: Annotated[str, Form(alias="list")] = "",
) -> RedirectResponse:
    """Show the patient to this session; noted."""
    row = row_or_404(model, ref)
    open_patient(site, session, row.key)
    query = filter_in(listed).query()
    return RedirectResponse(f"/claims/{ref}" + (f"?{query}" if query else ""), 303)


def row_or_404(model: sqlite3.Connection, ref: str) -> Row:
    """The row at an address. Raises HTTPException."""
    row = row_of(model, ref)
    if row is None:
        raise HTTPException(404, UNKNOWN)
    return row


def found(site: Site, model: sqlite3.Connection, session: Session, ref: str) -> tuple[Row, ClaimView]:
    """The row at an address, and what its page shows. Raises HTTPException."""
    row = row_or_404(model, ref)
    reader = site.reader(model)
    view = view_claim(
        row.claim_number,
        row.key,
        row.lineage,
        reader.events_of(row.key, *CLAIM_LOGS),
        item_of(reader, row),
        today=today(model),
        opened=is_open(site, session, row.key),
        tables=loaded_tables(site.deployment, CARC, RARC),
    )
    if view is None:
        raise HTTPException(404, UNKNOWN)
    return row, view


def shown(
    site: Site,
    model: sqlite3.Connection,
    session: Session,
    row: Row,
    view: ClaimView,
    *,
    with_proof: bool,
) -> dict[str, Any]:
    """What both the page and its print view are given."""
    day = today(model)
    p = view.proposal
    return {
        "day": day,
        "ref": row.ref,
        "row": row,
        "view": view,
        "headline": _headline(row, view),
        "proof": _proof(site.reader(model), row, p) if with_proof and p is not None else None,
        "confidence": WORDS[p.confidence.word] if p is not None and p.confidence is not None else "not noted",
        "used": _used(view),
        "missing": [needed_words(word) for word in p.missing] if p is not None else [],
        "record": f"{row.paid} of {row.tried} paid" if row.tried else "",
        "may_decide": session.may(Permission.WORK),
        "may_approve": session.may(Permission.APPROVE),
        "may_open": session.may(Permission.OPEN_PATIENT),
        "undo": row.status in UNDONE and session.may(Permission.WORK),
        "closed_words": _closed(row, view),
        "tomorrow": (day + timedelta(days=1)).isoformat() if day is not None else "",
        "in_two_weeks": (day + timedelta(days=14)).isoformat() if day is not None else "",
        "reject_reasons": reasons(Wish.REJECT),
        "hold_reasons": reasons(Wish.HOLD),
        "override_reasons": reasons(Wish.OVERRIDE),
        "assign_reasons": reasons(Wish.ASSIGN),
        "editable": _editable(view),
        "ways": [(way.value, plain(way.value)) for way in CHOSEN],
        "documents_on_file": [d.id for d in view.denial.documented.documents]
        if view.denial is not None and view.denial.documented is not None
        else [],
        "people": [user.name for user in site.users.all()],
        "settles": [
            words.partition(": `reclaim")[0]
            for words in view.account.settles
            if "reclaim decide" not in words
        ],
        "notes": _notes(model, row.key),
        "beside": beside(model, row.ref),
    }


def item_of(reader: Deployment, row: Row) -> LineageItem | None:
    """The work item of a row, as the log has it now."""
    latest: WorkItem | None = None
    for record in reader.of_claim(row.key, "work-items"):
        latest = decode_state(record, WorkItem)
    lineages = latest.lineages if latest is not None else ()
    return next((one for one in lineages if one.lineage == row.lineage), None)


def _headline(row: Row, view: ClaimView) -> str:
    amount = f"${row.amount:,.2f}"
    if view.proposal is None:
        seen_to = "A person has seen to it" if row.status == REJECTED else "A person sees to it"
        return f"{cause_words(row.cause).capitalize()}: {amount}. {seen_to}."
    state = _STATES.get(view.account.claim_state or "", "Denied in full")
    if view.waits_for:
        return f"{state}: {amount} at stake; approved, and not sent yet: {', '.join(map(plain, view.waits_for))}."
    if view.open:
        waits = {
            Automation.A0: "nothing is to be done",
            Automation.A2: "a correction waits for approval",
            Automation.A3: "the correction may leave without a person",
        }.get(view.proposal.automation, "a person has to decide")
        return f"{state}: {amount} at stake; {waits}."
    return f"{state}: {amount}. {_closed(row, view)}"


def _closed(row: Row, view: ClaimView) -> str:
    if view.account.sent:
        return "A corrected claim was sent."
    if view.account.refusal:
        return f"Approved but not sent: {plain(view.account.refusal)}."
    decided = view.account.decision
    if decided:
        return f"{DECISION_WORDS.get(decided, plain(decided)).capitalize()}."
    return "Nothing waits here." if row.status == "closed" else f"{plain(row.status).capitalize()}."


def _proof(reader: Deployment, row: Row, proposal: RecodingProposed) -> Proof | None:
    for event in reader.events_of(row.key, "recoding-proposed"):
        if isinstance(event.data, RecodingProposed) and event.data.proof == proposal.proof:
            try:
                remade = remake(reader, event)
            except ForeignDefinitionError:
                # Rules of another release stand in the log as it wrote them.
                return Proof([], [], False)
            if remade.proposed is None:
                return Proof([], [], False)
            told = json.loads(remade.proposed.proof)
            editions = [
                Edition(kind, name, since, digest) for kind, name, digest, since, _ in told["editions"]
            ]
            return Proof(told["rules"], editions, remade.same_proof)
    return None


def _used(view: ClaimView) -> list[str]:
    """The facts that decide, without ids of events: the timeline tells of them."""
    if view.proposal is None or view.proposal.confidence is None:
        return []
    told = []
    for basis in view.proposal.confidence.basis:
        source, _, place = basis.partition(" ")
        if source.startswith("table:"):
            kind, _, edition = source.removeprefix("table:").partition("@")
            listed = f"{kind.upper()} list" if kind in (CARC, RARC) else table_words(kind)
            told.append(f"{listed}{' of ' if edition else ''}{edition}{': ' if place else ''}{place}")
        elif len(source) == 32 and place:
            told.append(f"835 {place}")
        elif source == "claim-submitted":
            told.append(f"837 {place}")
        else:
            told.append(needed_words(basis) if source.startswith("profile.") else basis)
    return list(dict.fromkeys(told))


def _editable(view: ClaimView) -> dict[str, list[tuple[str, str, str]]]:
    """What an override may change, by its place on the claim: path, words, what stands there."""
    groups: dict[str, list[tuple[str, str, str]]] = {}
    if view.claim is None or (view.proposal is not None and view.proposal.action is Action.NONE):
        return groups
    for path in fields_of(view.claim):
        field = parse_field(path)
        assert field is not None
        place = {"lines": f"Line {field.number}", "diagnoses": "Diagnoses"}.get(
            field.part or "", "Whole claim"
        )
        masked = field.name in PERSONAL and view.patient is None
        now = "•••" if masked else shown_value(current(view.claim, field))
        groups.setdefault(place, []).append((path, words_in_place(path), now))
    return dict(sorted(groups.items(), key=lambda group: group[0] == "Whole claim"))


def _notes(model: sqlite3.Connection, key: str) -> list[Note]:
    kept = model.execute(
        "select seen, by, reason, action from operator_action where subject = ? and action in (?, ?) order by seen",
        (key, NOTE, QUERY),
    )
    return [Note(moment(seen), by, words or "", action == QUERY) for seen, by, words, action in kept]
