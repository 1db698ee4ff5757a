"""Trading partners: the identifiers of sender and receiver for outgoing interchanges, as loaded by the user."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Final


@dataclass(frozen=True, slots=True)
class TradingPartner:
    """One row: how we sign what goes to one payer. All text, as the partner's companion guide gives it."""

    payer_id: str
    sender_qualifier: str
    """ISA05"""
    sender_id: str
    """ISA06"""
    receiver_qualifier: str
    """ISA07"""
    receiver_id: str
    """ISA08"""
    group_sender: str
    """GS02"""
    group_receiver: str
    """GS03"""
    submitter_name: str
    """1000A NM103"""
    submitter_id: str
    """1000A NM109"""
    contact_name: str
    """1000A PER02"""
    contact_phone: str
    """1000A PER04, ten digits"""
    receiver_name: str
    """1000B NM103"""
    receiver_number: str
    """1000B NM109"""
    usage: str
    """ISA15: P production, T test"""


COLUMNS: Final[tuple[str, ...]] = tuple(f.name for f in fields(TradingPartner))
"""The header of `load trading_partners`, in order."""


@dataclass(frozen=True, slots=True)
class TradingPartners:
    """The loaded table."""

    rows: tuple[TradingPartner, ...]

    def __len__(self) -> int:
        return len(self.rows)

    def of(self, payer_ids: Iterable[str]) -> TradingPartner | None:
        """The first row for any of the payer's ids (case and surrounding blanks do not matter)."""
        wanted = {payer_id.strip().upper() for payer_id in payer_ids}
        return next((row for row in self.rows if row.payer_id.strip().upper() in wanted), None)
