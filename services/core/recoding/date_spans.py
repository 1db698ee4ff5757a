"""Claims whose dates must be billed apart: by month, by year, by coverage, by rate (domain reference 2.6).

The first part is built as edits of the claim: the lines of the first period stay, a line across the boundary keeps
its days of it. The rest goes on a claim of its own, which a person makes: what it holds is said. Where the payer wants
lines of their own instead, the same claim goes back with one for each period.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Final, Literal

from schemas.case import Evidence
from schemas.claim import ClaimLine
from schemas.codes import Automation
from schemas.recoding import Edit
from services.core.codes.eligibility import Members
from services.core.codes.fees import Fees
from services.core.recoding import written
from services.core.recoding.check import Check, Parameters
from services.core.recoding.fields import plain
from services.core.recoding.lookups import opened
from services.core.recoding.offers import field_edit
from services.core.recoding.parts import Part, in_parts
from services.core.recoding.situation import Situation
from services.core.recoding.verdicts import Outcome, Verdict, fails, lacks

_CENT: Final = Decimal("0.01")
_DAY: Final = timedelta(days=1)
_EACH_DAY: Final = "fact:units_and_charges_of_each_day_of_line_{}"


class SpanParameters(Parameters):
    """Where a new claim begins: with a calendar month or year, where the member's coverage begins or ends
    (`eligibility`), where a fee of the claim's codes does (`rates`)."""

    boundary: Literal["month", "year", "eligibility", "rates"]


class LineSpanParameters(Parameters):
    """Where a new line begins."""

    boundary: Literal["month", "year"]


def dates_to_split(situation: Situation, parameters: SpanParameters) -> Verdict:
    """The lines of the claim lie on both sides of such a boundary. Passes with the edits that make its first part; a
    line across the boundary is split by its days, where it has a unit for each and its charge divides by them."""
    claim = situation.claim
    if claim is None:
        return lacks("claim")
    if claim.transaction != "837P":
        return fails("a_statement_period_is_set_by_a_person")
    dated = [(line, line.service_from, line.service_to or line.service_from) for line in claim.lines]
    spans = [(line, first, last) for line, first, last in dated if first is not None and last is not None]
    if len(spans) != len(claim.lines):
        return lacks("claim.lines.service_from")
    begins, ends = min(first for _, first, _ in spans), max(last for _, _, last in spans)
    found = _boundary(situation, parameters, begins, ends)
    if isinstance(found, str):
        return lacks(found) if ":" in found or "." in found else fails(found)
    day, proof = found
    return _first_part(situation, spans, day, proof)


def _boundary(
    situation: Situation, parameters: SpanParameters, begins: date, ends: date
) -> tuple[date, Evidence] | str:
    """The first day of the second part; else what is missing, or why there is none."""
    if parameters.boundary in ("month", "year"):
        day = _next_period(begins, parameters.boundary)
        own = situation.from_claim("2400 DTP*472", f"{begins.isoformat()} to {ends.isoformat()}")
        return (day, own) if day <= ends else "the_dates_lie_in_one_period"
    if parameters.boundary == "rates":
        return _of_rates(situation, begins, ends)
    return _of_coverage(situation, begins, ends)


def _next_period(day: date, by: str) -> date:
    if by == "year":
        return date(day.year + 1, 1, 1)
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def _of_rates(situation: Situation, begins: date, ends: date) -> tuple[date, Evidence] | str:
    """The first day on which a fee of one of the claim's lines changes."""
    claim = situation.claim
    table = opened(situation, "fees", Fees, begins)
    if claim is None or table is None:
        return "table:fees"
    payers = dict.fromkeys(p for p in (*situation.profile.ids, claim.payer.id) if p)
    rows = [
        fee
        for payer in payers
        for line in claim.lines
        for fee in table.table.find(payer, line.procedure or "", line.modifiers)
    ]
    later = sorted((fee.effective, fee.row) for fee in rows if begins < fee.effective <= ends)
    if not later:
        return "the_dates_lie_in_one_period" if rows else "table:fees.row"
    return later[0][0], table.evidence(f"row {later[0][1]}", later[0][0].isoformat())


