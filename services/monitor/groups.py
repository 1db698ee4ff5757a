"""One consumer group over all its partitions: whether it keeps up, how far it is behind, when it is through."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from schemas.shape import Shape
from services.monitor.consumers import Status, Track, status_of, worst
from services.monitor.pace import Pace, catch_up
from services.monitor.windows import MINUTE_MS


class PartitionLag(Shape):
    topic: str
    partition: int
    status: str
    complete: float
    lag: int


class GroupLag(Shape):
    """One consumer group over all its partitions."""

    group: str
    status: str
    complete: float
    """of the window of commits that the status stands on: the least complete of its partitions"""
    lag: int
    """records"""
    behind_minutes: float
    """how long the oldest record waits that the group has not read; 0 where there is none"""
    retention_share: float
    """of the time for which a topic keeps its records, how much the oldest unread one has used: at 1 it is lost"""
    partitions: tuple[PartitionLag, ...] = ()
    """those that are not OK"""
    catch_up_minutes: float | None = None
    """until nothing is unread, as it is read and as more comes; 0 where nothing is, null where more comes than is read
    and where nobody can say yet"""
    come_per_minute: float | None = None
    """records; null where nobody can say yet"""
    read_per_minute: float | None = None


@dataclass(frozen=True, slots=True)
class Consumption:
    """What was seen of one group in one partition."""

    topic: str
    partition: int
    track: Track
    unread_since: int | None = None
    """when the oldest record was appended that the group has not read, ms; null where there is none"""
    retention: int | None = None
    """ms for which the topic keeps records; null for ever"""
    alive: bool = True
    """whether the group has a member"""

    def status(self, now: int) -> Status:
        """Of this partition at `now` (ms)."""
        return status_of(self.track, now, deserted=None if self.alive else self.unread_since)


def group_lag(name: str, seen: Sequence[Consumption], now: int, pace: Pace) -> GroupLag:
    """What was seen of a group, as `reclaim lag` tells it. `now`: ms since the epoch."""
    lag, rates = sum(one.track.lag for one in seen), pace.rates()
    partitions = [
        PartitionLag(
            topic=one.topic,
            partition=one.partition,
            status=one.status(now),
            complete=one.track.complete,
            lag=one.track.lag,
        )
        for one in seen
    ]
    ages = [(max(0, now - one.unread_since), one.retention) for one in seen if one.unread_since is not None]
    return GroupLag(
        group=name,
        status=worst([Status(partition.status) for partition in partitions]),
        complete=min((partition.complete for partition in partitions), default=0.0),
        lag=lag,
        behind_minutes=round(max((age for age, _ in ages), default=0) / MINUTE_MS, 1),
        retention_share=round(max((age / kept for age, kept in ages if kept), default=0.0), 6),
        partitions=tuple(partition for partition in partitions if partition.status != Status.OK),
        catch_up_minutes=catch_up(lag, rates),
        come_per_minute=None if rates is None else round(rates.come, 1),
        read_per_minute=None if rates is None else round(rates.read, 1),
    )
