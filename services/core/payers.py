"""The payers of one claim: whose adjudications they are, and to whom its 837s were sent.

A primary and a secondary payer that answer under one claim number adjudicate one claim. Each has a say of its
own, which the other's never closes or opens.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

from services.core.traits import UNSAID, Part, Traits, assembled, joined


def by_payer(claim: Part) -> list[Part]:
    """The facts of one claim, apart by payer: adjudications with the 837s that were sent to who made them.

    A submission that nobody has answered is a part of its own, with others to the same payer.
    """
    answers = [t for t in claim.members if t.adjudicated]
    if not answers:
        return joined([Part([t], claim.ambiguous) for t in claim.members], _share_payer)
    if frozenset.intersection(*(t.payer for t in answers)):
        parts = [Part(answers, claim.ambiguous)]
    else:
        known = joined([Part([t], claim.ambiguous) for t in answers], _one_payer)
        parts = assembled(known, lambda a, b: not _two_payers(a, b), _choose)
    if len(answers) == len(claim.members):
        return parts
    return _with_submissions(parts, [t for t in claim.members if not t.adjudicated], claim.ambiguous)


def _share_payer(a: Part, b: Part) -> bool:
    return any(one.payer & other.payer for one in a.members for other in b.members)


def _one_payer(a: Part, b: Part) -> bool:
    """They share what identifies a payer, or one names the other's control number (a payer under a new name);
    unless they stand in different places: a crossed-over claim may name the first payer's number."""
    if a.payers & b.payers:
        return True
    return bool(a.references & b.references) and not _different_place(a, b)


def _two_payers(a: Part, b: Part) -> bool:
    """Payers that can be compared and share nothing, or that say they stand in different places."""
    if a.payers & b.payers:
        return False
    comparable = {kind for kind, _ in a.payers} & {kind for kind, _ in b.payers}
    return bool(comparable) or _different_place(a, b)


def _different_place(a: Part, b: Part) -> bool:
    return UNSAID not in (a.responsibility, b.responsibility) and a.responsibility != b.responsibility


def _choose(part: Part, kin: Sequence[Part]) -> Sequence[Part] | None:
    """Of payers that this may be, the one that says it stands in the same place."""
    if not any(_two_payers(a, b) for a, b in combinations(kin, 2)):
        return None
    same = [q for q in kin if q.responsibility == part.responsibility != UNSAID]
    return same if not any(_two_payers(a, b) for a, b in combinations(same, 2)) else []


def _with_submissions(parts: list[Part], submissions: Sequence[Traits], ambiguous: bool) -> list[Part]:
    added: dict[int, list[Traits]] = {}
    alone: list[Part] = []
    torn: set[int] = set()
    places = {id(part): _place(part, submissions) for part in parts}
    for sent in submissions:
        to = _addressed(sent, parts, places)
        if not to:
            alone.append(Part([sent], ambiguous))
        for part in to:
            added.setdefault(id(part), []).append(sent)
            if len(to) > 1:
                torn.add(id(part))
    whole = [
        Part([*p.members, *added[id(p)]], p.ambiguous or id(p) in torn) if id(p) in added else p
        for p in parts
    ]
    return [*whole, *joined(alone, _share_payer)]


def _place(part: Part, submissions: Sequence[Traits]) -> int:
    """Where a payer stands: as it says itself (CLP02), else as the 837s that name it do (SBR01)."""
    if part.responsibility != UNSAID:
        return part.responsibility
    return min((s.responsibility for s in submissions if s.payer & part.payers), default=UNSAID)


def _addressed(sent: Traits, parts: Sequence[Part], places: Mapping[int, int]) -> Sequence[Part]:
    """Who answered this 837: whose control number it names; else whom it names; else who stands in the place that
    it was sent to (SBR01 against CLP02), said or, where nobody says so, unsaid. Several where it cannot be told."""
    choices = (
        [p for p in parts if sent.references & p.references],
        [p for p in parts if sent.payer & p.payers],
        [p for p in parts if places[id(p)] == sent.responsibility],
        [p for p in parts if places[id(p)] == UNSAID],
    )
    return next((found for found in choices if found), [])