def _of_coverage(situation: Situation, begins: date, ends: date) -> tuple[date, Evidence] | str:
    """The first day on which the coverage of the claim's member begins or has ended."""
    claim = situation.claim
    table = opened(situation, "eligibility", Members, begins)
    if claim is None or table is None:
        return "table:eligibility"
    payers = dict.fromkeys(
        p for p in (situation.denial.payer.id, claim.payer.id, *situation.profile.ids) if p
    )
    name, born = written.party_name(claim, "IL"), written.birth_date(claim)
    birthday = date.fromisoformat(born) if born is not None and len(born) == 8 and born.isdecimal() else None
    rows = {
        member.row: member
        for payer in payers
        for member in table.table.known_by(payer, claim.member_id, name, birthday)
    }
    if not rows:
        return "table:eligibility.row"
    changes = [(member.coverage_from, member.row) for member in rows.values()]
    changes += [(m.coverage_to + _DAY, m.row) for m in rows.values() if m.coverage_to is not None]
    inside = sorted(change for change in changes if begins < change[0] <= ends)
    if not inside:
        return "the_dates_lie_in_one_period"
    return inside[0][0], table.evidence(f"row {inside[0][1]}", inside[0][0].isoformat())


def _first_part(
    situation: Situation,
    spans: list[tuple[ClaimLine, date, date]],
    day: date,
    proof: Evidence,
) -> Verdict:
    stays = [line for line, first, _ in spans if first < day]
    goes = [line for line, first, _ in spans if first >= day]
    edits: list[Edit | None] = []
    total = sum((line.charge for line in stays), Decimal(0))
    across: list[str] = []
    for line, first, last in spans:
        if not first < day <= last:
            continue
        part = _part(line, first, last, day)
        if part is None:
            return lacks(_EACH_DAY.format(line.line))
        units, charge = part
        at = f"LX {line.line}"
        dates = (f"{first:%Y%m%d}", f"{day - _DAY:%Y%m%d}")
        edits += [
            field_edit(situation, f"lines[{line.line}].service_dates", dates, f"{at} DTP*472", (proof,)),
            field_edit(situation, f"lines[{line.line}].units", plain(units), f"{at} SV104", (proof,)),
            field_edit(situation, f"lines[{line.line}].charge", plain(charge), f"{at} SV102", (proof,)),
        ]
        total -= line.charge - charge
        across.append(str(line.line))
    if goes:
        kept = tuple(str(line.line) for line in stays)
        edits.append(field_edit(situation, "lines", kept, "2400", (proof,)))
    edits.append(field_edit(situation, "total_charge", plain(total), "CLM02", (proof,)))
    made = [edit for edit in edits if edit is not None]
    if len(made) != len(edits):
        return fails("the_parts_cannot_stand_in_the_claim")
    rest = [*(f"{number} (its later days)" for number in across), *(str(line.line) for line in goes)]
    return Verdict(
        Outcome.PASSES,
        "two_parts",
        missing=("claim:second",),
        edits=tuple(made),
        evidence=(proof,),
        ceiling=Automation.A2,
        facts=(("day", day.isoformat()), ("rest", ", ".join(rest))),
    )


def lines_to_split(situation: Situation, parameters: LineSpanParameters) -> Verdict:
    """A denied line has days of several months or years. Passes with the edits that put the days of each on a line of
    its own, where each day has a unit and the charge divides by them."""
    lines = situation.lines()
    if not lines:
        return lacks("claim")
    shares: dict[int, list[Part]] = {}
    for line in lines:
        first, last = line.service_from, line.service_to or line.service_from
        if first is None or last is None:
            return lacks(f"claim.lines[{line.line}].service_from")
        parts = _periods(first, last, parameters.boundary)
        if len(parts) == 1:
            continue
        if line.units != sum(part.units for part in parts):
            return lacks(_EACH_DAY.format(line.line))
        shares[line.line] = parts
    if not shares:
        return fails("the_dates_lie_in_one_period")
    edits = in_parts(situation, shares, ())
    if isinstance(edits, str):
        return lacks(edits)
    parted = ", ".join(map(str, shares))
    return Verdict(
        Outcome.PASSES,
        "a_line_for_each_period",
        edits=edits,
        ceiling=Automation.A2,
        facts=(("parted", parted),),
    )


def _periods(first: date, last: date, by: str) -> list[Part]:
    """The days from first through last, in the periods that they lie in, a unit a day."""
    found: list[Part] = []
    while first <= last:
        end = min(last, _next_period(first, by) - _DAY)
        found.append(Part(Decimal((end - first).days + 1), dates=(first, end)))
        first = end + _DAY
    return found


def _part(line: ClaimLine, first: date, last: date, day: date) -> tuple[Decimal, Decimal] | None:
    """Units and charge of the days before the boundary, where each day has a unit and its charge is whole cents."""
    days, before = (last - first).days + 1, (day - first).days
    each = line.charge / days
    if line.units != days or each != each.quantize(_CENT):
        return None
    return Decimal(before), each * before


CHECKS: Final = {
    "dates_to_split": Check(SpanParameters, dates_to_split, ("day", "rest")),
    "lines_to_split": Check(LineSpanParameters, lines_to_split, ("parted",)),
}
