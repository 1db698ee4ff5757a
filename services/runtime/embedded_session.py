"""The port `Session` on the embedded log, and the groups of one process."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from itertools import takewhile
from typing import TYPE_CHECKING, Final

from services.runtime.embedded_file import append, is_current
from services.runtime.leading import is_due
from services.runtime.log import Assigned, Draft, FencedError, PermanentLogError, Record, TopicPartition

if TYPE_CHECKING:
    from services.runtime.embedded import EmbeddedLog

# How often a waiting poll looks for new commits of other processes: well below the second that a claim has.
_LOOK_SECONDS: Final = 0.01


class Group:
    """The members of one group in this process, and who holds which partition.

    A partition changes hands in two steps: its holder gives it up at its next poll, then the new one takes
    it at its own. So two sessions never hold one at once, and none waits for a thread that is not polling.
    """

    def __init__(self, identity: str, epoch: int, partitions: int) -> None:
        self.identity = identity
        self.epoch = epoch
        self._partitions = partitions
        self.lock = threading.RLock()
        self._members: dict[str, EmbeddedSession] = {}
        self._holders: dict[int, EmbeddedSession] = {}

    def join(self, session: EmbeddedSession) -> None:
        """A session of a member that is there already replaces it at once: the old one is fenced."""
        with self.lock:
            if (old := self._members.get(session.member)) is not None:
                self.leave(old)
            self._members[session.member] = session
            session.group = self

    def leave(self, session: EmbeddedSession) -> None:
        with self.lock:
            if self._members.get(session.member) is session:
                del self._members[session.member]
            self._holders = {p: s for p, s in self._holders.items() if s is not session}

    def has(self, session: EmbeddedSession) -> bool:
        return self._members.get(session.member) is session

    def wanted(self, session: EmbeddedSession) -> frozenset[int]:
        """Range: partitions in order, in runs of equal length, the first members one longer."""
        with self.lock:
            names = sorted(self._members)
            share, longer = divmod(self._partitions, len(names))
            at = names.index(session.member)
            first = at * share + min(at, longer)
            return frozenset(range(first, first + share + (at < longer)))

    def give_up(self, partitions: frozenset[int]) -> None:
        with self.lock:
            for partition in partitions:
                del self._holders[partition]

    def take(self, session: EmbeddedSession, partitions: frozenset[int]) -> frozenset[int]:
        """Of these the ones that nobody holds."""
        with self.lock:
            free = frozenset(p for p in partitions if p not in self._holders)
            self._holders.update(dict.fromkeys(free, session))
            return free


class EmbeddedSession:
    """The port `Session`."""

    group: Group

    def __init__(
        self,
        log: EmbeddedLog,
        group: str,
        member: str,
        inputs: tuple[str, ...],
        priority: tuple[str, ...],
        leading: tuple[str, ...],
        on_assigned: Assigned,
        on_revoked: Assigned,
    ) -> None:
        self.member = member
        self._log = log
        self._name = group
        self._priority = priority
        self._leading = leading
        self._others = tuple(topic for topic in inputs if topic not in (*priority, *leading))
        self._on_assigned = on_assigned
        self._on_revoked = on_revoked
        self._held: frozenset[int] = frozenset()
        self._next: dict[TopicPartition, int] = {}
        self._committed: dict[TopicPartition, int] = {}
        self._turn = 0
        self._nothing_at: tuple[int, int] | None = None
        self._settled = False

    @property
    def partitions(self) -> frozenset[int]:
        return self._held

    def poll(self, limit: int, wait: float) -> Sequence[Record]:
        deadline = time.monotonic() + wait
        while True:
            self._settle()
            if records := self._fetch(limit):
                return records
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                return ()
            time.sleep(min(_LOOK_SECONDS, remaining))

    def commit(self, drafts: Sequence[Draft], through: Mapping[TopicPartition, int]) -> None:
        rows = self._log.prepare(drafts)
        if not through.keys() <= self._committed.keys():
            raise PermanentLogError("a position of an input that this session does not hold")
        with self.group.lock:
            self._check_member()
            with self._log.connection().transaction() as sql:
                if not is_current(sql, self.group.identity, self.group.epoch):
                    raise FencedError("another process has taken this group")
                append(sql, rows)
                sql.executemany(
                    "INSERT OR REPLACE INTO positions (grp, topic, partition, next) VALUES (?, ?, ?, ?)",
                    [(self._name, tp.topic, tp.partition, next_) for tp, next_ in through.items()],
                )
            self._committed.update(through)

    def rewind(self) -> None:
        self._next = dict(self._committed)
        self._nothing_at = None

    def committed(self) -> Mapping[TopicPartition, int]:
        return dict(self._committed)

    def at_end(self) -> bool:
        self._check_member()
        if not self._settled or self._held != self.group.wanted(self):
            return False
        if self._next != self._committed:
            return False
        ends = self._log.ends([*self._priority, *self._leading, *self._others])
        return all(ends[tp] <= next_ for tp, next_ in self._committed.items())

    def close(self) -> None:
        self.group.leave(self)
        self._held = frozenset()
        self._next.clear()
        self._committed.clear()

    def _check_member(self) -> None:
        if not self.group.has(self):
            raise FencedError("a newer session has this member's identity")

    def _settle(self) -> None:
        """Give up and take over partitions as the group's members come and go."""
        self._check_member()
        wanted = self.group.wanted(self)
        if gone := self._held - wanted:
            self._on_revoked(gone)
            self.group.give_up(gone)
            self._hold(self._held & wanted)
        if new := self.group.take(self, wanted - self._held):
            self._hold(self._held | new)
            self._on_assigned(new)
        self._settled = True

    def _hold(self, partitions: frozenset[int]) -> None:
        positions = self._log.positions(self._name)
        kept = {tp: next_ for tp, next_ in self._next.items() if tp.partition in self._held & partitions}
        self._held = partitions
        self._committed = {
            tp: positions.get(tp, 0)
            for topic in (*self._priority, *self._leading, *self._others)
            for tp in (TopicPartition(topic, p) for p in sorted(partitions))
        }
        self._next = {tp: kept.get(tp, next_) for tp, next_ in self._committed.items()}
        self._nothing_at = None

    def _fetch(self, limit: int) -> list[Record]:
        version = self._log.connection().version()
        if version == self._nothing_at:
            return []
        records = (
            self._fetch_from(self._priority, limit, {})
            or self._fetch_from(self._others, limit, self._reached())
            or self._fetch_from(self._leading, limit, {})
        )
        if not records:
            self._nothing_at = version
        return records

    def _reached(self) -> dict[int, int]:
        """When the first record was appended that is not read of the leading inputs, ms, by partition; of those at
        their end nothing."""
        reached: dict[int, int] = {}
        for tp in self._behind(self._leading):
            for head in self._log.fetch(tp.topic, tp.partition, self._next[tp], 1):
                reached[tp.partition] = min(head.timestamp, reached.get(tp.partition, head.timestamp))
        return reached

    def _behind(self, topics: Sequence[str]) -> list[TopicPartition]:
        ends = self._log.ends(topics)
        return [tp for tp, end in ends.items() if tp in self._next and self._next[tp] < end]

    def _fetch_from(self, topics: Sequence[str], limit: int, reached: Mapping[int, int]) -> list[Record]:
        """What is due, from each partition in turn, the first one a different one each time, so that none starves."""
        streams = self._behind(topics)
        if not streams:
            return []
        self._turn = (self._turn + 1) % len(streams)
        records: list[Record] = []
        for tp in streams[self._turn :] + streams[: self._turn]:
            if found := self._fetch_due(tp, limit - len(records), reached.get(tp.partition)):
                self._next[tp] = found[-1].offset + 1
                records += found
                if len(records) == limit:
                    break
        return records

    def _fetch_due(self, tp: TopicPartition, limit: int, reached: int | None) -> list[Record]:
        at = self._next[tp]
        if reached is not None:
            head = self._log.fetch(tp.topic, tp.partition, at, 1)
            if not any(is_due(record.timestamp, reached) for record in head):
                return []
        found = self._log.fetch(tp.topic, tp.partition, at, limit)
        return list(takewhile(lambda record: is_due(record.timestamp, reached), found))
