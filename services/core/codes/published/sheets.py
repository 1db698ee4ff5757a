"""What published sheets have in common: titles above the header, codes that a spreadsheet made numbers, dates."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Final

from services.core.codes.rows import Numbered, Row, TableError

# No published file has more lines of title and notice above its header.
_LONGEST_PREAMBLE: Final = 60

_NOT_WORD: Final = re.compile(r"[^A-Z0-9]")
_CODE_DIGITS: Final = 5

# Written where there is no date: an open end, or the day that databases begin with.
_NO_DAY: Final = frozenset(
    {"", "*", "0", "00000000", "0000000", "9999999", "99999999", "19000101", "1900001", "01/01/1900"}
)


def squeezed(cell: str) -> str:
    """A column's title as letters and digits: line feeds, blanks and case differ from release to release."""
    return _NOT_WORD.sub("", cell.upper())


def under_header(
    kind: str, cells: Iterable[Numbered], wanted: Mapping[str, Sequence[str]]
) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows below the header, as the wanted columns; blank rows are skipped, missing cells are empty.

    `wanted` gives for each of our columns the squeezed titles it is known by; a title may end with one of
    them, because parts of a title stand in the rows above. Raises TableError where no row is a header.
    """
    places: dict[str, int] = {}
    above: list[list[str]] = []
    for number, row in cells:
        if not places:
            places = _places(row, above, wanted)
            above = [*above, row][-2:]
            if not places and number > _LONGEST_PREAMBLE:
                break
            continue
        if any(cell.strip() for cell in row):
            yield number, {c: row[at].strip() if at < len(row) else "" for c, at in places.items()}
    if not places:
        raise TableError(f"{kind}: no row of the file is its header; this is not the published file")


def _places(row: list[str], above: list[list[str]], wanted: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """Where the wanted columns are; empty where this row is not the header."""
    titles = [squeezed(cell) for cell in row]
    found: dict[str, int] = {}
    for column, names in wanted.items():
        exact = next((at for at, title in enumerate(titles) if title in names), None)
        found_at = exact if exact is not None else _stacked(titles, above, names)
        if found_at is None:
            return {}
        found[column] = found_at
    return found


def _stacked(titles: list[str], above: list[list[str]], names: Sequence[str]) -> int | None:
    """Where a title that runs over the rows above stands."""
    for at, title in enumerate(titles):
        upper = "".join(squeezed(row[at]) for row in above if at < len(row))
        if title and any(f"{upper}{title}".endswith(name) for name in names):
            return at
    return None


def five(cell: str) -> str:
    """A code that a spreadsheet took for a number gets its zeros back."""
    return cell.zfill(_CODE_DIGITS) if cell.isdigit() else cell


def day(row: Row, column: str) -> str:
    """YYYYMMDD or MM/DD/YYYY, or nothing, as a cell of ours. Raises TableError."""
    cell = row.cells[column].strip()
    if cell in _NO_DAY:
        return ""
    if len(cell) == 10 and cell[2] == cell[5] == "/":
        cell = f"{cell[6:]}{cell[:2]}{cell[3:5]}"
    if len(cell) != 8 or not cell.isdigit():
        raise row.error(column, "is not a date")
    return cell


def julian_day(row: Row, column: str) -> str:
    """YYYYDDD, the day counted in its year, or nothing, as a cell of ours. Raises TableError."""
    cell = row.cells[column].strip()
    if cell in _NO_DAY:
        return ""
    if len(cell) != 7 or not cell.isdigit():
        raise row.error(column, "is not a date (YYYYDDD)")
    try:
        found = date(int(cell[:4]), 1, 1) + timedelta(days=int(cell[4:]) - 1)
    except ValueError:
        raise row.error(column, "is not a date (YYYYDDD)") from None
    if found.year != int(cell[:4]):
        raise row.error(column, "is not a date (YYYYDDD)")
    return found.isoformat()
