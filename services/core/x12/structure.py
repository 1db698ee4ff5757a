"""Edits that put whole segments into a claim or take them out: what the way back asks of it, not what was done.

`condition_codes` (HI*BG of 837I, all of them), `note` (NTE of loop 2300: qualifier and text), `payer_responsibility`
(2000B SBR01), `billed_payer` (2000B, 2010BA and 2010BB whole, but HL), `other_payers[n].decision` (the n-th loop 2320 whole, as segments with `*` and `:`) and
`lines[n].other_payers` (the loops 2430 of a line, `n` its LX). The guides say where each stands.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from schemas.claim import ClaimSubmitted
from schemas.recoding import Edit, EditValue
from services.core.x12.delimiters import COMPONENT, ELEMENT, OUTGOING_DELIMITERS
from services.core.x12.desk import EditRefusedError

Segment = list[str]
"""The elements of one segment, its id first."""

CONDITION_CODES: Final = "condition_codes"
NOTE: Final = "note"
RESPONSIBILITY: Final = "payer_responsibility"
BILLED: Final = "billed_payer"
CONDITION: Final = "BG"
"""The qualifier of a condition code in HI."""

OTHER_PAYER: Final = re.compile(r"other_payers\[([1-9][0-9]?)\]\.decision")
LINE_DECISIONS: Final = re.compile(r"lines\[([1-9][0-9]{0,3})\]\.other_payers")

CODES_A_SEGMENT: Final = 12
OTHER_PAYERS_AT_MOST: Final = 10

_NOTES: Final = {
    "837P": frozenset({"ADD", "CER", "DCP", "DGN", "TPO"}),
    "837I": frozenset({"ADD", "ALG", "DCP", "DGN", "DME", "MED", "NTR", "ODT", "RHB", "RLH", "RNH", "SET", "SFM", "SPT", "UPI"}),
}  # fmt: skip
"""NTE01 that the guide of a kind has in loop 2300."""

_AFTER_NOTE: Final = frozenset({"CR1", "CR2", "CRC", "HI", "HCP", "NM1", "SBR", "LX"})
_AFTER_CONDITIONS: Final = frozenset({"HCP", "NM1", "SBR", "LX"})
_NOTE_TEXT: Final = re.compile(r"[A-Z0-9 .,;/()-]{1,80}")
_OF_DECISION: Final = frozenset({"SBR", "CAS", "AMT", "OI", "MIA", "MOA", "NM1", "N3", "N4", "DTP", "REF"})
_OF_SUBSCRIBER: Final = frozenset({"SBR", "NM1", "N3", "N4", "DMG", "REF"})
_OF_LINE_DECISION: Final = frozenset({"SVD", "CAS", "DTP", "AMT"})


def restructures(field: str) -> bool:
    """Whether an edit of this field is made here."""
    return field in (CONDITION_CODES, NOTE, RESPONSIBILITY, BILLED) or bool(
        OTHER_PAYER.fullmatch(field) or LINE_DECISIONS.fullmatch(field)
    )


def restructure(
    claim: ClaimSubmitted, segments: Sequence[Segment], subscriber: Sequence[Segment], edits: Sequence[Edit]
) -> tuple[list[Segment], list[Segment]]:
    """The claim's segments and its loop 2000B with these edits. Raises EditRefusedError as the editor does."""
    desk = _Desk(claim, list(segments), list(subscriber))
    for change in edits:
        desk.apply(change)
    return desk.segments, desk.subscriber


def conditions(segments: Sequence[Segment], component: str) -> tuple[str, ...]:
    """The condition codes of the claim, in their order."""
    return tuple(
        parts[1]
        for segment in head(segments)
        if segment[0] == "HI"
        for parts in (composite.split(component) for composite in segment[1:])
        if parts[0] == CONDITION and len(parts) > 1 and parts[1]
    )


def head(segments: Sequence[Segment]) -> Sequence[Segment]:
    """Loop 2300 before its first inner loop."""
    return segments[: _next(segments, 1, frozenset({"NM1", "SBR", "LX"}))]


