"""What a check looks at: one cause of one open denial, and what is loaded."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from schemas.case import Cause, ClassifiedDenial, Evidence
from schemas.claim import ClaimLine, ClaimSubmitted
from services.core.codes.tables import Edition, Tables
from services.core.denials.knowledge import remark_code
from services.core.resubmission.profiles import Profile

if TYPE_CHECKING:
    from services.core.recoding.check import Step
    from services.core.recoding.verdicts import Verdict

_set = object.__setattr__


@dataclass(frozen=True, slots=True, eq=False)
class Situation:
    """One cause of a denial. The same for every rule that is tried on it: what all of them ask for is found once."""

    denial: ClassifiedDenial
    cause: Cause
    profile: Profile
    tables: Tables
    claim: ClaimSubmitted | None = field(init=False, repr=False)
    """the lineage's current claim; null where no 837 is known"""
    day: date | None = field(init=False, repr=False)
    """the day by which rules and tables are looked up: the first date of service"""
    said: dict[Step, Verdict] = field(init=False, repr=False)
    """what checks said already: rules of one cause ask many the same"""
    _lines: tuple[ClaimLine, ...] | None = field(init=False, repr=False)

    def __post_init__(self) -> None:
        _set(self, "claim", self.denial.claim)
        _set(self, "day", service_day(self.denial))
        _set(self, "said", {})
        _set(self, "_lines", _concerned(self.denial, self.cause))

    def lines(self) -> tuple[ClaimLine, ...] | None:
        """The submitted lines that the cause concerns, all of them for a cause of the whole claim.

        Null where a line of the remittance answers no submitted line, or no claim is known.
        """
        return self._lines

    def edition(self, kind: str, day: date) -> Edition | None:
        return self.tables.on(kind, day)

    @property
    def remarks(self) -> frozenset[str]:
        """Every remark code of the denial, also those that explain nothing (alerts, directives)."""
        return frozenset(
            (*(remark_code(r.code) for r in self.denial.adjudication.remarks), *self.denial.directives)
        )

    def from_claim(self, place: str, value: str | None = None) -> Evidence:
        """Evidence in the submitted claim. `place` is an X12 place."""
        return Evidence.trust({"source": "claim-submitted", "place": place, "value": value})


def _concerned(denial: ClassifiedDenial, cause: Cause) -> tuple[ClaimLine, ...] | None:
    claim = denial.claim
    if claim is None:
        return None
    if not cause.lines:
        return claim.lines
    by_number = {line.line: line for line in claim.lines}
    answered = {m.remitted_line: m.submitted_line for m in denial.matches}
    found: dict[int, ClaimLine] = {}
    for remitted in cause.lines:
        number = answered.get(remitted)
        line = by_number.get(number) if number is not None else None
        if number is None or line is None:
            return None
        found[number] = line
    return tuple(found.values())


def service_day(denial: ClassifiedDenial) -> date | None:
    """The first date of service as the claim says it, else as the remittance does."""
    claim = denial.claim
    if claim is not None and claim.service_from is not None:
        return claim.service_from
    adjudication = denial.adjudication
    return adjudication.service_from or next(
        (line.service_from for line in adjudication.lines if line.service_from), None
    )


def row_evidence(edition: Edition, row: int, value: str | None = None) -> Evidence:
    """Evidence in a row of a loaded table."""
    return Evidence.trust({"source": edition.source, "place": f"row {row}", "value": value})
