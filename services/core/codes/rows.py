"""Rows of a CSV table of ours, cell by cell, with errors that name the place and never the value."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Final

from services.core.codes.npi import valid_npi

_PROCEDURE: Final = re.compile(r"[0-9A-Z]{5}")


class TableError(Exception):
    """A table cannot be read: one line with kind, row and column. Never carries a value of the table."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row. `number` counts from 1 as a spreadsheet shows it: the header is row 1."""

    kind: str
    number: int
    cells: dict[str, str]

    def error(self, column: str, problem: str) -> TableError:
        """The error for one cell of this row."""
        return TableError(f"{self.kind}: row {self.number}, column {column}: {problem}")

    def text(self, column: str) -> str:
        """A cell that must not be empty, without surrounding blanks."""
        cell = self.cells[column]
        if not cell:
            raise self.error(column, "is empty")
        return cell

    def code(self, column: str) -> str:
        """A cell that must not be empty, in upper case."""
        return self.text(column).upper()

    def optional(self, column: str) -> str | None:
        return self.cells[column] or None

    def day(self, column: str) -> date:
        """An ISO 8601 date, also without its hyphens."""
        try:
            return _day(self.text(column))
        except ValueError:
            raise self.error(column, "is not a date (YYYY-MM-DD)") from None

    def optional_day(self, column: str) -> date | None:
        return self.day(column) if self.cells[column] else None

    def procedure(self, column: str) -> str:
        """A HCPCS code: five letters or digits."""
        code = self.text(column).upper()
        if not _PROCEDURE.fullmatch(code):
            raise self.error(column, "is not a code of five letters or digits")
        return code

    def items(self, column: str) -> tuple[str, ...]:
        """A list in one cell, with `;` between; what was read from a published file ends each item by itself."""
        cell = self.cells[column]
        parts = cell.split("\x1e") if "\x1e" in cell else cell.split(";")
        return tuple(part.strip() for part in parts if part.strip())

    def count(self, column: str) -> Decimal:
        """A number of units, not negative."""
        try:
            number = Decimal(self.text(column))
        except InvalidOperation:
            raise self.error(column, "is not a number") from None
        if not number.is_finite() or number < 0:
            raise self.error(column, "is not a number of zero or more")
        return number

    def npi(self, column: str) -> str:
        npi = self.text(column)
        if not valid_npi(npi):
            raise self.error(column, "is not an NPI (ten digits with a right check digit)")
        return npi

    def one_of(self, column: str, allowed: tuple[str, ...], default: str | None = None) -> str:
        cell = self.cells[column] or default or ""
        if cell not in allowed:
            raise self.error(column, f"is not one of {', '.join(allowed)}")
        return cell


@lru_cache(maxsize=4096)
def _day(text: str) -> date:
    return date.fromisoformat(text)


Numbered = tuple[int, list[str]]
"""A row's number, from 1 as a spreadsheet shows it, and its cells."""


def read_rows(kind: str, header: tuple[str, ...], data: bytes) -> Iterator[Row]:
    """The rows of a CSV file in UTF-8 whose first row is `header`, in any order of columns; blank rows are skipped.

    Raises TableError.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise TableError(f"{kind}: the file is not in UTF-8") from None
    yield from rows_under(kind, header, numbered(kind, io.StringIO(text, newline="")))


def numbered(kind: str, lines: Iterable[str]) -> Iterator[Numbered]:
    """The rows of a CSV text. Raises TableError."""
    number = 0
    try:
        for number, cells in enumerate(csv.reader(lines, strict=True), start=1):
            yield number, cells
    except csv.Error:
        raise TableError(f"{kind}: row {number + 1}: is not valid CSV") from None


def rows_under(kind: str, header: tuple[str, ...], cells: Iterable[Numbered]) -> Iterator[Row]:
    """The rows below a first row that is `header` in any order; blank rows are skipped. Raises TableError."""
    columns: list[str] = []
    for number, row in cells:
        if not columns:
            columns = _columns(kind, header, row)
            continue
        if not any(cell.strip() for cell in row):
            continue
        if len(row) != len(columns):
            raise TableError(f"{kind}: row {number}: has {len(row)} columns, the header {len(columns)}")
        yield Row(kind, number, {c: cell.strip() for c, cell in zip(columns, row, strict=True)})
    if not columns:
        raise TableError(f"{kind}: the file is empty; its first row must be {','.join(header)}")


def _columns(kind: str, header: tuple[str, ...], cells: list[str]) -> list[str]:
    columns = [cell.strip().lower() for cell in cells]
    missing = [c for c in header if c not in columns]
    if missing:
        raise TableError(f"{kind}: row 1: the header lacks {', '.join(missing)}")
    if len(set(columns)) != len(columns):
        raise TableError(f"{kind}: row 1: a column stands twice in the header")
    if len(columns) != len(header):
        raise TableError(
            f"{kind}: row 1: the header has columns that are not known; it must be {','.join(header)}"
        )
    return columns
