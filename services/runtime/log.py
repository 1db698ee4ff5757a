"""The port: what Reclaim asks of a log. Two logs stand behind it, `embedded` (SQLite) and `kafka`.

Promises that both keep, and the contract suite checks:

- A transaction's drafts and positions become visible together or not at all; readers see committed records
  only, in offset order within a partition.
- Two sessions of one group never hold the same partition at once; one that was put out (a zombie) gets
  `FencedError` at its next commit and must stop.
- A key goes to the partition that murmur2 says, on both logs.
- Nothing is created by writing to it: an unknown topic is a `PermanentLogError`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, Protocol

APPENDERS: Final = "appender."
"""Before the identity of every appender, so that none meets that of a session (`<group>.<member>`)."""


class LogError(Exception):
    """Something of the log failed. Never carries a value of a record."""


class TransientLogError(LogError):
    """Try again after a pause; nothing was committed."""


class FencedError(LogError):
    """Another instance has our identity: stop at once."""


class PermanentLogError(LogError):
    """Trying again does not help (unknown topic, record too large, no permission)."""


class TopicPartition(NamedTuple):
    topic: str
    partition: int


Span = tuple[int, int | None]
"""Offsets of a partition: from the first up to the second, null for the end that stands at the call."""

Place = tuple[TopicPartition, int]
"""An offset of a partition."""


@dataclass(frozen=True, slots=True)
class Record:
    """A committed record. `headers` hold the CloudEvents attributes (`ce_id`, ...). `timestamp` is in ms since
    the epoch: when it was appended."""

    topic: str
    partition: int
    offset: int
    key: str | None
    value: bytes | None
    headers: Mapping[str, str]
    timestamp: int


@dataclass(frozen=True, slots=True)
class Draft:
    """A record to append. `partition` null: by the murmur2 of the key. `value` null: a tombstone."""

    topic: str
    key: str | None
    value: bytes | None
    headers: Mapping[str, str]
    partition: int | None = None


class Session(Protocol):
    """One member of a consumer group and its transactions. Not shared between threads."""

    @property
    def partitions(self) -> frozenset[int]:
        """The partition indexes this member holds: of every input the same (checked), else it raises."""
        ...

    def poll(self, limit: int, wait: float) -> Sequence[Record]:
        """At most `limit` records after those polled before; waits up to `wait` seconds for the first.

        Priority inputs are read to their end before any other input gives a record; leading inputs go before the
        others by a span of the log's time (`leading.py`). Calls the assignment callbacks, from inside, when
        partitions come or go. Raises PermanentLogError where this member does not hold the same indexes of all
        inputs.
        """
        ...

    def commit(self, drafts: Sequence[Draft], through: Mapping[TopicPartition, int]) -> None:
        """Append the drafts and move the group's positions to `through` (next offsets), in one transaction."""
        ...

    def rewind(self) -> None:
        """Forget what was polled since the last commit; the next poll gives it again."""
        ...

    def committed(self) -> Mapping[TopicPartition, int]:
        """The group's committed next offsets for the inputs held (0 where none)."""
        ...

    def at_end(self) -> bool:
        """Every input held is polled and committed to its end."""
        ...

    def close(self) -> None: ...


class Appender(Protocol):
    """A transactional writer without inputs (intake, cli, timekeeper). A second one of the same identity
    fences the first."""

    def commit(self, drafts: Sequence[Draft]) -> None:
        """Append the drafts in one transaction; returns when they are durable."""
        ...

    def close(self) -> None: ...


Assigned = Callable[[frozenset[int]], None]


class Log(Protocol):
    """A log. Opening it starts nothing."""

    @property
    def partition_count(self) -> int:
        """Of every topic the same."""
        ...

    @property
    def identity(self) -> str:
        """Of this log and no other (a cluster's id), so that a cache of one log is never taken for another's."""
        ...

    def session(
        self,
        group: str,
        member: str,
        inputs: Sequence[str],
        priority: Sequence[str] = (),
        leading: Sequence[str] = (),
        *,
        on_assigned: Assigned,
        on_revoked: Assigned,
    ) -> Session:
        """Join `group` as `member` (static membership; also the transactional identity). The session reads `inputs`
        and, whether they are named there or not, `priority` and `leading` ones."""
        ...

    def appender(self, identity: str) -> Appender: ...

    def read(
        self, topic: str, partition: int | None = None, start: int = 0, end: int | None = None
    ) -> Iterator[Record]:
        """Committed records from `start` (an offset, per partition) up to the end that stood at the call,
        commits that still wait for their markers included. By partition, then offset."""
        ...

    def read_together(self, spans: Mapping[TopicPartition, Span]) -> Iterator[Record]:
        """The same of several partitions at once: by offset within a partition, the partitions in no order. Where
        each holds little this is many times as fast as one after the other."""
        ...

    def last(self, topic: str, partition: int) -> Record | None:
        """The last committed record of a partition."""
        ...

    def first_times(self, places: Collection[Place]) -> Mapping[Place, int]:
        """When the first committed record at or behind each place was appended, ms since the epoch; a place behind
        which there is none is left out. Cheap: it waits for no open transaction."""
        ...

    def ends(self, topics: Sequence[str]) -> Mapping[TopicPartition, int]:
        """Next offsets at the end of each partition."""
        ...

    def positions(self, group: str) -> Mapping[TopicPartition, int]:
        """What a group has committed."""
        ...

    def positions_of(self, groups: Sequence[str]) -> Mapping[str, Mapping[TopicPartition, int]]:
        """What each of the groups has committed, asked of the log at once."""
        ...

    def close(self) -> None: ...
