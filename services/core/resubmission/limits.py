"""What a payer's limits do to a way: a clock that has passed, attempts that are used up, a payer who takes paper.

A limit ends the way at a person, and says so; it never finds another one, except the late path that a profile names.
"""

from __future__ import annotations

from datetime import date
from typing import Final, NamedTuple

from schemas.case import ClassifiedDenial
from schemas.codes import Action, Path
from schemas.recoding import Deadline
from services.core.resubmission.deadlines import (
    FILING_LIMIT,
    Occasion,
    appeal_level,
    clocks_against,
    filing_limit,
    occasion_of,
)
from services.core.resubmission.path import Way, late_way
from services.core.resubmission.profiles import Profile

CLOCK_PASSED: Final = "clock_passed"
"""Why a proposal is withdrawn whose way a clock has ended."""

PASSED: Final = "clock_passed:"
"""What `missing` says with the name of a clock that has passed."""

MAX_ATTEMPTS: Final = "max_attempts"
PAPER_ONLY: Final = "paper_only"

_BLOCKING: Final = frozenset({"corrected_claim", "appeal", FILING_LIMIT, "records", "reopening"})
"""Clocks after which the payer takes it no more. Another clock that passes costs an advantage, not the way."""

_OWN: Final = frozenset({Action.CORRECTED_CLAIM, Action.APPEAL, Action.RECORDS})
"""Actions that go to the payer who denied. What goes to another is on that payer's clocks: they end the way where it is
known who that is."""


class Limited(NamedTuple):
    """The way that is left, and the clocks with whether each runs against it."""

    way: Way
    deadlines: tuple[Deadline, ...]


def limit_for(
    denial: ClassifiedDenial,
    way: Way,
    profile: Profile,
    today: date | None,
    next_payer: Profile | None = None,
) -> Limited:
    """What the payer's limits leave of a denial's way. Before the first day is known no clock runs. `next_payer`: of
    the payer that the claim goes to, where it is another than the one that denied."""
    occasion = occasion_of(denial)
    if next_payer is not None:
        return _limit_elsewhere(way, profile, next_payer, occasion, today)
    return limit(way, profile, occasion, today, attempts=denial.generation)


def limit(way: Way, profile: Profile, occasion: Occasion, today: date | None, *, attempts: int) -> Limited:
    """What the payer's limits leave of a way. `attempts`: how often we sent the claim back already."""
    occasion = occasion.heard(profile)
    way = _at_level(way, profile, occasion)
    clocks = _clocks(occasion, profile, today, way)
    late = profile.path_after_window
    if late is not None and way.path is Path.REPLACEMENT and passed(clocks):
        way = late_way(way, Path(late), profile)
        clocks = _clocks(occasion, profile, today, way)
    # A secondary claim goes to the payer that denied, where another one has decided before it.
    own = way.path is Path.SECONDARY_CLAIM and occasion.prior_remitted is not None
    if (way.action not in _OWN and not own) or way.path is Path.NONE:
        return Limited(way, clocks)
    missing = [f"{PASSED}{clock}" for clock in passed(clocks)]
    if way.is_claim:
        if profile.max_attempts is not None and attempts >= profile.max_attempts:
            missing.append(MAX_ATTEMPTS)
        if profile.paper_only:
            missing.append(PAPER_ONLY)
    return Limited(_stopped(way, missing), clocks)


def _limit_elsewhere(
    way: Way, profile: Profile, next_payer: Profile, occasion: Occasion, today: date | None
) -> Limited:
    """A claim to the next payer is on that payer's filing limit; those of the payer that denied are only told."""
    if today is None:
        clocks: tuple[Deadline, ...] = ()
    else:
        told = clocks_against(occasion.heard(profile), profile, today, Action.NONE, Path.NONE)
        there = filing_limit(occasion.handed_on(), next_payer, today)
        clocks = tuple(
            sorted((*(d for d in told if d.clock != FILING_LIMIT), *there), key=lambda d: (d.due, d.clock))
        )
    missing = [f"{PASSED}{clock}" for clock in passed(clocks)]
    if next_payer.paper_only:
        missing.append(PAPER_ONLY)
    return Limited(_stopped(way, missing), clocks)


def _stopped(way: Way, missing: list[str]) -> Way:
    """The way where nothing is missing for it; else none, and why."""
    if not missing:
        return way
    return Way(way.action, Path.NONE, None, None, f"limit {missing[0]}", (*way.missing, *missing))


def _clocks(occasion: Occasion, profile: Profile, today: date | None, way: Way) -> tuple[Deadline, ...]:
    return clocks_against(occasion, profile, today, way.action, way.path) if today is not None else ()


def passed(deadlines: tuple[Deadline, ...], today: date | None = None) -> tuple[str, ...]:
    """The clocks that run against the way and have passed: by their days left, or on a later day `today`."""
    return tuple(
        [
            d.clock
            for d in deadlines
            if d.binds and d.clock in _BLOCKING and (d.due < today if today is not None else d.days_left < 0)
        ]
    )


def _at_level(way: Way, profile: Profile, occasion: Occasion) -> Way:
    """An appeal at a later level takes that level's path."""
    if way.action is not Action.APPEAL or way.path is Path.NONE:
        return way
    level = appeal_level(occasion, profile)
    if level < 2:
        return way
    path = profile.appeal_levels[level - 1].path
    if path is None:
        return Way(way.action, Path.NONE, None, None, "not_known", (f"appeal_level:{level}",))
    return way._replace(path=Path(path), reason=f"{way.reason}, appeal level {level}")
