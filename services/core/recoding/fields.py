"""Field paths of a submitted claim: what an edit may name, what stands there, what the claim is after it.

The paths: `prior_authorization` (loop 2300 REF*G1), `referral_number` (2300 REF*9F), `billing_npi` (2010AA NM109),
`rendering_npi` (2310B of 837P, 2310D of 837I), `lines[n].rendering_npi` (2420A, 2420C), `lines[n].modifiers`
(SV101-3 to -6, SV202-3 to -6), `lines[n].procedure` (SV101-2, SV202-2), `lines[n].pointers` (SV107, as texts),
`lines[n].drug_code` (2410 LIN03, an NDC), `clia_number` (2300 REF*X4), `diagnoses[n].code` (HI). `n` of a line is its
LX, `n` of a diagnosis its place in the claim from 1.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from schemas.claim import ClaimSubmitted, Provider
from schemas.recoding import Edit, EditValue

_PATH: Final = re.compile(
    r"(?:(?P<part>lines|diagnoses)\[(?P<number>[1-9][0-9]{0,3})\]\.)?(?P<name>[a-z_]+)\Z"
)

_NAMES: Final[dict[str | None, frozenset[str]]] = {
    None: frozenset(
        {"prior_authorization", "referral_number", "billing_npi", "rendering_npi", "clia_number"}
    ),
    "lines": frozenset({"modifiers", "procedure", "rendering_npi", "pointers", "drug_code"}),
    "diagnoses": frozenset({"code"}),
}

# The loop's NM101 of a rendering provider.
RENDERING: Final = "82"
BILLING: Final = "85"

# SV101 and SV202 have four places for modifiers.
MODIFIER_PLACES: Final = 4
# SV107 has four.
POINTER_PLACES: Final = 4


@dataclass(frozen=True, slots=True)
class Field:
    """A parsed path. `part` is null for a field of the claim itself."""

    part: str | None
    number: int | None
    name: str

    @property
    def line(self) -> int | None:
        """The LX that an edit of this field names."""
        return self.number if self.part == "lines" else None

    @property
    def clinical(self) -> bool:
        """Whether a change says something about the care that was given."""
        return self.name in ("modifiers", "procedure", "code", "pointers")

    @property
    def of_something(self) -> bool:
        """Whether its value names a drug or a certificate: another value is another thing."""
        return self.name in ("drug_code", "clia_number")

    @property
    def provider(self) -> bool:
        return self.name.endswith("_npi")


@lru_cache(maxsize=1024)
def parse_field(path: str) -> Field | None:
    """The field of a path; null where an edit may not name it."""
    match = _PATH.match(path)
    if match is None or match["name"] not in _NAMES[match["part"]]:
        return None
    return Field(match["part"], int(match["number"]) if match["number"] else None, match["name"])


def exists(claim: ClaimSubmitted, field: Field) -> bool:
    """Whether the claim has the line, the diagnosis or the provider's loop that the field names."""
    if field.part == "lines":
        known = any(line.line == field.number for line in claim.lines)
        return known and (field.name != "rendering_npi" or rendering(claim, field.number) is not None)
    if field.part == "diagnoses":
        return field.number is not None and field.number <= len(claim.diagnoses)
    return field.name != "rendering_npi" or rendering(claim) is not None


def current(claim: ClaimSubmitted, field: Field) -> EditValue:
    """What stands in the field now; null where nothing does."""
    if field.part == "lines":
        if field.name == "drug_code":
            return _drug_code(claim, field.number)
        line = next((line for line in claim.lines if line.line == field.number), None)
        if field.name == "pointers":
            return tuple(str(p) for p in line.pointers) or None if line is not None else None
        value: EditValue = getattr(line, field.name, None)
        return value or None
    if field.part == "diagnoses":
        at = (field.number or 1) - 1
        return claim.diagnoses[at].code if at < len(claim.diagnoses) else None
    if field.name == "rendering_npi":
        provider = rendering(claim)
        return (provider.npi or None) if provider else None
    if field.name == "clia_number":
        return _reference(claim, "X4")
    value = getattr(claim, field.name)
    return value or None


def _reference(claim: ClaimSubmitted, qualifier: str) -> str | None:
    """REF02 of loop 2300 with this REF01."""
    for segment in claim.segments:
        elements = segment.split(claim.delimiters.element)
        if elements[0] in ("NM1", "SBR", "LX"):
            return None
        if elements[0] == "REF" and elements[1:2] == [qualifier]:
            return (elements[2].strip() if len(elements) > 2 else "") or None
    return None


