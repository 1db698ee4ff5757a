"""The national provider registry (NPPES): whose NPI it is, as far as a claim needs it.

CMS, monthly, about 10 GB and 330 columns. Kept: entity type (1 a person, 2 an organization), taxonomies and
deactivation. A deactivated NPI has nothing else in the file. No names and no addresses are kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from services.core.codes.buffer import ITEM, Buffer
from services.core.codes.form import Entry, Form, day_of, day_text
from services.core.codes.rows import Row

KIND: Final = "nppes"
HEADER: Final = ("npi", "entity_type", "taxonomies", "primary", "deactivated", "reactivated")


@dataclass(frozen=True, slots=True)
class NationalProvider:
    """`primary` is the taxonomy that the provider calls the primary one; `taxonomies` begins with it."""

    npi: str
    entity_type: str | None
    taxonomies: tuple[str, ...]
    primary: str | None
    deactivated: date | None
    reactivated: date | None

    def active_on(self, day: date) -> bool:
        """Whether the NPI was in use on a day: not after its deactivation, unless it was reactivated by then."""
        if self.deactivated is None or day < self.deactivated:
            return True
        return self.reactivated is not None and self.deactivated <= self.reactivated <= day


class NationalProviders:
    __slots__ = ("_buffer",)

    def __init__(self, buffer: Buffer) -> None:
        self._buffer = buffer

    def __len__(self) -> int:
        return self._buffer.rows

    def find(self, npi: str) -> NationalProvider | None:
        """The provider of an NPI; null where the edition does not know it."""
        wanted = npi.strip()
        for entity, taxonomies, primary, deactivated, reactivated in self._buffer.find(wanted)[:1]:
            return NationalProvider(
                npi=wanted,
                entity_type=entity or None,
                taxonomies=tuple(taxonomies.split(ITEM)) if taxonomies else (),
                primary=primary or None,
                deactivated=day_of(deactivated),
                reactivated=day_of(reactivated),
            )
        return None


def entries(rows: Iterable[Row]) -> Iterator[Entry]:
    for row in rows:
        primary = row.cells["primary"].upper()
        taxonomies = [taxonomy.upper() for taxonomy in row.items("taxonomies")]
        if primary:
            taxonomies = [primary, *(t for t in taxonomies if t != primary)]
        cells = (
            row.one_of("entity_type", ("", "1", "2")),
            ITEM.join(dict.fromkeys(taxonomies)),
            primary,
            day_text(row.optional_day("deactivated")),
            day_text(row.optional_day("reactivated")),
        )
        yield row.npi("npi"), cells


FORMS: Final = (Form(KIND, HEADER, 10, entries, NationalProviders),)
