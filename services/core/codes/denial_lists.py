"""A licensed list of CARCs or RARCs, as `reclaim load carc|rarc` takes it: CSV, laid over what ships.

It says which code is valid when, and in the owner's words what it means. The words are shown to the user who
loaded them and go into no event.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Final

from services.core.codes.rows import Row, TableError
from services.core.denials.knowledge import reason_code, remark_code

CARC: Final = "carc"
RARC: Final = "rarc"
HEADER: Final = ("code", "description", "start date", "last modified", "stop date", "notes")
REQUIRED: Final = ("code", "description")

_OTHER_NAMES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "start": "start date",
        "effective date": "start date",
        "modified": "last modified",
        "last modified date": "last modified",
        "stop": "stop date",
        "end date": "stop date",
        "deactivation date": "stop date",
        "note": "notes",
    }
)
"""Headers that downloads are met with, and the column that each is."""

_AMERICAN: Final = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")


@dataclass(frozen=True, slots=True)
class ListedCode:
    """One row. `stop` is the last day that it is valid; null dates are not said by the list."""

    code: str
    description: str
    start: date | None
    modified: date | None
    stop: date | None
    notes: str | None

    def valid_on(self, day: date) -> bool:
        return (self.start is None or self.start <= day) and (self.stop is None or day <= self.stop)


@dataclass(frozen=True, slots=True)
class CodeList:
    """All rows by code, in the one form of `reason_code` or `remark_code`."""

    by_code: Mapping[str, ListedCode]

    def __len__(self) -> int:
        return len(self.by_code)

    def find(self, code: str) -> ListedCode | None:
        """The row of a code in normal form; null where the list does not have it."""
        return self.by_code.get(code)


def parse_carc(data: bytes) -> CodeList:
    """Read a list of adjustment reason codes. Raises TableError."""
    return CodeList(_by_code(CARC, data))


def parse_rarc(data: bytes) -> CodeList:
    """Read a list of remark codes. Raises TableError."""
    return CodeList(_by_code(RARC, data))


def _by_code(kind: str, data: bytes) -> Mapping[str, ListedCode]:
    normal = reason_code if kind == CARC else remark_code
    found: dict[str, ListedCode] = {}
    for row in _rows(kind, data):
        listed = ListedCode(
            code=normal(row.text("code")),
            description=row.text("description"),
            start=_day(row, "start date"),
            modified=_day(row, "last modified"),
            stop=_day(row, "stop date"),
            notes=row.optional("notes"),
        )
        if listed.code in found:
            raise row.error("code", "stands twice in the list")
        if listed.start is not None and listed.stop is not None and listed.stop < listed.start:
            raise row.error("stop date", "lies before the start date")
        found[listed.code] = listed
    if not found:
        raise TableError(f"{kind}: the file has no rows below its header")
    return MappingProxyType(found)


def _rows(kind: str, data: bytes) -> Iterator[Row]:
    """The rows of the CSV. Columns may stand in any order and more than those of `HEADER` may be there: they
    are not read. Titles above the header are skipped."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        # Spreadsheets save with typographic quotes in the encoding of Windows.
        text = data.decode("cp1252", errors="replace")
    columns: list[str] | None = None
    number = 0
    try:
        for cells in csv.reader(io.StringIO(text, newline=""), strict=True):
            number += 1
            if not any(cell.strip() for cell in cells):
                continue
            if columns is None:
                named = [_column(cell) for cell in cells]
                columns = named if all(column in named for column in REQUIRED) else None
                continue
            if len(cells) > len(columns):
                raise TableError(f"{kind}: row {number}: has {len(cells)} columns, the header {len(columns)}")
            found = dict.fromkeys(HEADER, "")
            found.update({c: cell.strip() for c, cell in zip(columns, cells, strict=False) if c in found})
            yield Row(kind, number, found)
    except csv.Error:
        raise TableError(f"{kind}: row {number + 1}: is not valid CSV") from None
    if columns is None:
        raise TableError(f"{kind}: no row is a header with at least {' and '.join(REQUIRED)}")


def _column(cell: str) -> str:
    name = " ".join(cell.replace("_", " ").lower().split())
    return _OTHER_NAMES.get(name, name)


def _day(row: Row, column: str) -> date | None:
    """A date as YYYY-MM-DD, or as the lists print it, MM/DD/YYYY."""
    cell = row.cells[column]
    american = _AMERICAN.fullmatch(cell)
    if american is None:
        return row.optional_day(column)
    month, day, year = (int(part) for part in american.groups())
    try:
        return date(year, month, day)
    except ValueError:
        raise row.error(column, "is not a date") from None
