"""How a check opens a loaded table, and what is asked of several tables: never a guess where a table is missing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final, Generic, TypeVar

from schemas.case import Evidence
from schemas.claim import ClaimLine, ClaimSubmitted
from services.core.codes.cpt import CptCode, CptCodes
from services.core.codes.hcpcs import HcpcsCodes
from services.core.codes.mpfs import FeeIndicators, Indicators
from services.core.codes.tables import Edition
from services.core.recoding.fields import rendering
from services.core.recoding.situation import Situation

T = TypeVar("T")

_EQUIPMENT: Final = "_dme"
"""Families of contractors for medical equipment end so."""

MEDICAID: Final = "medicaid"
"""Families whose name begins so have editions of their own."""


@dataclass(frozen=True, slots=True)
class Opened(Generic[T]):
    """A table in force on a day, with the edition that evidence names."""

    edition: Edition
    table: T

    def evidence(self, place: str, value: str | None = None) -> Evidence:
        """Evidence in this table. `place`: the key of the row."""
        return Evidence.trust({"source": self.edition.source, "place": place, "value": value})


def opened(situation: Situation, kind: str, of: type[T], day: date | None) -> Opened[T] | None:
    """The edition of a kind in force on a day; null where none is loaded."""
    if day is None:
        return None
    tables = situation.tables
    return tables.remembered((of, kind, day), lambda: _opened(tables.on(kind, day), of))


def _opened(edition: Edition | None, of: type[T]) -> Opened[T] | None:
    if edition is None or not isinstance(edition.table, of):
        return None
    return Opened(edition, edition.table)


def setting(claim: ClaimSubmitted, family: str) -> str | None:
    """Which edits of the correct coding initiative a claim is under: practitioner, outpatient hospital, or those of
    medical equipment (`dme`) where it goes to such a contractor, as the payer's family says; null for an inpatient
    claim (bill types 11x, 18x, 21x), which is under none."""
    if claim.transaction == "837P":
        return "dme" if family.endswith(_EQUIPMENT) else "practitioner"
    if inpatient(claim):
        return None
    return "outpatient"


def inpatient(claim: ClaimSubmitted) -> bool:
    """Bill types 11x, 18x and 21x."""
    return claim.transaction == "837I" and (claim.bill_type or "")[:2] in ("11", "18", "21")


def of_day(situation: Situation, line: ClaimLine) -> tuple[ClaimLine, ...]:
    """The other lines of the claim on the same first date of service."""
    claim = situation.claim
    if claim is None:
        return ()
    return tuple(
        other
        for other in claim.lines
        if other.line != line.line and other.service_from == line.service_from and other.procedure
    )


def rendering_npi(claim: ClaimSubmitted, line: ClaimLine) -> str | None:
    """Who rendered a line: loop 2420, else 2310, else the billing provider."""
    if line.rendering_npi:
        return line.rendering_npi
    of_claim = rendering(claim)
    return (of_claim.npi if of_claim is not None else None) or claim.billing_npi


def indicators(situation: Situation, line: ClaimLine) -> FeeIndicators | None:
    """The physician fee schedule's row for the line's code on its date; null where none is loaded."""
    found = opened(situation, "mpfs", Indicators, line.service_from)
    return found.table.find(line.procedure or "") if found is not None else None


def cpt_code(situation: Situation, line: ClaimLine) -> CptCode | None:
    """The user's own row for a CPT or HCPCS code, with its attributes; null where none is loaded."""
    found = opened(situation, "cpt", CptCodes, line.service_from)
    return found.table.find(line.procedure or "") if found is not None else None


def cpt_missing(situation: Situation, line: ClaimLine) -> str:
    """What is missing where `cpt_code` finds nothing: the whole table, or a row for the code."""
    return "table:cpt" if opened(situation, "cpt", CptCodes, line.service_from) is None else "table:cpt.row"


def visit(situation: Situation, line: ClaimLine, visits: Iterable[str]) -> bool | None:
    """Whether the line is an evaluation and management visit: one of `visits` (HCPCS level II), or marked `em` in the
    user's table. Null where neither tells."""
    if (line.procedure or "").upper() in visits:
        return True
    row = cpt_code(situation, line)
    if row is not None:
        return any(name == "em" or name.startswith("em_") for name in row.attributes)
    return None


def laboratory(situation: Situation, line: ClaimLine) -> bool | None:
    """Whether the line is a clinical laboratory test, by the HCPCS file or the user's table; null where neither
    knows the code."""
    found = opened(situation, "hcpcs", HcpcsCodes, line.service_from)
    level2 = found.table.find(line.procedure or "") if found is not None else None
    if level2 is not None:
        return bool(level2.laboratory)
    row = cpt_code(situation, line)
    return "laboratory" in row.attributes if row is not None else None
