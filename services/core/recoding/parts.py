"""A service line that becomes several: its units, charge and drug quantity shared out, never more of anything.

Sources: domain reference 2.2 (JW on a line of its own), 2.3 (unit limits by line), 2.6 (dates on separate lines).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Final, NamedTuple

from schemas.case import Evidence
from schemas.claim import ClaimLine, ClaimSubmitted
from schemas.recoding import Edit, EditValue
from services.core.recoding import written
from services.core.recoding.fields import Field, altered_line, current, parse_field, plain
from services.core.recoding.offers import made_edit
from services.core.recoding.situation import Situation
from services.core.x12.line_copies import LINES, copied, may_copy, origins, with_copies
from services.core.x12.values import NotNumericError, number

_OF_A_PART: Final = ("units", "charge", "modifiers", "service_dates", "drug_quantity")
"""What a part says for itself. All else is that of the line it was billed on."""

_CENT: Final = Decimal("0.01")
_SMALLEST_QUANTITY: Final = Decimal("0.001")


class Part(NamedTuple):
    """What one of several lines bills. Null dates: those of the line; null modifiers: likewise."""

    units: Decimal
    modifiers: tuple[str, ...] | None = None
    dates: tuple[date, date] | None = None


def in_parts(
    situation: Situation, shares: Mapping[int, Sequence[Part]], proofs: Iterable[Evidence]
) -> tuple[Edit, ...] | str:
    """The edits that bill lines in parts, the first part on the line itself; else what is missing. `shares`: by LX, two
    parts or more. The charge goes by units, in whole cents; where it does not divide, only the provider knows it."""
    claim = situation.claim
    if claim is None:
        return "claim"
    every = tuple(str(line.line) for line in claim.lines)
    sources = tuple(str(line) for line, parts in shares.items() for _ in parts[1:])
    if not may_copy(claim, (*every, *sources)):
        return "fact:lines_that_can_be_added"
    evidence = (*proofs, *situation.cause.evidence)
    own = situation.from_claim("2400 LX")
    edits = [made_edit(None, LINES, every, (*every, *sources), (own, *evidence))]
    whole = with_copies(claim, edits)
    following = len(every) + 1
    for line, parts in shares.items():
        numbers = (line, *range(following, following + len(parts) - 1))
        following += len(parts) - 1
        for at, part in zip(numbers, parts, strict=True):
            values = _values(claim, claim.lines[line - 1], part)
            if isinstance(values, str):
                return values
            for name, after in values.items():
                field = Field("lines", at, name)
                before = current(whole, field)
                if before != after:
                    path = f"lines[{at}].{name}"
                    edits.append(
                        made_edit(at, path, before, after, (situation.from_claim(f"LX {line}"), *evidence))
                    )
    return tuple(edits)


def _values(claim: ClaimSubmitted, line: ClaimLine, part: Part) -> dict[str, EditValue] | str:
    if not line.units:
        return f"claim.lines[{line.line}].units"
    charge = line.charge * part.units / line.units
    if charge != charge.quantize(_CENT):
        return f"fact:charge_of_each_part_of_line_{line.line}"
    found: dict[str, EditValue] = {"units": plain(part.units), "charge": plain(charge)}
    if part.modifiers is not None:
        found["modifiers"] = part.modifiers or None
    if part.dates is not None:
        found["service_dates"] = (f"{part.dates[0]:%Y%m%d}", f"{part.dates[1]:%Y%m%d}")
    of_drug = _number(written.drug(claim, line.line, "drug_quantity"))
    if of_drug is not None:
        quantity = of_drug * part.units / line.units
        if quantity != quantity.quantize(_SMALLEST_QUANTITY):
            return f"fact:drug_quantity_of_each_part_of_line_{line.line}"
        found["drug_quantity"] = plain(quantity)
    return found


def parts_fault(claim: ClaimSubmitted, edits: Sequence[Edit]) -> str | None:
    """Why the lines that edits add are not parts of the lines that they are copied from: together they bill at most
    the units, the charge, the drug and the days of the line, of the same service; null where they are, or none is
    added."""
    if not any(copied(edit) for edit in edits):
        return None
    sources = origins(claim, edits)
    if not sources:
        return "no_line_can_be_added"
    whole = with_copies(claim, edits)
    own = {
        field: edit.after
        for edit in edits
        if (field := parse_field(edit.field)) is not None and field.part == "lines"
    }
    if any(field.number in sources and field.name not in _OF_A_PART for field in own):
        return "added_line_says_more_than_its_part"
    for source in dict.fromkeys(sources.values()):
        parts = (source, *(part for part, of in sources.items() if of == source))
        fault = _more(whole, parts, own)
        if fault is not None:
            return fault
    return None


def _more(whole: ClaimSubmitted, parts: Sequence[int], own: Mapping[Field, EditValue]) -> str | None:
    """What the parts of a line have more of than the line had. `whole`: with the parts, each still as the line was."""
    line = whole.lines[parts[0] - 1]
    try:
        after = [_altered(whole.lines[n - 1], own) for n in parts]
    except ValueError:
        return "value_cannot_stand_in_the_claim"
    units = [part.units for part in after]
    if line.units is None or sum((u or Decimal(0) for u in units), Decimal(0)) > line.units or not all(units):
        return "parts_are_more_units_than_the_line"
    if sum((part.charge for part in after), Decimal(0)) > line.charge:
        return "parts_are_charged_more_than_the_line"
    drug = _number(written.drug(whole, parts[0], "drug_quantity"))
    if drug is not None:
        amounts = [own.get(Field("lines", n, "drug_quantity")) for n in parts]
        told = [_number(amount) if isinstance(amount, str) else drug for amount in amounts]
        if sum((amount or Decimal(0) for amount in told), Decimal(0)) > drug:
            return "parts_are_more_of_the_drug_than_the_line"
    first, last = line.service_from, line.service_to or line.service_from
    for part in after:
        begins, ends = part.service_from, part.service_to or part.service_from
        if first and last and not (begins and ends and first <= begins <= ends <= last):
            return "a_part_lies_outside_of_the_days_of_the_line"
    return None


def _altered(line: ClaimLine, own: Mapping[Field, EditValue]) -> ClaimLine:
    for field, after in own.items():
        if field.number == line.line and field.name in _OF_A_PART:
            line = altered_line(line, field.name, after)
    return line


def _number(text: str | None) -> Decimal | None:
    try:
        return number(text or "")
    except NotNumericError:
        return None
