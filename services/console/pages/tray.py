"""What a person asked for, until it has come back: the messages at the foot of the page."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from fastapi import Request
from fastapi.responses import HTMLResponse

from services.console.access.sessions import Session
from services.console.actions.deciding import recent
from services.console.pages.rendering import ENVIRONMENT, frame

TONES = {"refused": "bad", "waiting": "", "rejected": "good", "held": "good"}


@dataclass(frozen=True, slots=True)
class Message:
    """One request of this person, and what is known of its answer."""

    requested: str
    claim_number: str
    ref: str
    state: str
    words: str
    undo: bool

    @property
    def waits(self) -> bool:
        return self.state == "waiting"

    @property
    def tone(self) -> str:
        return TONES.get(self.state, "good")


def messages(model: sqlite3.Connection, session: Session, requested: list[str]) -> list[Message]:
    """The answers to these requests, as far as this person asked for them. One that has not reached the read model
    waits."""
    known = {one.requested: one for one in recent(model, session.user, requested)} if requested else {}
    return [
        Message(one, a.claim_number, a.ref, a.state, a.words, a.undo)
        if (a := known.get(one)) is not None
        else Message(one, "", "", "waiting", "Asked for; waiting for the answer.", False)
        for one in requested
    ]


def fragment(request: Request, message: Message) -> HTMLResponse:
    """One message by itself, for the page that waits for it."""
    template = ENVIRONMENT.get_template("parts/asked.html")
    return HTMLResponse(template.render(frame(request) | {"said": message}))
