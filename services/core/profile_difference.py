"""What two sets of profiles say differently, and which open denials that touches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from schemas.case import ClassifiedDenial
from schemas.codes import Action, Automation, ClaimState, Path
from schemas.recoding import Edit, RecodingProposed
from schemas.records.work_item import UNDECIDED, WorkItem
from services.core.recoding.proposal import profile_of
from services.core.resubmission.crossover import forwarding_payer
from services.core.resubmission.limits import Limited, limit_for
from services.core.resubmission.next_payer import bill_next, next_profile
from services.core.resubmission.path import find_way, has_next_payer
from services.core.resubmission.profile_documents import KEYS
from services.core.resubmission.profiles import Profile, Profiles

NOTHING: Final = "not known"


@dataclass(frozen=True, slots=True)
class Changed:
    """One value or clock of one payer, family or of the default, inherited ones too."""

    document: str
    key: str
    before: str
    after: str
    source: str
    """where the new one comes from; of what is gone, where the old one came from"""
    example: bool


@dataclass(frozen=True, slots=True)
class Touched:
    """An open denial whose payer's profile says something else. It names the claim number: for people, not for logs."""

    claim_number: str
    lineage: str
    payer: str | None
    keys: tuple[str, ...]
    path_before: str
    path_after: str
    due: tuple[tuple[str, date | None, date | None], ...]
    """clocks that move: name, day before, day after"""


def difference(before: Profiles, after: Profiles) -> tuple[Changed, ...]:
    """What changed, by document and key. A payer or family that only one of them has differs from what stood or
    stands in its place."""
    names = sorted({*before.documents, *after.documents})
    return tuple(
        change
        for name in names
        for change in _changes(name, _own(before, after, name), _own(after, before, name))
    )


def touched(
    items: Mapping[str, bytes], before: Profiles, after: Profiles, today: date | None
) -> tuple[Touched, ...]:
    """The undecided denials of `work-items` (latest record by claim key) that the change touches, by claim number."""
    found = [
        _touched(item.denial, item.proposal, before, after, today)
        for value in items.values()
        for item in WorkItem.parse(value).lineages
        if item.status in UNDECIDED and item.denial is not None and item.proposal is not None
        if item.proposal.automation is not Automation.A0
    ]
    return tuple(sorted((t for t in found if t is not None), key=lambda t: (t.claim_number, t.lineage)))


def _own(profiles: Profiles, other: Profiles, name: str) -> Profile:
    """What a set says under a name; where it has no such document, what it says in its place."""
    if name in profiles.documents:
        return profiles.own(name)
    document = other.documents[name]
    parent = document.inherits
    if document.level == "payer":
        family = parent if parent in profiles.documents else None
        return profiles.own(family) if family is not None else profiles.of(name)
    return profiles.of(None, next(iter(document.filing_indicators), None), next(iter(document.states), None))


def _changes(name: str, before: Profile, after: Profile) -> Iterator[Changed]:
    for key in KEYS:
        old, new = getattr(before, key), getattr(after, key)
        if old != new:
            told = after.sources.get(key) or before.sources.get(key)
            yield Changed(
                name,
                key,
                shown(old),
                shown(new),
                told.source if told is not None else "",
                told.example if told is not None else False,
            )
    clocks = _clocks(before), _clocks(after)
    for rule in sorted({*clocks[0], *clocks[1]}):
        one, other = (side.get(rule, (NOTHING, "", False)) for side in clocks)
        if one[0] != other[0]:
            yield Changed(name, rule, one[0], other[0], other[1] or one[1], other[2])


def _clocks(profile: Profile) -> dict[str, tuple[str, str, bool]]:
    """The profile's own clocks: what its values say stands among the keys."""
    found: dict[str, tuple[str, str, bool]] = {}
    for rule in profile.clock_rules:
        place, _, span = rule.said.partition(": ")
        key = place.partition(".")[2]
        if key.partition(".")[0] not in KEYS:
            found[f"clocks.{key}"] = (span, rule.source, rule.example)
    return found


def shown(value: object) -> str:
    """A value of a profile as a person reads it."""
    if value is None:
        return NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, frozenset | tuple):
        words = [str(getattr(each, "name", each)) for each in value]
        return ", ".join(sorted(words) if isinstance(value, frozenset) else words) or "none"
    return str(value)


def _touched(
    denial: ClassifiedDenial,
    proposal: RecodingProposed,
    before: Profiles,
    after: Profiles,
    today: date | None,
) -> Touched | None:
    edits = _edits(denial, proposal)
    payers = [(profile_of(denial, before), profile_of(denial, after))]
    there = next_profile(denial.claim, edits, before), next_profile(denial.claim, edits, after)
    if there[0] is not None and there[1] is not None:
        payers.append((there[0], there[1]))
    keys = tuple(dict.fromkeys(change.key for old, new in payers for change in _changes(new.name, old, new)))
    if not keys:
        return None
    one = _limited(denial, proposal, payers[0][0], before, today, there[0])
    other = _limited(denial, proposal, payers[0][1], after, today, there[1])
    due = tuple({d.clock: d.due for d in side.deadlines} for side in (one, other))
    return Touched(
        claim_number=denial.claim_number,
        lineage=denial.lineage,
        payer=denial.payer.id,
        keys=keys,
        path_before=_path(one),
        path_after=_path(other),
        due=tuple(
            (clock, due[0].get(clock), due[1].get(clock))
            for clock in _names(due)
            if due[0].get(clock) != due[1].get(clock)
        ),
    )


def _edits(denial: ClassifiedDenial, proposal: RecodingProposed) -> tuple[Edit, ...]:
    """What would make of the claim the one that is proposed: also where a clock has ended that way."""
    if proposal.edits or proposal.action is not Action.BILL_OTHER:
        return proposal.edits
    return bill_next(denial).edits


def _names(sides: Iterable[Mapping[str, date]]) -> list[str]:
    return sorted({clock for side in sides for clock in side})


def _path(limited: Limited) -> str:
    way = limited.way
    return f"{way.path.value} ({', '.join(way.missing)})" if way.missing else way.path.value


def _limited(
    denial: ClassifiedDenial,
    proposal: RecodingProposed,
    profile: Profile,
    profiles: Profiles,
    today: date | None,
    next_payer: Profile | None,
) -> Limited:
    """The way of what is proposed, under a profile."""
    adjudication = denial.adjudication
    way = find_way(
        proposal.action,
        proposal.primary_cause,
        (*denial.directives, *(r.code for r in adjudication.remarks)),
        profile,
        denied_in_full=denial.claim_state is ClaimState.DENIED_FULL,
        payer_control_number=adjudication.payer_control_number,
        forwarded=has_next_payer(adjudication.status_code, adjudication.crossover_payer),
        forwarder=forwarding_payer(denial, profile, profiles),
        adjudicated=denial.claim_state is not ClaimState.REJECTED,
    )
    there = next_payer if way.path is Path.SECONDARY_CLAIM else None
    return limit_for(denial, way, profile, today, there)
