"""The delimiters of what we write, and the change from a claim's own ones to them."""

from __future__ import annotations

from typing import Final

from schemas.resubmission import OutgoingClaim

ELEMENT: Final = "*"
REPETITION: Final = "^"
COMPONENT: Final = ":"
TERMINATOR: Final = "~"
OUTGOING_DELIMITERS: Final = frozenset({ELEMENT, REPETITION, COMPONENT, TERMINATOR})
"""The separators that nearly every companion guide asks for."""


class DelimiterConflictError(Exception):
    """A value holds a character that is a delimiter in what we write. Permanent; carries no value."""


def translate(claim: OutgoingClaim, segments: tuple[str, ...]) -> tuple[str, ...]:
    """The segments with our delimiters in place of the claim's own.

    Raises DelimiterConflictError where a value holds one of ours: it would be read as a separator.
    """
    own = {claim.element: ELEMENT, claim.component: COMPONENT, claim.terminator: TERMINATOR}
    if claim.repetition:
        own[claim.repetition] = REPETITION
    conflicts = OUTGOING_DELIMITERS - set(own)
    table = str.maketrans(own)
    for segment in segments:
        if conflicts & set(segment):
            raise DelimiterConflictError
    return tuple(segment.translate(table) for segment in segments)
