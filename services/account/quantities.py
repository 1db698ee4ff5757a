"""Dollars, counts and lengths of time in words."""

from __future__ import annotations

from decimal import Decimal


def minutes_words(minutes: float | None) -> str:
    """A length of time in two units at most."""
    if minutes is None:
        return ""
    whole = int(minutes)
    days, rest = divmod(whole, 24 * 60)
    hours, left = divmod(rest, 60)
    if days:
        return f"{days} d {hours} h" if hours else f"{days} d"
    if hours:
        return f"{hours} h {left} min" if left else f"{hours} h"
    return f"{minutes:.1f} min" if minutes < 10 and minutes != whole else f"{whole} min"


def dollars(amount: Decimal) -> str:
    """`1234.5` -> `$1,234.50`, a negative amount with its sign first."""
    return f"{'-' if amount < 0 else ''}${abs(amount):,.2f}"


def counted(count: int, noun: str) -> str:
    """`1 file`, `2 files`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
