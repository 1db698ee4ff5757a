"""From a segment before and after to the fields of the submitted claim that changed, for the difference check."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from schemas.recoding import EditValue
from services.core.x12.values import plain_number


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. `field` is null where no edit could have made it; `place` is its X12 place, no value."""

    place: str
    field: str | None
    before: EditValue
    after: EditValue


REFERENCES: Final = {
    "9F": "referral_number",
    "G1": "prior_authorization",
    "F8": "original_reference",
    "X4": "clia_number",
}
"""REF01 of loop 2300 -> the field of its REF02."""

_DIAGNOSES: Final = frozenset({"ABK", "ABF", "ABJ", "ABN", "APR", "BK", "BF", "BJ", "BN", "PR"})

_NAMES: Final = {
    ("subscriber", "IL"): "subscriber_name",
    ("2310", "DN"): "referring_name",
    ("2400", "DK"): "lines.ordering_name",
}
"""Loop and NM101 -> the field of NM103 to NM105."""

_IDENTIFIERS: Final = {
    ("billing", "85"): ("billing_npi", "XX"),
    ("2310", "82"): ("rendering_npi", "XX"),
    ("2400", "82"): ("lines.rendering_npi", "XX"),
    ("subscriber", "IL"): ("member_id", "MI"),
}
"""Loop and NM101 -> the field of NM109, and what NM108 says of it."""

_TAXONOMIES: Final = {
    ("billing", "BI"): "billing_taxonomy",
    ("2310", "PE"): "rendering_taxonomy",
    ("2400", "PE"): "lines.rendering_taxonomy",
}
"""Loop and PRV01 -> the field of PRV03."""

_LINE_ELEMENTS: Final = {
    ("SV1", 2): ("charge", True),
    ("SV1", 4): ("units", True),
    ("SV1", 5): ("place_of_service", False),
    ("SV2", 1): ("revenue_code", False),
    ("SV2", 3): ("charge", True),
    ("SV2", 5): ("units", True),
    ("CTP", 4): ("drug_quantity", True),
}
"""Elements of loop 2400 that are one field each, and whether it is a number."""

_LINE_COMPONENTS: Final[dict[tuple[str, int], dict[int, str]]] = {
    ("SV1", 1): {2: "procedure", **dict.fromkeys(range(3, 7), "modifiers")},
    ("SV2", 2): {2: "procedure", **dict.fromkeys(range(3, 7), "modifiers")},
    ("CTP", 5): {1: "drug_unit"},
}


