"""Fee tables for tests, read from their CSV."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from schemas.recoding import Edit
from services.core.codes.loading import parse_table
from services.core.codes.tables import Edition, Tables

FeeRow = tuple[str, Iterable[str], str]
"""code, modifiers, dollars for one unit"""


def with_fees(tables: Tables, rows: Iterable[FeeRow], payer: str = "99999") -> Tables:
    """These tables and the fees of one payer."""
    lines = [f"{payer},{code},{';'.join(modifiers)},{amount},2020-01-01," for code, modifiers, amount in rows]
    data = "\n".join(["payer_id,code,modifiers,amount,effective,ended", *lines, ""]).encode()
    return tables.with_edition(Edition("fees", "f", "0" * 64, date(2020, 1, 1), parse_table("fees", data)))


def rising_for(edit: Edit, code: str, tables: Tables) -> Tables:
    """Fees by which this change of modifiers pays more."""
    return with_fees(tables, [(code, edit.before or (), "50"), (code, edit.after or (), "60")])
