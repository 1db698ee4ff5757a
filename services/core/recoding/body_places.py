"""Modifiers of fingers, toes and eyelids, by the title of the diagnosis that the line points to (domain reference 2.2).

A coronary vessel stands in no diagnosis: its modifier is the record's alone.
"""

from __future__ import annotations

from typing import Final

from pydantic import BaseModel, ConfigDict

from schemas.claim import ClaimSubmitted
from schemas.recoding import Edit
from services.core.codes.icd10cm import DiagnosisCodes
from services.core.recoding.check import Check, Parameters
from services.core.recoding.indicators import SIDES
from services.core.recoding.lookups import Opened, opened
from services.core.recoding.offers import with_modifier
from services.core.recoding.situation import Situation
from services.core.recoding.verdicts import Verdict, fails, lacks, offers


class BodyPlace(BaseModel):
    """Words that all stand in a title, and the modifier of that place."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    words: tuple[str, ...]
    modifier: str


class BodyParameters(Parameters):
    places: tuple[BodyPlace, ...]


def place_of_diagnosis(situation: Situation, parameters: BodyParameters) -> Verdict:
    """A denied line names no side and no place on the body, and the diagnoses that it points to name exactly one."""
    claim, lines = situation.claim, situation.lines()
    if claim is None or not lines:
        return lacks("claim")
    found: list[Edit] = []
    reason = "the_diagnoses_name_no_single_place"
    for line in lines:
        if SIDES & set(line.modifiers):
            reason = "the_line_names_a_place"
            continue
        table = opened(situation, "icd10cm", DiagnosisCodes, line.service_from)
        if table is None:
            return lacks("table:icd10cm")
        named = _named(claim, line.pointers, table, parameters)
        if len(named) != 1:
            continue
        [(modifier, code)] = named.items()
        edit = with_modifier(situation, line, modifier, (table.evidence(code, modifier),))
        found += [edit] if edit is not None else []
    if not found:
        return fails(reason)
    return offers("one_place_on_the_body", found, (e for edit in found for e in edit.evidence[1:2]))


def _named(
    claim: ClaimSubmitted,
    pointers: tuple[int, ...],
    table: Opened[DiagnosisCodes],
    parameters: BodyParameters,
) -> dict[str, str]:
    """Modifiers of the places that the diagnoses name, each with the first diagnosis that names it."""
    found: dict[str, str] = {}
    for code in (claim.diagnoses[p - 1].code for p in pointers if 0 < p <= len(claim.diagnoses)):
        known = table.table.find(code)
        words = set(known.title.lower().replace(",", " ").split()) if known is not None else set()
        for place in parameters.places:
            if set(place.words) <= words:
                found.setdefault(place.modifier, code)
    return found


CHECKS: Final = {"place_of_diagnosis": Check(BodyParameters, place_of_diagnosis)}
