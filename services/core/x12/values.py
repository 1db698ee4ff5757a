"""Elements to values: money and quantities to Decimal, dates to date. Blank is null, never zero."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Final

_NUMBER: Final = re.compile(r"-?[0-9]*\.?[0-9]+")
_DIGITS: Final = 18
"""The longest amount of X12 (data element 782). Longer ones would be rounded by Decimal arithmetic."""

_REMEMBERED: Final = 1 << 15
"""Amounts and dates repeat within a file; a lookup costs a fourth of a parse."""

ZERO: Final = Decimal(0)

new: Final = tuple.__new__
"""Makes a named tuple in half the time of its own constructor; for those of which a claim has many."""


class NotNumericError(ValueError):
    """The element is no number of X12. Carries no value."""


@lru_cache(maxsize=_REMEMBERED)
def number(element: str) -> Decimal | None:
    """A monetary amount or a quantity (R of X12): `-?\\d*\\.?\\d+`, no exponent, no sign but minus.

    Raises NotNumericError for anything else that is not blank.
    """
    text = element.strip(" ")
    if not text:
        return None
    if _NUMBER.fullmatch(text) is None or len(text.lstrip("-").replace(".", "")) > _DIGITS:
        raise NotNumericError
    return Decimal(text)


@lru_cache(maxsize=_REMEMBERED)
def day(element: str) -> date | None:
    """A date CCYYMMDD; null where blank or no date of the calendar."""
    text = element.strip(" ")
    if len(text) != 8 or not text.isascii() or not text.isdigit():
        return None
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return None


@lru_cache(maxsize=_REMEMBERED)
def period(element: str) -> tuple[date | None, date | None]:
    """First and last day of `CCYYMMDD` or `CCYYMMDD-CCYYMMDD` (formats D8 and RD8 of DTP03); DT has a time behind."""
    first, dash, last = element.partition("-")
    begins = day(first[:8])
    return begins, (day(last[:8]) if dash else begins)


def at(elements: list[str], place: int) -> str:
    """The element at its X12 place; empty where the segment ends before it."""
    return elements[place] if len(elements) > place else ""


def plain_number(element: str) -> str:
    """A number as an edit says it, so that `2.50` and `02.5` are one; what is no number stays as it is."""
    try:
        found = number(element)
    except NotNumericError:
        return element.strip(" ")
    return "" if found is None else f"{found.normalize():f}"


def filled(elements: list[str], place: int) -> str | None:
    """The element without the blanks around it; null where there is nothing."""
    return (elements[place].strip(" ") or None) if len(elements) > place else None
