"""The crosswalk from a drug code (NDC) to a HCPCS code: what one billing unit of each is.

The rows of the crosswalk that Medicare contractors publish with the average sales prices fit this, with the count
that the payer's own crosswalk wants.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from services.core.codes.rows import read_rows

KIND: Final = "drugs"
HEADER: Final = ("ndc", "procedure", "ndc_unit", "units_per_ndc_unit", "dose", "dose_unit")

NDC_UNITS: Final = ("F2", "GR", "ME", "ML", "UN")
"""What CTP05-1 may say: international unit, gram, milligram, milliliter, unit."""

_NDC: Final = re.compile(r"[0-9]{11}|[0-9]{5}-[0-9]{4}-[0-9]{2}")


@dataclass(frozen=True, slots=True)
class DrugRow:
    """One row. `dose` and `dose_unit`: what one unit of the procedure is, as 10 MG; `factor`: how many of its units
    one unit of the NDC is."""

    row: int
    ndc: str
    procedure: str
    ndc_unit: str
    factor: Decimal
    dose: Decimal | None
    dose_unit: str | None


@dataclass(frozen=True, slots=True)
class Drugs:
    """All rows, by NDC and procedure, and by procedure alone."""

    by_drug: dict[tuple[str, str], tuple[DrugRow, ...]]
    by_procedure: dict[str, tuple[DrugRow, ...]]
    rows: int

    def __len__(self) -> int:
        return self.rows

    def of(self, ndc: str, procedure: str) -> DrugRow | None:
        """The one row of a drug under a procedure; null where there is none, or are several."""
        found = self.by_drug.get((ndc.replace("-", ""), procedure.strip().upper()), ())
        return found[0] if len(found) == 1 else None

    def dose_of(self, procedure: str) -> DrugRow | None:
        """A row that says what one unit of a procedure is; null where none does, or two say different doses."""
        found = [row for row in self.by_procedure.get(procedure.strip().upper(), ()) if row.dose is not None]
        return found[0] if len({(row.dose, row.dose_unit) for row in found}) == 1 else None


def parse(data: bytes) -> Drugs:
    """Read the CSV. Raises TableError."""
    drugs: dict[tuple[str, str], list[DrugRow]] = {}
    procedures: dict[str, list[DrugRow]] = {}
    rows = 0
    for row in read_rows(KIND, HEADER, data):
        rows += 1
        ndc = row.text("ndc")
        if not _NDC.fullmatch(ndc):
            raise row.error("ndc", "is not a drug code of eleven digits (5-4-2)")
        unit = row.optional("dose_unit")
        dose = row.count("dose") if row.optional("dose") else None
        if (dose is None) != (unit is None) or dose == 0:
            raise row.error("dose", "stands without its unit, or is nothing")
        drug = DrugRow(
            row=row.number,
            ndc=ndc.replace("-", ""),
            procedure=row.procedure("procedure"),
            ndc_unit=row.one_of("ndc_unit", NDC_UNITS),
            factor=row.count("units_per_ndc_unit"),
            dose=dose,
            dose_unit=unit.upper() if unit is not None else None,
        )
        if drug.factor == 0:
            raise row.error("units_per_ndc_unit", "is nothing")
        drugs.setdefault((drug.ndc, drug.procedure), []).append(drug)
        procedures.setdefault(drug.procedure, []).append(drug)
    return Drugs(
        {key: tuple(value) for key, value in drugs.items()},
        {key: tuple(value) for key, value in procedures.items()},
        rows,
    )
