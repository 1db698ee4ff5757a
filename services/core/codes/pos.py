"""Places of service: whether one is a facility, and since when it exists. CMS."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from services.core.codes.buffer import Buffer
from services.core.codes.form import Entry, Form, day_of, day_text, in_force
from services.core.codes.rows import Row

KIND: Final = "pos"
HEADER: Final = ("code", "name", "facility", "effective", "ended")


@dataclass(frozen=True, slots=True)
class PlaceOfService:
    """`facility` is whether the fee schedule pays its facility rate there; null where the list does not say."""

    code: str
    name: str
    facility: bool | None
    effective: date | None
    ended: date | None

    def active_on(self, day: date) -> bool:
        return in_force(day, self.effective, self.ended)


class PlacesOfService:
    __slots__ = ("_buffer",)

    def __init__(self, buffer: Buffer) -> None:
        self._buffer = buffer

    def __len__(self) -> int:
        return self._buffer.rows

    def find(self, code: str) -> PlaceOfService | None:
        """A place by its two digits; null where the edition has none."""
        wanted = code.strip()
        for name, facility, effective, ended in self._buffer.find(wanted)[:1]:
            known = {"Y": True, "N": False}.get(facility)
            return PlaceOfService(wanted, name, known, day_of(effective), day_of(ended))
        return None


def entries(rows: Iterable[Row]) -> Iterator[Entry]:
    for row in rows:
        code = row.text("code").zfill(2)
        if len(code) != 2 or not code.isdigit():
            raise row.error("code", "is not two digits")
        cells = (
            row.cells["name"],
            row.one_of("facility", ("", "Y", "N")),
            day_text(row.optional_day("effective")),
            day_text(row.optional_day("ended")),
        )
        yield code, cells


FORMS: Final = (Form(KIND, HEADER, 2, entries, PlacesOfService),)
