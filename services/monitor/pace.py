"""How fast a consumer group reads and how fast more comes, and so when it will have read all.

What is read moves in batches and what comes in files, so a rate is taken from the first batch to the last of up to a
minute and a half: the ends of whole batches. A group that stood still (its member was away, or read its state back)
has no pace from before that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from services.monitor.windows import MINUTE_MS

SPAN_SECONDS: Final = 90.0
"""Looks that are kept: longer would not notice that a stream has ended, shorter sees one batch and not the next."""

STILL_SECONDS: Final = 30.0
"""Without any batch for so long a group stands still; a full batch may take a third of it on a busy machine."""

LEAST_SECONDS: Final = 15.0
LEAST_BATCHES: Final = 4
"""With less between the first and the last nothing can be said yet."""

UNDER_WAY_SECONDS: Final = 5.0
"""What is read in so long is under way, and no backlog."""


@dataclass(frozen=True, slots=True)
class Look:
    """All partitions of a group together."""

    at: int
    """ms since the epoch"""
    read: int
    """the sum of the next offsets that the group will read"""
    end: int
    """the sum of the next offsets at the ends"""


@dataclass(frozen=True, slots=True)
class Rates:
    """Records a minute."""

    read: float
    come: float


@dataclass(frozen=True, slots=True)
class Pace:
    """The latest looks at one group."""

    looks: tuple[Look, ...] = ()

    def observe(self, look: Look) -> Pace:
        """The pace after one more look. A group that was sent back begins anew."""
        if self.looks and look.read < self.looks[-1].read:
            return Pace((look,))
        recent = (one for one in self.looks if look.at - one.at <= SPAN_SECONDS * 1000)
        return Pace((*recent, look))

    def rates(self) -> Rates | None:
        """How much is read and how much comes, null where too little was seen to say."""
        if not self.looks:
            return None
        now, batches = self.looks[-1], self._batches()
        if not batches or now.at - batches[-1].at > STILL_SECONDS * 1000:
            first = self.looks[0]
            length = now.at - first.at
            if length <= STILL_SECONDS * 1000:
                return None
            return Rates(0.0, (now.end - first.end) / length * MINUTE_MS)
        first, last = batches[0], batches[-1]
        if len(batches) < LEAST_BATCHES or last.at - first.at < LEAST_SECONDS * 1000:
            return None
        return Rates(
            (last.read - first.read) / (last.at - first.at) * MINUTE_MS,
            (now.end - first.end) / (now.at - first.at) * MINUTE_MS,
        )

    def _batches(self) -> list[Look]:
        """The looks at which something more was read, since the group last stood still."""
        found: list[Look] = []
        for before, after in zip(self.looks, self.looks[1:], strict=False):
            if after.read > before.read:
                if found and after.at - found[-1].at > STILL_SECONDS * 1000:
                    found.clear()
                found.append(after)
        return found


def catch_up(waiting: int, rates: Rates | None) -> float | None:
    """Minutes until all is read, also while more comes; null where that never is, or nobody can say yet."""
    if waiting == 0:
        return 0.0
    if rates is None:
        return None
    if waiting <= rates.read * UNDER_WAY_SECONDS * 1000 / MINUTE_MS:
        return round(waiting / rates.read, 1)
    net = rates.read - rates.come
    return round(waiting / net, 1) if net > 0 else None
