"""What only the segments of a claim tell, not its coded facts: references, drugs, names, taxonomies, attachments."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from schemas.claim import ClaimSubmitted

_CLAIM_ENDS: Final = frozenset({"NM1", "SBR", "LX"})
"""What opens the first loop below loop 2300."""

_OTHERS_SPEAK: Final = frozenset({"SBR", "LX"})


def reference(claim: ClaimSubmitted, qualifier: str) -> str | None:
    """REF02 of loop 2300 with this REF01."""
    return next((_at(s, 2) for s in _head(claim) if s[0] == "REF" and s[1:2] == [qualifier]), None)


def attachment(claim: ClaimSubmitted) -> tuple[str, ...] | None:
    """PWK01, PWK02 and PWK06 of the one PWK of loop 2300; null where there is none or are several."""
    found = [s for s in _head(claim) if s[0] == "PWK"]
    return tuple(_at(found[0], n) or "" for n in (1, 2, 6)) if len(found) == 1 else None


def drug(claim: ClaimSubmitted, line: int | None, name: str) -> str | None:
    """Of the drug of a line (loop 2410): `drug_code` (LIN03, where LIN02 says that it is an NDC), `drug_quantity`
    (CTP04), `drug_unit` (CTP05-1)."""
    in_drug = False
    for segment in _line(claim, line):
        in_drug = in_drug or (segment[0] == "LIN" and segment[2:3] == ["N4"])
        if in_drug and name == "drug_code" and segment[0] == "LIN":
            return _at(segment, 3)
        if in_drug and segment[0] == "CTP":
            value = _at(segment, 4 if name == "drug_quantity" else 5)
            return value.split(claim.delimiters.component)[0] or None if value is not None else None
    return None


def party_name(claim: ClaimSubmitted, role: str, line: int | None = None) -> tuple[str, ...] | None:
    """Last, first and middle name of the claim's or a line's provider (NM101), or of the subscriber (IL)."""
    if role == "IL":
        segments = _split(claim, claim.loops.subscriber)
    else:
        segments = _providers(claim) if line is None else _line(claim, line)
    named = next((s for s in segments if s[0] == "NM1" and s[1:2] == [role]), None)
    if named is None:
        return None
    name = [_at(named, place) or "" for place in (3, 4, 5)]
    while name and not name[-1]:
        name.pop()
    return tuple(name) or None


def birth_date(claim: ClaimSubmitted) -> str | None:
    """DMG02 of the subscriber (loop 2010BA), CCYYMMDD."""
    segments = _split(claim, claim.loops.subscriber)
    return next((_at(s, 2) for s in segments if s[0] == "DMG" and s[1:2] == ["D8"]), None)


def _head(claim: ClaimSubmitted) -> Iterator[list[str]]:
    """Loop 2300 before its first inner loop."""
    for segment in _split(claim, claim.segments):
        if segment[0] in _CLAIM_ENDS:
            return
        yield segment


def _providers(claim: ClaimSubmitted) -> Iterator[list[str]]:
    """Loops 2300 and 2310."""
    for segment in _split(claim, claim.segments):
        if segment[0] in _OTHERS_SPEAK:
            return
        yield segment


def _line(claim: ClaimSubmitted, line: int | None) -> Iterator[list[str]]:
    """The loop 2400 of a line, by its LX."""
    numbers = iter(each.line for each in claim.lines)
    at: int | None = None
    for segment in _split(claim, claim.segments):
        if segment[0] == "LX":
            at = next(numbers, None)
        if at is not None and at == line:
            yield segment


def _split(claim: ClaimSubmitted, segments: tuple[str, ...]) -> Iterator[list[str]]:
    return (segment.split(claim.delimiters.element) for segment in segments)


def _at(segment: list[str], place: int) -> str | None:
    return (segment[place].strip() or None) if len(segment) > place else None
