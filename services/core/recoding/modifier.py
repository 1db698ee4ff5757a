"""Which modifiers could be meant where a payer says that procedure and modifier do not agree."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from pydantic import BaseModel, ConfigDict, field_validator

from schemas.claim import ClaimLine, ClaimSubmitted
from schemas.codes import Automation
from schemas.recoding import Edit
from services.core.recoding.check import Check
from services.core.recoding.field_values import well_formed
from services.core.recoding.fields import MODIFIER_PLACES, parse_field
from services.core.recoding.offers import made_edit
from services.core.recoding.situation import Situation
from services.core.recoding.verdicts import Outcome, Verdict, lacks

_MODEL = ConfigDict(frozen=True, extra="forbid")


class Laterality(BaseModel):
    """Diagnosis codes that name a side, and the modifier of that side."""

    model_config = _MODEL

    diagnosis: str
    """a regular expression of the whole code, without a dot"""
    modifier: str

    @field_validator("diagnosis")
    @classmethod
    def _compiles(cls, diagnosis: str) -> str:
        try:
            re.compile(diagnosis)
        except re.error:
            raise ValueError("not a regular expression") from None
        return diagnosis


class Discipline(BaseModel):
    """Revenue codes of a therapy discipline, and its modifier."""

    model_config = _MODEL

    revenue: str
    """the first digits of the revenue code, four digits wide"""
    modifier: str


class Component(BaseModel):
    """The modifier of a part of a service in places where another bears the rest."""

    model_config = _MODEL

    modifier: str
    places: tuple[str, ...]
    """place of service codes"""
    excludes: tuple[str, ...]
    confirmed_by: str
    """what would tell that the procedure has such a part; named as missing"""


class ModifierParameters(BaseModel):
    """What is known of modifiers without a licensed table, as the rule's file says it."""

    model_config = _MODEL

    exclusive: tuple[tuple[str, str], ...] = ()
    """pairs that never stand on one line"""
    laterality: tuple[Laterality, ...] = ()
    sides: tuple[str, ...] = ()
    """modifiers that name a side already"""
    disciplines: tuple[Discipline, ...] = ()
    components: tuple[Component, ...] = ()


def modifier_candidates(situation: Situation, parameters: ModifierParameters) -> Verdict:
    """Candidates for `lines[n].modifiers` of the lines concerned. Never an edit: only the record can tell.

    A modifier that stands twice, one of two that exclude each other, or a modifier that is alone in question may
    be one too many; a side, a discipline, a component that the claim itself shows may be missing. Passes without
    candidates where the claim shows nothing: then a person starts from the record.
    """
    claim, lines = situation.claim, situation.lines()
    if claim is None:
        return lacks("claim")
    if not lines:
        return lacks("lines")
    candidates: list[Edit] = []
    missing: list[str] = []
    for line in lines:
        for after, place, unconfirmed in _options(claim, line, parameters):
            edit = _edit(situation, claim, line, after, place)
            if edit is not None and edit.after not in [c.after for c in candidates if c.line == line.line]:
                candidates.append(edit)
                missing += [unconfirmed] if unconfirmed and _unknown(situation, line, unconfirmed) else []
    return Verdict(
        Outcome.PASSES,
        "candidates" if candidates else "no_candidate",
        missing=tuple(dict.fromkeys(missing)),
        candidates=tuple(candidates),
        ceiling=Automation.A2 if candidates else Automation.A1,
    )


_Option = tuple[tuple[str, ...], str, str | None]
"""modifiers after, where the claim shows it, what would confirm it"""


def _options(claim: ClaimSubmitted, line: ClaimLine, parameters: ModifierParameters) -> Iterator[_Option]:
    present = line.modifiers
    place = "SV202-3" if claim.transaction == "837I" else "SV101-3"
    once = tuple(dict.fromkeys(present))
    if once != present:
        yield once, place, None
        return
    clash = [pair for pair in parameters.exclusive if pair[0] in present and pair[1] in present]
    if clash:
        for pair in clash:
            for unwanted in pair:
                yield tuple(m for m in present if m != unwanted), place, None
        return
    yield from _absent(claim, line, parameters)
    for side in _shown(claim, line, parameters):
        for named in {m.modifier for m in parameters.laterality} & set(present) - {side}:
            # A side that stands there beside the other one is not set twice.
            yield tuple(dict.fromkeys([side if m == named else m for m in present])), "SV107, HI", None
    for unwanted in present:
        yield tuple(m for m in present if m != unwanted), place, None


def _absent(claim: ClaimSubmitted, line: ClaimLine, parameters: ModifierParameters) -> Iterator[_Option]:
    """Modifiers that something on the claim speaks for."""
    present = set(line.modifiers)
    if len(present) >= MODIFIER_PLACES:
        return
    for component in parameters.components:
        where = line.place_of_service or claim.place_of_service
        if where in component.places and not present & {component.modifier, *component.excludes}:
            yield (component.modifier, *line.modifiers), "CLM05-1", component.confirmed_by
    for discipline in parameters.disciplines:
        revenue = (line.revenue_code or "").rjust(4, "0")
        all_disciplines = {d.modifier for d in parameters.disciplines}
        if revenue.startswith(discipline.revenue) and not present & all_disciplines:
            yield (*line.modifiers, discipline.modifier), "SV201", None
    if not present & set(parameters.sides):
        for side in _shown(claim, line, parameters):
            yield (*line.modifiers, side), "SV107, HI", None


def _shown(claim: ClaimSubmitted, line: ClaimLine, parameters: ModifierParameters) -> tuple[str, ...]:
    """The modifier of the one side that the diagnoses of the line name; empty where they name none or both."""
    codes = [claim.diagnoses[p - 1].code for p in line.pointers if 0 < p <= len(claim.diagnoses)]
    shown = {
        side.modifier
        for code in codes
        for side in parameters.laterality
        if re.fullmatch(side.diagnosis, code.replace(".", ""))
    }
    return tuple(shown) if len(shown) == 1 else ()


def _unknown(situation: Situation, line: ClaimLine, confirming: str) -> bool:
    """Whether the table that would confirm a candidate is not loaded."""
    day = line.service_from
    return day is None or situation.edition(confirming.removeprefix("table:"), day) is None


def _edit(
    situation: Situation, claim: ClaimSubmitted, line: ClaimLine, after: tuple[str, ...], place: str
) -> Edit | None:
    path = f"lines[{line.line}].modifiers"
    field = parse_field(path)
    if field is None or not well_formed(claim, field, after):
        return None
    own = situation.from_claim(f"LX {line.line} {place}")
    proofs = (own, *situation.cause.evidence)
    return made_edit(line.line, path, line.modifiers or None, after or None, proofs)


CHECKS: Final = {"modifier_candidates": Check(ModifierParameters, modifier_candidates)}
