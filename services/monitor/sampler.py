"""Looks at the groups every few seconds: positions, ends, and since when the oldest unread record waits."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from services.monitor.consumers import Track
from services.monitor.follower import write_whole
from services.monitor.groups import Consumption
from services.monitor.pace import Look, Pace
from services.monitor.snapshot import UnreadableSnapshotError, decode_looks, encode_looks
from services.runtime.log import Log, Place, TopicPartition

FILE: Final = "monitor-consumers.json"

RETENTION_MS: Final = 60_000
"""Between two questions how long topics keep their records: somebody may change it while we look."""

Seat = tuple[str, str, int]
"""Group, topic, partition."""

Asked = tuple[int, int | None]
"""The end of a partition when it was asked since when a record waits, and the answer: ms, or null for none."""


@dataclass(slots=True)
class Sampler:
    """The tracks of the groups. Group and partition stay known when a group has no member any more."""

    log: Log
    groups: Mapping[str, Sequence[str]]
    """each group's topics"""
    retention: Callable[[], Mapping[str, int | None]]
    """of each topic as the log keeps it now, ms; null for ever. May raise LogError"""
    alive: Callable[[Sequence[str]], Collection[str]]
    """those of the groups that have a member"""
    file: Path
    tracks: dict[Seat, Track] = field(default_factory=dict)
    paces: dict[str, Pace] = field(default_factory=dict)
    _unread: dict[Place, Asked] = field(default_factory=dict)
    _kept: Mapping[str, int | None] = field(default_factory=dict)
    _kept_at: int | None = None

    def restore(self) -> None:
        """Take up what was seen before, by this or another process."""
        try:
            self.tracks, self.paces = decode_looks(self.file.read_bytes())
        except (OSError, UnreadableSnapshotError):
            self.tracks, self.paces = {}, {}

    def keep(self) -> None:
        """Let another process take it up."""
        self.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_whole(self.file, encode_looks(self.tracks, self.paces))

    def look(self, now: int) -> dict[str, list[Consumption]]:
        """One more look at `now` (ms since the epoch); what is known of each group after it. The log is asked about
        all groups at once. Raises LogError."""
        names = tuple(self.groups)
        positions, alive = self.log.positions_of(names), self.alive(names)
        ends = self.log.ends(
            tuple(dict.fromkeys(topic for topics in self.groups.values() for topic in topics))
        )
        committed = {
            group: {tp: positions[group].get(tp, 0) for tp in sorted(ends) if tp.topic in topics}
            for group, topics in self.groups.items()
        }
        if self._kept_at is None or now - self._kept_at >= RETENTION_MS:
            self._kept, self._kept_at = self.retention(), now
        self._ask({place for mine in committed.values() for place in mine.items()}, ends)
        return {group: self._look_at(group, now, committed[group], ends, group in alive) for group in names}

    def _ask(self, places: Collection[Place], ends: Mapping[TopicPartition, int]) -> None:
        """Since when the first record behind each place waits. Asked again only of a place that is new, or behind which
        there was none and the end has moved."""
        behind = [(tp, offset) for tp, offset in places if offset < ends[tp]]
        self._unread = {place: self._unread[place] for place in behind if place in self._unread}
        nothing = (-1, None)
        asked = [
            (tp, offset)
            for tp, offset in behind
            if (known := self._unread.get((tp, offset), nothing))[1] is None and known[0] != ends[tp]
        ]
        times = self.log.first_times(asked) if asked else {}
        self._unread |= {(tp, offset): (ends[tp], times.get((tp, offset))) for tp, offset in asked}

    def _look_at(
        self,
        group: str,
        now: int,
        committed: Mapping[TopicPartition, int],
        ends: Mapping[TopicPartition, int],
        alive: bool,
    ) -> list[Consumption]:
        found, reached = [], 0
        for tp, offset in committed.items():
            _, since = self._unread.get((tp, offset), (0, None))
            # A transaction's markers stand behind the last record and are never read.
            end = offset if since is None else ends[tp]
            seat, reached = (group, *tp), reached + end
            self.tracks[seat] = self.tracks.get(seat, Track()).observe(now, offset, end, alive=alive)
            found.append(Consumption(*tp, self.tracks[seat], since, self._kept.get(tp.topic), alive))
        look = Look(now, sum(committed.values()), reached)
        self.paces[group] = self.paces.get(group, Pace()).observe(look)
        return found


def retention_of(settings: Mapping[str, str]) -> int | None:
    """For how many ms a topic of these settings keeps a record; null for ever."""
    if settings.get("cleanup.policy") == "compact":
        return None
    kept = int(settings.get("retention.ms", "-1"))
    return kept if kept >= 0 else None