class Standing:
    """Where the reader stands in the original: its loop, its line, whom the last NM1 named."""

    def __init__(self, loop: str, component: str, lines: tuple[int, ...] = ()) -> None:
        self.loop = loop
        self.component = component
        self.lines = lines
        """LX of the coded lines, in order"""
        self.place = -1
        """which line, from 0"""
        self.role = ""
        self.before = ""
        """id of the segment before"""
        self.diagnoses = 0
        """how many were read"""

    def enter(self, segment: list[str]) -> None:
        """Take notice of a segment that stands in both texts."""
        name = segment[0]
        self.before = name
        if name == "NM1":
            self.role = segment[1] if len(segment) > 1 else ""
        if self.loop in ("billing", "subscriber"):
            return
        if name == "LX":
            self.loop = "2400"
            self.place += 1
            self.role = ""
        elif name == "SBR":
            self.loop = "2320"
        elif name == "NM1" and self.loop == "2300":
            self.loop = "2310"

    def line_field(self, name: str) -> str | None:
        """The path of a field of the line; null where the line is not one of the coded ones."""
        return f"lines[{self.lines[self.place]}].{name}" if 0 <= self.place < len(self.lines) else None

    def field(self, name: str) -> str | None:
        """A field as the tables here name it: `lines.` before one of the line."""
        part, dot, rest = name.partition(".")
        return self.line_field(rest) if dot else part

    def is_diagnosis(self, composite: str) -> bool:
        return composite.split(self.component)[0] in _DIAGNOSES

    def code(self, composite: str) -> str:
        """The code of a diagnosis, without a dot."""
        return [*composite.split(self.component), ""][1].replace(".", "")

    def is_claim_reference(self, segment: list[str]) -> bool:
        """Whether it is a REF of loop 2300 that an edit may bring or take away."""
        return self.loop == "2300" and len(segment) == 3 and segment[0] == "REF" and segment[1] in REFERENCES

    def added(self, segment: list[str]) -> tuple[Change, ...]:
        """What a segment that the original does not have adds; empty where no edit could have brought it."""
        name, width = segment[0], len(segment)
        if self.is_claim_reference(segment):
            return (Change(f"2300 REF*{segment[1]}", REFERENCES[segment[1]], None, segment[2]),)
        if name == "PRV" and width == 4 and segment[2] == "PXC":
            field = _TAXONOMIES.get((self.loop, segment[1]))
            if field is not None and self._may_take_taxonomy(segment[1]):
                return (Change(f"{self.loop} PRV03", self.field(field), None, segment[3]),)
        if name == "PWK" and self.loop == "2300" and width == 7 and segment[3:6] == ["", "", "AC"]:
            return (Change("2300 PWK", "attachment", None, (segment[1], segment[2], segment[6])),)
        new_count = name == "CTP" and self.loop == "2400" and self.before == "LIN" and width in (5, 6)
        if new_count and segment[1:4] == ["", "", ""]:
            fields = ((4, "drug_quantity"), (5, "drug_unit"))
            return tuple(
                Change(f"2400 CTP{n:02d}", self.line_field(field), None, segment[n])
                for n, field in fields
                if n < width
            )
        return ()

    def _may_take_taxonomy(self, role: str) -> bool:
        return self.before == "HL" if role == "BI" else self.before == "NM1" and self.role == "82"


def read_changes(standing: Standing, old: list[str], new: list[str]) -> Iterator[Change]:
    """The changes between two segments that stand for each other."""
    place = f"{standing.loop} {old[0]}"
    width = max(len(old), len(new))
    before = old + [""] * (width - len(old))
    after = new + [""] * (width - len(new))
    changed = [e for e in range(width) if before[e] != after[e]]
    if not changed and len(old) != len(new):
        yield Change(place, None, None, None)
    if changed and len(new) > max(len(old), changed[-1] + 1):
        yield Change(place, None, None, None)
    if changed:
        yield from _of_segment(standing, place, before, after, changed)
    if old[0] == "HI" and standing.loop == "2300":
        standing.diagnoses += sum(standing.is_diagnosis(c) for c in old[1:])


def _of_segment(
    standing: Standing, place: str, before: list[str], after: list[str], changed: list[int]
) -> Iterator[Change]:
    name = before[0]
    if name == "NM1":
        yield from _of_name(standing, place, before, after, changed)
        return
    whole = _as_a_whole(standing, before, after, changed)
    if whole is not None:
        yield Change(place, *whole)
        return
    for number in changed:
        yield from _of_element(standing, f"{place}{number:02d}", before, number, after[number])


def _of_name(
    standing: Standing, place: str, before: list[str], after: list[str], changed: list[int]
) -> Iterator[Change]:
    """NM1: the name in NM103 to NM105 is one field, the number in NM109 another."""
    key = (standing.loop, standing.role)
    identifier, kind = _IDENTIFIERS.get(key, (None, ""))
    names = [e for e in changed if e in (3, 4, 5)]
    others = [e for e in changed if e not in (3, 4, 5)]
    if names:
        field = standing.field(_NAMES[key]) if key in _NAMES else None
        yield Change(f"{place}{names[0]:02d}", field, _listed(before[3:6]), _listed(after[3:6]))
    if others == [8, 9] and before[8] == "" and after[8] == kind:
        others = [9]
    for number in others:
        field = standing.field(identifier) if identifier is not None and number == 9 else None
        yield Change(f"{place}{number:02d}", field, before[number] or None, after[number] or None)


