"""The correct coding initiative: code pairs, unit limits and add-on codes, in the edition of the date of service.

Source: domain reference 2.3. Medicaid has editions of its own; where only Medicare's are loaded nothing is decided
for it.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final, Literal

from schemas.claim import ClaimLine
from schemas.codes import LineState
from services.core.codes.addon import AddOnCodes
from services.core.codes.mue import MueValues
from services.core.codes.ptp import PtpEdit, PtpEdits
from services.core.recoding.check import Check, Parameters
from services.core.recoding.lookups import MEDICAID, Opened, of_day, opened, rendering_npi, setting
from services.core.recoding.situation import Situation
from services.core.recoding.verdicts import Verdict, fails, lacks, passes

BYPASSING: Final = frozenset(
    {
        *("E1", "E2", "E3", "E4", "FA", "F1", "F2", "F3", "F4", "F5", "F6", "F7", "F8", "F9"),
        *("TA", "T1", "T2", "T3", "T4", "T5", "T6", "T7", "T8", "T9", "LT", "RT"),
        *("LC", "LD", "LM", "RC", "RI", "24", "25", "57", "58", "78", "79"),
        *("27", "59", "91", "XE", "XS", "XP", "XU"),
    }
)
"""Modifiers that can separate a pair with indicator 1 (CMS NCCI policy manual, chapter I)."""


class PairParameters(Parameters):
    """`is`: never (indicator 0), modifier (indicator 1), not_in_force (indicator 9, or not valid on the date)."""

    state: Literal["never", "modifier", "not_in_force"]


def code_pair(situation: Situation, parameters: PairParameters) -> Verdict:
    """The denied line is column 2 of a pair with another line of its day on this claim, and the pair is as the
    parameter says. A pair with a service of another claim cannot be seen here. Pairs bind one provider: where two
    persons of one group gave the services, `never` asks for their specialties."""
    lines, table, missing = _ready(situation, "ptp")
    if missing or table is None or not isinstance(table.table, PtpEdits):
        return lacks(*missing)
    seen = apart = False
    for line in lines:
        for other in of_day(situation, line):
            rows = table.table.find(other.procedure or "", line.procedure or "")
            if not rows or line.service_from is None:
                continue
            seen = True
            active = next((row for row in rows if row.active_on(line.service_from)), None)
            state = "not_in_force" if active is None else "never" if active.indicator == "0" else "modifier"
            if state != parameters.state:
                continue
            if state == "never" and not _same_provider(situation, line, other):
                apart = True
                continue
            return _paired(table, active or rows[-1], state, line)
    if apart:
        return lacks("fact:same_group_and_specialty")
    return fails("pair_is_otherwise") if seen else lacks("fact:the_other_service_of_the_day")


def _same_provider(situation: Situation, line: ClaimLine, other: ClaimLine) -> bool:
    """Whether one provider gave both: a hospital is one; of a practitioner's claim the same rendering NPI."""
    claim = situation.claim
    if claim is None or claim.transaction != "837P":
        return True
    return rendering_npi(claim, line) == rendering_npi(claim, other)


def _paired(table: Opened[PtpEdits], row: PtpEdit, state: str, line: ClaimLine) -> Verdict:
    place = f"{row.column1}/{row.column2} {row.effective.isoformat()}"
    return passes(
        f"pair_{state}",
        evidence=(table.evidence(place, row.indicator),),
        column1=row.column1,
        column2=row.column2,
        line=str(line.line),
    )


def no_separating_modifier(situation: Situation, _: Parameters) -> Verdict:
    """None of the denied lines carries a modifier that separates a pair already."""
    for line in situation.lines() or ():
        if BYPASSING & set(line.modifiers):
            return fails("a_separating_modifier_is_there")
    return passes("no_separating_modifier")


class LimitParameters(Parameters):
    """The adjudication indicator: 1 a line, 2 a day without exception, 3 a day as a clinical benchmark; or `within`
    where the published limit is not exceeded on this claim."""

    indicator: Literal["1", "2", "3", "within"]


