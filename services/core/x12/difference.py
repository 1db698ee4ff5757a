"""The difference check: proof that a claim goes back as it came, but for the approved edits.

It reads the two texts side by side, segment by segment, and names each difference as a field of the submitted
claim. It shares no place-finding with the editor, so that a fault in one shows in the other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from schemas.claim import ClaimSubmitted
from schemas.recoding import Edit, EditValue
from schemas.resubmission import OutgoingClaim


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. `field` is null where no edit could have made it; `place` is its X12 place, no value."""

    place: str
    field: str | None
    before: EditValue
    after: EditValue


_REFERENCE_FIELDS: Final = {
    "9F": "referral_number",
    "G1": "prior_authorization",
    "F8": "original_reference",
    "X4": "clia_number",
}
_DIAGNOSES: Final = frozenset({"ABK", "ABF", "ABJ", "ABN", "APR", "BK", "BF", "BJ", "BN", "PR"})


def unexplained(original: ClaimSubmitted, outgoing: OutgoingClaim, edits: Sequence[Edit]) -> tuple[str, ...]:
    """Places where the outgoing claim differs from the original and from what the edits say; empty = proven.

    Both ways: a difference without an edit, and an edit that made no difference or another one.
    """
    expected: dict[str, tuple[EditValue, EditValue]] = {}
    for each in edits:
        first = expected.get(each.field, (each.before or None, None))[0]
        expected[each.field] = (first, each.after or None)
    expected = {field: change for field, change in expected.items() if change[0] != change[1]}
    places: list[str] = []
    for change in changes(original, outgoing):
        if change.field is None or expected.pop(change.field, None) != (change.before, change.after):
            places.append(change.place)
    return tuple(places + [f"edit {field}" for field in expected])


def changes(original: ClaimSubmitted, outgoing: OutgoingClaim) -> Iterator[Change]:
    """Every difference between a claim and what goes back for it, in the order of the text."""
    before = (
        (original.transaction, original.guide, original.encoding),
        (original.delimiters.element, original.delimiters.component),
        (original.delimiters.repetition, original.delimiters.terminator),
        (original.loops.interchange, original.loops.group, _submitter_loops(original)),
        (original.loops.subscriber, original.loops.patient),
    )
    after = (
        (outgoing.transaction, outgoing.guide, outgoing.encoding),
        (outgoing.element, outgoing.component),
        (outgoing.repetition, outgoing.terminator),
        (outgoing.interchange, outgoing.group, outgoing.submitter),
        (outgoing.subscriber, outgoing.patient),
    )
    if before != after:
        yield Change("envelope or loops", None, None, None)
    yield from _Reading(original, "billing").compare(original.loops.billing, outgoing.billing)
    yield from _Reading(original, "2300").compare(original.segments, outgoing.claim)


