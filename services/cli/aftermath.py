"""What came of what was sent back, and what was taken outside the claim, in words for a person."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Final

from schemas.case import Attempt, Recoupment
from services.account.quantities import dollars
from services.account.words import cause_words

OUTCOME_WORDS: Final = {
    "paid": "paid",
    "paid_in_part": "paid in part",
    "denied_again": "denied again",
    "voided": "taken back, as asked",
    "reversed": "answered, and taken back by the payer since",
    "rejected": "turned away: nobody has looked at it",
}


def attempt_rows(attempts: Sequence[Attempt]) -> Iterable[tuple[str, ...]]:
    """A row for each claim that went back."""
    for attempt in attempts:
        day = attempt.answered.isoformat() if attempt.answered is not None else ""
        name = f"generation {attempt.generation}, {attempt.path.replace('_', ' ')}"
        yield day, name, _said(attempt)


def _said(attempt: Attempt) -> str:
    if attempt.outcome is None:
        return "no answer yet" if attempt.delivered else "not in a file yet"
    text = OUTCOME_WORDS.get(attempt.outcome, attempt.outcome)
    if attempt.causes_again:
        again = ", ".join(cause_words(cause) for cause in attempt.causes_again)
        same = "still the same cause" if attempt.same_cause else "another cause"
        text += f" ({same}: {again})"
    if attempt.recovered:
        more = "more" if attempt.recovered > 0 else "less"
        text += f"; the payer pays {dollars(abs(attempt.recovered))} {more} than before"
    return text


def recoupment_rows(recoupments: Sequence[Recoupment], silent: Decimal | None) -> Iterable[tuple[str, ...]]:
    """A row for each PLB entry, and what no reversal explains."""
    for entry in recoupments:
        day = entry.taken.isoformat() if entry.taken is not None else ""
        yield (
            day,
            f"{entry.reason}: {dollars(abs(entry.amount))} {'taken' if entry.amount > 0 else 'given back'}",
        )
    if silent is not None:
        ask = "ask the payer why, or accept it: `reclaim decide CLAIM reject --by YOU --reason other`"
        yield "", f"{dollars(silent)} of it no reversal explains: {ask}"
