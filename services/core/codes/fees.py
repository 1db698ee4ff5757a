"""Fee schedules: what a payer allows for a code. The user's own table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from services.core.codes.buffer import ITEM, Buffer
from services.core.codes.form import Entry, Form, day_of, day_text, in_force, plain
from services.core.codes.rows import Row

KIND: Final = "fees"
HEADER: Final = ("payer_id", "code", "modifiers", "amount", "effective", "ended")

# Payer ids have up to 80 places (NM109).
_PAYER: Final = 80


@dataclass(frozen=True, slots=True)
class Fee:
    """One row: dollars for one unit, from `effective` through `ended`."""

    payer_id: str
    code: str
    modifiers: frozenset[str]
    amount: Decimal
    effective: date
    ended: date | None
    row: int

    def active_on(self, day: date) -> bool:
        return in_force(day, self.effective, self.ended)


class Fees:
    __slots__ = ("_buffer",)

    def __init__(self, buffer: Buffer) -> None:
        self._buffer = buffer

    def __len__(self) -> int:
        return self._buffer.rows

    def find(self, payer_id: str, code: str, modifiers: Iterable[str] = ()) -> tuple[Fee, ...]:
        """The rows of a payer for a code with exactly these modifiers, the earliest first."""
        payer, wanted = payer_id.strip().upper(), plain(code)
        marks = frozenset(plain(modifier) for modifier in modifiers)
        found = []
        for effective, ended, row, amount, written in self._buffer.find(wanted + payer):
            fee = Fee(
                payer_id=payer,
                code=wanted,
                modifiers=frozenset(written.split(ITEM)) if written else frozenset(),
                amount=Decimal(amount),
                effective=date.fromisoformat(effective),
                ended=day_of(ended),
                row=int(row),
            )
            if fee.modifiers == marks:
                found.append(fee)
        return tuple(found)


def entries(rows: Iterable[Row]) -> Iterator[Entry]:
    for row in rows:
        effective, ended = row.day("effective"), row.optional_day("ended")
        if ended is not None and ended < effective:
            raise row.error("ended", "is before effective")
        payer = row.code("payer_id")
        if len(payer) > _PAYER or not payer.isascii():
            raise row.error("payer_id", f"is longer than {_PAYER} places, or not of plain letters")
        cells = (
            effective.isoformat(),
            day_text(ended),
            str(row.number),
            str(row.count("amount")),
            ITEM.join(sorted({modifier.upper() for modifier in row.items("modifiers")})),
        )
        yield row.procedure("code") + payer, cells


FORMS: Final = (Form(KIND, HEADER, 5 + _PAYER, entries, Fees),)
