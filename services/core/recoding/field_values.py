"""Whether a value can stand in a field of a claim, and whether it is the same thing written otherwise."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Final

from schemas.claim import ClaimSubmitted
from schemas.recoding import Edit, EditValue
from services.core.recoding import structure_fields
from services.core.recoding.fields import (
    MODIFIER_PLACES,
    POINTER_PLACES,
    Field,
    altered,
    current,
    plain,
    remaining,
)
from services.core.x12.line_copies import copied, may_copy, with_copies

# REF02 and NM109 have at most 80 and 50 places; the shorter of what REF*G1 and NM109 take in the guides.
_LONGEST: Final = 50

_NUMBER: Final = re.compile(r"[0-9]{1,15}(\.[0-9]{1,3})?")

_TAXONOMY: Final = re.compile(r"[0-9A-Z]{9}X")

_NAME_PARTS: Final = 3
_ATTACHMENT_PARTS: Final = 3


def well_formed(claim: ClaimSubmitted, field: Field, value: EditValue) -> bool:
    """Whether a value has the shape of the field, no delimiter of the claim and nothing unprintable in it."""
    if field.name in structure_fields.NAMES:
        return structure_fields.fits(claim, field.name, value)
    if isinstance(value, tuple):
        return all(isinstance(v, str) and _stands(claim, v) for v in value) and _list_fits(
            claim, field, value
        )
    return isinstance(value, str) and _stands(claim, value) and _text_fits(field, value)


def _list_fits(claim: ClaimSubmitted, field: Field, values: tuple[str, ...]) -> bool:
    match field.name:
        case "modifiers":
            return len(values) <= MODIFIER_PLACES and all(len(m) == 2 and m.isalnum() for m in values)
        case "pointers":
            known = len(claim.diagnoses)
            return 0 < len(values) <= POINTER_PLACES and all(
                p.isdecimal() and 0 < int(p) <= known for p in values
            )
        case "lines" if len(values) > len(claim.lines):
            return may_copy(claim, values)
        case "lines" | "diagnoses":
            listed = current(claim, field)
            kept = remaining(listed, values) if isinstance(listed, tuple) else None
            return kept is not None and 0 < len(kept) < len(listed or ())
        case "service_dates":
            days = [_day(value) for value in values]
            return len(days) == 2 and None not in days and values[0] <= values[1]
        case "referring_name" | "ordering_name" | "subscriber_name":
            return 0 < len(values) <= _NAME_PARTS
        case "attachment":
            return len(values) == _ATTACHMENT_PARTS
    return False


def _text_fits(field: Field, value: str) -> bool:
    if field.name in LISTS:
        return False
    if field.number_like:
        return _NUMBER.fullmatch(value) is not None and plain(Decimal(value)) == value and value != "0"
    if field.name == "subscriber_birth_date":
        return _day(value) is not None
    if field.taxonomy:
        return valid_taxonomy(value)
    if field.name == "poa":
        return value in ("Y", "N", "U", "W")
    return True


LISTS: Final = frozenset(
    {
        *("modifiers", "pointers", "lines", "diagnoses", "service_dates", "attachment"),
        *("referring_name", "ordering_name", "subscriber_name"),
    }
)
"""Fields whose value is several texts."""


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == 8 and text.isdecimal() else None
    except ValueError:
        return None


def rewritten(before: EditValue, after: EditValue) -> bool:
    """Whether a value is the same number written in another way: with or without marks, in capitals, or with the
    zeros that pad the parts of a drug code."""
    if not isinstance(before, str) or not isinstance(after, str):
        return False
    old, new = ("".join(c for c in text.upper() if c.isalnum()) for text in (before, after))
    return old == new or any(new[at] == "0" and new[:at] + new[at + 1 :] == old for at in range(len(new)))


def is_number(text: str) -> bool:
    """Whether a text is a number as edits write them."""
    return _NUMBER.fullmatch(text) is not None


def valid_taxonomy(code: str) -> bool:
    """Whether a text has the shape of a provider taxonomy code: ten places, an X at the end."""
    return _TAXONOMY.fullmatch(code) is not None


def balanced(claim: ClaimSubmitted, edits: Iterable[Edit]) -> bool:
    """Whether the charges of the lines add up to that of the claim as they did, after edits of charges or lines."""
    changes = [e for e in edits if e.field in ("lines", "total_charge") or e.field.endswith(".charge")]
    if not changes:
        return True
    after = with_copies(claim, changes)
    try:
        for edit in changes:
            after = after if copied(edit) else altered(after, edit)
    except ValueError:
        return False
    old, new = (each.total_charge - sum(line.charge for line in each.lines) for each in (claim, after))
    return old == new


def _stands(claim: ClaimSubmitted, value: str) -> bool:
    marks = claim.delimiters
    separators = {marks.element, marks.component, marks.terminator, marks.repetition} - {None, ""}
    return (
        bool(value.strip())
        and len(value) <= _LONGEST
        and value.isascii()
        and value.isprintable()
        and not any(mark in value for mark in separators if mark)
    )
