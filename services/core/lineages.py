"""Which facts under one claim number are about the same claim.

A claim number is a meeting place, not an identity: providers use it again. Claims are told apart by service
dates, NPI or tax id, payer and charge, and held together by the payer's control number (CLP07) that others name
as their original reference (REF*F8). The result is a function of the set of facts: their order cannot matter.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from itertools import combinations
from typing import Final

from schemas.envelope import content_id

UNDATED: Final = "undated"
UNATTACHED: Final = "unattached"


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
    """0 primary, 1 secondary, 2 tertiary"""
    order: tuple[date, str]
    """business date and id: the earliest names the lineage where a date has several"""


@dataclass(frozen=True, slots=True)
class Lineage:
    """One claim. `ambiguous`: its facts fit several claims, so nothing is automated."""

    id: str
    facts: frozenset[str]
    ambiguous: bool
    charges: frozenset[Decimal]
    references: frozenset[str]
    start: date | None
    end: date | None


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


class _Part:
    """Facts that are held together so far."""

    __slots__ = ("ambiguous", "charges", "end", "members", "npis", "payers", "references", "start", "tax_ids")

    def __init__(self, members: Sequence[Traits], ambiguous: bool = False) -> None:
        self.members = tuple(sorted(members, key=lambda t: t.fact))
        self.ambiguous = ambiguous
        starts = [t.start for t in members if t.start is not None]
        self.start = min(starts) if starts else None
        ends = [t.end or t.start for t in members if t.start is not None]
        self.end = max((e for e in ends if e is not None), default=None)
        self.npis = {t.npi for t in members if t.npi}
        self.tax_ids = {t.tax_id for t in members if t.tax_id}
        self.payers = {pair for t in members if t.adjudicated for pair in t.payer}
        self.charges = {t.charge for t in members}
        self.references = {r for t in members for r in t.references}

    @property
    def adjudicated(self) -> bool:
        return any(t.adjudicated for t in self.members)

    @property
    def submitted(self) -> bool:
        return any(not t.adjudicated for t in self.members)


def lineages(key: str, facts: Sequence[Traits]) -> tuple[Lineage, ...]:
    """The claims that these facts are about. Ids hold the key and the first date of service, and what tells
    them apart only where a date has several."""
    if _plainly_one(facts):
        return _named(key, [_Part(facts)])
    parts = _joined([_Part([t]) for t in facts], lambda a, b: bool(a.references & b.references))
    if len(parts) > 1:
        dated = _by_kinship([p for p in parts if p.start is not None])
        undated = _by_kinship([p for p in parts if p.start is None])
        parts = _with_undated(dated, undated)
    return _named(key, parts)


def _plainly_one(facts: Sequence[Traits]) -> bool:
    """All of one charge, provider, payer and of dates that all overlap, as nearly always: no need to compare
    each with each."""
    if len(facts) == 1:
        return True
    start = end = None
    payer: frozenset[tuple[str, str]] | None = None
    first = facts[0] if facts else None
    for t in facts:
        if (
            first is None
            or t.npi is None
            or t.npi != first.npi
            or t.charge != first.charge
            or t.start is None
        ):
            return False
        start = t.start if start is None or t.start > start else start
        last = t.end or t.start
        end = last if end is None or last < end else end
        if t.adjudicated:
            payer = t.payer if payer is None else payer & t.payer
    return start is not None and end is not None and start <= end and (payer is None or bool(payer))


def _joined(parts: Sequence[_Part], together: Callable[[_Part, _Part], bool]) -> list[_Part]:
    """The transitive closure of `together`."""
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
    return [_Part(members[n], ambiguous[n]) for n in members]


def _by_kinship(parts: list[_Part]) -> list[_Part]:
    """Join what has the same dates, provider, payer and charge; then one claim and one adjudication whose
    charges differ, where there is only that one of each."""
    if len(parts) < 2:
        return parts
    torn = {id(p): _choose(p, parts) for p in parts}
    parts_joined = _joined(
        parts,
        lambda a, b: _akin(a, b) and _accepts(torn, a, b) and _accepts(torn, b, a),
    )
    for part in parts_joined:
        if any(torn[id(p)] == [] and set(p.members) == set(part.members) for p in parts):
            part.ambiguous = True
    return _joined(parts_joined, lambda a, b: _only_pair(a, b, parts_joined))


def _accepts(torn: dict[int, list[_Part] | None], part: _Part, other: _Part) -> bool:
    chosen = torn[id(part)]
    return chosen is None or other in chosen


def _choose(part: _Part, parts: Sequence[_Part]) -> list[_Part] | None:
    """Null where all that is akin to a part agrees with itself; else those that the part belongs to, none where
    that cannot be told: those that share a provider id, then those that share the payer. A claim that two payers
    adjudicated belongs to the one it was sent to, else to the first of them by responsibility."""
    kin = [p for p in parts if p is not part and _akin(p, part)]
    if _agree(kin):
        return None
    kin = [p for p in kin if p.npis & part.npis or p.tax_ids & part.tax_ids] or kin
    if _agree(kin):
        return kin
    payer = {pair for t in part.members for pair in t.payer}
    adjudicated = [p for p in kin if p.adjudicated]
    named = [p for p in adjudicated if p.payers & payer]
    if not named and not part.adjudicated:
        wanted = min(t.responsibility for t in part.members)
        named = [p for p in adjudicated if _responsibility(p) == wanted]
    chosen = [*named, *(p for p in kin if not p.adjudicated)]
    return chosen if named and _agree(chosen) else []


def _agree(parts: Sequence[_Part]) -> bool:
    return not any(_conflicting(a, b) for a, b in combinations(parts, 2))


def _responsibility(part: _Part) -> int:
    return min(t.responsibility for t in part.members if t.adjudicated)


def _akin(a: _Part, b: _Part) -> bool:
    return _same_dates(a, b) and bool(a.charges & b.charges) and not _conflicting(a, b)


def _same_dates(a: _Part, b: _Part) -> bool:
    """The spans overlap; without dates there is nothing to compare."""
    if a.start is None or b.start is None or a.end is None or b.end is None:
        return a.start is None and b.start is None
    return a.start <= b.end and b.start <= a.end


def _conflicting(a: _Part, b: _Part) -> bool:
    return _providers_conflict(a, b) or _payers_conflict(a, b)


def _providers_conflict(a: _Part, b: _Part) -> bool:
    """Both name a provider and none is the same: by NPI, or by tax id where an NPI is not known."""
    if a.npis & b.npis or a.tax_ids & b.tax_ids:
        return False
    return bool((a.npis and b.npis) or (a.tax_ids and b.tax_ids))


def _payers_conflict(a: _Part, b: _Part) -> bool:
    """Both were adjudicated, by payers that can be compared and share nothing."""
    if a.payers & b.payers:
        return False
    return bool({kind for kind, _ in a.payers} & {kind for kind, _ in b.payers})


def _only_pair(a: _Part, b: _Part, parts: Sequence[_Part]) -> bool:
    claim, answer = (a, b) if a.submitted else (b, a)

    def unanswered(p: _Part) -> bool:
        return p.submitted and not p.adjudicated and not p.ambiguous

    def unmatched(p: _Part) -> bool:
        return p.adjudicated and not p.submitted and not p.ambiguous

    def fits(p: _Part, q: _Part) -> bool:
        return _same_dates(p, q) and not _providers_conflict(p, q)

    return (
        unanswered(claim)
        and unmatched(answer)
        and fits(claim, answer)
        and sum(unmatched(p) and fits(claim, p) for p in parts) == 1
        and sum(unanswered(p) and fits(p, answer) for p in parts) == 1
    )


def _with_undated(dated: list[_Part], undated: list[_Part]) -> list[_Part]:
    """Attach what has no date: by charge, then to the only claim there is; else it is ambiguous."""
    added: dict[int, list[_Part]] = {}
    alone: list[_Part] = []
    for part in undated:
        fitting = [p for p in dated if not _conflicting(p, part)]
        same_charge = [p for p in fitting if p.charges & part.charges]
        if len(same_charge) == 1 or (not same_charge and len(fitting) == 1):
            added.setdefault(id((same_charge or fitting)[0]), []).append(part)
        else:
            alone.append(_Part(part.members, part.ambiguous or bool(fitting)))
    joined = [
        _Part([t for p in (part, *added.get(id(part), ())) for t in p.members], part.ambiguous)
        for part in dated
    ]
    return [*joined, *alone]


def _named(key: str, parts: Sequence[_Part]) -> tuple[Lineage, ...]:
    """The parts with their ids: the first of a date has the plain one, the others also what sets them apart."""
    named: list[Lineage] = []
    used: set[str] = set()
    for part in sorted(parts, key=_rank) if len(parts) > 1 else parts:
        day = part.start.isoformat() if part.start is not None else UNDATED
        lineage = content_id(key, day)
        if lineage in used:
            first = min(part.members, key=lambda t: (not t.adjudicated, t.responsibility, t.order))
            payer = ",".join(f"{kind}:{value}" for kind, value in sorted(first.payer))
            apart = (first.npi or first.tax_id or "", payer, f"{first.charge.normalize():f}")
            lineage = content_id(key, day, *apart)
            if lineage in used:
                lineage = content_id(key, day, *apart, first.fact)
        used.add(lineage)
        named.append(
            Lineage(
                id=lineage,
                facts=frozenset(t.fact for t in part.members),
                ambiguous=part.ambiguous,
                charges=frozenset(part.charges),
                references=frozenset(part.references),
                start=part.start,
                end=part.end,
            )
        )
    return tuple(named)


def _rank(part: _Part) -> tuple[bool, bool, int, tuple[date, str]]:
    candidates = [t for t in part.members if t.adjudicated] or part.members
    first = min(candidates, key=lambda t: (t.responsibility, t.order))
    return (part.ambiguous, not part.adjudicated, first.responsibility, first.order)
