"""The fold over a log: reads every topic in step, from where it was left, and keeps a snapshot.

Always those places go on that are the oldest, a page of each at a time and together, so that all stand at about one
moment and the past can be let go. The snapshot is written under another name and renamed: it holds the fold and its positions
together, so that nothing is counted twice. It is a cache: without one the log is read from its beginning.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple

from services.monitor.fold import FIRST_READER, FOLDED_TOPICS, Fold
from services.monitor.snapshot import UnreadableSnapshotError, decode_fold, encode_fold
from services.monitor.windows import MINUTE_MS, minute_of
from services.runtime.log import Log, TopicPartition

PAGE: Final = 1_000
"""Records of one topic before the next has its turn: the most by which one may be ahead of the others."""

KEEP_SECONDS: Final = 60.0
"""Between two snapshots: what a restart may have to read again."""

TOGETHER_MS: Final = MINUTE_MS
"""Places so far apart take their turns together: on Kafka each turn costs some requests, whatever comes of it."""

DENIED: Final = "claim-denied"


def now_ms() -> int:
    """The machine's clock, in ms since the epoch."""
    return time.time_ns() // 1_000_000


class _Look(NamedTuple):
    """How the log stands at a moment."""

    at: int
    """ms since the epoch"""
    handled: Mapping[TopicPartition, int]
    """what the classifier has committed"""
    ends: Mapping[TopicPartition, int]


@dataclass(slots=True)
class Follower:
    """A fold, and how far it has read. Not shared between threads."""

    log: Log
    file: Path
    fold: Fold = field(default_factory=Fold)
    _frontier: dict[TopicPartition, int] = field(default_factory=dict)
    _advanced: dict[int, int] = field(default_factory=dict)
    _kept: float = 0.0

    @classmethod
    def open(cls, log: Log, caches: Path) -> Follower:
        """Takes up the snapshot of this log, if there is one that can be read."""
        follower = cls(log, caches / f"monitor-{_short(log.identity)}.json", _kept=time.monotonic())
        try:
            fold = decode_fold(follower.file.read_bytes())
        except (OSError, UnreadableSnapshotError):
            return follower
        ends = log.ends(FOLDED_TOPICS)
        if all(offset <= ends.get(TopicPartition(*place), 0) for place, offset in fold.positions.items()):
            follower.fold = fold
        return follower

    def step(self, limit: int) -> int:
        """Read at most about `limit` records; returns how many. Raises LogError."""
        return self._fold(limit, self._look())

    def catch_up(self) -> int:
        """Read to the end that stands now; returns how many records that were. Raises LogError."""
        look, done = self._look(), 0
        while self._behind(look.ends):
            done += self._fold(50 * PAGE, look)
        return done + self._fold(PAGE, look)

    def keep(self) -> None:
        """Write the snapshot."""
        self.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_whole(self.file, encode_fold(self.fold))
        self._kept = time.monotonic()

    def keep_now_and_then(self) -> None:
        """Write the snapshot where the last one is KEEP_SECONDS old."""
        if time.monotonic() - self._kept >= KEEP_SECONDS:
            self.keep()

    def _look(self) -> _Look:
        # A denial that the classifier has committed stands before the ends: they are asked for last.
        handled, at = self.log.positions(FIRST_READER), now_ms()
        return _Look(at, handled, self.log.ends(FOLDED_TOPICS))

    def _fold(self, limit: int, look: _Look) -> int:
        done = 0
        while done < limit and (pages := self._pages(look.ends, limit - done)):
            done += self._read(pages)
            for partition in sorted({tp.partition for tp in pages}):
                self._advance(partition, look)
        for place, offset in look.handled.items():
            if place.topic == DENIED:
                self.fold.handled(place.partition, offset)
        if done < limit:
            for partition in range(self.log.partition_count):
                self._advance(partition, look)
        return done

    def _pages(
        self, ends: Mapping[TopicPartition, int], limit: int
    ) -> Mapping[TopicPartition, tuple[int, int]]:
        """The next page of the oldest place and of those beside it, about `limit` offsets together."""
        pages: dict[TopicPartition, tuple[int, int]] = {}
        size = 0
        behind = sorted((self._frontier.get(tp, 0), tp) for tp in self._behind(ends))
        for moment, tp in behind:
            if size >= limit or moment > behind[0][0] + TOGETHER_MS:
                break
            start = self.fold.positions.get((tp.topic, tp.partition), 0)
            until = min(ends[tp], start + PAGE)
            pages[tp], size = (start, until), size + until - start
        return pages

    def _behind(self, ends: Mapping[TopicPartition, int]) -> list[TopicPartition]:
        positions = self.fold.positions
        return [tp for tp, end in ends.items() if positions.get((tp.topic, tp.partition), 0) < end]

    def _read(self, pages: Mapping[TopicPartition, tuple[int, int]]) -> int:
        count = 0
        for record in self.log.read_together(pages):
            self.fold.take(
                record.topic,
                record.partition,
                record.offset,
                record.key,
                record.value,
                record.headers,
                record.timestamp,
            )
            place = TopicPartition(record.topic, record.partition)
            self._frontier[place] = max(record.timestamp, self._frontier.get(place, 0))
            count += 1
        # A transaction's own markers have offsets too, and are no records.
        for tp, (_, until) in pages.items():
            self.fold.positions[tp.topic, tp.partition] = until
        return count

    def _advance(self, partition: int, look: _Look) -> None:
        """Let go what is over: all topics of the partition are read up to the oldest place among them."""
        behind = [tp for tp in self._behind(look.ends) if tp.partition == partition]
        through = min((self._frontier.get(tp, 0) for tp in behind), default=look.at)
        if minute_of(through) > self._advanced.get(partition, 0):
            self._advanced[partition] = minute_of(through)
            self.fold.advance(partition, through)


def write_whole(path: Path, data: bytes) -> None:
    """Write a file so that a reader sees the old bytes or the new ones. Not durable: what it holds is a cache."""
    made = path.with_name(f"{path.name}.{os.getpid()}")
    made.write_bytes(data)
    made.chmod(0o600)
    made.replace(path)


def _short(identity: str) -> str:
    return hashlib.blake2b(identity.encode(), digest_size=6).hexdigest()
