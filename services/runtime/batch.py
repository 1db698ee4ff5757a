"""One transaction in the making, and what a worker has committed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from schemas.envelope import Event
from schemas.shape import Shape
from services.runtime.log import Draft, TopicPartition

# Drafts after which a batch commits between two records or calls: bounds a transaction's memory and time.
BATCH_DRAFTS: Final = 2_000


@dataclass(slots=True)
class Changed:
    """A state that a batch changed: with the event that did it last."""

    state: Shape | None
    event: Event[Any]
    ingested: str


@dataclass(slots=True)
class Batch:
    """One transaction in the making."""

    drafts: list[Draft] = field(default_factory=list)
    changed: dict[tuple[str, int, str], Changed] = field(default_factory=dict)
    through: dict[TopicPartition, int] = field(default_factory=dict)
    records: int = 0
    calls: int = 0
    letters: int = 0

    @property
    def empty(self) -> bool:
        return not (self.through or self.drafts or self.changed)

    @property
    def full(self) -> bool:
        return len(self.drafts) + len(self.changed) >= BATCH_DRAFTS


@dataclass(slots=True)
class Counts:
    """What a worker has committed since it was made. Another thread may read it."""

    records: int = 0
    outcomes: int = 0
    letters: int = 0
    commits: int = 0
    seconds: float = 0.0
    """that the commits took"""
    crashes: int = 0
    faults: int = 0
    """batches that were given up because the log did not answer"""
