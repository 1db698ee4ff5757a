"""What a person does with a claim beside deciding: look at the patient, note, ask the provider, tie a remittance."""

from __future__ import annotations

import secrets
import sqlite3
from dataclasses import replace
from datetime import date
from typing import Final

from schemas.codes import Wish
from services.console.access.sessions import Session
from services.console.actions.deciding import Ask, ask
from services.console.actions.notes import NOTE, QUERY, written
from services.console.actions.once import request_name
from services.console.site import Site
from services.desk.links import tie

OPENED: Final = "open_patient"


def open_patient(site: Site, session: Session, key: str) -> None:
    """Show this session the patient of a claim key; noted, each session once."""
    if not is_open(site, session, key):
        site.deployment.publish(
            [site.deployment.action(OPENED, key, session.user, None, secrets.token_hex(8), session.login)]
        )
        site.sessions.note_opened(session.id, key)
        site.nudge()  # the audit trail takes it in


def is_open(site: Site, session: Session, key: str) -> bool:
    """Whether this session has opened the patient of the claim key."""
    return site.sessions.has_opened(session.id, key)


def note(site: Site, session: Session, key: str, words: str, once: str = "") -> None:
    """Keep a note beside a claim. `once`: of the form, which sent twice is one note. Raises HTTPException (422)."""
    kept = written(NOTE, words)
    requested = request_name(session, once, key, kept.words)
    with site.sent.first(requested) as first:
        if first:
            site.deployment.publish([kept.draft(site, session, key, requested)])
            site.nudge()


def query_provider(
    site: Site, model: sqlite3.Connection, session: Session, asked: Ask, words: str, until: date | None
) -> str:
    """Ask the provider: the question is kept, and the claim held until the day, together. The answer comes as
    documentation. Returns the request. Raises HTTPException."""
    hold = replace(asked, wish=Wish.HOLD, reason="awaiting_documentation", until=until)
    return ask(site, model, session, hold, written(QUERY, words))


def link(
    site: Site,
    session: Session,
    remit_number: str,
    claim_number: str,
    served: date | None = None,
    npi: str | None = None,
) -> tuple[int, int]:
    """Tie what was remitted under another number to a claim: how many remitted claims and entries of money stand under
    it now that did not before. Raises Failure, WrongUse with words for a person."""
    tied = tie(site.deployment, remit_number, claim_number, session.user, served, npi, session.login)
    site.nudge()
    return tied
