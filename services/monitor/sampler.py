"""Looks at the groups every few seconds: positions, ends, and since when the oldest unread record waits."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from services.monitor.consumers import Track
from services.monitor.follower import write_whole
from services.monitor.groups import Consumption
from services.monitor.pace import Look, Pace
from services.monitor.snapshot import UnreadableSnapshotError, decode_looks, encode_looks
from services.runtime.log import Log, TopicPartition

FILE: Final = "monitor-consumers.json"

Place = tuple[str, str, int]
"""Group, topic, partition."""


@dataclass(slots=True)
class Sampler:
    """The tracks of the groups. Group and partition stay known when a group has no member any more."""

    log: Log
    groups: Mapping[str, Sequence[str]]
    """each group's topics"""
    retention: Mapping[str, int | None]
    """of each topic, ms; null for ever"""
    alive: Callable[[str], bool]
    """whether a group has a member"""
    file: Path
    tracks: dict[Place, Track] = field(default_factory=dict)
    paces: dict[str, Pace] = field(default_factory=dict)
    _unread: dict[Place, tuple[int, int, int | None]] = field(default_factory=dict)

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
        """One more look at `now` (ms since the epoch); what is known of each group after it. Raises LogError."""
        committed = {group: self.log.positions(group) for group in self.groups}
        topics = tuple(dict.fromkeys(topic for topics in self.groups.values() for topic in topics))
        ends = self.log.ends(topics)
        return {group: self._look_at(group, now, committed[group], ends) for group in self.groups}

    def _look_at(
        self,
        group: str,
        now: int,
        committed: Mapping[TopicPartition, int],
        ends: Mapping[TopicPartition, int],
    ) -> list[Consumption]:
        alive = self.alive(group)
        mine = {tp: committed.get(tp, 0) for tp in sorted(ends) if tp.topic in self.groups[group]}
        unread = self._unread_since(group, mine, ends)
        found = []
        # A transaction's markers stand behind the last record and are never read.
        reach = {tp: ends[tp] if tp in unread else offset for tp, offset in mine.items()}
        for tp, offset in mine.items():
            place, end = (group, *tp), reach[tp]
            self.tracks[place] = self.tracks.get(place, Track()).observe(now, offset, end, alive=alive)
            found.append(
                Consumption(*tp, self.tracks[place], unread.get(tp), self.retention.get(tp.topic), alive)
            )
        look = Look(now, sum(mine.values()), sum(reach.values()))
        self.paces[group] = self.paces.get(group, Pace()).observe(look)
        return found

    def _unread_since(
        self, group: str, committed: Mapping[TopicPartition, int], ends: Mapping[TopicPartition, int]
    ) -> Mapping[TopicPartition, int]:
        """When the first record was appended that the group has not read, where there is one. Asked again only where
        it has moved, or where there was none and the end has."""
        behind = {tp: offset for tp, offset in committed.items() if offset < ends[tp]}
        asked = {}
        for tp, offset in behind.items():
            known = self._unread.get((group, *tp))
            if known is None or known[0] != offset or (known[2] is None and known[1] != ends[tp]):
                asked[tp] = offset
        if asked:
            times = self.log.first_times(asked)
            for tp, offset in asked.items():
                self._unread[group, *tp] = (offset, ends[tp], times.get(tp))
        found = {tp: self._unread[group, *tp][2] for tp in behind}
        return {tp: since for tp, since in found.items() if since is not None}


def retention_of(settings: Mapping[str, str]) -> int | None:
    """For how many ms a topic of these settings keeps a record; null for ever."""
    if settings.get("cleanup.policy") == "compact":
        return None
    kept = int(settings.get("retention.ms", "-1"))
    return kept if kept >= 0 else None
