"""What is known of one code: the document of `reclaim codes --json`."""

from __future__ import annotations

from schemas.shape import Shape


class Answer(Shape):
    """A code of a kind. `edition` names the table that answered; `facts` are in the order to be shown."""

    kind: str
    code: str
    title: str
    edition: str
    facts: dict[str, str] = {}
