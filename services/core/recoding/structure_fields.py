"""Fields whose value is whole segments: condition codes, notes, and what other payers decided.

`condition_codes` (HI*BG of 837I), `note` (one more NTE of loop 2300), `payer_responsibility` (2000B SBR01),
`billed_payer` (2000B, 2010BA and 2010BB),
`other_payers[n].decision` (the n-th loop 2320) and `lines[n].other_payers` (its loops 2430), the last two as segments
with `*` and `:`.
"""

from __future__ import annotations

from typing import Final

from schemas.claim import ClaimSubmitted
from schemas.recoding import EditValue
from services.core.x12.structure import (
    BILLED,
    CONDITION_CODES,
    NOTE,
    OTHER_PAYERS_AT_MOST,
    RESPONSIBILITY,
    Segment,
    conditions,
    decision_places,
    line_decision_place,
    plain,
)

OF_CLAIM: Final = frozenset({CONDITION_CODES, NOTE, RESPONSIBILITY, BILLED})
DECISION: Final = "decision"
LINE_DECISIONS: Final = "other_payers"
OTHER_PAYERS: Final = "other_payers"
"""The part of a path that numbers the loops 2320."""

OF_OTHER_PAYERS: Final = frozenset({DECISION, LINE_DECISIONS, RESPONSIBILITY, BILLED})
NAMES: Final = OF_CLAIM | OF_OTHER_PAYERS

_SEGMENTS_AT_MOST: Final = 60
_LONGEST: Final = 300
_CONDITIONS_AT_MOST: Final = 24
_NOTE_AT_MOST: Final = 80


def present(claim: ClaimSubmitted, name: str, number: int | None) -> EditValue:
    """What stands there now; null where nothing does."""
    if name == NOTE:
        return None
    if name == RESPONSIBILITY:
        return claim.payer_responsibility or None
    if name == BILLED:
        element = claim.delimiters.element
        loop = [s.split(element) for s in claim.loops.subscriber]
        return plain([s for s in loop if s[0] != "HL"], claim.delimiters.component) or None
    segments = [s.split(claim.delimiters.element) for s in claim.segments]
    component = claim.delimiters.component
    if name == CONDITION_CODES:
        return conditions(segments, component) or None
    if name == DECISION:
        places = decision_places(segments)
        if number is None or number > len(places):
            return None
        begin, end = places[number - 1]
        return plain(segments[begin:end], component)
    return _line_decisions(claim, segments, number)


def _line_decisions(claim: ClaimSubmitted, segments: list[Segment], number: int | None) -> EditValue:
    starts = [at for at, s in enumerate(segments) if s[0] == "LX"]
    lines = [line.line for line in claim.lines]
    if number not in lines or len(starts) != len(lines):
        return None
    at = lines.index(number)
    stop = starts[at + 1] if at + 1 < len(starts) else len(segments)
    begin, end = line_decision_place(segments, starts[at], stop)
    return plain(segments[begin:end], claim.delimiters.component) or None


def may_stand(claim: ClaimSubmitted, name: str, number: int | None) -> bool:
    """Whether the claim has a place for it."""
    if name == CONDITION_CODES:
        return claim.transaction == "837I"
    if name == DECISION:
        segments = [s.split(claim.delimiters.element) for s in claim.segments]
        return number is not None and number <= min(len(decision_places(segments)) + 1, OTHER_PAYERS_AT_MOST)
    if name == LINE_DECISIONS:
        return any(line.line == number for line in claim.lines)
    return True


def fits(claim: ClaimSubmitted, name: str, value: EditValue) -> bool:
    """Whether a value has the shape of the field; the editor and the balance check read it closer."""
    if name == RESPONSIBILITY:
        return value in ("P", "S", "T")
    if not isinstance(value, tuple) or not value:
        return False
    if name == CONDITION_CODES:
        return len(value) <= _CONDITIONS_AT_MOST and all(
            len(c) == 2 and c.isascii() and c.isalnum() and c == c.upper() for c in value
        )
    if name == NOTE:
        return len(value) == 2 and len(value[1]) <= _NOTE_AT_MOST
    marks = claim.delimiters
    strange = {mark for mark in (marks.repetition, marks.terminator, "^", "~") if mark}
    return len(value) <= _SEGMENTS_AT_MOST and all(
        len(text) <= _LONGEST and text.isprintable() and not any(mark in text for mark in strange)
        for text in value
    )
