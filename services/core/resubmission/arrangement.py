"""What the way back itself changes on a claim, beside frequency and reference: its path edits.

A new claim of Medicare Part B holds only the lines that could not be processed. A bill that goes back to Medicare Part
A says in exactly one condition code what it changes. A payer may want a note. Sources: domain reference 3.1 and 3.2;
CMS IOM 100-04 chapter 1, 130.1.2.1 (claim change reason codes) and chapter 34 (reopenings, R1 to R9).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from schemas.case import ClassifiedDenial, Evidence
from schemas.claim import ClaimSubmitted
from schemas.codes import Action, LineState, Path
from schemas.recoding import Edit
from services.core.denials.knowledge import SHIPPED, remark_code
from services.core.resubmission.next_payer import goes_elsewhere, numbers_of_next_payer
from services.core.resubmission.path import REOPENED
from services.core.resubmission.profiles import Profile
from services.core.x12.structure import CONDITION_CODES, NOTE, conditions
from services.core.x12.values import plain_number

LINES: Final = "lines"
TOTAL_CHARGE: Final = "total_charge"

STRUCTURE: Final = frozenset({LINES, TOTAL_CHARGE, CONDITION_CODES, NOTE})
"""The fields that a way may change by itself."""

ADJUSTMENT_CODES: Final = frozenset({"D0", "D1", "D2", "D3", "D4", "D7", "D8", "D9", "E0"})
"""Claim change reasons of an adjustment bill (xx7) and of a reopening (xxQ)."""

CANCEL_CODES: Final = frozenset({"D5", "D6"})
"""Those of a cancel bill (xx8): a wrong identifier; a duplicate or an overpayment."""

ANY_OTHER: Final = "D9"
"""Any other change, or several: it wants remarks."""

_REOPENING_REASON: Final = re.compile(r"R[1-9]")
_OF_REOPENING: Final = re.compile(r"R[1-9]|W[2-5]")
"""Why a bill is reopened, and what has become of it: both are attestations of a person."""

_PLACE: Final = re.compile(r"(?:lines|diagnoses)\[\d+\]\.(\w+)")

_BY_FIELD: Final = {
    "service_dates": "D0",
    "charge": "D1",
    TOTAL_CHARGE: "D1",
    "procedure": "D2",
    "modifiers": "D2",
    "revenue_code": "D2",
    "code": "D4",
    "poa": "D4",
    "diagnoses": "D4",
    "patient_status": "E0",
    "decision": "D7",
    "other_payers": "D7",
    "payer_responsibility": "D7",
    "billed_payer": "D7",
}

_WORDS: Final = {
    "prior_authorization": "PRIOR AUTHORIZATION",
    "referral_number": "REFERRAL NUMBER",
    "billing_npi": "BILLING PROVIDER NPI",
    "rendering_npi": "RENDERING PROVIDER NPI",
    "clia_number": "CLIA NUMBER",
    "modifiers": "MODIFIERS",
    "procedure": "PROCEDURE CODE",
    "pointers": "DIAGNOSIS POINTERS",
    "drug_code": "DRUG CODE",
    "revenue_code": "REVENUE CODE",
    "units": "UNITS",
    "charge": "CHARGE",
    "service_dates": "DATES OF SERVICE",
    "place_of_service": "PLACE OF SERVICE",
    "code": "DIAGNOSIS CODE",
    "poa": "PRESENT ON ADMISSION",
    "diagnoses": "DIAGNOSIS CODES",
    "lines": "SERVICE LINES",
    "total_charge": "TOTAL CHARGE",
    "member_id": "MEMBER IDENTIFIER",
    "decision": "PRIOR PAYER DECISION",
    "other_payers": "PRIOR PAYER DECISION",
    "payer_responsibility": "ORDER OF PAYERS",
}
"""What a note says of an edit: the place, never a value."""

_ANOTHER_PLACE: Final = "CLAIM DATA"
_LONGEST_NOTE: Final = 80
_SEVERAL: Final = "SEVERAL PLACES OF THE CLAIM"

_NOTES_OF_KIND: Final = {"837P": ("ADD",), "837I": ("ADD", "UPI")}
"""NTE01 in which we explain a correction."""

_UNPROCESSABLE: Final = "new_claim"
"""The directive of a remark by which the payer has not processed what it stands with (MA130)."""


@dataclass(frozen=True, slots=True)
class Arrangement:
    """`missing` names what only a person can say; until it is said nothing goes out."""

    edits: tuple[Edit, ...] = ()
    missing: tuple[str, ...] = ()

    @property
    def attests(self) -> bool:
        """Whether it says something of the claim that a person answers for."""
        return any(edit.field in (LINES, CONDITION_CODES) for edit in self.edits)


def arrange(
    denial: ClassifiedDenial,
    path: Path,
    frequency: str | None,
    profile: Profile,
    edits: Sequence[Edit],
) -> Arrangement:
    """What the way changes on the denial's claim that goes out with these edits."""
    claim = denial.claim
    if claim is None or frequency is None:
        return Arrangement()
    own = {edit.field for edit in edits}
    parts = [
        _numbers_of_next_payer(claim, edits),
        _unprocessed_only(denial, claim, path, profile, own),
        _change_code(claim, frequency, profile, edits),
    ]
    wants_note = profile.requires_note is True and frequency != "1"
    remarked = any(
        ANY_OTHER in (e.after or ()) for e in (*parts[-1].edits, *edits) if e.field == CONDITION_CODES
    )
    if (wants_note or remarked) and NOTE not in own:
        parts.append(_note(claim, frequency, profile, edits, new=remarked))
    return Arrangement(
        tuple(edit for part in parts for edit in part.edits),
        tuple(missing for part in parts for missing in part.missing),
    )


