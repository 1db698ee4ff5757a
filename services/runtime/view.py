"""What the shell of a service sees of the states that its worker holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from schemas.envelope import Event
from services.runtime.partitioning import key_below, partition_of
from services.runtime.store import Store


@dataclass(frozen=True, slots=True)
class View:
    """What the shell of a service sees of its states: those of the partitions that the worker holds."""

    _store: Store
    partitions: frozenset[int]
    """that the worker holds"""
    count: int
    """of all partitions"""
    home: str
    """names this log and tenant among others, in 8 characters"""

    def keys(self, tag: str) -> tuple[str, ...]:
        """Keys of the states that carry a tag, in order."""
        return tuple(sorted(key for p in self.partitions for _, key in self._store.tagged(tag, p)))

    def states(self, tag: str) -> Iterator[Any]:
        """The committed states that carry a tag, in the order of their keys."""
        places = sorted((key, topic, p) for p in self.partitions for topic, key in self._store.tagged(tag, p))
        return (self._store.state(topic, partition, key) for key, topic, partition in places)

    def state(self, topic: str, key: str) -> Any:
        """The committed state of a key, null where there is none or its partition is not held."""
        return self._of(key, topic, key)

    def below(self, topic: str, key: str, name: str) -> Any:
        """The committed record `name` below a key, null as above."""
        return self._of(key, topic, key_below(key, name))

    def first(self, key: str, tag: str, limit: int) -> Iterator[Any]:
        """At most `limit` committed records below a key with a tag that begins with `tag`, in the order of their
        tags. The tag names the key."""
        partition = partition_of(key, self.count)
        if partition in self.partitions:
            for topic, name in self._store.ranked(tag, partition, limit):
                yield self._store.state(topic, partition, name)

    def _of(self, key: str, topic: str, name: str) -> Any:
        partition = partition_of(key, self.count)
        return self._store.state(topic, partition, name) if partition in self.partitions else None


Tend = Callable[[View], Iterable[tuple[str, Event[Any]]]]
"""A shell's work after each step (write a file): returns what it did, as (key, call) for its processor."""
