"""How many units a line has: by its days, by the record's count, by minutes (domain reference 2.3 and 2.6).

A count is never fitted to what a payer takes: it comes from the dates of the claim or from the record.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from schemas.case import Evidence
from schemas.claim import ClaimLine
from schemas.recoding import Edit
from services.core.codes.mue import MueValues
from services.core.recoding.check import Check, Parameters
from services.core.recoding.fields import plain
from services.core.recoding.lookups import cpt_code, cpt_missing, of_day, opened, setting
from services.core.recoding.offers import field_edit
from services.core.recoding.situation import Situation
from services.core.recoding.verdicts import Outcome, Verdict, fails, lacks, offers

_DAYS: Final = "DA"
"""SV204 of a service that is counted by days."""

_MINUTES: Final = 15
_ROUNDED_UP: Final = 8
"""Of 15 minutes, eight make a unit (CMS Claims Processing Manual, chapter 5, 20.2)."""

_PER_DIEM: Final = "per_diem"
_TIMED: Final = "timed"


def days_of_service(situation: Situation, _: Parameters) -> Verdict:
    """A service by the day (SV204 DA, or `per_diem` in the user's code list) has other units than days in DTP*472."""
    lines = situation.lines()
    if not lines:
        return lacks("claim")
    found: list[Edit] = []
    missing: list[str] = []
    for line in lines:
        daily = _daily(situation, line)
        if daily is None:
            missing.append(cpt_missing(situation, line))
        if not daily:
            continue
        if line.service_from is None or line.service_to is None:
            missing.append(f"claim.lines[{line.line}].service_to")
            continue
        days = (line.service_to - line.service_from).days + 1
        own = situation.from_claim(f"LX {line.line} DTP*472", str(days))
        edit = _units(situation, line, Decimal(days), own)
        found += [edit] if edit is not None else []
    if found:
        return _offered("days_and_units_differ", found)
    return lacks(*missing) if missing else fails("units_are_the_days_or_no_daily_service")


def _daily(situation: Situation, line: ClaimLine) -> bool | None:
    if line.unit_basis == _DAYS:
        return True
    row = cpt_code(situation, line)
    return _PER_DIEM in row.attributes if row is not None else None


class RecordParameters(Parameters):
    """`limited`: a count that is still above an absolute limit (adjudication indicator 2) is not offered."""

    limited: bool = False


def recorded_count(situation: Situation, parameters: RecordParameters) -> Verdict:
    """The record counts other units of a denied line than the claim, or minutes that make another count."""
    claim, lines = situation.claim, situation.lines()
    if claim is None or not lines:
        return lacks("claim")
    told = situation.denial.documented
    # Of a line that is counted in parts no part is the whole.
    whole = [count for count in told.counts if not count.modifiers] if told is not None else []
    counts = {count.line: count for count in whole}
    found: list[Edit] = []
    missing: list[str] = []
    reason = "the_record_counts_the_same"
    for line in lines:
        count = counts.get(line.line)
        if count is None:
            missing.append("documented.counts")
            continue
        units = count.units
        if units is None:
            timed = _timed(situation, line, count.minutes)
            if isinstance(timed, str):
                (missing.append(timed) if ":" in timed else None)
                reason = reason if ":" in timed else timed
                continue
            units = timed
        if parameters.limited and _above_absolute(situation, line, units):
            reason = "still_above_an_absolute_limit"
            continue
        own = Evidence(source="claim-documented", place=f"counts of line {line.line}", value=plain(units))
        edit = _units(situation, line, units, own)
        found += [edit] if edit is not None else []
    if found:
        return _offered("the_record_counts_otherwise", found)
    return lacks(*missing) if missing else fails(reason)


def _timed(situation: Situation, line: ClaimLine, minutes: int | None) -> Decimal | str:
    """Units of a service by 15 minutes that is the only timed one of its day; else what is missing, or why not."""
    row = cpt_code(situation, line)
    if minutes is None or row is None:
        return "documented.counts:minutes" if minutes is None else cpt_missing(situation, line)
    if _TIMED not in row.attributes:
        return "no_timed_service"
    for other in of_day(situation, line):
        beside = cpt_code(situation, other)
        if beside is None or _TIMED in beside.attributes:
            return "fact:minutes_of_the_other_services_of_the_day"
    units = (minutes + _MINUTES - _ROUNDED_UP) // _MINUTES
    return Decimal(units) if units else "too_few_minutes_for_a_unit"


def _above_absolute(situation: Situation, line: ClaimLine, units: Decimal) -> bool:
    """Whether a count is above a published limit without exception. Where none is known, the payer is to say so."""
    claim = situation.claim
    where = setting(claim, situation.profile.family) if claim is not None else None
    table = opened(situation, f"mue_{where}", MueValues, situation.day) if where is not None else None
    row = table.table.find(line.procedure or "") if table is not None else None
    if row is None or row.indicator != "2":
        return False
    others = sum(
        (o.units or Decimal(0) for o in of_day(situation, line) if o.procedure == line.procedure), Decimal(0)
    )
    return units + others > row.units


def _units(situation: Situation, line: ClaimLine, units: Decimal, evidence: Evidence) -> Edit | None:
    place = "SV205" if situation.claim is not None and situation.claim.transaction == "837I" else "SV104"
    path = f"lines[{line.line}].units"
    return field_edit(situation, path, plain(units), f"LX {line.line} {place}", (evidence,))


def _offered(reason: str, found: list[Edit]) -> Verdict:
    first = found[0]
    verdict = offers(reason, found)
    facts = (("line", str(first.line)), ("units", str(first.before or "none")), ("count", str(first.after)))
    return Verdict(
        Outcome.PASSES, reason, candidates=verdict.candidates, ceiling=verdict.ceiling, facts=facts
    )


CHECKS: Final = {
    "days_of_service": Check(Parameters, days_of_service, ("line", "units", "count")),
    "recorded_count": Check(RecordParameters, recorded_count, ("line", "units", "count")),
}
