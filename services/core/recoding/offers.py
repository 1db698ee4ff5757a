"""Edits that a check wants or offers: with what stands there now, and only where they can stand in the claim."""

from __future__ import annotations

from collections.abc import Iterable

from schemas.case import Evidence
from schemas.claim import ClaimLine
from schemas.recoding import Edit, EditValue
from services.core.recoding.field_values import well_formed
from services.core.recoding.fields import MODIFIER_PLACES, current, exists, parse_field
from services.core.recoding.situation import Situation


def field_edit(
    situation: Situation, path: str, after: EditValue, place: str, evidence: Iterable[Evidence] = ()
) -> Edit | None:
    """An edit of one field; null where the claim does not have it, says so already, or cannot take the value.

    `place`: where it stands in the 837. What the subscriber is called stands in the edit alone, never in evidence.
    """
    claim, field = situation.claim, parse_field(path)
    if claim is None or field is None or not exists(claim, field):
        return None
    before = current(claim, field)
    removed = after is None and field.removable
    if after == before or not (removed or well_formed(claim, field, after)):
        return None
    own = situation.from_claim(place)
    return made_edit(field.line, path, before, after, (own, *evidence, *situation.cause.evidence))


def made_edit(
    line: int | None, path: str, before: EditValue, after: EditValue, evidence: tuple[Evidence, ...]
) -> Edit:
    """An edit of values that are of their types already."""
    return Edit.trust({"line": line, "field": path, "before": before, "after": after, "evidence": evidence})


def with_modifier(
    situation: Situation,
    line: ClaimLine,
    modifier: str,
    evidence: Iterable[Evidence] = (),
    *,
    first: bool = False,
) -> Edit | None:
    """The line with one more modifier, in front where it prices the line; null where it has it or has no place."""
    if modifier in line.modifiers or len(line.modifiers) >= MODIFIER_PLACES:
        return None
    after = (modifier, *line.modifiers) if first else (*line.modifiers, modifier)
    return modifiers_edit(situation, line, after, evidence)


def without_modifier(
    situation: Situation, line: ClaimLine, modifier: str, evidence: Iterable[Evidence] = ()
) -> Edit | None:
    """The line without a modifier; null where it does not have it."""
    if modifier not in line.modifiers:
        return None
    return modifiers_edit(situation, line, tuple(m for m in line.modifiers if m != modifier), evidence)


def modifiers_edit(
    situation: Situation, line: ClaimLine, after: tuple[str, ...], evidence: Iterable[Evidence]
) -> Edit | None:
    """An edit of a line's modifiers; null where they cannot stand in the claim."""
    claim = situation.claim
    path = f"lines[{line.line}].modifiers"
    field = parse_field(path)
    if claim is None or field is None or not well_formed(claim, field, after):
        return None
    place = "SV202-3" if claim.transaction == "837I" else "SV101-3"
    own = situation.from_claim(f"LX {line.line} {place}")
    proofs = (own, *evidence, *situation.cause.evidence)
    return made_edit(line.line, path, line.modifiers or None, after or None, proofs)
