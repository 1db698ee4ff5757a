"""Loaded tables with their editions, looked up by kind and date of service: never by today."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from datetime import date
from typing import Final, TypeVar, cast

T = TypeVar("T")

_REMEMBERED: Final = 8_192


@dataclass(frozen=True, slots=True)
class Edition:
    """One loaded table. Valid from `effective` until the next edition of its kind begins, at the latest through
    `through`."""

    kind: str
    name: str
    digest: str
    effective: date
    table: object
    """the parsed table; its type follows from the kind"""
    through: date | None = None
    """the last day it is valid for; null where nothing says one"""
    release: str | None = None
    """what its publisher calls it"""

    @property
    def source(self) -> str:
        """The table as evidence names it."""
        return f"table:{self.kind}@{self.name}"


@dataclass(frozen=True, slots=True)
class Tables:
    """All editions that are known at a point of the stream, in the order in which they were loaded."""

    editions: tuple[Edition, ...] = ()
    _by_kind: dict[str, tuple[Edition, ...]] = field(init=False, repr=False, compare=False)
    _remembered: dict[Hashable, object] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        kinds: dict[str, tuple[Edition, ...]] = {}
        for edition in self.editions:
            kinds[edition.kind] = (*kinds.get(edition.kind, ()), edition)
        object.__setattr__(self, "_by_kind", kinds)

    def has(self, kind: str) -> bool:
        """Whether any edition of a kind is loaded."""
        return kind in self._by_kind

    def on(self, kind: str, day: date) -> Edition | None:
        """The edition of `kind` in force on `day`; null where none is: a "missing", never a guess.

        Of two that begin on the same day, the one that was loaded later is in force.
        """
        found: Edition | None = None
        for edition in self._by_kind.get(kind, ()):
            if edition.effective > day:
                continue
            if found is None or edition.effective >= found.effective:
                found = edition
        if found is None or (found.through is not None and day > found.through):
            return None
        return found

    def remembered(self, key: Hashable, make: Callable[[], T]) -> T:
        """What `make` makes of these tables alone, made once for a key. Its first part says whose it is."""
        found = self._remembered.get(key, self)
        if found is self:
            # Days come from claims: what is remembered stays bounded.
            if len(self._remembered) >= _REMEMBERED:
                self._remembered.clear()
            self._remembered[key] = found = make()
        return cast(T, found)

    def with_edition(self, edition: Edition) -> Tables:
        """These tables with one more; an edition of the same kind and name is replaced."""
        kept = (e for e in self.editions if (e.kind, e.name) != (edition.kind, edition.name))
        return Tables((*kept, edition))


NO_TABLES = Tables()
