"""Who the patient is, and the segments that say so: read from the claim's own loops, shown only when opened."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from schemas.claim import ClaimSubmitted, Delimiters
from schemas.remittance import Adjudication

MASK: Final = "•••"

_PERSONS: Final = frozenset({"IL", "QC", "74", "03", "36", "77A"})
"""NM101 of the insured, the patient, a corrected insured, a dependent and the employer."""

_ALWAYS_MASKED: Final = frozenset({"DMG", "N3", "N4", "NTE", "PER", "PAT"})
"""Addresses, birth dates and free text: of whom they speak depends on the loop, so none is shown."""

_PERSONAL_REFERENCES: Final = frozenset({"SY", "1W", "IG", "Y4", "1L", "A6", "EA", "CE"})
"""REF01 of numbers that are a person's: social security, member, policy, group, medical record."""


@dataclass(frozen=True, slots=True)
class PatientView:
    """The patient and the subscriber, as the 837 names them."""

    name: str
    born: str
    sex: str
    address: str
    member_id: str
    subscriber: str | None
    """where the patient is another person"""


@dataclass(frozen=True, slots=True)
class RawView:
    """One raw record: its segments in file order."""

    title: str
    segments: tuple[str, ...]
    masked: int
    """how many segments are hidden"""


def patient_of(claim: ClaimSubmitted) -> PatientView:
    """Loop 2010CA where there is one, else 2010BA."""
    own = claim.loops.patient or claim.loops.subscriber
    sep = claim.delimiters.element
    persons = ("QC",) if claim.loops.patient else ("IL",)
    birth = _elements(own, sep, "DMG")
    subscriber = _name(claim.loops.subscriber, sep, ("IL",))
    born = birth[2] if len(birth) > 2 else ""
    return PatientView(
        name=_name(own, sep, persons),
        born=f"{born[:4]}-{born[4:6]}-{born[6:8]}" if len(born) == 8 else born,
        sex={"F": "female", "M": "male", "U": "unknown"}.get(birth[3] if len(birth) > 3 else "", ""),
        address=_address(own, sep),
        member_id=claim.member_id or "",
        subscriber=subscriber if claim.loops.patient else None,
    )


def raw_claim(claim: ClaimSubmitted, opened: bool) -> RawView:
    """The 837: the loops around the claim, then the claim."""
    loops = claim.loops
    segments = (
        *(loops.interchange, loops.group, *loops.transaction),
        *(*loops.billing, *loops.subscriber, *loops.patient),
        *claim.segments,
    )
    return _raw(f"{claim.transaction} as it was submitted", segments, claim.delimiters, opened)


def raw_answer(answer: Adjudication, opened: bool) -> RawView:
    """The claim's part of an 835."""
    return _raw("835, this claim's part", answer.segments, answer.delimiters, opened)


def _raw(title: str, segments: Iterable[str], delimiters: Delimiters, opened: bool) -> RawView:
    told = [(segment, opened or not _personal(segment, delimiters.element)) for segment in segments]
    shown = tuple(
        segment if clear else f"{segment.partition(delimiters.element)[0]}{delimiters.element}{MASK}"
        for segment, clear in told
    )
    return RawView(title, shown, sum(not clear for _, clear in told))


def _personal(segment: str, sep: str) -> bool:
    elements = segment.split(sep)
    if elements[0] in _ALWAYS_MASKED:
        return True
    second = elements[1] if len(elements) > 1 else ""
    return (elements[0] == "NM1" and second in _PERSONS) or (
        elements[0] == "REF" and second in _PERSONAL_REFERENCES
    )


def _elements(segments: Iterable[str], sep: str, name: str) -> list[str]:
    return next((found for s in segments if (found := s.split(sep))[0] == name), [])


def _name(segments: Iterable[str], sep: str, persons: tuple[str, ...]) -> str:
    for segment in segments:
        e = segment.split(sep)
        if e[0] == "NM1" and len(e) > 3 and e[1] in persons:
            given = " ".join(filter(None, e[4:6]))
            return f"{e[3]}, {given}" if given else e[3]
    return ""


def _address(segments: Iterable[str], sep: str) -> str:
    """The first address of the loops: that of the person, which comes before the payer's."""
    found = list(segments)
    street = _elements(found, sep, "N3")[1:]
    city = _elements(found, sep, "N4")[1:4]
    return ", ".join(part for part in (" ".join(street), " ".join(city)) if part)
