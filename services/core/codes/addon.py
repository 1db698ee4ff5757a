"""NCCI add-on codes: which primary procedures a code that never stands alone may stand beside.

CMS, quarterly. Kind 1 has a list of primaries, 2 leaves them to the contractor, 3 has both.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final

from services.core.codes.buffer import LOOKED_UP, Buffer
from services.core.codes.form import Entry, Form, day_of, day_text, in_force, plain
from services.core.codes.rows import Row

KIND: Final = "addon"
HEADER: Final = ("code", "kind", "primary", "effective", "deleted", "primary_deleted", "code_deleted", "note")
CONTRACTOR: Final = "CCCCC"
"""Stands in the file for primaries that the contractor defines."""


@dataclass(frozen=True, slots=True)
class Primary:
    """A procedure that the add-on may stand beside, from `effective` through `deleted`."""

    code: str
    effective: date
    deleted: date | None


@dataclass(frozen=True, slots=True)
class AddOn:
    code: str
    kind: str
    primaries: tuple[Primary, ...]
    deleted: date | None
    """the last day of the add-on code itself"""
    note: str

    @property
    def contractor_defined(self) -> bool:
        """Whether there may be primaries that the list does not have."""
        return self.kind in ("2", "3")

    def primaries_on(self, day: date) -> frozenset[str]:
        """The listed primaries on a day."""
        return frozenset(p.code for p in self.primaries if in_force(day, p.effective, p.deleted))


class AddOnCodes:
    __slots__ = ("_buffer", "_known")

    def __init__(self, buffer: Buffer) -> None:
        self._buffer = buffer
        self._known = lru_cache(LOOKED_UP)(self._read)

    def __len__(self) -> int:
        return self._buffer.rows

    def find(self, code: str) -> AddOn | None:
        """An add-on code with its primaries; null where the code is no add-on."""
        return self._known(code)

    def _read(self, code: str) -> AddOn | None:
        wanted = plain(code)
        rows = self._buffer.find(wanted)
        if not rows:
            return None
        kinds = {kind for kind, *_ in rows}
        primaries = tuple(
            Primary(primary, date.fromisoformat(effective), day_of(deleted))
            for _, primary, effective, deleted, _, _ in rows
            if primary != CONTRACTOR
        )
        ended = [day_of(row[4]) for row in rows]
        return AddOn(
            code=wanted,
            # Rows of kinds 1 and 2 for one code together say what kind 3 says.
            kind=kinds.pop() if len(kinds) == 1 else "3",
            primaries=primaries,
            deleted=None if None in ended else max(day for day in ended if day is not None),
            note="; ".join(dict.fromkeys(row[5] for row in rows if row[5])),
        )


def entries(rows: Iterable[Row]) -> Iterator[Entry]:
    for row in rows:
        effective, deleted = row.day("effective"), row.optional_day("deleted")
        ended = [day for day in (deleted, row.optional_day("primary_deleted")) if day is not None]
        cells = (
            row.one_of("kind", ("1", "2", "3")),
            row.procedure("primary"),
            effective.isoformat(),
            day_text(min(ended, default=None)),
            day_text(row.optional_day("code_deleted")),
            row.cells["note"],
        )
        yield row.procedure("code"), cells


FORMS: Final = (Form(KIND, HEADER, 5, entries, AddOnCodes),)
