"""Who is excluded from federal health care programs: the list of the Inspector General (LEIE), by NPI.

OIG, monthly: the whole list, and supplements with what was new or was taken back. Rows without an NPI (most of those
from before 2008) cannot be matched by a machine and are left out: only the online search with a tax number tells who
is meant. No names, no addresses and no dates of birth are kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from services.core.codes.buffer import Buffer
from services.core.codes.form import Entry, Form, day_of, day_text
from services.core.codes.rows import Row

KIND: Final = "exclusions"
HEADER: Final = ("npi", "authority", "excluded", "reinstated", "waived", "waiver_state")


@dataclass(frozen=True, slots=True)
class Exclusion:
    """One exclusion. `authority`: the section of the Social Security Act, as `1128a1`. A waiver holds for a program
    and a state: it is told to a person and lifts nothing by itself."""

    npi: str
    authority: str
    excluded: date
    reinstated: date | None
    waived: date | None
    waiver_state: str

    def between(self, first: date, last: date) -> bool:
        """Whether it was in force on one of these days. Of the day of reinstatement it no longer is."""
        return self.excluded <= last and (self.reinstated is None or first < self.reinstated)


class Exclusions:
    __slots__ = ("_buffer",)

    def __init__(self, buffer: Buffer) -> None:
        self._buffer = buffer

    def __len__(self) -> int:
        return self._buffer.rows

    def find(self, npi: str) -> tuple[Exclusion, ...]:
        """The exclusions of an NPI; empty where the edition names none."""
        wanted = npi.strip()
        return tuple(
            Exclusion(
                npi=wanted,
                authority=authority,
                excluded=date.fromisoformat(excluded),
                reinstated=day_of(reinstated),
                waived=day_of(waived),
                waiver_state=state,
            )
            for excluded, reinstated, waived, state, authority in self._buffer.find(wanted)
        )


def entries(rows: Iterable[Row]) -> Iterator[Entry]:
    for row in rows:
        excluded, reinstated = row.day("excluded"), row.optional_day("reinstated")
        if reinstated is not None and reinstated < excluded:
            raise row.error("reinstated", "is before excluded")
        cells = (
            excluded.isoformat(),
            day_text(reinstated),
            day_text(row.optional_day("waived")),
            row.cells["waiver_state"].upper(),
            row.cells["authority"],
        )
        yield row.npi("npi"), cells


FORMS: Final = (Form(KIND, HEADER, 10, entries, Exclusions),)
