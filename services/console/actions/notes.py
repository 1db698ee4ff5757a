"""Words that a person leaves beside a claim: a note, a question to the provider."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from fastapi import HTTPException

from services.console.access.sessions import Session
from services.console.site import Site
from services.runtime.log import Draft

NOTE: Final = "note"
QUERY: Final = "query_provider"

MOST_WORDS: Final = 1_000
"""Characters of a note or a question."""


@dataclass(frozen=True, slots=True)
class Note:
    """What was written. `action`: NOTE | QUERY."""

    action: str
    words: str

    def draft(self, site: Site, session: Session, key: str, requested: str) -> Draft:
        """The action of this person beside a claim key. `requested` makes it one."""
        return site.deployment.action(self.action, key, session.user, self.words, requested, session.login)


def written(action: str, words: str) -> Note:
    """The words as they are kept, on one line. Raises HTTPException (422)."""
    kept = " ".join(words.split())
    if not 1 <= len(kept) <= MOST_WORDS:
        raise HTTPException(422, f"Write 1 to {MOST_WORDS:,} characters.")
    return Note(action, kept)
