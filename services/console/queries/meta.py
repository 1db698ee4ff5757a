"""What the read model knows of itself."""

from __future__ import annotations

import sqlite3
from datetime import date


def today(model: sqlite3.Connection) -> date | None:
    """The business day: the latest that was opened; null before the first."""
    (day,) = model.execute("select max(day) from opened_day").fetchone()
    return date.fromisoformat(day) if day is not None else None
