"""Whether a consumer group keeps up, by rules over a window of its commits and not by a threshold.

The rules are those of LinkedIn's Burrow (core/internal/evaluator/caching.go and its wiki, "Consumer Lag Evaluation
Rules"), in this order; the first that holds is the status of a partition:

1. OK: the lag now is within what is allowed.
2. STOP: the last commit is longer ago than the commits of the window are apart (here: or than LONGEST_SECONDS), and
   the end was not reached lately.
3. REWIND: a commit went back.
4. OK: the lag of some commit of the window was within what is allowed.
5. STALL: commits go on and all say one offset.
6. WARN: offsets move, and the lag never shrinks.
7. OK.

Burrow reads commits with their times from Kafka's own topic. Here a group is looked at every few seconds: that its
offset moved is a commit, and so is that it stood still while a member was alive: it would commit if it could. Of a
group without a member the broker took one for alive that was gone already, so that only what moved was a commit.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

WINDOW: Final = 10
"""Commits that are kept of each partition, as Burrow keeps."""

SAMPLE_SECONDS: Final = 2.0
"""Between two looks. On a busy machine they come later."""

LONGEST_SECONDS: Final = WINDOW * SAMPLE_SECONDS
"""The longest window, however late the looks came that are in it. A member that is gone is STOP after this or after
the time in which the broker still takes it for alive (topics/cluster.py: session_seconds), whichever is longer, and
two looks."""

LATELY: Final = 3
"""Looks. Who was at the end at one of them may not have had time for what came since."""


class Status(StrEnum):
    """Of a partition; a group has the worst of its partitions. In the order of how bad it is."""

    OK = "OK"
    WARN = "WARN"
    STALL = "STALL"
    STOP = "STOP"
    REWIND = "REWIND"


_WORST: Final = tuple(Status)


@dataclass(frozen=True, slots=True)
class Commit:
    """A position that a group stood at."""

    at: int
    """ms since the epoch"""
    offset: int
    """the next offset it will read"""
    lag: int
    """records to the end at that moment"""


@dataclass(frozen=True, slots=True)
class Track:
    """The latest commits of a group in one partition, and the ends that were seen."""

    commits: tuple[Commit, ...] = ()
    ends: tuple[int, ...] = ()
    moved: int = 0
    """when the offset was first seen where it is, ms since the epoch"""
    alive: bool | None = None
    """whether the group had a member at the last look; null where only its commits are known"""

    def observe(self, at: int, offset: int, end: int, *, alive: bool) -> Track:
        """The track after one more look. `end`: the next offset at the end of the partition."""
        ends = (*self.ends, end)[-LATELY:]
        stood = bool(self.commits) and self.commits[-1].offset == offset
        if stood and not alive:
            return replace(self, ends=ends, alive=False)
        commit = Commit(at, offset, max(0, end - offset))
        moved = self.moved if stood else at
        return Track((*self.commits, commit)[-WINDOW:], ends, moved, alive)

    @property
    def lag(self) -> int:
        """Records between the last commit and the end."""
        return max(0, self.ends[-1] - self.commits[-1].offset) if self.commits and self.ends else 0

    @property
    def complete(self) -> float:
        """How much of the window is filled, 0 to 1: with less the status may be wrong either way."""
        return len(self.commits) / WINDOW


def status_of(track: Track, now: int, allowed: int = 0, deserted: int | None = None) -> Status:
    """The status of a partition at `now` (ms). One commit has no length to compare with: it stands for a whole window,
    after which a group that nobody has joined is STOP. `deserted`: since when a record waits for a group that has no
    member, ms; it shows a STOP to who looks for the first time."""
    if track.lag <= allowed:
        return Status.OK
    if len(track.commits) < 2:
        since = track.commits[0].at if deserted is None else min(deserted, track.commits[0].at)
        alone = now - since > LONGEST_SECONDS * 1000
        return Status.STOP if alone and not _was_at_the_end(track) else Status.OK
    if _stopped(track, now) and not _was_at_the_end(track):
        return Status.STOP
    if _went_back(track):
        return Status.REWIND
    if any(commit.lag <= allowed for commit in track.commits):
        return Status.OK
    if _stands_still(track):
        return Status.STALL
    if _never_shrinks(track):
        return Status.WARN
    return Status.OK


def worst(statuses: list[Status]) -> Status:
    """The status of a group whose partitions have these."""
    return max(statuses, key=_WORST.index, default=Status.OK)


def _stopped(track: Track, now: int) -> bool:
    if track.alive:
        return False  # that the look is some time ago is no fault of the group
    first, last = track.commits[0], track.commits[-1]
    latest = last.at if track.alive is None else track.moved
    return now - latest > min(last.at - first.at, LONGEST_SECONDS * 1000)


def _was_at_the_end(track: Track) -> bool:
    """At one of the last looks nothing stood beyond the last commit: what there is now came after that."""
    return any(end <= track.commits[-1].offset for end in track.ends)


def _went_back(track: Track) -> bool:
    return any(after.offset < before.offset for before, after in _pairs(track))


def _stands_still(track: Track) -> bool:
    return all(after.offset == before.offset for before, after in _pairs(track))


def _never_shrinks(track: Track) -> bool:
    return all(after.lag >= before.lag for before, after in _pairs(track))


def _pairs(track: Track) -> list[tuple[Commit, Commit]]:
    return list(zip(track.commits, track.commits[1:], strict=False))
