"""What a part of the projection asks of the file."""

from __future__ import annotations

from dataclasses import dataclass

Cell = str | int | bytes | None


@dataclass(frozen=True, slots=True)
class Change:
    """One statement and its values."""

    statement: str
    values: tuple[Cell, ...]
