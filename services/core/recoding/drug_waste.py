"""What was thrown away of a single-dose drug: JW or JZ (domain reference 2.2).

Only the administration record tells. Without it a person starts there; with nothing wasted the line says so; a wasted
amount goes on a line of its own, out of the units that were billed. What was given counts in whole units, so what is
left of the last one is billed with it and is no waste.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from schemas.case import Evidence
from schemas.claim import ClaimLine
from schemas.codes import Automation
from schemas.documentation import DrugAmount
from schemas.recoding import Edit
from services.core.codes.drugs import KIND, Drugs
from services.core.recoding.check import Check, Parameters
from services.core.recoding.drug_counts import billing_unit, documented_drug, told, whole_units
from services.core.recoding.fields import MODIFIER_PLACES
from services.core.recoding.lookups import opened
from services.core.recoding.offers import with_modifier
from services.core.recoding.parts import Part, in_parts
from services.core.recoding.situation import Situation
from services.core.recoding.verdicts import Outcome, Verdict, lacks


class WasteParameters(Parameters):
    """`none`: the modifier that says that nothing was wasted; `some`: that of the line with what was, without which
    a person adds that line."""

    none: str
    some: str | None = None


def waste_documented(situation: Situation, parameters: WasteParameters) -> Verdict:
    """The waste of every denied line is documented. Where it is nothing, the modifier that says so is a candidate;
    where it is something, the edits put it on a line of its own, if the units of the line are those that the record
    gives."""
    lines = situation.lines()
    if not lines:
        return lacks("claim")
    none: list[Edit] = []
    shares: dict[int, tuple[Part, Part]] = {}
    missing: list[str] = []
    proofs: list[Evidence] = []
    for line in lines:
        drug = documented_drug(situation, line)
        if drug is None or drug.wasted is None:
            return lacks("documented.drugs.wasted")
        if drug.wasted == 0:
            edit = with_modifier(situation, line, parameters.none, (told(line),))
            none += [edit] if edit is not None else []
            continue
        shared = (
            _shared(situation, line, drug, parameters.some)
            if parameters.some is not None
            else f"fact:a_line_for_what_was_wasted_of_line_{line.line}"
        )
        if isinstance(shared, str):
            missing.append(shared)
            continue
        shares[line.line], found = shared
        proofs += found
    edits = in_parts(situation, shares, proofs) if shares and not missing else ()
    if isinstance(edits, str):
        missing.append(edits)
        edits = ()
    if edits:
        both = (*edits, *none)
        return Verdict(Outcome.PASSES, "waste_on_a_line_of_its_own", edits=both, ceiling=Automation.A2)
    if missing:
        return Verdict(Outcome.PASSES, "waste_on_a_line_of_its_own", missing=tuple(dict.fromkeys(missing)))
    return Verdict(Outcome.PASSES, "nothing_wasted", candidates=tuple(none))


def _shared(
    situation: Situation, line: ClaimLine, drug: DrugAmount, modifier: str
) -> tuple[tuple[Part, Part], tuple[Evidence, ...]] | str:
    """The line in two parts, what was given and what was wasted; else what is missing."""
    claim = situation.claim
    table = opened(situation, KIND, Drugs, situation.day)
    if claim is None or table is None:
        return f"table:{KIND}"
    unit = billing_unit(claim, line, drug, table)
    if unit is None:
        return f"table:{KIND}.dose"
    wasted = drug.wasted or Decimal(0)
    given, whole = whole_units(drug.administered, unit.dose), (drug.administered + wasted) / unit.dose
    if line.units != whole or not given < whole:
        # More than was billed is no part of it, and less than a unit is billed with what was given.
        return f"fact:units_of_line_{line.line}_given_and_discarded"
    if len(line.modifiers) >= MODIFIER_PLACES:
        return f"fact:a_place_for_the_modifier_of_line_{line.line}"
    parts = Part(given), Part(whole - given, (*line.modifiers, modifier))
    return parts, (told(line), unit.proof)


CHECKS: Final = {"waste_documented": Check(WasteParameters, waste_documented)}
