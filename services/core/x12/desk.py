"""The desk of the 837 editor: a claim's segments, split, the places in them, and what every change must pass."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from schemas.claim import ClaimSubmitted
from schemas.recoding import Edit, EditValue
from services.core.x12.delimiters import OUTGOING_DELIMITERS
from services.core.x12.values import at, plain_number

Segment = list[str]
"""The elements of one segment, its id first."""


class EditRefusedError(Exception):
    """An edit cannot be made. Permanent: the same edit of the same claim is refused again.

    `code` is a word, `field` the path of the edit; never a value.
    """

    def __init__(self, code: str, field: str) -> None:
        super().__init__(f"{code}: {field}")
        self.code = code
        self.field = field


SERVICE: Final = {"837P": ("SV1", 1), "837I": ("SV2", 2)}
"""The segment and element that hold the procedure composite (SV101, SV202)."""

_DIAGNOSIS_QUALIFIERS: Final = frozenset({"ABK", "ABF", "ABJ", "ABN", "APR", "BK", "BF", "BJ", "BN", "PR"})
"""HI composites that are diagnoses: principal, other, admitting, external cause, reason for visit."""

_HEAD_ORDER: Final[dict[str, tuple[str, ...]]] = {
    "837P": (
        *("CLM", "DTP", "PWK", "CN1", "AMT"),
        *("REF*4N", "REF*F5", "REF*EW", "REF*9F", "REF*G1", "REF*F8", "REF*X4", "REF*9A", "REF*9C"),
        *("REF*LX", "REF*D9", "REF*EA", "REF*P4", "REF*1J", "K3", "NTE", "CR1", "CR2", "CRC", "HI", "HCP"),
    ),
    "837I": (
        *("CLM", "DTP", "CL1", "PWK", "CN1", "AMT"),
        *("REF*4N", "REF*9F", "REF*G1", "REF*F8", "REF*9A", "REF*9C", "REF*LX", "REF*D9", "REF*LU"),
        *("REF*EA", "REF*P4", "REF*G4", "K3", "NTE", "CRC", "HI", "HCP"),
    ),
}
"""The segments of loop 2300 before its first inner loop, in the order of the implementation guides."""

_VALUE: Final = re.compile(r"[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?")
"""Codes and identifiers: printable ASCII without blanks at either end."""


class Desk:
    """The claim's segments while edits are made. Every method raises EditRefusedError where the place is not there."""

    def __init__(self, claim: ClaimSubmitted) -> None:
        marks = claim.delimiters
        self.claim = claim
        self.component = marks.component
        self.segments: list[Segment] = [s.split(marks.element) for s in claim.segments]
        self.billing: list[Segment] = [s.split(marks.element) for s in claim.loops.billing]
        self.subscriber: list[Segment] = [s.split(marks.element) for s in claim.loops.subscriber]
        own = (marks.element, marks.component, marks.repetition, marks.terminator)
        self._forbidden = frozenset({d for d in own if d} | OUTGOING_DELIMITERS)

    # Places

    def head(self) -> list[Segment]:
        """Loop 2300 before its first inner loop."""
        return self.segments[: first_of(self.segments, lambda s: s[0] in {"NM1", "SBR", "LX"})]

    def providers(self) -> list[Segment]:
        """Loops 2300 and 2310: the claim's own providers, not those of another payer (2330) or of a line (2420)."""
        return self.segments[: first_of(self.segments, lambda s: s[0] in {"SBR", "LX"})]

    def lines(self, field: str) -> list[list[Segment]]:
        """The loops 2400, each from its LX on."""
        starts = [i for i, s in enumerate(self.segments) if s[0] == "LX"]
        if not starts or len(starts) != len(self.claim.lines):
            raise EditRefusedError("place_missing", field)
        return [self.segments[a:b] for a, b in zip(starts, [*starts[1:], len(self.segments)], strict=True)]

    def line(self, line: int, field: str) -> list[Segment]:
        """The loop 2400 of a line by its LX."""
        numbers = [each.line for each in self.claim.lines]
        if line not in numbers:
            raise EditRefusedError("place_missing", field)
        return self.lines(field)[numbers.index(line)]

    def diagnoses(self, field: str) -> list[tuple[Segment, int]]:
        """Every diagnosis of the HI segments: its segment and its element, in the order of the coded facts."""
        places = [
            (segment, number)
            for segment in self.head()
            if segment[0] == "HI"
            for number in range(1, len(segment))
            if segment[number].split(self.component)[0] in _DIAGNOSIS_QUALIFIERS
        ]
        if len(places) != len(self.claim.diagnoses):
            raise EditRefusedError("place_missing", field)
        return places

    def insert_in_head(self, segment: Segment, field: str) -> None:
        """Put a new segment where the guide wants it: after the last of loop 2300 that may stand before it."""
        order = _HEAD_ORDER[self.claim.transaction]
        name = next((n for n in (segment[0], f"{segment[0]}*{at(segment, 1)}") if n in order), None)
        if name is None:
            raise EditRefusedError("place_missing", field)
        before = [i for i, s in enumerate(self.head()) if _rank(s, order) <= order.index(name)]
        self.segments.insert(max(before, default=0) + 1, segment)

    def insert_after(self, where: Segment, segment: Segment) -> None:
        """Put a new segment behind one of the claim's."""
        found = next(i for i, s in enumerate(self.segments) if s is where)
        self.segments.insert(found + 1, segment)

    # Changes

    def set_text(self, segment: Segment, number: int, change: Edit) -> None:
        """An element that is one code or identifier."""
        self.check_before(at(segment, number), change)
        set_element(segment, number, self.text(change.after, change.field))

    def set_number(self, segment: Segment, number: int, change: Edit) -> None:
        """An element that is a number, compared as one."""
        if plain_number(at(segment, number)) != (change.before or ""):
            raise EditRefusedError("before_differs", change.field)
        after = self.text(change.after, change.field)
        if plain_number(after) != after:
            raise EditRefusedError("value_not_allowed", change.field)
        set_element(segment, number, after)

    def set_component(self, segment: Segment, number: int, component: int, change: Edit) -> None:
        """A component of a composite; null empties one at its end."""
        parts = at(segment, number).split(self.component)
        parts += [""] * (component - len(parts))
        self.check_before(parts[component - 1], change)
        after = change.after
        if after is None and component != len(parts):
            raise EditRefusedError("value_not_allowed", change.field)
        parts[component - 1] = "" if after is None else self.text(after, change.field)
        while after is None and parts and not parts[-1]:
            parts.pop()
        set_element(segment, number, self.component.join(parts))

    def check_before(self, found: str, change: Edit) -> None:
        if found.strip() != (change.before or ""):
            raise EditRefusedError("before_differs", change.field)

    def texts(self, change: Edit, at_most: int) -> tuple[str, ...]:
        """The value of an edit that is a list."""
        after = change.after or ()
        if not isinstance(after, tuple) or len(after) > at_most:
            raise EditRefusedError("value_not_allowed", change.field)
        return tuple(self.text(each, change.field) for each in after)

    def text(self, value: EditValue, field: str) -> str:
        if not isinstance(value, str) or not _VALUE.fullmatch(value):
            raise EditRefusedError("value_not_allowed", field)
        if self._forbidden & set(value):
            raise EditRefusedError("delimiter_in_value", field)
        return value


def only(segments: list[Segment], wanted: Callable[[Segment], bool], field: str) -> Segment:
    """The one segment that is wanted."""
    found = [s for s in segments if wanted(s)]
    if len(found) != 1:
        raise EditRefusedError("place_missing", field)
    return found[0]


def first_of(segments: list[Segment], stops: Callable[[Segment], bool]) -> int:
    """Where the first segment stands that stops a stretch, else its end. What opens the stretch never stops it."""
    return next((i for i, s in enumerate(segments) if i and stops(s)), len(segments))


def set_element(segment: Segment, number: int, value: str) -> None:
    segment += [""] * (number + 1 - len(segment))
    segment[number] = value


def _rank(segment: Segment, order: tuple[str, ...]) -> int:
    """The place of a segment in the order of loop 2300; one that the order does not name never holds another back."""
    for name in (segment[0], f"{segment[0]}*{at(segment, 1)}"):
        if name in order:
            return order.index(name)
    return len(order)
