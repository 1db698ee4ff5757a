"""Fee tables for tests."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from schemas.recoding import Edit
from services.core.codes.tables import Edition, Tables


class Fee:
    def __init__(self, modifiers: frozenset[str], amount: str) -> None:
        self.modifiers, self.amount = modifiers, Decimal(amount)

    def active_on(self, _: date) -> bool:
        return True


class Fees:
    """What any payer allows: by code and modifiers, else by modifiers alone."""

    def __init__(self, amounts: dict[tuple[str | None, frozenset[str]], str]) -> None:
        self._amounts = amounts

    def find(self, payer_id: str, code: str, modifiers: tuple[str, ...] = ()) -> tuple[Fee, ...]:
        wanted = frozenset(modifiers)
        amount = self._amounts.get((code, wanted)) or self._amounts.get((None, wanted))
        return (Fee(wanted, amount),) if amount is not None and payer_id else ()


def with_fees(tables: Tables, amounts: dict[tuple[str | None, frozenset[str]], str]) -> Tables:
    return tables.with_edition(Edition("fees", "f", "0" * 64, date(2020, 1, 1), Fees(amounts)))


def rising_for(edit: Edit, tables: Tables) -> Tables:
    """Fees by which this change of modifiers pays more."""
    before, after = frozenset(edit.before or ()), frozenset(edit.after or ())
    return with_fees(tables, {(None, before): "50", (None, after): "60"})
