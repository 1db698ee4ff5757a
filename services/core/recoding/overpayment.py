"""The reverse guard (G8): paid lines that the same knowledge shows as paid too much.

Source: domain reference 2.1, G8, and 2.3. It says "suspected": a person looks, and a clock runs from the day that it
was said (42 USC 1320a-7k(d)). Nothing is corrected by itself. A table that is not loaded shows nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import combinations
from typing import Final

from schemas.case import CaseChanged, ClassifiedDenial, Evidence
from schemas.remittance import RemittedLine
from services.core.codes.hcpcs import HcpcsCodes
from services.core.codes.mue import MueValues
from services.core.codes.ptp import PtpEdits
from services.core.codes.tables import Edition, Tables
from services.core.recoding.exclusion import claim_providers, excluded
from services.core.recoding.ncci import BYPASSING

REPORT_WITHIN: Final = timedelta(days=60)
"""From the day that an overpayment is identified (42 CFR 401.305): report and return it."""

FLAG: Final = "overpayment_suspected"

PRACTITIONER: Final = "practitioner"
OUTPATIENT: Final = "outpatient"
"""Which of CMS's NCCI files a claim is edited against. An institutional remittance names revenue codes (SVC04)."""

_ABSOLUTE: Final = "2"
_BY_LINE: Final = "1"
"""MUE adjudication indicators. 3 is a benchmark that a payer may go beyond: no suspicion."""

_NEVER_TOGETHER: Final = "0"

_MEDICAID: Final = "MC"
_FEDERAL: Final = frozenset({"MA", "MB", "16", _MEDICAID, "CH", "VA", "OF", "TV"})
"""Claim filing indicators (CLP06) of federal health care programs: Medicare and its plans, Medicaid, TRICARE, the
Veterans' plan and others."""

_INPATIENT: Final = frozenset({"11", "18", "21"})
"""The first two digits of an inpatient bill type (CLP08)."""

_TOLD_APART: Final = BYPASSING | {"76", "77"}
"""Modifiers that say why two services of one day are two (CMS NCCI policy manual, chapter 1; domain reference 2.2)."""


@dataclass(frozen=True, slots=True)
class Suspicion:
    """What looks paid too much. `lines`: lines of the 835; `amount`: what was paid for them, at most too much."""

    reason: str
    """duplicate_line | units_above_submitted | units_above_mue | pair_never_together | pair_without_modifier |
    code_not_valid_on_date | paid_twice | provider_excluded"""
    lines: tuple[int, ...]
    amount: Decimal
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Paid:
    """One adjudication in which something was paid, as far as the reverse guard looks."""

    lines: Sequence[RemittedLine]
    day: date | None
    """the date of service of lines without one"""
    filing_indicator: str | None = None
    """CLP06"""
    facility_type: str | None = None
    """CLP08"""
    providers: tuple[str, ...] = ()
    """NPIs of the claim, in any role"""
    before: Decimal | None = None
    """paid already for the same claim, and never taken back"""

    @property
    def setting(self) -> str | None:
        """Whose correct coding edits it is under; null for an inpatient claim, and for Medicaid, which has its own."""
        if self.filing_indicator == _MEDICAID:
            return None
        if not any(line.revenue_code for line in self.lines):
            return PRACTITIONER
        return None if self.facility_type in _INPATIENT else OUTPATIENT


def suspected(paid: Paid, tables: Tables) -> tuple[Suspicion, ...]:
    """What is suspicious about the paid lines of one adjudication, each reason and line once."""
    lines, day, setting = [line for line in paid.lines if line.paid > 0], paid.day, paid.setting
    coded = [line for line in lines if line.procedure]
    found = [*_more_than_submitted(coded), *_doubled(coded), *_out_of_date(coded, day, tables)]
    if paid.before is not None:
        found.append(_of("paid_twice", lines, "CLP07"))
    if setting is not None:
        found += _above_limit(coded, day, tables, setting)
        found += _pairs(coded, day, tables, setting)
    if paid.filing_indicator in _FEDERAL:
        found += _by_excluded(lines, paid.providers, day, tables)
    seen: dict[tuple[str, tuple[int, ...]], Suspicion] = {}
    for suspicion in found:
        seen.setdefault((suspicion.reason, suspicion.lines), suspicion)
    return tuple(seen[key] for key in sorted(seen))


def overpaid_lines(denial: ClassifiedDenial, tables: Tables) -> tuple[int, ...]:
    """The submitted lines of a denied claim whose payment is suspicious."""
    if denial.claim is None or not any([line.paid > 0 for line in denial.adjudication.lines]):
        return ()
    suspicions = of_denial(denial, tables)
    submitted = {m.remitted_line: m.submitted_line for m in denial.matches}
    numbers = {submitted.get(number) for suspicion in suspicions for number in suspicion.lines}
    return tuple(sorted(number for number in numbers if number is not None))


def of_denial(denial: ClassifiedDenial, tables: Tables) -> tuple[Suspicion, ...]:
    """What is suspicious about the lines that a denied claim was paid."""
    claim, adjudication = denial.claim, denial.adjudication
    if all(line.paid <= 0 for line in adjudication.lines):
        return ()
    paid = Paid(
        adjudication.lines,
        adjudication.service_from or (claim.service_from if claim is not None else None),
        denial.filing_indicator,
        adjudication.facility_type,
        tuple(sorted(claim_providers(claim))) if claim is not None else (),
    )
    return suspected(paid, tables)


