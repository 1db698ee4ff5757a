"""Who may order and refer, by NPI, with the legal name of the enrolment (CMS "Order and Referring", from PECOS)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from services.core.codes.rows import read_rows

KIND: Final = "ordering"
HEADER: Final = ("npi", "last_name", "first_name", "partb", "dme", "hha", "pmd", "hospice")


@dataclass(frozen=True, slots=True)
class Orderer:
    """One practitioner: last and first name, and what he may order (columns of the file with a Y)."""

    row: int
    npi: str
    name: tuple[str, str]
    may: frozenset[str]


@dataclass(frozen=True, slots=True)
class Orderers:
    """All rows, by NPI."""

    by_npi: dict[str, Orderer]

    def __len__(self) -> int:
        return len(self.by_npi)

    def find(self, npi: str) -> Orderer | None:
        """The practitioner of an NPI; null where the list does not have it."""
        return self.by_npi.get(npi.strip())


def parse(data: bytes) -> Orderers:
    """Read the CSV. Raises TableError."""
    found: dict[str, Orderer] = {}
    for row in read_rows(KIND, HEADER, data):
        orderer = Orderer(
            row=row.number,
            npi=row.npi("npi"),
            name=(row.code("last_name"), row.code("first_name")),
            may=frozenset(c for c in HEADER[3:] if row.one_of(c, ("Y", "N", ""), "N") == "Y"),
        )
        if orderer.npi in found:
            raise row.error("npi", "stands twice")
        found[orderer.npi] = orderer
    return Orderers(found)
