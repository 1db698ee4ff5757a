"""Whether a consumer group keeps up, by rules over a window of its commits and not by a threshold.

The rules are those of LinkedIn's Burrow (core/internal/evaluator/caching.go and its wiki, "Consumer Lag Evaluation
Rules"), in this order; the first that holds is the status of a partition:

1. OK: the lag now is within what is allowed.
2. STOP: the last commit is longer ago than the commits of the window are apart, and the end was not reached lately.
3. REWIND: a commit went back.
4. OK: the lag of some commit of the window was within what is allowed.
5. STALL: commits go on and all say one offset.
6. WARN: offsets move, and the lag never shrinks.
7. OK.

Burrow reads commits with their times from Kafka's own topic. Here a group is looked at every few seconds: that its
offset moved is a commit, and so is that it stood still while a member was alive. A group without a member commits
nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

WINDOW: Final = 10
"""Commits that are kept of each partition, as Burrow keeps."""

SAMPLE_SECONDS: Final = 2.0
"""Between two looks: ten of them are 18 s, so that a member that is gone is STOP within a minute, with the 20 s in
which the broker still takes it for alive (topics/cluster.py: session_seconds), also where looks come late on a busy
machine."""


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

    def observe(self, at: int, offset: int, end: int, *, alive: bool) -> Track:
        """The track after one more look. `end`: the next offset at the end of the partition."""
        ends = (*self.ends, end)[-WINDOW:]
        last = self.commits[-1] if self.commits else None
        if last is not None and last.offset == offset and not alive:
            return replace(self, ends=ends)
        commit = Commit(at, offset, max(0, end - offset))
        return Track((*self.commits, commit)[-WINDOW:], ends)

    @property
    def lag(self) -> int:
        """Records between the last commit and the end."""
        return max(0, self.ends[-1] - self.commits[-1].offset) if self.commits and self.ends else 0

    @property
    def shrinks(self) -> float:
        """Records by which the lag became less in the window, a ms; negative where it grew."""
        if len(self.commits) < 2 or self.commits[-1].at == self.commits[0].at:
            return 0.0
        first, last = self.commits[0], self.commits[-1]
        return (first.lag - last.lag) / (last.at - first.at)

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
        alone = now - since > WINDOW * SAMPLE_SECONDS * 1000
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
    """Looks that came late on a busy machine make the window longer than it was meant, and are no reason to wait."""
    first, last = track.commits[0], track.commits[-1]
    return now - last.at > min(last.at - first.at, WINDOW * SAMPLE_SECONDS * 1000)


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
