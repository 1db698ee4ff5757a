"""HCPCS level II: codes and modifiers with their dates and successors. CMS, quarterly."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final

from services.core.codes.buffer import ITEM, LOOKED_UP, Buffer
from services.core.codes.form import Entry, Form, day_of, day_text, in_force, plain
from services.core.codes.rows import Row

KIND: Final = "hcpcs"
HEADER: Final = (
    "code",
    "modifier",
    "short",
    "long",
    "added",
    "changed",
    "terminated",
    "successors",
    "coverage",
    "laboratory",
    "action",
    "pricing",
    "multiple_pricing",
)

# A modifier's key begins with this, so that it never meets a code.
_MODIFIER: Final = "-"


@dataclass(frozen=True, slots=True)
class HcpcsCode:
    """A code of five places or a modifier of two.

    `terminated` is the last day it may be billed for. `successors` are the cross references (XREF) of the file,
    `laboratory` the certification categories (LABCERT), `coverage` and `action` the codes of the file.
    """

    code: str
    short: str
    long: str
    added: date | None
    changed: date | None
    terminated: date | None
    successors: tuple[str, ...]
    coverage: str
    laboratory: tuple[str, ...]
    action: str
    pricing: tuple[str, ...]
    multiple_pricing: str

    def active_on(self, day: date) -> bool:
        return in_force(day, self.added, self.terminated)


class HcpcsCodes:
    __slots__ = ("_buffer", "_known")

    def __init__(self, buffer: Buffer) -> None:
        self._buffer = buffer
        self._known = lru_cache(LOOKED_UP)(self._read)

    def __len__(self) -> int:
        return self._buffer.rows

    def find(self, code: str) -> HcpcsCode | None:
        """A procedure code; null where the edition has none. CPT codes are not in it."""
        return self._known("", code)

    def modifier(self, code: str) -> HcpcsCode | None:
        """A modifier; null where the edition has none. CPT modifiers are not in it."""
        return self._known(_MODIFIER, code)

    def _read(self, before: str, written: str) -> HcpcsCode | None:
        code = plain(written)
        for (
            short,
            long,
            added,
            changed,
            terminated,
            after,
            coverage,
            lab,
            action,
            pricing,
            multiple,
        ) in self._buffer.find(before + code)[:1]:
            return HcpcsCode(
                code=code,
                short=short,
                long=long,
                added=day_of(added),
                changed=day_of(changed),
                terminated=day_of(terminated),
                successors=_items(after),
                coverage=coverage,
                laboratory=_items(lab),
                action=action,
                pricing=_items(pricing),
                multiple_pricing=multiple,
            )
        return None


def _items(cell: str) -> tuple[str, ...]:
    return tuple(cell.split(ITEM)) if cell else ()


def entries(rows: Iterable[Row]) -> Iterator[Entry]:
    seen: set[str] = set()
    for row in rows:
        if row.one_of("modifier", ("", "Y")) == "Y":
            modifier = row.code("code")
            if len(modifier) != 2 or not modifier.isalnum():
                raise row.error("code", "is not a modifier of two letters or digits")
            key = _MODIFIER + modifier
        else:
            key = row.procedure("code")
        if key in seen:
            raise row.error("code", "stands in an earlier row already")
        seen.add(key)
        cells = (
            row.cells["short"],
            row.cells["long"],
            day_text(row.optional_day("added")),
            day_text(row.optional_day("changed")),
            day_text(row.optional_day("terminated")),
            ITEM.join(row.items("successors")),
            row.cells["coverage"],
            ITEM.join(row.items("laboratory")),
            row.cells["action"],
            ITEM.join(row.items("pricing")),
            row.cells["multiple_pricing"],
        )
        yield key, cells


FORMS: Final = (Form(KIND, HEADER, 5, entries, HcpcsCodes),)
