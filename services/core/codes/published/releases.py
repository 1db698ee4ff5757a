"""From which day a published file holds, as its name says it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Final

_MONTHS: Final = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_MONTH: Final = "|".join(_MONTHS)


@dataclass(frozen=True, slots=True)
class Release:
    """What a publisher calls a file, and from and through which day it holds."""

    name: str
    effective: date
    through: date | None = None


Named = Callable[[str], Release | None]


def ptp(name: str) -> Release | None:
    """`ccipra-v323r0-f1`: version 32 is of 2026, its quarters are 0 to 3."""
    found = re.search(r"v(\d{2})([0-3])r(\d)", name, re.IGNORECASE)
    if found is None:
        return None
    version, quarter = int(found[1]), int(found[2])
    return Release(f"v{version}.{quarter}", date(1994 + version, 1 + 3 * quarter, 1))


def mue(name: str) -> Release | None:
    """`MCR_MUE_PractitionerServices_Eff_10-01-2026`."""
    found = re.search(r"Eff_(\d{2})-(\d{2})-(\d{4})", name, re.IGNORECASE)
    return _day(found[0], int(found[3]), int(found[1]), int(found[2])) if found else None


def addon(name: str) -> Release | None:
    """`AOC_V2026Q4-MCR`."""
    found = re.search(r"V(\d{4})Q([1-4])", name, re.IGNORECASE)
    return Release(found[0].upper(), date(int(found[1]), 3 * int(found[2]) - 2, 1)) if found else None


def hcpcs(name: str) -> Release | None:
    """`HCPC2026_OCT_ANWEB`."""
    found = re.search(rf"HCPC(\d{{4}})_({_MONTH})", name.upper())
    return _day(found[0], int(found[1]), _MONTHS.index(found[2]) + 1, 1) if found else None


def mpfs(name: str) -> Release | None:
    """`PPRRVU2026_Oct_nonQPP`, `PPRRVU25_JAN`."""
    found = re.search(rf"PPRRVU(\d{{4}}|\d{{2}})_({_MONTH})", name.upper())
    if found is None:
        return None
    year = int(found[1]) if len(found[1]) == 4 else 2000 + int(found[1])
    return _day(found[0], year, _MONTHS.index(found[2]) + 1, 1)


def nppes(name: str) -> Release | None:
    """`npidata_pfile_20050523-20261108`: what was known at the end. A file that begins later is an update."""
    found = re.search(r"npidata_pfile_(\d{8})-(\d{4})(\d{2})(\d{2})", name, re.IGNORECASE)
    return _day(found[0], int(found[2]), int(found[3]), int(found[4])) if found else None


def icd10cm(name: str) -> Release | None:
    """`icd10cm-order-2027`, `icd10cm_tabular_2027`, `icd10cm-order-April-2026`: a year from 1 October, or from the
    month named; through 30 September."""
    year = re.search(r"20\d{2}", name)
    if year is None:
        return None
    month = re.search(rf"(?<![A-Z])({_MONTH})[A-Z]*(?![A-Z])", name.upper())
    begin = date(int(year[0]), _MONTHS.index(month[1]) + 1, 1) if month else date(int(year[0]) - 1, 10, 1)
    title = f"{year[0]}-{month[1].lower()}" if month else year[0]
    return Release(title, begin, fiscal_year_end(begin))


def fiscal_year_end(day: date) -> date:
    """The 30 September on or after a day: no release of ICD-10-CM holds longer."""
    return date(day.year + (day.month > 9), 9, 30)


def _day(name: str, year: int, month: int, day: int) -> Release | None:
    try:
        return Release(name, date(year, month, day))
    except ValueError:
        return None
