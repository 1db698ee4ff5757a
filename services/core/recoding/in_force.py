"""The editions of the tables that checks look into, in force on the dates of service of one claim."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from schemas.case import ClassifiedDenial
from services.core.codes import authorizations, providers
from services.core.codes.loading import FORMS, OWN
from services.core.codes.tables import Edition, Tables
from services.core.recoding.canonical import canonical

TABLE_KINDS: Final = (authorizations.KIND, providers.KIND, *(kind.name for kind in OWN), *FORMS)
"""The tables that checks look into: a proposal names the editions of these in force on the date of service."""

RULE_SET: Final = "rule_set"
PROFILE: Final = "profile"
"""What else of the context a proposal names."""


@dataclass(frozen=True, slots=True)
class InForce:
    """Editions in force, as a proposal and its proof name them. One for all denials of the same days."""

    named: dict[str, str]
    """kind -> names and digests; mostly one"""
    proved: bytes
    """the same with their dates: JSON"""
    around: tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]
    """the names as an id takes them: those before the profile's place, up to the rule set's, after it"""

    def identity(self, rule_set: str, profile: str) -> tuple[str, ...]:
        """What of the context and the editions makes a proposal another one, in the order of the names."""
        before, between, after = self.around
        return (*before, f"{PROFILE}={profile}", *between, f"{RULE_SET}={rule_set}", *after)


def editions_in_force(denial: ClassifiedDenial, first: date | None, tables: Tables) -> InForce:
    """The editions in force on the dates of service, of which `first` is the first one known."""
    days = {first}
    if denial.claim is not None:
        days |= {line.service_from for line in denial.claim.lines}
    known = tuple(sorted(day for day in days if day is not None))
    return tables.remembered((InForce, known), lambda: _in_force(known, tables))


def _in_force(days: Iterable[date], tables: Tables) -> InForce:
    found: dict[str, tuple[Edition, ...]] = {}
    for kind in TABLE_KINDS:
        editions: list[Edition] = []
        for day in days:
            edition = tables.on(kind, day)
            if edition is not None and not any(edition is known for known in editions):
                editions.append(edition)
        if editions:
            found[kind] = tuple(editions)
    named = {
        kind: " ".join(f"{e.name}@{e.digest[:12]}" for e in editions) for kind, editions in found.items()
    }
    return InForce(
        named=named,
        proved=canonical([_dated(edition) for editions in found.values() for edition in editions]),
        around=_around(named),
    )


def _dated(edition: Edition) -> list[str | None]:
    through = edition.through.isoformat() if edition.through is not None else None
    return [edition.kind, edition.name, edition.digest, edition.effective.isoformat(), through]


def _around(named: Mapping[str, str]) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    kinds = sorted(named)
    return (
        tuple(f"{kind}={named[kind]}" for kind in kinds if kind < PROFILE),
        tuple(f"{kind}={named[kind]}" for kind in kinds if PROFILE < kind < RULE_SET),
        tuple(f"{kind}={named[kind]}" for kind in kinds if kind > RULE_SET),
    )