class _Reading:
    """Where the reader stands in the original while both texts are read."""

    def __init__(self, original: ClaimSubmitted, loop: str) -> None:
        self._element = original.delimiters.element
        self._component = original.delimiters.component
        self._lines = [line.line for line in original.lines]
        self._loop = loop
        self._line_count = 0
        self._diagnosis_count = 0

    def compare(self, before: Sequence[str], after: Sequence[str]) -> Iterator[Change]:
        old = [s.split(self._element) for s in before]
        new = [s.split(self._element) for s in after]
        while old or new:
            if old and new and _kind(old[0]) == _kind(new[0]):
                self._enter(old[0])
                yield from self._segment(old.pop(0), new.pop(0))
            elif new and self._is_editable_reference(new[0]):
                added = new.pop(0)
                yield Change(f"2300 REF*{added[1]}", _REFERENCE_FIELDS[added[1]], None, added[2])
            elif old and self._is_editable_reference(old[0]):
                removed = old.pop(0)
                yield Change(f"2300 REF*{removed[1]}", _REFERENCE_FIELDS[removed[1]], removed[2], None)
            else:
                # The texts no longer stand side by side: nothing after this can be named.
                yield Change(f"{self._loop} {(old or new)[0][0]}", None, None, None)
                return

    def _enter(self, segment: list[str]) -> None:
        if self._loop == "billing":
            return
        if segment[0] == "LX":
            self._loop = "2400"
            self._line_count += 1
        elif segment[0] == "SBR":
            self._loop = "2320"
        elif segment[0] == "NM1" and self._loop == "2300":
            self._loop = "2310"

    def _is_editable_reference(self, segment: list[str]) -> bool:
        return (
            self._loop == "2300"
            and len(segment) == 3
            and segment[0] == "REF"
            and segment[1] in _REFERENCE_FIELDS
        )

    def _segment(self, old: list[str], new: list[str]) -> Iterator[Change]:
        place = f"{self._loop} {old[0]}"
        width = max(len(old), len(new))
        before = old + [""] * (width - len(old))
        after = new + [""] * (width - len(new))
        changed = [e for e in range(width) if before[e] != after[e]]
        if not changed and len(old) != len(new):
            yield Change(place, None, None, None)
        if old[0] == "NM1" and changed == [8, 9] and before[8] == "" and after[8] == "XX":
            changed = [9]
        if changed and len(new) > max(len(old), changed[-1] + 1):
            yield Change(place, None, None, None)
        for e in changed:
            yield from self._changed_element(f"{place}{e:02d}", old, e, before[e], after[e])
        if old[0] == "HI" and self._loop == "2300":
            self._diagnosis_count += sum(self._is_diagnosis(c) for c in old[1:])

    def _changed_element(
        self, place: str, segment: list[str], element: int, before: str, after: str
    ) -> Iterator[Change]:
        name = (segment[0], element)
        role = segment[1] if len(segment) > 1 else ""
        if name == ("NM1", 9) and (self._loop, role) == ("billing", "85"):
            yield Change(place, "billing_npi", before or None, after or None)
        elif name == ("NM1", 9) and role == "82" and self._loop in {"2310", "2400"}:
            field = "rendering_npi" if self._loop == "2310" else self._line_field("rendering_npi")
            yield Change(place, field, before or None, after or None)
        elif name == ("REF", 2) and self._loop == "2300" and role in _REFERENCE_FIELDS:
            yield Change(place, _REFERENCE_FIELDS[role], before or None, after or None)
        elif name == ("CLM", 5):
            yield from self._composite(place, before, after, {3: "frequency_code"})
        elif segment[0] == "HI" and self._loop == "2300" and self._is_diagnosis(before):
            number = self._diagnosis_count + sum(self._is_diagnosis(c) for c in segment[1 : element + 1])
            yield from self._composite(place, before, after, {2: f"diagnoses[{number}].code"})
        elif name in {("SV1", 1), ("SV2", 2)} and self._loop == "2400":
            modifiers = self._line_field("modifiers")
            fields = {2: self._line_field("procedure"), **dict.fromkeys(range(3, 7), modifiers)}
            yield from self._composite(place, before, after, fields)
        elif name == ("SV1", 7) and self._loop == "2400":
            pointers = (_listed(text.split(self._component)) for text in (before, after))
            yield Change(place, self._line_field("pointers"), *pointers)
        elif name == ("LIN", 3) and self._loop == "2400" and segment[2:3] == ["N4"]:
            yield Change(place, self._line_field("drug_code"), before or None, after or None)
        else:
            yield Change(place, None, None, None)

    def _composite(self, place: str, before: str, after: str, fields: dict[int, str]) -> Iterator[Change]:
        old, new = before.split(self._component), after.split(self._component)
        width = max(len(old), len(new), 6)
        old += [""] * (width - len(old))
        new += [""] * (width - len(new))
        if after.endswith(self._component) and not before.endswith(self._component):
            yield Change(place, None, None, None)
        seen: set[str | None] = set()
        for number in (n for n in range(1, width + 1) if old[n - 1] != new[n - 1]):
            field = fields.get(number)
            if field in seen and field is not None:
                continue
            seen.add(field)
            if field is not None and field.endswith(".modifiers"):
                yield Change(place, field, _listed(old[2:6]), _listed(new[2:6]))
            else:
                yield Change(f"{place}-{number}", field, old[number - 1] or None, new[number - 1] or None)

    def _is_diagnosis(self, composite: str) -> bool:
        return composite.split(self._component)[0] in _DIAGNOSES

    def _line_field(self, name: str) -> str:
        return f"lines[{self._lines[self._line_count - 1]}].{name}"


def _submitter_loops(original: ClaimSubmitted) -> tuple[str, ...]:
    """1000A and 1000B: what follows the header (ST, BHT, and the REF*87 of older guides)."""
    transaction = original.loops.transaction
    ids = [s.split(original.delimiters.element)[0] for s in transaction]
    return transaction[ids.index("NM1") :] if "NM1" in ids else ()


def _kind(segment: list[str]) -> tuple[str, ...]:
    return tuple(segment[:2]) if segment[0] == "REF" else (segment[0],)


def _listed(codes: list[str]) -> tuple[str, ...] | None:
    return tuple(code for code in codes if code) or None
