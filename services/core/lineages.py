"""Which facts under one claim number are about the same claim, and who answered it.

A claim number is a meeting place, not an identity: providers use it again. Claims are told apart by service
dates, NPI or tax id, and charge, and held together by the payer's control number (CLP07) that others name as
their original reference (REF*F8). Each payer that answers a claim has a lineage of its own (payers.py). The
result is a function of the set of facts: their order cannot matter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import combinations
from typing import Final

from schemas.envelope import content_id
from services.core.payers import by_payer
from services.core.traits import UNSAID, Part, Traits, assembled, joined, same_dates

UNDATED: Final = "undated"
UNATTACHED: Final = "unattached"

_PLACES: Final = {1: "secondary", 2: "tertiary"}
"""What the id of a lineage says of a payer that is not the first; the first one's is that of the claim."""


@dataclass(frozen=True, slots=True)
class Lineage:
    """One claim with one payer. `ambiguous`: its facts fit several, so nothing is automated."""

    id: str
    claim: str
    """the same for all payers of a claim"""
    facts: frozenset[str]
    """a submission that two payers may have answered is in the lineages of both"""
    claims: frozenset[str]
    """the submissions of the claim, whoever they were sent to"""
    payers: frozenset[tuple[str, str]]
    """what identifies the payer"""
    responsibility: int
    """0 primary, 1 secondary, 2 tertiary, UNSAID"""
    ambiguous: bool
    charges: frozenset[Decimal]
    references: frozenset[str]
    start: date | None
    end: date | None


def lineages(key: str, facts: Sequence[Traits]) -> tuple[Lineage, ...]:
    """The claims that these facts are about, and the payers of each. Ids hold the key and the first date of
    service, and what tells them apart only where a date has several."""
    if _plainly_one(facts):
        return plainly_of_one_payer(key, facts) or of_claims(key, [Part(facts)])
    parts = joined([Part([t]) for t in facts], lambda a, b: bool(a.references & b.references))
    if len(parts) > 1:
        dated = _by_kinship([p for p in parts if p.start is not None])
        undated = _by_kinship([p for p in parts if p.start is None])
        parts = _with_undated(dated, undated)
    return of_claims(key, parts)


def _plainly_one(facts: Sequence[Traits]) -> bool:
    """All of one charge and provider and of dates that all overlap, as nearly always: no need to compare each
    with each."""
    if len(facts) == 1:
        return True
    start = end = None
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
    return start is not None and end is not None and start <= end


def plainly_of_one_payer(key: str, facts: Sequence[Traits]) -> tuple[Lineage, ...]:
    """What `of_claims` says of one claim with one payer, as nearly always, in a tenth of the time; empty where that
    is not plain."""
    answers = [t for t in facts if t.adjudicated]
    if not answers and len(facts) > 1:
        return ()
    spoke = answers or facts
    payers = spoke[0].payer
    responsibility = UNSAID
    for t in spoke:
        if not t.payer & payers:
            return ()
        payers = payers & t.payer if len(spoke) > 1 else payers
        responsibility = min(responsibility, t.responsibility)
    if responsibility == UNSAID and len({t.responsibility for t in facts if not t.adjudicated}) > 1:
        return ()
    known = frozenset[tuple[str, str]]().union(*(t.payer for t in spoke))
    named = frozenset[str]().union(*(t.references for t in answers))
    submitted = frozenset(t.fact for t in facts if not t.adjudicated)
    if answers:
        for t in facts:
            place = responsibility in (t.responsibility, UNSAID)
            if not (t.adjudicated or place or t.payer & known or t.references & named):
                return ()
    starts = [t.start for t in facts if t.start is not None]
    ends = [t.end or t.start for t in facts if t.start is not None]
    start = min(starts, default=None)
    claim = content_id(key, start.isoformat() if start is not None else UNDATED)
    further = _PLACES.get(responsibility)
    return (
        Lineage(
            id=claim if further is None else content_id(claim, further),
            claim=claim,
            facts=frozenset(t.fact for t in facts),
            claims=submitted,
            payers=known,
            responsibility=responsibility,
            ambiguous=False,
            charges=frozenset(t.charge for t in facts),
            references=frozenset[str]().union(*(t.references for t in facts)),
            start=start,
            end=max((e for e in ends if e is not None), default=None),
        ),
    )


def _by_kinship(parts: list[Part]) -> list[Part]:
    """Join what has the same dates, provider and charge; then one claim and one adjudication whose charges differ,
    where there is only that one of each; then a further payer that charges what the first left over."""
    found = assembled(parts, _akin, _choose)
    found = joined(found, lambda a, b: _only_pair(a, b, found))
    return joined(found, lambda a, b: _next_payer(a, b, found) or _next_payer(b, a, found))


def _choose(part: Part, kin: Sequence[Part]) -> Sequence[Part] | None:
    """Null where all that is akin to a part agrees with itself; else those that the part belongs to, none where
    that cannot be told: those that share a provider id, then those that share the payer."""
    if _agree(kin):
        return None
    kin = [p for p in kin if p.npis & part.npis or p.tax_ids & part.tax_ids] or kin
    if _agree(kin):
        return kin
    payer = {pair for t in part.members for pair in t.payer}
    named = [p for p in kin if any(pair in payer for t in p.members for pair in t.payer)]
    return named if _agree(named) else []