def of_case(case: CaseChanged, tables: Tables) -> tuple[Suspicion, ...]:
    """What is suspicious about a claim that was paid."""
    paid = Paid(
        case.paid_lines,
        case.service_from,
        case.filing_indicator,
        case.facility_type,
        case.paid_providers,
        case.paid_before,
    )
    return suspected(paid, tables)


def _by_excluded(
    lines: Sequence[RemittedLine], providers: Iterable[str], day: date | None, tables: Tables
) -> Iterator[Suspicion]:
    """Whatever a federal program paid on a claim that names a provider who was excluded on the day of the line
    (42 CFR 1001.1901)."""
    found: dict[str, list[RemittedLine]] = {}
    editions: dict[str, Edition] = {}
    for line in lines:
        names, edition = excluded(providers, line.service_from or day, line.service_to, tables)
        if edition is not None and names:
            found.setdefault(edition.name, []).append(line)
            editions[edition.name] = edition
    for name in sorted(found):
        yield _of("provider_excluded", found[name], "NM109", editions[name])


def _more_than_submitted(lines: Iterable[RemittedLine]) -> Iterator[Suspicion]:
    for line in lines:
        if (line.units_paid or 0) > (line.units_submitted or 0) > 0:
            yield _of("units_above_submitted", [line], "SVC05, SVC07")


def _doubled(lines: Sequence[RemittedLine]) -> Iterator[Suspicion]:
    """The same code, modifiers, dates, charge and units paid twice, and nothing that tells them apart."""
    for one, other in combinations(lines, 2):
        if _face(one) == _face(other) and one.service_from and not _TOLD_APART & set(one.modifiers):
            yield _of("duplicate_line", [other], f"SVC {one.line}, SVC {other.line}")


def _face(line: RemittedLine) -> tuple[object, ...]:
    return (
        line.procedure,
        tuple(sorted(line.modifiers)),
        line.revenue_code,
        line.service_from,
        line.service_to,
        line.charge,
        line.units_paid,
    )


def _out_of_date(lines: Iterable[RemittedLine], day: date | None, tables: Tables) -> Iterator[Suspicion]:
    for line in lines:
        on = line.service_from or day
        edition = tables.on("hcpcs", on) if on is not None else None
        if on is None or edition is None or not isinstance(edition.table, HcpcsCodes):
            continue
        code = edition.table.find(line.procedure or "")
        if code is not None and not code.active_on(on):
            yield _of("code_not_valid_on_date", [line], "SVC01-2, DTM*472", edition)


def _above_limit(
    lines: Iterable[RemittedLine], day: date | None, tables: Tables, setting: str
) -> Iterator[Suspicion]:
    by_day: dict[tuple[str, date], list[RemittedLine]] = {}
    for line in lines:
        on = line.service_from or day
        if on is not None and line.units_paid is not None and line.procedure:
            by_day.setdefault((line.procedure, on), []).append(line)
    for (procedure, on), same in by_day.items():
        edition = tables.on(f"mue_{setting}", on)
        limit = edition.table.find(procedure) if edition and isinstance(edition.table, MueValues) else None
        if edition is None or limit is None:
            continue
        if limit.indicator == _BY_LINE:
            for line in same:
                if (line.units_paid or 0) > limit.units:
                    yield _of("units_above_mue", [line], "SVC05", edition)
        elif limit.indicator == _ABSOLUTE and sum(line.units_paid or 0 for line in same) > limit.units:
            yield _of("units_above_mue", same, "SVC05", edition)


def _pairs(
    lines: Sequence[RemittedLine], day: date | None, tables: Tables, setting: str
) -> Iterator[Suspicion]:
    """Two codes of one day that NCCI does not pay together: column 2 was paid too much. A repeat (76, 77) separates
    no pair."""
    for one, other in combinations(lines, 2):
        on = one.service_from or day
        if on is None or on != (other.service_from or day):
            continue
        edition = tables.on(f"ptp_{setting}", on)
        if edition is None or not isinstance(edition.table, PtpEdits):
            continue
        pair = edition.table.active(one.procedure or "", other.procedure or "", on)
        if pair is None:
            continue
        second = other if (other.procedure or "").upper() == pair.column2 else one
        if pair.indicator == _NEVER_TOGETHER:
            yield _of("pair_never_together", [second], "SVC01-2", edition)
        elif not BYPASSING & {*one.modifiers, *other.modifiers}:
            yield _of("pair_without_modifier", [second], "SVC01-2", edition)


def _of(reason: str, lines: Sequence[RemittedLine], place: str, edition: Edition | None = None) -> Suspicion:
    numbers = tuple(sorted(line.line for line in lines))
    evidence = [Evidence(source="claim-adjudicated", place=f"2110 line {n}: {place}") for n in numbers]
    if edition is not None:
        codes = ",".join(sorted({line.procedure or "" for line in lines}))
        evidence.append(Evidence(source=f"table:{edition.kind}@{edition.name}", place=f"code {codes}"))
    return Suspicion(reason, numbers, sum((line.paid for line in lines), Decimal(0)), tuple(evidence))
