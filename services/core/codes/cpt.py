"""The user's own licensed list of CPT codes, with what rules ask about a code: attributes, not words.

Reclaim ships none of it. A description is for the screen of who loaded the list: `find` does not give it, so
that no proposal, proof or event can hold it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final

from services.core.codes.buffer import ITEM, LOOKED_UP, Buffer
from services.core.codes.form import Entry, Form, day_of, day_text, in_force, plain
from services.core.codes.rows import Row

KIND: Final = "cpt"
HEADER: Final = ("code", "description", "effective", "ended", "attributes")


@dataclass(frozen=True, slots=True)
class CptCode:
    """`attributes` are lower-case words as `em`, or pairs as `minutes=30`; which ones is the list's affair."""

    code: str
    effective: date | None
    ended: date | None
    attributes: frozenset[str]

    def active_on(self, day: date) -> bool:
        return in_force(day, self.effective, self.ended)

    def attribute(self, name: str) -> str | None:
        """What a pair says: the part after `name=`; null where there is none."""
        return next((a.partition("=")[2] for a in sorted(self.attributes) if a.startswith(f"{name}=")), None)


class CptCodes:
    __slots__ = ("_buffer", "_known")

    def __init__(self, buffer: Buffer) -> None:
        self._buffer = buffer
        self._known = lru_cache(LOOKED_UP)(self._read)

    def __len__(self) -> int:
        return self._buffer.rows

    def find(self, code: str) -> CptCode | None:
        """A code with its attributes; null where the list has none."""
        return self._known(code)

    def _read(self, code: str) -> CptCode | None:
        wanted = plain(code)
        for _, effective, ended, attributes in self._buffer.find(wanted)[:1]:
            words = frozenset(attributes.split(ITEM)) if attributes else frozenset()
            return CptCode(wanted, day_of(effective), day_of(ended), words)
        return None

    def description(self, code: str) -> str | None:
        """The list's words for a code. For the screen only: they are licensed to who loaded them."""
        for description, *_ in self._buffer.find(plain(code))[:1]:
            return description or None
        return None


def entries(rows: Iterable[Row]) -> Iterator[Entry]:
    seen: set[str] = set()
    for row in rows:
        code = row.procedure("code")
        if code in seen:
            raise row.error("code", "stands in an earlier row already")
        seen.add(code)
        cells = (
            row.cells["description"],
            day_text(row.optional_day("effective")),
            day_text(row.optional_day("ended")),
            ITEM.join(sorted({attribute.lower() for attribute in row.items("attributes")})),
        )
        yield code, cells


FORMS: Final = (Form(KIND, HEADER, 5, entries, CptCodes),)
