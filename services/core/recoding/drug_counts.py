"""How much of a drug: units of its HCPCS code, quantity and unit of its NDC (domain reference 2.2 and 2.6).

The administration record says what was given and thrown away; the crosswalk (`drugs`) says what a unit is.
"""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal
from typing import Final

from schemas.case import Evidence
from schemas.claim import ClaimLine, ClaimSubmitted
from schemas.codes import Automation
from schemas.documentation import DrugAmount
from schemas.recoding import Edit
from services.core.codes.drugs import KIND, NDC_UNITS, DrugRow, Drugs
from services.core.recoding import written
from services.core.recoding.check import Check, Parameters
from services.core.recoding.fields import plain
from services.core.recoding.lookups import Opened, opened
from services.core.recoding.offers import field_edit
from services.core.recoding.situation import Situation
from services.core.recoding.verdicts import Outcome, Verdict, fails, lacks
from services.core.x12.values import NotNumericError, number

_WASTE: Final = "JW"
_ONE: Final = Decimal(1)


def drug_units(situation: Situation, _: Parameters) -> Verdict:
    """The units of a denied drug line are others than the documented amount makes, or, where none is documented, than
    the NDC quantity of the claim makes. A line with JW counts what was thrown away. All lines are changed together."""
    claim, lines = situation.claim, situation.lines()
    if claim is None or not lines:
        return lacks("claim")
    table = opened(situation, KIND, Drugs, situation.day)
    if table is None:
        return lacks(f"table:{KIND}")
    found: list[Edit] = []
    missing: list[str] = []
    for line in lines:
        counted = _counted(situation, claim, line, table)
        if isinstance(counted, str):
            missing.append(counted)
            continue
        units, proofs = counted
        place = "SV205" if claim.transaction == "837I" else "SV104"
        path = f"lines[{line.line}].units"
        edit = field_edit(situation, path, plain(units), f"LX {line.line} {place}", proofs)
        found += [edit] if edit is not None else []
    if missing:
        return lacks(*missing)
    return _edited("another_count", found) if found else fails("the_count_agrees")


def _counted(
    situation: Situation, claim: ClaimSubmitted, line: ClaimLine, table: Opened[Drugs]
) -> tuple[Decimal, tuple[Evidence, ...]] | str:
    """Units, and where they come from; else what is missing."""
    ndc = written.drug(claim, line.line, "drug_code")
    row = table.table.of(ndc, line.procedure or "") if ndc is not None else None
    drug = _documented(situation, line)
    if drug is not None:
        dosed = row if row is not None and row.dose is not None else table.table.dose_of(line.procedure or "")
        if dosed is None or dosed.dose is None or dosed.dose_unit != drug.unit.upper():
            return f"table:{KIND}.dose"
        amount = drug.wasted if _WASTE in line.modifiers else drug.administered
        if amount is None:
            return "documented.drugs.wasted"
        told = Evidence(source="claim-documented", place=f"drugs of line {line.line}")
        units = (amount / dosed.dose).quantize(_ONE, ROUND_CEILING)
        return units, (told, _proof(table, dosed, f"{plain(dosed.dose)} {dosed.dose_unit}"))
    if row is None:
        return f"table:{KIND}.row" if ndc is not None else f"claim.lines[{line.line}].drug_code"
    quantity = _quantity(claim, line)
    if quantity is None or written.drug(claim, line.line, "drug_unit") != row.ndc_unit:
        return f"claim.lines[{line.line}].drug_quantity"
    units = quantity * row.factor
    if units != units.to_integral_value() or not units:
        return "documented.drugs"
    own = situation.from_claim(f"LX {line.line} CTP04", plain(quantity))
    return units, (own, _proof(table, row, f"factor {plain(row.factor)}"))


def drug_quantity(situation: Situation, _: Parameters) -> Verdict:
    """The NDC quantity (CTP04) or its unit (CTP05) of a denied line is not there, or another than the documented
    amount in a unit of the NDC."""
    claim, lines = situation.claim, situation.lines()
    if claim is None or not lines:
        return lacks("claim")
    found: list[Edit] = []
    missing: list[str] = []
    for line in lines:
        if written.drug(claim, line.line, "drug_code") is None:
            missing.append(f"claim.lines[{line.line}].drug_code")
            continue
        drug = _documented(situation, line)
        if drug is None or drug.unit.upper() not in NDC_UNITS:
            missing.append("documented.drugs")
            continue
        told = Evidence(source="claim-documented", place=f"drugs of line {line.line}")
        amount = drug.wasted if _WASTE in line.modifiers else drug.administered
        if amount is None:
            missing.append("documented.drugs.wasted")
            continue
        at = f"LX {line.line}"
        wanted = (("drug_quantity", plain(amount), "CTP04"), ("drug_unit", drug.unit.upper(), "CTP05"))
        for name, value, place in wanted:
            edit = field_edit(situation, f"lines[{line.line}].{name}", value, f"{at} {place}", (told,))
            found += [edit] if edit is not None else []
    if missing:
        return lacks(*missing)
    return _edited("another_quantity", found) if found else fails("the_quantity_agrees")


def _documented(situation: Situation, line: ClaimLine) -> DrugAmount | None:
    told = situation.denial.documented
    return next((drug for drug in told.drugs if drug.line == line.line), None) if told is not None else None


def _quantity(claim: ClaimSubmitted, line: ClaimLine) -> Decimal | None:
    try:
        return number(written.drug(claim, line.line, "drug_quantity") or "")
    except NotNumericError:
        return None


def _proof(table: Opened[Drugs], row: DrugRow, value: str) -> Evidence:
    return table.evidence(f"row {row.row}", value)


def _edited(reason: str, found: list[Edit]) -> Verdict:
    """Changes that belong together, for a person: what was given stands in the record."""
    said = ", ".join(f"line {e.line}: {e.before or 'none'} becomes {e.after}" for e in found)
    proofs = dict.fromkeys(e for edit in found for e in edit.evidence if e.source.startswith("table:"))
    return Verdict(
        Outcome.PASSES,
        reason,
        edits=tuple(found),
        evidence=tuple(proofs),
        ceiling=Automation.A2,
        facts=(("change", said),),
    )


CHECKS: Final = {
    "drug_units": Check(Parameters, drug_units, ("change",)),
    "drug_quantity": Check(Parameters, drug_quantity, ("change",)),
}
