"""From values to places: the end of an axis and its ticks."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

_STEPS: Final = (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5), Decimal(10))
"""What a person counts in, times a power of ten."""


def ticks(largest: Decimal, count: int = 4) -> tuple[Decimal, ...]:
    """Round values from 0 to at least `largest`, in about `count` steps; 0 and 1 where nothing is counted."""
    if largest <= 0:
        return (Decimal(0), Decimal(1))
    rough = largest / count
    power = Decimal(10) ** rough.adjusted()
    step = next(power * each for each in _STEPS if power * each >= rough)
    found = [Decimal(0)]
    while found[-1] < largest:
        found.append(found[-1] + step)
    return tuple(found)


def place(value: Decimal, end: Decimal, length: float) -> float:
    """How far along an axis of `length` units, that ends with `end`, a value lies."""
    return float(value / end) * length if end > 0 else 0.0


def short_dollars(amount: Decimal) -> str:
    """Dollars for an axis or a cell: `$940`, `$1.2k`, `$3.4M`."""
    sign, size = ("-", -amount) if amount < 0 else ("", amount)
    for bound, divisor, unit in _UNITS:
        if size >= bound:
            value = size / divisor
            said = f"{value:.0f}" if value >= 100 else f"{value:.1f}".removesuffix(".0")
            return f"{sign}${said}{unit}"
    return f"{sign}${size:.0f}"


_UNITS: Final = (
    (Decimal("999500"), Decimal(1_000_000), "M"),
    (Decimal("999.5"), Decimal(1_000), "k"),
)


def class_of(value: Decimal, largest: Decimal, classes: int) -> int:
    """Which of `classes` shades a cell has, from 1; 0 where it holds nothing. Equal steps of the largest value."""
    if value <= 0 or largest <= 0:
        return 0
    return min(classes, int(value * classes / largest) + (1 if value * classes % largest else 0))


def total(values: Sequence[Decimal]) -> Decimal:
    return sum(values, Decimal(0))