def decision_places(segments: Sequence[Segment]) -> list[tuple[int, int]]:
    """Where each loop 2320 begins and ends."""
    first_line = _next(segments, 1, frozenset({"LX"}))
    starts = [at for at in range(first_line) if segments[at][0] == "SBR"]
    return list(zip(starts, [*starts[1:], first_line], strict=True)) if starts else []


def line_decision_place(segments: Sequence[Segment], begin: int, end: int) -> tuple[int, int]:
    """Where the loops 2430 of the line between two places begin and end: after its other loops, before a loop 2440."""
    last = next((at for at in range(begin, end) if segments[at][0] in ("LQ", "FRM")), end)
    return next((at for at in range(begin, last) if segments[at][0] == "SVD"), last), last


def plain(segments: Sequence[Segment], component: str) -> tuple[str, ...]:
    """Segments as text, with our delimiters."""
    return tuple(ELEMENT.join(s).replace(component, COMPONENT) for s in segments)


class _Desk:
    def __init__(self, claim: ClaimSubmitted, segments: list[Segment], subscriber: list[Segment]) -> None:
        self.claim = claim
        self.segments = segments
        self.subscriber = subscriber
        marks = claim.delimiters
        self.component = marks.component
        own = {marks.element, marks.component, marks.repetition, marks.terminator}
        self.forbidden = frozenset({mark for mark in own if mark} | OUTGOING_DELIMITERS)

    def apply(self, change: Edit) -> None:
        if change.field == CONDITION_CODES:
            self._set_conditions(change)
        elif change.field == NOTE:
            self._add_note(change)
        elif change.field == RESPONSIBILITY:
            self._set_responsibility(change)
        elif change.field == BILLED:
            self._set_billed(change)
        elif place := OTHER_PAYER.fullmatch(change.field):
            self._set_decision(int(place[1]), change)
        elif place := LINE_DECISIONS.fullmatch(change.field):
            self._set_line_decisions(int(place[1]), change)

    def _set_conditions(self, change: Edit) -> None:
        if self.claim.transaction != "837I":
            raise EditRefusedError("place_missing", change.field)
        self._check_before(conditions(self.segments, self.component), change)
        after = change.after or ()
        if not isinstance(after, tuple) or len(after) > 2 * CODES_A_SEGMENT or len(set(after)) != len(after):
            raise EditRefusedError("value_not_allowed", change.field)
        if any(len(code) != 2 or not code.isascii() or not code.isalnum() for code in after):
            raise EditRefusedError("value_not_allowed", change.field)
        if any(self._mixed(segment) for segment in head(self.segments)):
            raise EditRefusedError("place_ambiguous", change.field)
        kept = [s for s in self.segments if not self._holds_conditions(s)]
        composites = [self.component.join((CONDITION, code)) for code in after]
        added = [
            ["HI", *composites[at : at + CODES_A_SEGMENT]]
            for at in range(0, len(composites), CODES_A_SEGMENT)
        ]
        place = _next(kept, 1, _AFTER_CONDITIONS)
        # The guide has treatment codes (TC) after the condition codes.
        while place > 1 and kept[place - 1][0] == "HI" and kept[place - 1][1].startswith("TC"):
            place -= 1
        self.segments = [*kept[:place], *added, *kept[place:]]

    def _holds_conditions(self, segment: Segment) -> bool:
        return segment[0] == "HI" and any(c.split(self.component)[0] == CONDITION for c in segment[1:])

    def _mixed(self, segment: Segment) -> bool:
        return self._holds_conditions(segment) and any(
            c and c.split(self.component)[0] != CONDITION for c in segment[1:]
        )

    def _add_note(self, change: Edit) -> None:
        """A note is added; one that a person wrote is never changed or taken out."""
        after = change.after
        if change.before is not None or not isinstance(after, tuple) or len(after) != 2:
            raise EditRefusedError("value_not_allowed", change.field)
        qualifier, text = after
        if qualifier not in _NOTES[self.claim.transaction] or not _NOTE_TEXT.fullmatch(text):
            raise EditRefusedError("value_not_allowed", change.field)
        if self.forbidden & set(text):
            raise EditRefusedError("delimiter_in_value", change.field)
        notes = [s for s in head(self.segments) if s[0] == "NTE"]
        same = any(s[1:2] == [qualifier] for s in notes)
        if same or (self.claim.transaction == "837P" and notes):
            raise EditRefusedError("place_taken", change.field)
        place = _next(self.segments, 1, _AFTER_NOTE)
        if qualifier != "ADD":
            # 837I: the claim's notes stand before its one billing note.
            while place > 1 and self.segments[place - 1][:2] == ["NTE", "ADD"]:
                place -= 1
        self.segments.insert(place, ["NTE", qualifier, text])

    def _set_responsibility(self, change: Edit) -> None:
        found = [s for s in self.subscriber if s[0] == "SBR"]
        if len(found) != 1 or len(found[0]) < 2:
            raise EditRefusedError("place_missing", change.field)
        self._check_before(found[0][1], change)
        if not isinstance(change.after, str) or change.after not in ("P", "S", "T"):
            raise EditRefusedError("value_not_allowed", change.field)
        self.subscriber = [["SBR", change.after, *s[2:]] if s is found[0] else s for s in self.subscriber]

    def _set_billed(self, change: Edit) -> None:
        level = [s for s in self.subscriber if s[0] == "HL"]
        self._check_before(plain([s for s in self.subscriber if s[0] != "HL"], self.component), change)
        self.subscriber = [*level, *self._read(change, "SBR", _OF_SUBSCRIBER)]

    def _set_decision(self, number: int, change: Edit) -> None:
        places = decision_places(self.segments)
        if number > len(places) + 1 or number > OTHER_PAYERS_AT_MOST:
            raise EditRefusedError("place_missing", change.field)
        if number <= len(places):
            begin, end = places[number - 1]
        else:
            begin = end = _next(self.segments, 1, frozenset({"LX"}))
        found = plain(self.segments[begin:end], self.component) or None
        self._check_before(found, change)
        self.segments[begin:end] = self._read(change, "SBR", _OF_DECISION)

    def _set_line_decisions(self, line: int, change: Edit) -> None:
        starts = [at for at, s in enumerate(self.segments) if s[0] == "LX"]
        numbers = [each.line for each in self.claim.lines]
        if len(starts) != len(numbers) or line not in numbers:
            raise EditRefusedError("place_missing", change.field)
        at = numbers.index(line)
        stop = starts[at + 1] if at + 1 < len(starts) else len(self.segments)
        begin, end = line_decision_place(self.segments, starts[at], stop)
        self._check_before(plain(self.segments[begin:end], self.component) or None, change)
        self.segments[begin:end] = self._read(change, "SVD", _OF_LINE_DECISION)

    def _read(self, change: Edit, first: str, allowed: frozenset[str]) -> list[Segment]:
        """The segments of a value, with the claim's own delimiters between their components."""
        after = change.after or ()
        if not isinstance(after, tuple):
            raise EditRefusedError("value_not_allowed", change.field)
        found = [text.split(ELEMENT) for text in after]
        if (found and found[0][0] != first) or any(s[0] not in allowed for s in found):
            raise EditRefusedError("value_not_allowed", change.field)
        strange = self.forbidden - {ELEMENT, COMPONENT}
        if any(strange & set(text) or not text.isprintable() for text in after):
            raise EditRefusedError("delimiter_in_value", change.field)
        return [[part.replace(COMPONENT, self.component) for part in s] for s in found]

    def _check_before(self, found: EditValue, change: Edit) -> None:
        if (found or None) != (change.before or None):
            raise EditRefusedError("before_differs", change.field)


def _next(segments: Sequence[Segment], begin: int, stops: frozenset[str]) -> int:
    return next((at for at in range(begin, len(segments)) if segments[at][0] in stops), len(segments))
