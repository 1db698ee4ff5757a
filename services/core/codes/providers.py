"""The provider master: who of the practice has which NPI, as loaded by `reclaim load providers`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Final

from services.core.codes.rows import read_rows

KIND: Final = "providers"
HEADER: Final = (
    "npi",
    "entity_type",
    "name",
    "first_name",
    "tax_id",
    "taxonomy",
    "effective",
    "ended",
)

_WORD: Final = re.compile(r"[^\W_]+")

NameKey = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProviderRow:
    """One provider. `entity_type` 1 is a person, 2 an organization; `tax_id` is that of the practice."""

    row: int
    npi: str
    entity_type: str
    name: NameKey
    tax_id: str
    taxonomy: str | None
    effective: date | None
    ended: date | None

    def active_on(self, day: date) -> bool:
        return (self.effective is None or self.effective <= day) and (self.ended is None or day <= self.ended)


@dataclass(frozen=True, slots=True)
class Providers:
    """All rows, found by tax id and name, and by NPI."""

    by_name: dict[tuple[str, NameKey], tuple[ProviderRow, ...]]
    by_npi: dict[str, tuple[ProviderRow, ...]]
    rows: int

    def __len__(self) -> int:
        return self.rows

    def named(self, tax_id: str, name: str) -> tuple[ProviderRow, ...]:
        """The rows of a practice with exactly this name: the same words, in any order and any case."""
        return self.by_name.get((digits(tax_id), name_key(name)), ())

    def of_npi(self, npi: str) -> tuple[ProviderRow, ...]:
        """The rows of an NPI, in the order of the file: one for each practice and time."""
        return self.by_npi.get(npi.strip(), ())


def name_key(name: str) -> NameKey:
    """The words of a name, sorted: `Example, Ann` and `ANN EXAMPLE` are one."""
    return tuple(sorted(word.upper() for word in _WORD.findall(name)))


def digits(tax_id: str) -> str:
    """A tax id without dashes and blanks."""
    return "".join(c for c in tax_id if c.isalnum())


def parse(data: bytes) -> Providers:
    """Read the CSV. Raises TableError."""
    found: dict[tuple[str, NameKey], list[ProviderRow]] = {}
    numbered: dict[str, list[ProviderRow]] = {}
    rows = 0
    for row in read_rows(KIND, HEADER, data):
        rows += 1
        provider = ProviderRow(
            row=row.number,
            npi=row.npi("npi"),
            entity_type=row.one_of("entity_type", ("1", "2")),
            name=name_key(f"{row.text('name')} {row.optional('first_name') or ''}"),
            tax_id=digits(row.text("tax_id")),
            taxonomy=row.optional("taxonomy"),
            effective=row.optional_day("effective"),
            ended=row.optional_day("ended"),
        )
        found.setdefault((provider.tax_id, provider.name), []).append(provider)
        numbered.setdefault(provider.npi, []).append(provider)
    return Providers(
        {key: tuple(value) for key, value in found.items()},
        {key: tuple(value) for key, value in numbered.items()},
        rows,
    )