def _agree(parts: Sequence[Part]) -> bool:
    return not any(_providers_conflict(a, b) for a, b in combinations(parts, 2))


def _akin(a: Part, b: Part) -> bool:
    return same_dates(a, b) and bool(a.charges & b.charges) and not _providers_conflict(a, b)


def _providers_conflict(a: Part, b: Part) -> bool:
    """Both name a provider and none is the same: by NPI, or by tax id where an NPI is not known."""
    if a.npis & b.npis or a.tax_ids & b.tax_ids:
        return False
    return bool((a.npis and b.npis) or (a.tax_ids and b.tax_ids))


def _fits(a: Part, b: Part) -> bool:
    return same_dates(a, b) and not _providers_conflict(a, b) and not a.ambiguous and not b.ambiguous


def _only_pair(a: Part, b: Part, parts: Sequence[Part]) -> bool:
    claim, answer = (a, b) if a.submitted else (b, a)

    def unanswered(p: Part) -> bool:
        return p.submitted and not p.adjudicated

    def unmatched(p: Part) -> bool:
        return p.adjudicated and not p.submitted

    return (
        unanswered(claim)
        and unmatched(answer)
        and _fits(claim, answer)
        and sum(unmatched(p) and _fits(claim, p) for p in parts) == 1
        and sum(unanswered(p) and _fits(p, answer) for p in parts) == 1
    )


def _next_payer(claim: Part, answer: Part, parts: Sequence[Part]) -> bool:
    """A secondary or tertiary payer's answer, and the only claim of its dates that an earlier one answered."""

    def earlier(p: Part) -> bool:
        return p is not answer and p.adjudicated and p.responsibility < answer.responsibility

    return (
        not answer.submitted
        and answer.responsibility in _PLACES
        and earlier(claim)
        and _fits(claim, answer)
        and sum(earlier(p) and _fits(p, answer) for p in parts) == 1
    )


def _with_undated(dated: list[Part], undated: list[Part]) -> list[Part]:
    """Attach what has no date: by charge, then to the only claim there is; else it is ambiguous."""
    added: dict[int, list[Part]] = {}
    alone: list[Part] = []
    for part in undated:
        fitting = [p for p in dated if not _providers_conflict(p, part)]
        same_charge = [p for p in fitting if p.charges & part.charges]
        if len(same_charge) == 1 or (not same_charge and len(fitting) == 1):
            added.setdefault(id((same_charge or fitting)[0]), []).append(part)
        else:
            alone.append(Part(part.members, part.ambiguous or bool(fitting)))
    whole = [
        Part([t for p in (part, *added.get(id(part), ())) for t in p.members], part.ambiguous)
        for part in dated
    ]
    return [*whole, *alone]


def of_claims(key: str, claims: Sequence[Part]) -> tuple[Lineage, ...]:
    """The claims with their ids: the first of a date has the plain one, the others also what sets them apart."""
    named: list[Lineage] = []
    used: set[str] = set()
    for claim in sorted(claims, key=_rank) if len(claims) > 1 else claims:
        day = claim.start.isoformat() if claim.start is not None else UNDATED
        first = _first(claim)
        apart = (first.npi or first.tax_id or "", f"{first.charge.normalize():f}")
        id_ = _unused(used, (key, day), apart, first)
        submitted = frozenset(t.fact for t in claim.members if not t.adjudicated)
        named += _of_payers(id_, claim, submitted, used)
    return tuple(named)


def _of_payers(claim_id: str, claim: Part, submitted: frozenset[str], used: set[str]) -> list[Lineage]:
    named: list[Lineage] = []
    parts = by_payer(claim)
    for part in sorted(parts, key=_rank) if len(parts) > 1 else parts:
        place = _PLACES.get(part.responsibility)
        first = _first(part)
        if place is None and claim_id not in {lineage.id for lineage in named}:
            id_ = claim_id
        else:
            payer = ",".join(f"{kind}:{value}" for kind, value in sorted(first.payer))
            id_ = _unused(used, (claim_id, place or "other"), (payer,), first)
        named.append(
            Lineage(
                id=id_,
                claim=claim_id,
                facts=frozenset(t.fact for t in part.members),
                claims=submitted,
                payers=part.payers or first.payer,
                responsibility=part.responsibility,
                ambiguous=part.ambiguous,
                charges=part.charges,
                references=part.references,
                start=claim.start,
                end=claim.end,
            )
        )
    return named


def _unused(used: set[str], plain: tuple[str, ...], apart: tuple[str, ...], first: Traits) -> str:
    """The id of a name that was not given yet."""
    for name in (plain, (*plain, *apart), (*plain, *apart, first.fact)):
        id_ = content_id(*name)
        if id_ not in used:
            break
    used.add(id_)
    return id_


def _first(part: Part) -> Traits:
    return min(part.members, key=lambda t: (not t.adjudicated, t.responsibility, t.order))


def _rank(part: Part) -> tuple[bool, bool, int, tuple[date, str]]:
    first = _first(part)
    return (part.ambiguous, not part.adjudicated, first.responsibility, first.order)
