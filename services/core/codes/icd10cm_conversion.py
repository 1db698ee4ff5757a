"""ICD-10-CM codes that took the place of others, as the conversion table of CMS says it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from services.core.codes.form import plain
from services.core.codes.rows import read_rows

KIND: Final = "icd10cm_conversion"
HEADER: Final = ("code", "effective", "previous")


@dataclass(frozen=True, slots=True)
class Conversion:
    """One row: a code, the first day that it holds, the code that was used before."""

    row: int
    code: str
    effective: date
    previous: str


@dataclass(frozen=True, slots=True)
class Conversions:
    """All rows, by the earlier code and by the later one."""

    by_previous: dict[str, tuple[Conversion, ...]]
    by_code: dict[str, tuple[Conversion, ...]]
    rows: int

    def __len__(self) -> int:
        return self.rows

    def one_to_one(self, previous: str) -> Conversion | None:
        """The code that took the place of this one alone, and that replaced no other; null where one side has more."""
        after = self.by_previous.get(plain(previous), ())
        if len(after) != 1 or len(self.by_code[after[0].code]) != 1:
            return None
        return after[0]


def parse(data: bytes) -> Conversions:
    """Read the CSV: a row for each pair. Raises TableError."""
    previous: dict[str, list[Conversion]] = {}
    later: dict[str, list[Conversion]] = {}
    rows = 0
    for row in read_rows(KIND, HEADER, data):
        rows += 1
        found = Conversion(
            row=row.number,
            code=plain(row.text("code")),
            effective=row.day("effective"),
            previous=plain(row.text("previous")),
        )
        if found.code == found.previous:
            raise row.error("previous", "is the code itself")
        previous.setdefault(found.previous, []).append(found)
        later.setdefault(found.code, []).append(found)
    return Conversions(
        {key: tuple(value) for key, value in previous.items()},
        {key: tuple(value) for key, value in later.items()},
        rows,
    )
