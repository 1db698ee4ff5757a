"""What tells facts of a claim apart, and facts that are held together so far."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property, lru_cache
from itertools import combinations
from typing import Final

UNSAID: Final = 9
"""The responsibility of a payer that did not say for whom it stood (CLP02 = 4, 22, ...)."""


@dataclass(frozen=True, slots=True)
class Traits:
    """What a submission (837) or an adjudication (835) says of which claim it is."""

    fact: str
    adjudicated: bool
    start: date | None
    """first date of service"""
    end: date | None
    npi: str | None
    tax_id: str | None
    payer: frozenset[tuple[str, str]]
    """what identifies the payer: ("id", ...), ("tax_id", ...), ("name", ...)"""
    charge: Decimal
    """without sign: a reversal has that of the claim it takes back"""
    references: frozenset[str]
    """CLP07 and REF*F8"""
    responsibility: int
    """0 primary, 1 secondary, 2 tertiary, UNSAID"""
    order: tuple[date, str]
    """business date and id: the earliest names the lineage where a date has several"""


@lru_cache(maxsize=4096)
def payer_identity(id_: str | None, name: str | None, tax_id: str | None) -> frozenset[tuple[str, str]]:
    """What identifies a payer, in a form that can be compared (case and punctuation of names dropped)."""
    letters = "".join(c for c in (name or "").upper() if c.isalnum())
    pairs = (("id", (id_ or "").strip().upper()), ("tax_id", (tax_id or "").strip()), ("name", letters))
    return frozenset(pair for pair in pairs if pair[1])


def reference(text: str | None) -> frozenset[str]:
    """A control number to compare by, as a set of one; a number of zeros only names nothing."""
    value = (text or "").strip().upper()
    return frozenset((value,)) if value.strip("0") else frozenset()


def control_number(text: str | None) -> str:
    """A control number of an envelope to compare by: without the zeros that fill it up."""
    return (text or "").strip().upper().lstrip("0")


class Part:
    """Facts that are held together so far. `ambiguous`: they fit several claims or payers."""

    def __init__(self, members: Sequence[Traits], ambiguous: bool = False) -> None:
        self.members = tuple(sorted(members, key=lambda t: t.fact))
        self.ambiguous = ambiguous

    @cached_property
    def start(self) -> date | None:
        return min((t.start for t in self.members if t.start is not None), default=None)

    @cached_property
    def end(self) -> date | None:
        return max((t.end or t.start for t in self.members if t.start is not None), default=None)

    @cached_property
    def npis(self) -> frozenset[str]:
        return frozenset(t.npi for t in self.members if t.npi)

    @cached_property
    def tax_ids(self) -> frozenset[str]:
        return frozenset(t.tax_id for t in self.members if t.tax_id)

    @cached_property
    def payers(self) -> frozenset[tuple[str, str]]:
        """What identifies those who adjudicated."""
        return frozenset(pair for t in self.members if t.adjudicated for pair in t.payer)

    @cached_property
    def charges(self) -> frozenset[Decimal]:
        return frozenset(t.charge for t in self.members)

    @cached_property
    def references(self) -> frozenset[str]:
        return frozenset(r for t in self.members for r in t.references)

    @cached_property
    def adjudicated(self) -> bool:
        return any(t.adjudicated for t in self.members)

    @cached_property
    def submitted(self) -> bool:
        return any(not t.adjudicated for t in self.members)

    @cached_property
    def responsibility(self) -> int:
        """Of those who adjudicated, else of those whom it was sent to."""
        return min(
            (t.responsibility for t in self.members if t.adjudicated),
            default=min((t.responsibility for t in self.members), default=UNSAID),
        )


def same_dates(a: Part, b: Part) -> bool:
    """The spans of service overlap; without dates there is nothing to compare."""
    if a.start is None or b.start is None or a.end is None or b.end is None:
        return a.start is None and b.start is None
    return a.start <= b.end and b.start <= a.end


def joined(parts: Sequence[Part], together: Callable[[Part, Part], bool]) -> list[Part]:
    """The transitive closure of `together`."""
    if len(parts) < 2:
        return list(parts)
    root = list(range(len(parts)))

    def find(n: int) -> int:
        while root[n] != n:
            root[n] = root[root[n]]
            n = root[n]
        return n

    for a, b in combinations(range(len(parts)), 2):
        if together(parts[a], parts[b]):
            root[find(b)] = find(a)
    members: dict[int, list[Traits]] = {}
    ambiguous: dict[int, bool] = {}
    for n, part in enumerate(parts):
        members.setdefault(find(n), []).extend(part.members)
        ambiguous[find(n)] = ambiguous.get(find(n), False) or part.ambiguous
    return [Part(members[n], ambiguous[n]) for n in members]


def assembled(
    parts: Sequence[Part],
    akin: Callable[[Part, Part], bool],
    choose: Callable[[Part, Sequence[Part]], Sequence[Part] | None],
) -> list[Part]:
    """Join what is akin. `choose` is asked of each part whom it belongs to: null where all its kin agree with each
    other, else those that it belongs to; with none of them it stays alone and is ambiguous."""
    if len(parts) < 2:
        return list(parts)
    chosen = {id(p): choose(p, [q for q in parts if q is not p and akin(q, p)]) for p in parts}

    def accepts(part: Part, other: Part) -> bool:
        wanted = chosen[id(part)]
        return wanted is None or other in wanted

    found = joined(parts, lambda a, b: akin(a, b) and accepts(a, b) and accepts(b, a))
    torn = {p.members for p in parts if chosen[id(p)] is not None and not chosen[id(p)]}
    for part in found:
        part.ambiguous = part.ambiguous or part.members in torn
    return found
