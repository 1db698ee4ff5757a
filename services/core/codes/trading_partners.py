"""Identifiers of sender and receiver for outgoing interchanges, by `reclaim load trading_partners`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from services.core.codes.rows import Row, read_rows

KIND: Final = "trading_partners"
HEADER: Final = (
    "payer_id",
    "sender_qualifier",
    "sender_id",
    "receiver_qualifier",
    "receiver_id",
    "application_sender",
    "application_receiver",
    "usage",
)

# ISA06 and ISA08 have 15 places, GS02 and GS03 at most 15.
_LONGEST_ID: Final = 15

# A row for every payer that has no row of its own.
ANY_PAYER: Final = "*"


@dataclass(frozen=True, slots=True)
class TradingPartner:
    """ISA05 to ISA08, GS02, GS03 and ISA15 of what goes to one payer."""

    payer_id: str
    sender_qualifier: str
    sender_id: str
    receiver_qualifier: str
    receiver_id: str
    application_sender: str
    application_receiver: str
    usage: str
    """P production | T test"""


@dataclass(frozen=True, slots=True)
class TradingPartners:
    by_payer: dict[str, TradingPartner]
    rows: int

    def of(self, *payer_ids: str | None) -> TradingPartner | None:
        """The partner of the first of these payer ids (an id and its aliases) that has a row, else of `*`."""
        for payer_id in payer_ids:
            found = self.by_payer.get(payer_id.strip().upper()) if payer_id else None
            if found is not None:
                return found
        return self.by_payer.get(ANY_PAYER)


def parse(data: bytes) -> TradingPartners:
    """Read the CSV. Raises TableError."""
    found: dict[str, TradingPartner] = {}
    for row in read_rows(KIND, HEADER, data):
        payer_id = row.code("payer_id")
        if payer_id in found:
            raise row.error("payer_id", "stands in an earlier row already")
        found[payer_id] = TradingPartner(
            payer_id=payer_id,
            sender_qualifier=_qualifier(row, "sender_qualifier"),
            sender_id=_identifier(row, "sender_id"),
            receiver_qualifier=_qualifier(row, "receiver_qualifier"),
            receiver_id=_identifier(row, "receiver_id"),
            application_sender=_identifier(row, "application_sender"),
            application_receiver=_identifier(row, "application_receiver"),
            usage=row.one_of("usage", ("P", "T"), default="P"),
        )
    return TradingPartners(found, len(found))


def _qualifier(row: Row, column: str) -> str:
    qualifier = row.code(column)
    if len(qualifier) != 2 or not qualifier.isalnum():
        raise row.error(column, "is not a qualifier of two letters or digits")
    return qualifier


def _identifier(row: Row, column: str) -> str:
    identifier = row.text(column)
    if len(identifier) > _LONGEST_ID:
        raise row.error(column, f"is longer than {_LONGEST_ID}")
    if not identifier.isascii() or not all(c.isalnum() or c in " .-_" for c in identifier):
        raise row.error(column, "has a character that an interchange may use as a delimiter")
    return identifier
