"""What began and ended in each minute of event time: counts, dollars, lengths of waits, by stage and payer, by cause.

A minute of one partition is counted once, when nothing that was appended in it can come any more, and never again.
So what is counted twice in no order of reading, and minutes add up over partitions.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from services.monitor.flow import Entry, Pass
from services.monitor.stages import CLASSES, WAIT_BOUNDS, Stage, class_of

MINUTE_MS: Final = 60_000

LONGEST_WINDOW: Final = 6 * 60
"""Minutes that are kept: the longest window of an alert (objectives.py)."""


def minute_of(at: int) -> int:
    """The minute, counted from the epoch, in which a moment (ms) lies."""
    return at // MINUTE_MS


@dataclass(slots=True)
class Ended:
    """The waits of one stage and payer that ended."""

    count: int = 0
    amount: Decimal = Decimal(0)
    classes: list[int] = field(default_factory=lambda: [0] * CLASSES)
    """how many by their length, between WAIT_BOUNDS"""
    milliseconds: int = 0
    """all waits together"""

    def add(self, passed: Pass, times: int) -> None:
        self.count += times
        self.amount += times * passed.amount
        self.classes[class_of(passed.waited / 1000)] += times
        self.milliseconds += times * passed.waited

    def merge(self, other: Ended) -> None:
        self.count += other.count
        self.amount += other.amount
        for index, many in enumerate(other.classes):
            if many:
                self.classes[index] += many
        self.milliseconds += other.milliseconds

    def longer_than(self, seconds: int) -> int:
        """How many took longer than `seconds`, one of WAIT_BOUNDS."""
        return sum(self.classes[WAIT_BOUNDS.index(seconds) + 1 :])


@dataclass(slots=True)
class Denied:
    """Denials of one cause."""

    count: int = 0
    amount: Decimal = Decimal(0)

    def add(self, count: int, amount: Decimal) -> None:
        self.count += count
        self.amount += amount


@dataclass(slots=True)
class Minute:
    """What began and ended in one minute, or in several together."""

    entered: dict[tuple[Stage, str], int] = field(default_factory=dict)
    """waits that began, by stage and payer"""
    ended: dict[tuple[Stage, str], Ended] = field(default_factory=dict)
    """by stage and payer"""
    causes: dict[tuple[str, str], Denied] = field(default_factory=dict)
    """by cause and payer"""

    def count(self, happened: Entry | Pass, times: int) -> None:
        """Add what happened to a claim in this minute (`times` is 1), or take it out again (-1). What comes to nothing
        is not kept."""
        place = (happened.stage, happened.payer)
        if isinstance(happened, Entry):
            self._enter(place, times)
            return
        ended = self.ended.setdefault(place, Ended())
        ended.add(happened, times)
        if not ended.count:
            del self.ended[place]
        if happened.cause:
            cause = (happened.cause, happened.payer)
            denied = self.causes.setdefault(cause, Denied())
            denied.add(times, times * happened.amount)
            if not denied.count:
                del self.causes[cause]

    def merge(self, other: Minute) -> None:
        for place, count in other.entered.items():
            self._enter(place, count)
        for place, ended in other.ended.items():
            self.ended.setdefault(place, Ended()).merge(ended)
        for cause, denied in other.causes.items():
            self.causes.setdefault(cause, Denied()).add(denied.count, denied.amount)

    def _enter(self, place: tuple[Stage, str], count: int) -> None:
        self.entered[place] = self.entered.get(place, 0) + count
        if not self.entered[place]:
            del self.entered[place]


def merged(minutes: Iterable[Minute]) -> Minute:
    """What the minutes come to together."""
    together = Minute()
    for minute in minutes:
        together.merge(minute)
    return together