def _drug_code(claim: ClaimSubmitted, line: int | None) -> str | None:
    """LIN03 of the line's loop 2410, where LIN02 says that it is an NDC."""
    numbers = iter(each.line for each in claim.lines)
    at: int | None = None
    for segment in claim.segments:
        elements = segment.split(claim.delimiters.element)
        if elements[0] == "LX":
            at = next(numbers, None)
        elif elements[0] == "LIN" and at == line and elements[2:3] == ["N4"]:
            return (elements[3].strip() if len(elements) > 3 else "") or None
    return None


def rendering(claim: ClaimSubmitted, line: int | None = None) -> Provider | None:
    """The rendering provider of the claim (loop 2310B) or of one line (2420A); null where the loop is absent."""
    return next((p for p in claim.providers if p.role == RENDERING and p.line == line), None)


def billing(claim: ClaimSubmitted) -> Provider | None:
    """The billing provider (loop 2010AA)."""
    return next((p for p in claim.providers if p.role == BILLING), None)


def altered(claim: ClaimSubmitted, edit: Edit) -> ClaimSubmitted:
    """The coded facts of the claim after an edit; the segments stay as they are, and with them what only they tell
    (`clia_number`, `drug_code`).

    The field must parse and exist. This shows what an edit means; the resubmitter edits the segments.
    """
    field = parse_field(edit.field)
    if field is None or not exists(claim, field):
        raise ValueError("field")
    after = edit.after
    if field.part == "lines":
        if field.name == "drug_code":
            return claim
        value: Any = tuple(after or ()) if field.name == "modifiers" else after
        if field.name == "pointers":
            value = tuple(int(p) for p in after or () if p.isdecimal())
        lines = tuple(
            line.model_copy(update={field.name: value}) if line.line == field.number else line
            for line in claim.lines
        )
        return claim.model_copy(update={"lines": lines})
    if field.part == "diagnoses":
        at = (field.number or 1) - 1
        diagnoses = tuple(
            d.model_copy(update={"code": after}) if n == at else d for n, d in enumerate(claim.diagnoses)
        )
        return claim.model_copy(update={"diagnoses": diagnoses})
    if field.name == "rendering_npi":
        providers = tuple(
            p.model_copy(update={"npi": after}) if p.role == RENDERING and p.line is None else p
            for p in claim.providers
        )
        return claim.model_copy(update={"providers": providers})
    if field.name == "clia_number":
        return claim
    return claim.model_copy(update={field.name: after})


def well_formed(claim: ClaimSubmitted, field: Field, value: EditValue) -> bool:
    """Whether a value has the shape of the field, no delimiter of the claim and nothing unprintable in it."""
    if field.name == "modifiers":
        return (
            isinstance(value, tuple)
            and len(value) <= MODIFIER_PLACES
            and all(len(m) == 2 and m.isascii() and m.isalnum() and _clean(claim, m) for m in value)
        )
    if field.name == "pointers":
        return (
            isinstance(value, tuple)
            and 0 < len(value) <= POINTER_PLACES
            and all(p.isdecimal() and 0 < int(p) <= len(claim.diagnoses) for p in value)
        )
    return isinstance(value, str) and bool(value.strip()) and len(value) <= _LONGEST and _clean(claim, value)


def rewritten(before: EditValue, after: EditValue) -> bool:
    """Whether a value is the same number written in another way: with or without marks, in capitals, or with the
    zeros that pad the parts of a drug code."""
    if not isinstance(before, str) or not isinstance(after, str):
        return False
    old, new = ("".join(c for c in text.upper() if c.isalnum()) for text in (before, after))
    return old == new or any(new[at] == "0" and new[:at] + new[at + 1 :] == old for at in range(len(new)))


# REF02 and NM109 have at most 80 and 50 places; the shorter of what REF*G1 and NM109 take in the guides.
_LONGEST: Final = 50


def _clean(claim: ClaimSubmitted, value: str) -> bool:
    marks = claim.delimiters
    separators = {marks.element, marks.component, marks.terminator, marks.repetition} - {None, ""}
    return value.isascii() and value.isprintable() and not any(mark in value for mark in separators if mark)


__all__ = [
    "BILLING",
    "MODIFIER_PLACES",
    "RENDERING",
    "Field",
    "altered",
    "billing",
    "current",
    "exists",
    "parse_field",
    "rendering",
    "rewritten",
    "well_formed",
]