def _as_a_whole(
    standing: Standing, before: list[str], after: list[str], changed: list[int]
) -> tuple[str | None, EditValue, EditValue] | None:
    """Segments of which several elements are one field: the dates of a line, an attachment."""
    name = before[0]
    if name == "DTP" and standing.loop == "2400" and before[1] == "472" and {*changed} <= {2, 3}:
        dates = [_dates(segment) for segment in (before, after)]
        return (standing.line_field("service_dates") if all(dates) else None, dates[0], dates[1])
    if name == "PWK" and standing.loop == "2300" and {*changed} <= {1, 2, 5, 6} and len(before) > 6:
        whole = [(segment[1], segment[2], segment[6]) for segment in (before, after)]
        return ("attachment" if after[5] == "AC" else None, whole[0], whole[1])
    return None


def _dates(segment: list[str]) -> tuple[str, str] | None:
    """First and last day of a DTP, where its format says the same as its text."""
    first, dash, last = segment[3].partition("-")
    if segment[2] != ("RD8" if dash else "D8"):
        return None
    return first, last if dash else first


def _of_element(
    standing: Standing, place: str, segment: list[str], number: int, after: str
) -> Iterator[Change]:
    name, before = (segment[0], number), segment[number]
    role = segment[1] if len(segment) > 1 else ""
    if name in _LINE_ELEMENTS and standing.loop == "2400":
        field, is_number = _LINE_ELEMENTS[name]
        yield _change(place, standing.line_field(field), before, after, is_number)
    elif name in _LINE_COMPONENTS and standing.loop == "2400":
        fields = {n: standing.line_field(field) for n, field in _LINE_COMPONENTS[name].items()}
        yield from _composite(standing, place, before, after, fields)
    elif name == ("SV1", 7) and standing.loop == "2400":
        pointers = (_listed(text.split(standing.component)) for text in (before, after))
        yield Change(place, standing.line_field("pointers"), *pointers)
    elif name == ("LIN", 3) and standing.loop == "2400" and segment[2:3] == ["N4"]:
        yield _change(place, standing.line_field("drug_code"), before, after)
    elif name == ("REF", 2) and standing.loop == "2300" and role in REFERENCES:
        yield _change(place, REFERENCES[role], before, after)
    elif name == ("CLM", 2):
        yield _change(place, "total_charge", before, after, is_number=True)
    elif name == ("CLM", 5):
        professional = before.split(standing.component)[1:2] in ([], [""], ["B"])
        fields = {1: "place_of_service" if professional else None, 3: "frequency_code"}
        yield from _composite(standing, place, before, after, fields)
    elif segment[0] == "HI" and standing.loop == "2300" and standing.is_diagnosis(before):
        count = standing.diagnoses + sum(standing.is_diagnosis(c) for c in segment[1 : number + 1])
        fields = {2: f"diagnoses[{count}].code", 9: f"diagnoses[{count}].poa"}
        yield from _composite(standing, place, before, after, fields)
    elif name == ("PRV", 3) and segment[2:3] == ["PXC"] and (standing.loop, role) in _TAXONOMIES:
        known = role == "BI" or standing.role == "82"
        yield _change(
            place, standing.field(_TAXONOMIES[standing.loop, role]) if known else None, before, after
        )
    elif name == ("DMG", 2) and (standing.loop, standing.role) == ("subscriber", "IL"):
        yield _change(place, "subscriber_birth_date", before, after)
    else:
        yield Change(place, None, None, None)


def _change(place: str, field: str | None, before: str, after: str, is_number: bool = False) -> Change:
    if is_number:
        before, after = plain_number(before), plain_number(after)
    return Change(place, field, before or None, after or None)


def _composite(
    standing: Standing, place: str, before: str, after: str, fields: dict[int, str | None]
) -> Iterator[Change]:
    component = standing.component
    old, new = before.split(component), after.split(component)
    width = max(len(old), len(new), 6)
    old += [""] * (width - len(old))
    new += [""] * (width - len(new))
    if after.endswith(component) and not before.endswith(component):
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


def _listed(codes: list[str]) -> tuple[str, ...] | None:
    """The codes that are there; of a list with a gap, as far as it goes."""
    return tuple(code for code in codes if code) or None
