"""What a person does with a claim beside deciding: look at the patient, note, ask the provider, tie a remittance."""

from __future__ import annotations

import secrets
import sqlite3
from datetime import date
from typing import Final

from fastapi import HTTPException

from schemas.codes import Wish
from services.cli.link import tie
from services.console.access.sessions import Session
from services.console.actions.deciding import Ask, ask
from services.console.queries.worklist import Row
from services.console.site import Site

OPENED: Final = "open_patient"
NOTE: Final = "note"
QUERY: Final = "query_provider"

MOST_WORDS: Final = 1_000
"""Characters of a note or a question."""


def open_patient(site: Site, session: Session, key: str) -> None:
    """Show this session the patient of a claim key; noted, each session once."""
    if not is_open(site, session, key):
        _note(site, session, OPENED, key, None)
        site.sessions.note_opened(session.id, key)


def is_open(site: Site, session: Session, key: str) -> bool:
    """Whether this session has opened the patient of the claim key."""
    return site.sessions.has_opened(session.id, key)


def note(site: Site, session: Session, key: str, words: str) -> None:
    """Keep a note beside a claim. Raises HTTPException (422)."""
    _note(site, session, NOTE, key, _checked(words))


def query_provider(
    site: Site, model: sqlite3.Connection, session: Session, asked: Ask, words: str, until: date | None
) -> str:
    """Ask the provider: the question is kept, and the claim held until the day. The answer comes as documentation.
    Returns the request. Raises HTTPException."""
    question = _checked(words)
    hold = Ask(asked.ref, asked.proposal, asked.revision, Wish.HOLD, "awaiting_documentation", until=until)
    requested = ask(site, model, session, hold)
    key = model.execute("select key from work where ref = ?", (asked.ref,)).fetchone()["key"]
    _note(site, session, QUERY, key, question)
    return requested


def link(
    site: Site,
    session: Session,
    remit_number: str,
    row: Row,
    served: date | None = None,
    npi: str | None = None,
) -> tuple[int, int]:
    """Tie what was remitted under another number to a claim: how many remitted claims and entries of money stand under
    it now. Raises click.ClickException with words for a person."""
    tied = tie(site.deployment, remit_number, row.claim_number, session.user, served, npi, session.login)
    site.nudge()
    return tied


def _note(site: Site, session: Session, action: str, key: str, words: str | None) -> None:
    site.deployment.publish(
        [site.deployment.action(action, key, session.user, words, secrets.token_hex(8), session.login)]
    )


def _checked(words: str) -> str:
    kept = " ".join(words.split())
    if not 1 <= len(kept) <= MOST_WORDS:
        raise HTTPException(422, f"Write 1 to {MOST_WORDS:,} characters.")
    return kept
