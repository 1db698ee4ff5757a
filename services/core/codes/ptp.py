"""NCCI procedure-to-procedure edits: which two codes one provider may not bill for one patient on one day.

CMS, National Correct Coding Initiative, quarterly. Column 1 is payable, column 2 is denied; the indicator says
whether a modifier may separate them: 0 never, 1 with documentation, 9 the edit was deleted retroactively and is
not in force. Practitioner and outpatient hospital edits (and durable equipment, where a payer has them) are
kinds of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from services.core.codes.buffer import Buffer
from services.core.codes.form import Entry, Form, day_of, day_text, in_force, plain
from services.core.codes.rows import Row

HEADER: Final = ("column1", "column2", "effective", "deleted", "indicator", "rationale")
SETTINGS: Final = ("practitioner", "outpatient", "dme")
NOT_IN_FORCE: Final = "9"


@dataclass(frozen=True, slots=True)
class PtpEdit:
    """One row: valid from `effective` through `deleted`."""

    column1: str
    column2: str
    effective: date
    deleted: date | None
    indicator: str
    rationale: str

    def active_on(self, day: date) -> bool:
        return self.indicator != NOT_IN_FORCE and in_force(day, self.effective, self.deleted)


class PtpEdits:
    """All edits of one setting."""

    __slots__ = ("_buffer",)

    def __init__(self, buffer: Buffer) -> None:
        self._buffer = buffer

    def __len__(self) -> int:
        return self._buffer.rows

    def find(self, column1: str, column2: str) -> tuple[PtpEdit, ...]:
        """The rows of a pair, the earliest first; of this order only."""
        first, second = plain(column1), plain(column2)
        return tuple(
            PtpEdit(first, second, date.fromisoformat(effective), day_of(deleted), indicator, rationale)
            for effective, deleted, indicator, rationale in self._buffer.find(first + second)
        )

    def active(self, a: str, b: str, day: date) -> PtpEdit | None:
        """The edit between two codes on a day, whichever of them is in column 2."""
        for pair in ((a, b), (b, a)):
            for edit in self.find(*pair):
                if edit.active_on(day):
                    return edit
        return None


def entries(rows: Iterable[Row]) -> Iterator[Entry]:
    for row in rows:
        cells = (
            row.day("effective").isoformat(),
            day_text(row.optional_day("deleted")),
            row.one_of("indicator", ("0", "1", "9")),
            row.cells["rationale"],
        )
        yield row.procedure("column1") + row.procedure("column2"), cells


FORMS: Final = tuple(Form(f"ptp_{s}", HEADER, 10, entries, PtpEdits, share_last=True) for s in SETTINGS)
