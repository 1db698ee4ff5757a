"""Records that were fetched and not yet given out: leading ones, and the others until they are due (`leading.py`)."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Mapping

from services.runtime.leading import is_due
from services.runtime.log import Record, TopicPartition


class Waiting:
    """Of one session. Records of a partition go in and come out in the order of their offsets."""

    def __init__(self, leading: Collection[str]) -> None:
        self._leading = tuple(leading)
        self._led: deque[Record] = deque()
        self._others: dict[int, deque[Record]] = {}
        self._reached: dict[TopicPartition, int] = {}
        """when the latest record of a leading input was appended that was given out, ms"""
        self._turn = 0

    def __len__(self) -> int:
        return len(self._led) + sum(len(queue) for queue in self._others.values())

    def put(self, records: Iterable[Record]) -> None:
        for record in records:
            if record.topic in self._leading:
                self._led.append(record)
            else:
                self._others.setdefault(record.partition, deque()).append(record)

    def take(self, limit: int, fetched: Collection[TopicPartition]) -> list[Record]:
        """At most `limit` records whose turn it is. What is due already has half of the room at least, so that
        leading inputs under load do not keep it. `fetched`: leading partitions that are fetched to their end."""
        due = self._take_due(limit // 2, fetched)
        led = [self._led.popleft() for _ in range(min(limit - len(due), len(self._led)))]
        for record in led:
            self._reached[TopicPartition(record.topic, record.partition)] = record.timestamp
        return [*due, *led, *self._take_due(limit - len(due) - len(led), fetched)]

    def _take_due(self, limit: int, fetched: Collection[TopicPartition]) -> list[Record]:
        """From each partition in turn, the first one a different one each time, so that none starves."""
        partitions = sorted(self._others)
        self._turn = (self._turn + 1) % max(1, len(partitions))
        held = {TopicPartition(record.topic, record.partition) for record in self._led}
        taken: list[Record] = []
        for partition in partitions[self._turn :] + partitions[: self._turn]:
            queue, reached = self._others[partition], self._reached_in(partition, fetched, held)
            while queue and len(taken) < limit and is_due(queue[0].timestamp, reached):
                taken.append(queue.popleft())
        return taken

    def _reached_in(
        self, partition: int, fetched: Collection[TopicPartition], held: Collection[TopicPartition]
    ) -> int | None:
        """Up to when all was given out of the leading inputs of a partition, ms; null where that is all there is."""
        places = [TopicPartition(topic, partition) for topic in self._leading]
        behind = [self._reached.get(tp, 0) for tp in places if tp in held or tp not in fetched]
        return min(behind, default=None)

    def clear(self) -> None:
        """Forget everything: it is fetched again."""
        self._led.clear()
        self._others.clear()
        self._reached.clear()

    def drop(self) -> Mapping[TopicPartition, int]:
        """Forget them, and not what was given out; returns the first offset of each partition."""
        first: dict[TopicPartition, int] = {}
        for queue in (self._led, *self._others.values()):
            for record in queue:
                first.setdefault(TopicPartition(record.topic, record.partition), record.offset)
        self._led.clear()
        self._others.clear()
        return first