def _numbers_of_next_payer(claim: ClaimSubmitted, edits: Sequence[Edit]) -> Arrangement:
    """Where the claim goes to another payer, what the first gave a number to does not go with it."""
    swapped = goes_elsewhere(edits)
    return Arrangement(numbers_of_next_payer(claim) if swapped else ())


# Lines


def unprocessable_lines(denial: ClassifiedDenial) -> tuple[int, ...]:
    """The submitted lines (LX) that the payer could not process: denied in full, under a remark on the line that asks
    for a new claim; under one on the whole claim, those whose causes all ask for a corrected claim. Empty where a
    line of the remittance answers none."""
    adjudication = denial.adjudication
    directing = {r.line for r in adjudication.remarks if _directs(r.code)}
    if not directing:
        return ()
    answered = {m.remitted_line: m.submitted_line for m in denial.matches}
    denied = [line.line for line in adjudication.lines if line.state is LineState.DENIED_FULL]
    if None in directing:
        decided = {
            line
            for cause in denial.causes
            if cause.action is not Action.CORRECTED_CLAIM
            for line in cause.lines
        }
        wanted = [line for line in denied if line not in decided]
    else:
        wanted = [line for line in denied if line in directing]
    found = [answered.get(line) for line in wanted]
    numbers = [number for number in found if number is not None]
    return tuple(sorted(set(numbers))) if len(numbers) == len(found) else ()


def _directs(code: str) -> bool:
    known = SHIPPED.remarks.get(remark_code(code))
    return known is not None and known.directive == _UNPROCESSABLE


def _unprocessed_only(
    denial: ClassifiedDenial, claim: ClaimSubmitted, path: Path, profile: Profile, own: set[str]
) -> Arrangement:
    if path is not Path.NEW_CLAIM or not profile.unprocessable_lines_only:
        return Arrangement()
    if not denial.adjudication.lines or not any(_directs(each.code) for each in denial.adjudication.remarks):
        return Arrangement()
    kept = unprocessable_lines(denial)
    if not kept:
        return Arrangement(missing=("unprocessable_lines",))
    every = tuple(line.line for line in claim.lines)
    if set(kept) == set(every):
        return Arrangement()
    if LINES in own:
        # Which lines stay and which become several is one edit, and a person makes it.
        return Arrangement(missing=("unprocessable_lines",))
    if any(segment.startswith("SBR") for segment in claim.segments):
        # What another payer paid on the whole claim cannot be told apart by lines here.
        return Arrangement(missing=("other_payer_amounts",))
    evidence = (Evidence(source="claim-denied", place="lines"),)
    charge = sum((line.charge for line in claim.lines if line.line in kept), Decimal(0))
    return Arrangement(
        (
            Edit(
                line=None,
                field=LINES,
                before=tuple(str(n) for n in every),
                after=tuple(str(n) for n in every if n in kept),
                evidence=evidence,
            ),
            Edit(
                line=None,
                field=TOTAL_CHARGE,
                before=plain_number(str(claim.total_charge)),
                after=plain_number(str(charge)),
                evidence=evidence,
            ),
        )
    )


# Condition codes


def change_reason(edits: Iterable[Edit]) -> str:
    """The one claim change reason of these edits: that of what they change, else any other change."""
    reasons = {
        _BY_FIELD.get(_name(edit.field), ANY_OTHER)
        for edit in edits
        if edit.field not in (CONDITION_CODES, NOTE)
    }
    return reasons.pop() if len(reasons) == 1 else ANY_OTHER


