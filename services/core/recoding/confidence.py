"""How sure a proposal is: a word for what decides it, and the facts that did. Never a number: none was measured.

Source: domain reference 2.1, G9.
"""

from __future__ import annotations

from typing import Final

from schemas.codes import Automation
from schemas.recoding import Confidence
from services.core.recoding.draft import Draft
from services.core.recoding.guards import vetoes

NOTHING_TO_DO: Final = "nothing_to_do"
SETTLED: Final = "settled"
BY_RECORD: Final = "by_record"
ONE_OF_SEVERAL: Final = "one_of_several"
OPEN: Final = "open"

WORDS: Final = {
    NOTHING_TO_DO: "there is nothing to do",
    SETTLED: "the facts named settle it",
    BY_RECORD: "the facts named speak for it, the record decides",
    ONE_OF_SEVERAL: "the facts named leave several, the record decides which",
    OPEN: "open: no facts settle it",
}
"""What each word says."""


def confidence(drafted: Draft, rung: Automation, missing: tuple[str, ...]) -> Confidence:
    """The word, and its basis: the rules with what their checks found, and where that stands; of an open one, what
    is missing."""
    if rung is Automation.A0:
        return Confidence.trust({"word": NOTHING_TO_DO, "basis": ()})
    changes = (*drafted.edits, *[candidate.edit for candidate in drafted.candidates])
    if not changes or drafted.stopped:
        return Confidence.trust({"word": OPEN, "basis": missing})
    basis = [f"{ruling.rule.id}: {ruling.reason}" for ruling in drafted.used]
    basis += [f"{evidence.source} {evidence.place}" for edit in changes for evidence in edit.evidence]
    return Confidence.trust({"word": _word(drafted), "basis": tuple(dict.fromkeys(basis))})


def _word(drafted: Draft) -> str:
    if len(drafted.candidates) > 1:
        return ONE_OF_SEVERAL
    return BY_RECORD if drafted.candidates or vetoes(drafted.guards) else SETTLED
