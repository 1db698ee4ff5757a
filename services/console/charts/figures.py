"""What a chart is on a page: the drawing, what it says, and the same numbers as a table."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from markupsafe import Markup


@dataclass(frozen=True, slots=True)
class Mark:
    """One thing that a chart shows and leads to. `amount` in dollars; `href`: the worklist with the same predicate."""

    label: str
    count: int
    amount: Decimal
    href: str | None


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of the table beside a chart."""

    said: str
    href: str | None = None
    number: bool = False


@dataclass(frozen=True, slots=True)
class Figure:
    """A chart with its words. `empty`: what would fill it, where there is nothing to draw."""

    id: str
    title: str
    says: str
    """what is counted: predicate and denominator"""
    svg: Markup | None
    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    empty: str
    note: str | None = None