def change_codes_fault(codes: Iterable[str], frequency: str) -> str | None:
    """What is wrong with the condition codes of a bill that goes back to Medicare Part A; null where nothing is."""
    listed = list(codes)
    fitting = CANCEL_CODES if frequency == "8" else ADJUSTMENT_CODES
    reasons = [code for code in listed if code in ADJUSTMENT_CODES | CANCEL_CODES]
    if len(reasons) != 1 or reasons[0] not in fitting:
        return "claim_change_code"
    if frequency == REOPENED and sum(bool(_REOPENING_REASON.fullmatch(code)) for code in listed) != 1:
        return "reopening_reason"
    return None


def takes_change_codes(claim: ClaimSubmitted, frequency: str, profile: Profile) -> bool:
    return (
        profile.claim_change_codes is True
        and claim.transaction == "837I"
        and frequency in ("7", "8", REOPENED)
    )


def _change_code(
    claim: ClaimSubmitted, frequency: str, profile: Profile, edits: Sequence[Edit]
) -> Arrangement:
    if not takes_change_codes(claim, frequency, profile):
        return Arrangement()
    given = next((edit for edit in edits if edit.field == CONDITION_CODES), None)
    if given is not None:
        fault = change_codes_fault(given.after or (), frequency)
        return Arrangement(missing=(fault,) if fault else ())
    mark = claim.delimiters
    present = conditions([s.split(mark.element) for s in claim.segments], mark.component)
    kept = [
        code
        for code in present
        if code not in ADJUSTMENT_CODES | CANCEL_CODES and not _OF_REOPENING.fullmatch(code)
    ]
    if frequency == "8":
        # Whether an identifier was wrong or the bill a duplicate is not for a machine to say.
        return Arrangement(missing=("claim_change_code",))
    if frequency == REOPENED:
        return Arrangement(missing=("reopening_reason",))
    after = (*kept, change_reason(edits))
    if after == present:
        return Arrangement()
    evidence = (Evidence(source=f"profile:{profile.family}", place="claim_change_codes"),)
    change = Edit(line=None, field=CONDITION_CODES, before=present or None, after=after, evidence=evidence)
    return Arrangement((change,))


# Notes


def note_text(edits: Iterable[Edit]) -> str:
    """What is changed, in our own words and without a value: at most 80 characters, capitals."""
    places: list[str] = []
    for edit in edits:
        word = _WORDS.get(_name(edit.field), _ANOTHER_PLACE)
        places.append(f"{word} LINE {edit.line}" if edit.line is not None else word)
    said = f"CORRECTION OF {', '.join(dict.fromkeys(places)) or _ANOTHER_PLACE}"
    return said if len(said) <= _LONGEST_NOTE else f"CORRECTION OF {_SEVERAL}"


def is_noted(claim: ClaimSubmitted, profile: Profile) -> bool:
    """Whether the claim has a note already: with the NTE01 that the payer names, where it names one."""
    notes = _notes(claim)
    return profile.note_qualifier in notes if profile.note_qualifier is not None else bool(notes)


def _note(
    claim: ClaimSubmitted, frequency: str, profile: Profile, edits: Sequence[Edit], *, new: bool
) -> Arrangement:
    """`new`: a note that is there already does not do, as it says nothing of this change."""
    if not new and is_noted(claim, profile):
        return Arrangement()
    fitting = _NOTES_OF_KIND.get(claim.transaction, ())
    qualifier = profile.note_qualifier if profile.note_qualifier in fitting else next(iter(fitting), None)
    present = _notes(claim)
    if qualifier is None or qualifier in present or (claim.transaction == "837P" and present):
        return Arrangement(missing=("note",))
    said = note_text(e for e in edits if e.field not in STRUCTURE)
    text = "CANCELLATION OF THE CLAIM" if frequency == "8" else said
    evidence = (Evidence(source=f"profile:{profile.family}", place="requires_note"),)
    return Arrangement(
        (Edit(line=None, field=NOTE, before=None, after=(qualifier, text), evidence=evidence),)
    )


def _notes(claim: ClaimSubmitted) -> list[str]:
    """NTE01 of every note of loop 2300: those of lines (loop 2400) come after the first LX."""
    found: list[str] = []
    for segment in claim.segments:
        elements = segment.split(claim.delimiters.element)
        if elements[0] == "LX":
            break
        if elements[0] == "NTE":
            found += elements[1:2]
    return found


def _name(field: str) -> str:
    """The name of a field without its place."""
    place = _PLACE.fullmatch(field)
    return place[1] if place is not None else field.split(".")[-1]
