"""CARC and RARC in words: what ships, in ours, and the user's licensed list beside it."""

from __future__ import annotations

from datetime import date
from typing import Final, NamedTuple

from services.core.codes.denial_lists import CARC, RARC, CodeList, ListedCode
from services.core.codes.tables import Edition, Tables
from services.core.denials.knowledge import SHIPPED, Row, reason_code, remark_code

NOT_OURS: Final = "not in our table: a person decides"


class Said(NamedTuple):
    """What a code means: in our words, and in those of the user's list."""

    label: str
    listed: str | None


def say_carc(code: str, day: date | None, tables: Tables) -> Said:
    """An adjustment reason code in words."""
    normal = reason_code(code)
    return _said(SHIPPED.reasons.get(normal), _on(CARC, normal, day, tables))


def say_rarc(code: str, day: date | None, tables: Tables) -> Said:
    """A remark code in words."""
    normal = remark_code(code)
    return _said(SHIPPED.remarks.get(normal), _on(RARC, normal, day, tables))


def _on(kind: str, code: str, day: date | None, tables: Tables) -> ListedCode | None:
    return listed_in(tables.on(kind, day), code) if day is not None else None


def _said(row: Row | None, listed: ListedCode | None) -> Said:
    return Said(
        row.label if row is not None else NOT_OURS, listed.description if listed is not None else None
    )


def listed_in(edition: Edition | None, code: str) -> ListedCode | None:
    """The row of a code in an edition of the user's list; null where there is none."""
    return edition.table.find(code) if edition is not None and isinstance(edition.table, CodeList) else None
