"""NCCI medically unlikely edits: the most units of a code for one patient and provider on one day.

CMS, quarterly, per setting. Indicator 1 is judged per line; 2 per day, absolute; 3 per day, a clinical benchmark.
Some values are confidential and not in the file: no row is not "no limit".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from services.core.codes.buffer import LOOKED_UP, Buffer
from services.core.codes.form import Entry, Form, plain
from services.core.codes.ptp import SETTINGS
from services.core.codes.rows import Row

HEADER: Final = ("code", "units", "indicator", "rationale")


@dataclass(frozen=True, slots=True)
class Mue:
    code: str
    units: int
    indicator: str
    rationale: str


class MueValues:
    """The values of one setting."""

    __slots__ = ("_buffer", "_known")

    def __init__(self, buffer: Buffer) -> None:
        self._buffer = buffer
        self._known = lru_cache(LOOKED_UP)(self._read)

    def __len__(self) -> int:
        return self._buffer.rows

    def find(self, code: str) -> Mue | None:
        """The value of a code; null where the file has none."""
        return self._known(code)

    def _read(self, code: str) -> Mue | None:
        wanted = plain(code)
        for units, indicator, rationale in self._buffer.find(wanted)[:1]:
            return Mue(wanted, int(units), indicator, rationale)
        return None


def entries(rows: Iterable[Row]) -> Iterator[Entry]:
    seen: dict[str, tuple[str, ...]] = {}
    for row in rows:
        code, units = row.procedure("code"), row.count("units")
        if units != int(units):
            raise row.error("units", "is not a whole number")
        cells = (str(int(units)), row.one_of("indicator", ("1", "2", "3")), row.cells["rationale"])
        if seen.setdefault(code, cells) != cells:
            raise row.error("code", "stands in an earlier row with other values")
        yield code, cells


FORMS: Final = tuple(Form(f"mue_{s}", HEADER, 5, entries, MueValues, share_last=True) for s in SETTINGS)
