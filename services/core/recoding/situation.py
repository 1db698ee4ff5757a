"""What a check looks at: one cause of one open denial, and what is loaded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from schemas.case import Cause, ClassifiedDenial, Evidence
from schemas.claim import ClaimLine, ClaimSubmitted
from services.core.codes.tables import Edition, Tables
from services.core.denials.knowledge import remark_code
from services.core.resubmission.profiles import Profile


@dataclass(frozen=True, slots=True)
class Situation:
    """One cause of a denial. The same for every rule that is tried on it."""

    denial: ClassifiedDenial
    cause: Cause
    profile: Profile
    tables: Tables

    @property
    def claim(self) -> ClaimSubmitted | None:
        """The lineage's current claim; null where no 837 is known."""
        return self.denial.claim

    @property
    def day(self) -> date | None:
        """The day by which rules and tables are looked up: the first date of service."""
        return service_day(self.denial)

    def lines(self) -> tuple[ClaimLine, ...] | None:
        """The submitted lines that the cause concerns, all of them for a cause of the whole claim.

        Null where a line of the remittance answers no submitted line, or no claim is known.
        """
        claim = self.claim
        if claim is None:
            return None
        if not self.cause.lines:
            return claim.lines
        by_number = {line.line: line for line in claim.lines}
        answered = {m.remitted_line: m.submitted_line for m in self.denial.matches}
        found = []
        for remitted in self.cause.lines:
            number = answered.get(remitted)
            line = by_number.get(number) if number is not None else None
            if line is None:
                return None
            if line not in found:
                found.append(line)
        return tuple(found)

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
        return Evidence(source="claim-submitted", place=place, value=value)


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
    return Evidence(source=f"table:{edition.kind}@{edition.name}", place=f"row {row}", value=value)