def unit_limit(situation: Situation, parameters: LimitParameters) -> Verdict:
    """The published limit of the denied line's code and how it is counted: by line (1) or over all lines of the code
    on the day (2 and 3). A code without a row may have a limit that is not published."""
    lines, table, missing = _ready(situation, "mue")
    if missing or table is None or not isinstance(table.table, MueValues):
        return lacks(*missing)
    seen = False
    for line in lines:
        row = table.table.find(line.procedure or "")
        if row is None:
            continue
        units = _units(situation, line, row.indicator)
        if units is None:
            return lacks(f"claim.lines[{line.line}].units")
        seen = True
        state = row.indicator if units > row.units else "within"
        if state == parameters.indicator:
            return passes(
                f"limit_{state}",
                evidence=(table.evidence(row.code, f"{row.units} by {row.indicator}"),),
                code=row.code,
                limit=str(row.units),
                units=format(units.normalize(), "f"),
            )
    return fails("limit_is_otherwise") if seen else lacks("fact:a_limit_that_is_not_published")


def _units(situation: Situation, line: ClaimLine, indicator: str) -> Decimal | None:
    counted = [line]
    if indicator != "1":
        counted += [other for other in of_day(situation, line) if other.procedure == line.procedure]
    units = [each.units for each in counted]
    known = [u for u in units if u is not None]
    return sum(known, Decimal(0)) if len(known) == len(units) else None


class BaseParameters(Parameters):
    """Where the base service of an add-on code stands: absent from the claim, denied, or paid."""

    base: Literal["absent", "denied", "paid"]


def add_on_base(situation: Situation, parameters: BaseParameters) -> Verdict:
    """The denied line is an add-on code and its base service, same claim and day, is as the parameter says. Where the
    contractor defines base services of its own, an absent one is not known to be absent."""
    lines, day = situation.lines(), situation.day
    table = opened(situation, "addon", AddOnCodes, day)
    if not lines or table is None:
        return lacks(*(() if lines else ("claim",)), *(() if table else ("table:addon",)))
    for line in lines:
        row = table.table.find(line.procedure or "")
        if row is None or line.service_from is None:
            continue
        primaries = row.primaries_on(line.service_from)
        found = [other for other in of_day(situation, line) if other.procedure in primaries]
        if not found and row.contractor_defined:
            return lacks("fact:base_services_of_the_contractor")
        state = _base_state(situation, found)
        if state is None:
            return lacks("remittance.lines")
        if state == parameters.base:
            base = ", ".join(sorted({other.procedure or "" for other in found})) or "none"
            return passes(f"base_{state}", (table.evidence(row.code, row.kind),), code=row.code, base=base)
        return fails(f"base_{state}")
    return fails("no_add_on_code")


def _base_state(situation: Situation, found: list[ClaimLine]) -> str | None:
    if not found:
        return "absent"
    answered = {m.submitted_line: m.remitted_line for m in situation.denial.matches}
    by_number = {line.line: line for line in situation.denial.adjudication.lines}
    states = {
        by_number[answered[line.line]].state
        for line in found
        if line.line in answered and answered[line.line] in by_number
    }
    if not states:
        return None
    paid = {LineState.PAID, LineState.RECODED, LineState.ZERO_PAY_BENIGN, LineState.DENIED_PARTIAL}
    return "paid" if states & paid else "denied"


def _ready(
    situation: Situation, kind: str
) -> tuple[tuple[ClaimLine, ...], Opened[PtpEdits] | Opened[MueValues] | None, tuple[str, ...]]:
    """The denied lines and the table of the claim's setting, or what is missing for them."""
    claim, lines = situation.claim, situation.lines()
    if claim is None or not lines:
        return (), None, ("claim" if claim is None else "lines",)
    where = setting(claim, situation.profile.family)
    if where is None:
        return (), None, ("fact:an_inpatient_claim_is_under_no_such_edit",)
    if situation.profile.family.startswith(MEDICAID):
        return (), None, (f"table:{kind}_{MEDICAID}",)
    name = f"{kind}_{where}"
    table = (
        opened(situation, name, PtpEdits, situation.day)
        if kind == "ptp"
        else opened(situation, name, MueValues, situation.day)
    )
    missing = [f"claim.lines[{line.line}].procedure" for line in lines if not line.procedure]
    missing += [f"claim.lines[{line.line}].service_from" for line in lines if line.service_from is None]
    if table is None:
        missing.append(f"table:{name}")
    return lines, table, tuple(missing)


CHECKS: Final = {
    "code_pair": Check(PairParameters, code_pair, ("column1", "column2", "line")),
    "no_separating_modifier": Check(Parameters, no_separating_modifier),
    "unit_limit": Check(LimitParameters, unit_limit, ("code", "limit", "units")),
    "add_on_base": Check(BaseParameters, add_on_base, ("code", "base")),
}
