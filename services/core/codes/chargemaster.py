"""The hospital's own chargemaster: the revenue code under which each procedure is billed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from services.core.codes.form import in_force
from services.core.codes.rows import read_rows

KIND: Final = "chargemaster"
HEADER: Final = ("procedure", "revenue_code", "effective", "ended")

_DIGITS: Final = 4


@dataclass(frozen=True, slots=True)
class ChargeRow:
    """One row: the revenue code of a procedure, four digits wide, and from when to when."""

    row: int
    procedure: str
    revenue_code: str
    effective: date | None
    ended: date | None


@dataclass(frozen=True, slots=True)
class Chargemaster:
    """All rows, by procedure."""

    by_procedure: dict[str, tuple[ChargeRow, ...]]
    rows: int

    def __len__(self) -> int:
        return self.rows

    def of(self, procedure: str, day: date) -> tuple[ChargeRow, ...]:
        """The rows of a procedure in force on a day."""
        found = self.by_procedure.get(procedure.strip().upper(), ())
        return tuple(row for row in found if in_force(day, row.effective, row.ended))


def parse(data: bytes) -> Chargemaster:
    """Read the CSV. Raises TableError."""
    found: dict[str, list[ChargeRow]] = {}
    rows = 0
    for row in read_rows(KIND, HEADER, data):
        rows += 1
        revenue = row.text("revenue_code")
        if not revenue.isdecimal() or len(revenue) not in (3, _DIGITS):
            raise row.error("revenue_code", "is not of three or four digits")
        charge = ChargeRow(
            row=row.number,
            procedure=row.procedure("procedure"),
            revenue_code=revenue.rjust(_DIGITS, "0"),
            effective=row.optional_day("effective"),
            ended=row.optional_day("ended"),
        )
        found.setdefault(charge.procedure, []).append(charge)
    return Chargemaster({key: tuple(value) for key, value in found.items()}, rows)
