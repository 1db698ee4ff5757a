"""The 837 editor: changes a claim's own segments and nothing else.

A claim goes back as the segments that came in, because no model-based writer gives every segment back. Each
edit names a field of the submitted claim; the editor finds its place in loops 2010AA, 2300, 2310 and 2400 of
005010X222A1 (837P) or 005010X223A2 (837I), checks that the place holds what the edit says it held, and sets it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

from schemas.claim import ClaimSubmitted
from schemas.recoding import Edit, EditValue
from schemas.resubmission import OutgoingClaim
from services.core.x12.delimiters import OUTGOING_DELIMITERS

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


_REFERENCES: Final = {
    "referral_number": "9F",
    "prior_authorization": "G1",
    "original_reference": "F8",
    "clia_number": "X4",
}
"""Fields that are one REF segment of loop 2300, by REF01."""

_DIAGNOSIS_QUALIFIERS: Final = frozenset({"ABK", "ABF", "ABJ", "ABN", "APR", "BK", "BF", "BJ", "BN", "PR"})
"""HI composites that are diagnoses: principal, other, admitting, external cause, reason for visit."""

_SERVICE: Final = {"837P": ("SV1", 1), "837I": ("SV2", 2)}
"""The segment and element that hold the procedure composite (SV101, SV202)."""

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

_PLACE: Final = re.compile(r"(lines|diagnoses)\[([1-9][0-9]{0,3})\]\.([a-z_]+)")
_VALUE: Final = re.compile(r"[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?")
"""Codes and identifiers: printable ASCII without blanks at either end."""

_MODIFIERS_AT_MOST: Final = 4
_POINTERS_AT_MOST: Final = 4


def edit(claim: ClaimSubmitted, edits: Sequence[Edit]) -> OutgoingClaim:
    """The claim with these edits and no other change, ready to be placed into an interchange.

    Edits are applied in their order. Raises EditRefusedError where one cannot be made: an unknown field or place, a
    `before` that is not what the segments say, a value with a delimiter in it.
    """
    if claim.transaction not in _SERVICE:
        raise EditRefusedError("transaction_not_supported", "claim")
    if not claim.segments:
        raise EditRefusedError("place_missing", "claim")
    desk = _Desk(claim)
    for each in edits:
        desk.apply(each)
    element = claim.delimiters.element
    return OutgoingClaim(
        transaction=claim.transaction,
        guide=claim.guide,
        encoding=claim.encoding,
        element=element,
        component=claim.delimiters.component,
        repetition=claim.delimiters.repetition,
        terminator=claim.delimiters.terminator,
        interchange=claim.loops.interchange,
        group=claim.loops.group,
        purpose=_purpose(claim),
        submitter=_names(claim),
        billing=tuple(element.join(s) for s in desk.billing),
        subscriber=claim.loops.subscriber,
        patient=claim.loops.patient,
        claim=tuple(element.join(s) for s in desk.segments),
    )


def _purpose(claim: ClaimSubmitted) -> str:
    """BHT06: what was an encounter report goes back as one."""
    headers = [s.split(claim.delimiters.element) for s in claim.loops.transaction]
    return next((_element(s, 6) for s in headers if s[0] == "BHT"), "") or "CH"


def _names(claim: ClaimSubmitted) -> tuple[str, ...]:
    """Loops 1000A and 1000B: from the first name on."""
    transaction = claim.loops.transaction
    first = next((i for i, s in enumerate(transaction) if s.startswith("NM1")), len(transaction))
    return transaction[first:]


class _Desk:
    """The claim's segments, split, while edits are made."""

    def __init__(self, claim: ClaimSubmitted) -> None:
        self.claim = claim
        self.component = claim.delimiters.component
        self.segments: list[Segment] = [s.split(claim.delimiters.element) for s in claim.segments]
        self.billing: list[Segment] = [s.split(claim.delimiters.element) for s in claim.loops.billing]
        own = (
            claim.delimiters.element,
            self.component,
            claim.delimiters.repetition,
            claim.delimiters.terminator,
        )
        self.forbidden = frozenset({d for d in own if d} | OUTGOING_DELIMITERS)

    def apply(self, change: Edit) -> None:
        field = change.field
        place = _PLACE.fullmatch(field)
        if field in _REFERENCES:
            self._set_reference(field, _REFERENCES[field], change)
        elif field == "frequency_code":
            self._set_component(self.segments[0], 5, 3, change)
        elif field == "billing_npi":
            self._set_npi(self.billing, "85", change)
        elif field == "rendering_npi":
            self._set_npi(self._providers(), "82", change)
        elif place is None:
            raise EditRefusedError("field_unknown", field)
        elif place[1] == "diagnoses" and place[3] == "code":
            segment, element = self._diagnosis(int(place[2]), change)
            self._set_component(segment, element, 2, change)
        elif place[1] == "lines":
            self._apply_to_line(int(place[2]), place[3], change)
        else:
            raise EditRefusedError("field_unknown", field)

    def _apply_to_line(self, line: int, name: str, change: Edit) -> None:
        if change.line is not None and change.line != line:
            raise EditRefusedError("line_conflict", change.field)
        loop = self._line(line, change.field)
        if name == "rendering_npi":
            self._set_npi(loop, "82", change)
            return
        if name == "drug_code":
            self._set_drug_code(loop, change)
            return
        segment_id, element = _SERVICE[self.claim.transaction]
        service = next((s for s in loop if s[0] == segment_id), None)
        if service is None or not _element(service, element):
            raise EditRefusedError("place_missing", change.field)
        if name == "procedure":
            self._set_component(service, element, 2, change)
        elif name == "modifiers":
            self._set_modifiers(service, element, change)
        elif name == "pointers" and segment_id == "SV1":
            self._set_pointers(service, change)
        else:
            raise EditRefusedError("field_unknown", change.field)

    # Places

    def _head(self) -> list[Segment]:
        """Loop 2300 before its first inner loop."""
        return self.segments[: _index(self.segments, lambda s: s[0] in {"NM1", "SBR", "LX"})]

    def _providers(self) -> list[Segment]:
        """Loops 2310: the claim's own providers, not those of another payer (2330) or of a line (2420)."""
        return self.segments[: _index(self.segments, lambda s: s[0] in {"SBR", "LX"})]

    def _line(self, line: int, field: str) -> list[Segment]:
        starts = [i for i, s in enumerate(self.segments) if s[0] == "LX"]
        lines = [each.line for each in self.claim.lines]
        if len(starts) != len(lines) or line not in lines:
            raise EditRefusedError("place_missing", field)
        at = lines.index(line)
        end = starts[at + 1] if at + 1 < len(starts) else len(self.segments)
        return self.segments[starts[at] : end]

    def _diagnosis(self, number: int, change: Edit) -> tuple[Segment, int]:
        places = [
            (segment, element)
            for segment in self._head()
            if segment[0] == "HI"
            for element in range(1, len(segment))
            if segment[element].split(self.component)[0] in _DIAGNOSIS_QUALIFIERS
        ]
        if len(places) != len(self.claim.diagnoses) or number > len(places):
            raise EditRefusedError("place_missing", change.field)
        return places[number - 1]

    # Changes

    def _set_component(self, segment: Segment, element: int, component: int, change: Edit) -> None:
        """Set a component that must not be empty (a frequency, a procedure, a diagnosis)."""
        parts = _element(segment, element).split(self.component)
        parts += [""] * (component - len(parts))
        self._check_before(parts[component - 1], change)
        parts[component - 1] = self._text(change.after, change.field)
        _set_element(segment, element, self.component.join(parts))

    def _set_modifiers(self, service: Segment, element: int, change: Edit) -> None:
        parts = service[element].split(self.component)
        before = tuple(m.strip() for m in parts[2:6] if m.strip())
        if before != (change.before or ()):
            raise EditRefusedError("before_differs", change.field)
        after = change.after or ()
        if not isinstance(after, tuple) or len(after) > _MODIFIERS_AT_MOST:
            raise EditRefusedError("value_not_allowed", change.field)
        modifiers = [self._text(m, change.field) for m in after]
        if rest := parts[6:]:
            modifiers += [""] * (_MODIFIERS_AT_MOST - len(modifiers))
        procedure = parts[:2] + [""] * (2 - len(parts))
        service[element] = self.component.join([*procedure, *modifiers, *rest])

    def _set_pointers(self, service: Segment, change: Edit) -> None:
        """SV107: one to four places of diagnoses."""
        before = tuple(p.strip() for p in _element(service, 7).split(self.component) if p.strip())
        if before != (change.before or ()):
            raise EditRefusedError("before_differs", change.field)
        after = change.after
        if not isinstance(after, tuple) or not 0 < len(after) <= _POINTERS_AT_MOST:
            raise EditRefusedError("value_not_allowed", change.field)
        _set_element(service, 7, self.component.join(self._text(p, change.field) for p in after))

    def _set_drug_code(self, loop: list[Segment], change: Edit) -> None:
        """LIN03 of the line's one drug (loop 2410, LIN02 = N4)."""
        drugs = [s for s in loop if s[0] == "LIN" and _element(s, 2) == "N4"]
        if len(drugs) != 1:
            raise EditRefusedError("place_missing", change.field)
        self._check_before(_element(drugs[0], 3), change)
        _set_element(drugs[0], 3, self._text(change.after, change.field))

    def _set_npi(self, loop: list[Segment], role: str, change: Edit) -> None:
        """NM109 of the one NM1 with this NM101. A provider that is not named cannot be added: its name is unknown."""
        named = [s for s in loop if s[0] == "NM1" and _element(s, 1) == role]
        if len(named) != 1:
            raise EditRefusedError("place_missing", change.field)
        if _element(named[0], 8) not in {"", "XX"}:
            raise EditRefusedError("identifier_not_npi", change.field)
        self._check_before(_element(named[0], 9), change)
        value = self._text(change.after, change.field)
        _set_element(named[0], 8, "XX")
        _set_element(named[0], 9, value)

    def _set_reference(self, field: str, qualifier: str, change: Edit) -> None:
        found = [s for s in self._head() if s[0] == "REF" and _element(s, 1) == qualifier]
        if len(found) > 1:
            raise EditRefusedError("place_ambiguous", field)
        self._check_before(_element(found[0], 2) if found else "", change)
        if change.after is None:
            self.segments = [s for s in self.segments if not (found and s is found[0])]
        elif found:
            _set_element(found[0], 2, self._text(change.after, field))
        else:
            self.segments.insert(
                self._place_for(field, qualifier), ["REF", qualifier, self._text(change.after, field)]
            )

    def _place_for(self, field: str, qualifier: str) -> int:
        """Where the guide wants a new REF: after the last segment of loop 2300 that may stand before it."""
        order = _HEAD_ORDER[self.claim.transaction]
        if f"REF*{qualifier}" not in order:
            raise EditRefusedError("place_missing", field)
        rank = order.index(f"REF*{qualifier}")
        head = self._head()
        before = [i for i, s in enumerate(head) if _rank(s, order) <= rank]
        return max(before, default=0) + 1

    def _check_before(self, found: str, change: Edit) -> None:
        if found.strip() != (change.before or ""):
            raise EditRefusedError("before_differs", change.field)

    def _text(self, value: EditValue, field: str) -> str:
        if not isinstance(value, str) or not _VALUE.fullmatch(value):
            raise EditRefusedError("value_not_allowed", field)
        if self.forbidden & set(value):
            raise EditRefusedError("delimiter_in_value", field)
        return value


def _rank(segment: Segment, order: tuple[str, ...]) -> int:
    """The place of a segment in the order of loop 2300; one that the order does not name never holds another back."""
    for name in (segment[0], f"{segment[0]}*{_element(segment, 1)}"):
        if name in order:
            return order.index(name)
    return len(order)


def _index(segments: list[Segment], stops: Callable[[Segment], bool]) -> int:
    return next((i for i, s in enumerate(segments) if i and stops(s)), len(segments))


def _element(segment: Segment, number: int) -> str:
    return segment[number] if number < len(segment) else ""


def _set_element(segment: Segment, number: int, value: str) -> None:
    segment += [""] * (number + 1 - len(segment))
    segment[number] = value
