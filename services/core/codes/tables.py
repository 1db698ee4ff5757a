"""Loaded tables with their editions, looked up by kind and date of service: never by today."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Edition:
    """One loaded table. Valid from `effective` until the next edition of its kind begins."""

    kind: str
    name: str
    digest: str
    effective: date
    table: object
    """the parsed table; its type follows from the kind"""


@dataclass(frozen=True, slots=True)
class Tables:
    """All editions that are known at a point of the stream."""

    editions: tuple[Edition, ...] = ()

    def on(self, kind: str, day: date) -> Edition | None:
        """The edition of `kind` in force on `day`; null where none is: a "missing", never a guess."""
        in_force = [e for e in self.editions if e.kind == kind and e.effective <= day]
        return max(in_force, key=lambda e: (e.effective, e.name)) if in_force else None

    def with_edition(self, edition: Edition) -> Tables:
        """These tables with one more; an edition of the same kind and name is replaced."""
        kept: Sequence[Edition] = [
            e for e in self.editions if (e.kind, e.name) != (edition.kind, edition.name)
        ]
        return Tables(tuple(sorted((*kept, edition), key=lambda e: (e.kind, e.effective, e.name))))


NO_TABLES = Tables()
