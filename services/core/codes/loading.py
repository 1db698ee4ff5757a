"""From the bytes of a loaded file to its table, by kind."""

from __future__ import annotations

from collections.abc import Callable, Sized
from dataclasses import dataclass
from datetime import date
from typing import Final

from services.core.codes import authorizations, denial_lists, providers, trading_partners
from services.core.codes.rows import TableError


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of table: the header of its CSV and how it is read."""

    name: str
    header: tuple[str, ...]
    parse: Callable[[bytes], Sized]


KINDS: Final[dict[str, Kind]] = {
    kind.name: kind
    for kind in (
        Kind(authorizations.KIND, authorizations.HEADER, authorizations.parse),
        Kind(providers.KIND, providers.HEADER, providers.parse),
        Kind(denial_lists.CARC, denial_lists.HEADER, denial_lists.parse_carc),
        Kind(denial_lists.RARC, denial_lists.HEADER, denial_lists.parse_rarc),
        Kind(trading_partners.KIND, trading_partners.HEADER, trading_partners.parse),
    )
}

# The rows of these kinds carry their own dates, so an edition without a date of its own has always been valid.
ALWAYS_VALID_FROM: Final = date(1900, 1, 1)


def parse_table(kind: str, data: bytes) -> Sized:
    """The table in `data`; its length is its count of rows. Raises TableError: one line that names row and column, never a value."""
    known = KINDS.get(kind)
    if known is None:
        raise TableError(f"{kind}: not a kind of table; known are {', '.join(KINDS)}")
    return known.parse(data)


__all__ = ["ALWAYS_VALID_FROM", "KINDS", "Kind", "TableError", "parse_table"]
