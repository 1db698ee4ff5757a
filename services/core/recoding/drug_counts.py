"""How much of a drug: units of its HCPCS code, quantity and unit of its NDC (domain reference 2.2 and 2.6).

The administration record says what was given and thrown away; the crosswalk (`drugs`) says what a unit is.
"""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal
from typing import Final, NamedTuple

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

_DRUG_CODES: Final = (
    *("J", "A95", "A96", "C9", "P9", "S0"),
    *("Q013", "Q0144", "Q016", "Q017", "Q018", "Q02", "Q2", "Q4", "Q5", "Q9"),
)
"""How codes begin that HCPCS level II has for drugs, biologicals, blood products and radiopharmaceuticals (CMS, HCPCS
level II file). A code of level I shows it by its NDC."""


def drug_units(situation: Situation, _: Parameters) -> Verdict:
    """The units of a denied drug line are others than the documented amount makes, or, where none is documented, than
    the NDC quantity of the claim makes. A line with JW counts what was thrown away. All lines are changed together."""
    claim, lines = situation.claim, situation.lines()
    if claim is None or not lines:
        return lacks("claim")
    drugs = [line for line in lines if _may_be_drug(situation, claim, line)]
    if not drugs:
        return fails("no_drug_on_the_line")
    table = opened(situation, KIND, Drugs, situation.day)
    if table is None:
        return lacks(f"table:{KIND}")
    found: list[Edit] = []
    missing: list[str] = []
    for line in drugs:
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


def _may_be_drug(situation: Situation, claim: ClaimSubmitted, line: ClaimLine) -> bool:
    """Whether a line is one of a drug, as far as that shows: by its code, an NDC, or the administration record."""
    if (line.procedure or "").upper().startswith(_DRUG_CODES):
        return True
    return (
        written.drug(claim, line.line, "drug_code") is not None
        or documented_drug(situation, line) is not None
    )


def _counted(
    situation: Situation, claim: ClaimSubmitted, line: ClaimLine, table: Opened[Drugs]
) -> tuple[Decimal, tuple[Evidence, ...]] | str:
    """Units, and where they come from; else what is missing."""
    ndc = written.drug(claim, line.line, "drug_code")
    row = table.table.of(ndc, line.procedure or "") if ndc is not None else None
    drug = documented_drug(situation, line)
    if drug is not None:
        unit = billing_unit(claim, line, drug, table)
        if unit is None:
            return f"table:{KIND}.dose"
        amount = drug.wasted if _WASTE in line.modifiers else drug.administered
        if amount is None:
            return "documented.drugs.wasted"
        return whole_units(amount, unit.dose), (told(line), unit.proof)
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


class BillingUnit(NamedTuple):
    """What one unit of a drug's HCPCS code is, in the unit of the administration record, and the row that says so."""

    dose: Decimal
    proof: Evidence


def billing_unit(
    claim: ClaimSubmitted, line: ClaimLine, drug: DrugAmount, table: Opened[Drugs]
) -> BillingUnit | None:
    """By the row of the line's NDC, else by that of its code; null where none says it in the record's unit."""
    ndc = written.drug(claim, line.line, "drug_code")
    row = table.table.of(ndc, line.procedure or "") if ndc is not None else None
    dosed = row if row is not None and row.dose is not None else table.table.dose_of(line.procedure or "")
    if dosed is None or dosed.dose is None or dosed.dose_unit != drug.unit.upper():
        return None
    return BillingUnit(dosed.dose, _proof(table, dosed, f"{plain(dosed.dose)} {dosed.dose_unit}"))


def whole_units(amount: Decimal, dose: Decimal) -> Decimal:
    """An amount in billing units: one that is begun counts whole."""
    return (amount / dose).quantize(_ONE, ROUND_CEILING)


def documented_drug(situation: Situation, line: ClaimLine) -> DrugAmount | None:
    """What the administration record says of the drug of a line."""
    documented = situation.denial.documented
    return (
        next((d for d in documented.drugs if d.line == line.line), None) if documented is not None else None
    )


def told(line: ClaimLine) -> Evidence:
    """The administration record's word on a line."""
    return Evidence(source="claim-documented", place=f"drugs of line {line.line}")


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
        drug = documented_drug(situation, line)
        if drug is None or drug.unit.upper() not in NDC_UNITS:
            missing.append("documented.drugs")
            continue
        amount = drug.wasted if _WASTE in line.modifiers else drug.administered
        if amount is None:
            missing.append("documented.drugs.wasted")
            continue
        at = f"LX {line.line}"
        wanted = (("drug_quantity", plain(amount), "CTP04"), ("drug_unit", drug.unit.upper(), "CTP05"))
        for name, value, place in wanted:
            edit = field_edit(situation, f"lines[{line.line}].{name}", value, f"{at} {place}", (told(line),))
            found += [edit] if edit is not None else []
    if missing:
        return lacks(*missing)
    return _edited("another_quantity", found) if found else fails("the_quantity_agrees")


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
