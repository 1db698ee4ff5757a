"""Indicators of the Medicare physician fee schedule: what a code is, as far as payment goes.

CMS, the national relative value file, quarterly. Only indicators are kept, no description and no value units.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Final

from services.core.codes.buffer import LOOKED_UP, Buffer
from services.core.codes.form import Entry, Form, plain
from services.core.codes.rows import Row

KIND: Final = "mpfs"
SHARES: Final = ("preoperative", "intraoperative", "postoperative")
MARKS: Final = (
    "status",
    "pctc",
    "global_days",
    "multiple",
    "bilateral",
    "assistant",
    "cosurgeons",
    "team",
)
HEADER: Final = ("code", "modifier", *MARKS[:3], *SHARES, *MARKS[3:])


@dataclass(frozen=True, slots=True)
class FeeIndicators:
    """One row. Indicators are as CMS writes them, empty where the file has none; shares are fractions of one."""

    code: str
    modifier: str
    status: str
    pctc: str
    global_days: str
    preoperative: Decimal
    intraoperative: Decimal
    postoperative: Decimal
    multiple: str
    bilateral: str
    assistant: str
    cosurgeons: str
    team: str


class Indicators:
    __slots__ = ("_buffer", "_known")

    def __init__(self, buffer: Buffer) -> None:
        self._buffer = buffer
        self._known = lru_cache(LOOKED_UP)(self._read)

    def __len__(self) -> int:
        return self._buffer.rows

    def find(self, code: str, modifier: str = "") -> FeeIndicators | None:
        """The row of a code and modifier (26, TC, 53); without one, of the code as a whole."""
        return self._known(code, modifier)

    def _read(self, code: str, modifier: str) -> FeeIndicators | None:
        wanted, mark = plain(code), plain(modifier)
        for found, status, pctc, days, pre, intra, post, multiple, bilateral, *rest in self._buffer.find(
            wanted
        ):
            if found == mark:
                shares = (Decimal(pre), Decimal(intra), Decimal(post))
                return FeeIndicators(wanted, mark, status, pctc, days, *shares, multiple, bilateral, *rest)
        return None


def entries(rows: Iterable[Row]) -> Iterator[Entry]:
    for row in rows:
        shares = tuple(str(row.count(share)) if row.cells[share] else "0" for share in SHARES)
        first, last = MARKS[:3], MARKS[3:]
        cells = (
            row.cells["modifier"].upper(),
            *(row.cells[mark].upper() for mark in first),
            *shares,
            *(row.cells[mark].upper() for mark in last),
        )
        yield row.procedure("code"), cells


FORMS: Final = (Form(KIND, HEADER, 5, entries, Indicators),)
