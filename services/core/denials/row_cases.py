"""The cases of the code tables: for each row a small claim of an 835 and what Reclaim must say of it.

They stand beside the tables as JSON, one case a line, written from the published sources and not from the tables,
so that a wrong edit of a row contradicts its case. A table with a row that no case covers is not loaded.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import date
from decimal import Decimal

from pydantic import BaseModel, ConfigDict

from schemas.codes import Action, Automation, ClaimState, Fix, Recoverability


class RowCase(BaseModel):
    """One line of $100.00 adjusted by `group`-`reason` over `amount`, the rest paid, with `remarks` on the line."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str
    """the row that it covers"""
    reason: str
    group: str = "CO"
    amount: Decimal = Decimal("100.00")
    remarks: tuple[str, ...] = ()
    on: date = date(2026, 6, 10)
    """date of the payment"""
    filing: str = "12"
    """CLP06"""

    state: ClaimState
    cause: str | None = None
    """the primary cause; null with all that follows where nothing was denied"""
    fix: Fix | None = None
    action: Action | None = None
    ceiling: Automation | None = None
    recoverability: Recoverability | None = None
    directives: tuple[str, ...] = ()
    directs: str | None = None
    """what the remark row says of the path"""
    hint: tuple[str, str, str, str, str] | None = None
    """cause, fix, action, ceiling and recoverability of a remark that never decides a cause: an alert, or a note
    on a price"""
    quality: tuple[str, ...] = ()
    """all of `remit_quality`, sorted"""


def parse_cases(text: str) -> tuple[RowCase, ...]:
    """Read the cases of a table. Raises ValueError (pydantic's or json's)."""
    return tuple(RowCase.model_validate(case) for case in json.loads(text)["cases"])


def check_covered(kind: str, codes: Collection[str], cases: Collection[RowCase]) -> None:
    """Raise ValueError where a row has no case, or a case no row."""
    covered = {case.code for case in cases}
    bare = [code for code in codes if code not in covered]
    if bare:
        raise ValueError(f"{kind}: rows without a case: {', '.join(bare)}")
    astray = sorted(covered.difference(codes))
    if astray:
        raise ValueError(f"{kind}: cases without a row: {', '.join(astray)}")
