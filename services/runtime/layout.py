"""Which states a processor keeps, under which topics and keys, and what they wait for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from schemas.shape import Shape
from services.core.processing import NO_WAITS, Processor, Waits
from services.runtime.records import record_type


@dataclass(frozen=True, slots=True)
class Stored:
    """A state to keep: null is its end. `value` is the encoded state, `waits` what it waits for."""

    topic: str
    partition: int
    key: str
    state: Shape | None
    value: bytes | None
    waits: Waits


class Layout:
    """Which states a processor keeps, where, and what they wait for."""

    def __init__(self, processor: Processor[Any], tenant: str) -> None:
        named = (
            *(processor.state_topic, *processor.states.values(), processor.partition_topic),
            *processor.below,
        )
        self.topics = tuple(dict.fromkeys(topic for topic in named if topic is not None))
        self._processor = processor
        self._tenant = tenant

    @property
    def versions(self) -> str:
        """Types and versions of the states, as this release has them."""
        models = {record_type(model) for model in self._processor.models.values()}
        if self._processor.partition_model is not None:
            models.add(record_type(self._processor.partition_model))
        return " ".join(sorted(models))

    def partition_key(self, partition: int) -> str:
        """The key of the one record a partition."""
        return f"{self._tenant}|partition|{partition}"

    def model(self, topic: str, partition: int, key: str) -> type[Shape]:
        """The record model of a key."""
        if topic == self._processor.partition_topic and key == self.partition_key(partition):
            assert self._processor.partition_model is not None
            return self._processor.partition_model
        return self._processor.models[topic]

    def waits(self, topic: str, partition: int, key: str, state: Shape | None) -> Waits:
        """What a state waits for; the record of a partition for nothing."""
        if state is None or (
            topic == self._processor.partition_topic and key == self.partition_key(partition)
        ):
            return NO_WAITS
        return self._processor.waits(state)

    def stored(
        self, topic: str, partition: int, key: str, state: Shape | None, value: bytes | None
    ) -> Stored:
        return Stored(topic, partition, key, state, value, self.waits(topic, partition, key, state))
