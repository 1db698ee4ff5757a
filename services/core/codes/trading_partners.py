"""Identifiers of sender and receiver for outgoing interchanges, by `reclaim load trading_partners`."""

from __future__ import annotations

from typing import Final

from services.core.codes.rows import Row, read_rows
from services.core.resubmission.partners import COLUMNS, TradingPartner, TradingPartners

KIND: Final = "trading_partners"
HEADER: Final = COLUMNS

# ISA06 and ISA08 have 15 places, GS02 and GS03 at most 15; names and numbers of 1000A and 1000B at most 60.
_LONGEST_ID: Final = 15
_LONGEST_NAME: Final = 60

_TEXT: Final = frozenset(" .,-_&'()/#")
"""What a name may hold beside letters and digits: nothing that an interchange uses as a delimiter."""


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
            sender_id=_text(row, "sender_id", _LONGEST_ID),
            receiver_qualifier=_qualifier(row, "receiver_qualifier"),
            receiver_id=_text(row, "receiver_id", _LONGEST_ID),
            group_sender=_text(row, "group_sender", _LONGEST_ID),
            group_receiver=_text(row, "group_receiver", _LONGEST_ID),
            submitter_name=_text(row, "submitter_name", _LONGEST_NAME),
            submitter_id=_text(row, "submitter_id", _LONGEST_NAME),
            contact_name=_text(row, "contact_name", _LONGEST_NAME),
            contact_phone=_phone(row, "contact_phone"),
            receiver_name=_text(row, "receiver_name", _LONGEST_NAME),
            receiver_number=_text(row, "receiver_number", _LONGEST_NAME),
            usage=row.one_of("usage", ("P", "T"), default="P"),
        )
    return TradingPartners(tuple(found.values()))


def _qualifier(row: Row, column: str) -> str:
    qualifier = row.code(column)
    if len(qualifier) != 2 or not qualifier.isascii() or not qualifier.isalnum():
        raise row.error(column, "is not a qualifier of two letters or digits")
    return qualifier


def _text(row: Row, column: str, longest: int) -> str:
    text = row.text(column)
    if len(text) > longest:
        raise row.error(column, f"is longer than {longest}")
    if not text.isascii() or not all(c.isalnum() or c in _TEXT for c in text):
        raise row.error(column, "has a character that an interchange may use as a delimiter")
    return text


def _phone(row: Row, column: str) -> str:
    phone = "".join(c for c in row.text(column) if c not in " .-()")
    if len(phone) != 10 or not phone.isascii() or not phone.isdigit():
        raise row.error(column, "is not a telephone number of ten digits")
    return phone
