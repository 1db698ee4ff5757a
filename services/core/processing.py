"""What a processor is: a pure function from state and event to state and outcomes.

    handle(state, event, context) -> (state', outcomes)

A processor never raises on data. The same inputs give the same bytes on any machine and on any day.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Generic, Protocol, TypeVar

from schemas.envelope import Event
from schemas.shape import Shape
from services.core.codes.tables import Tables
from services.core.recoding.rule_set import RuleSet
from services.core.resubmission.profiles import Profiles

S = TypeVar("S", bound=Shape)
P = TypeVar("P", bound=Shape)


@dataclass(frozen=True, slots=True)
class Context:
    """What a processor may know beside state and event: all values, all with versions.

    `today` is the latest `day-opened` read on this partition (null before the first). Rules, profiles and
    tables are those that `control` had made active when the event was read. `holds` was read to its end
    before this batch (subjects as `payer:<id>`).
    """

    tenant: str
    today: date | None
    partition: int
    partitions: int
    rules: RuleSet
    profiles: Profiles
    tables: Tables
    holds: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Outcome:
    """An event to publish. Its id is `event_id(tenant, type, natural_key, sequence)`."""

    type: str
    """a name of schemas.registry; it fixes the topic"""
    key: str
    natural_key: str
    time: datetime
    data: Shape
    sequence: int = 0
    payload: bytes = field(default=b"", compare=False, repr=False)
    """`data` encoded, where the processor has done that already"""


@dataclass(frozen=True, slots=True)
class Waits:
    """What a state record waits for, so that the worker finds it without reading every state.

    On `day-opened` the worker calls `claim-due` for each record whose `due` has come. On a change of context
    it calls `context-changed` for each record with the tag (`edition`, `rule_set`, `profile`, `hold`). Other
    tags belong to the service's own shell (`open`, `writing`), and may end with what puts them in order (`View.first`).
    """

    due: date | None = None
    tags: frozenset[str] = frozenset()


NO_WAITS = Waits()


def _no_waits(_: Shape) -> Waits:
    return NO_WAITS


Place = tuple[str, str]
"""A topic, and the name of a record in it below the event's key."""


class Below(Protocol):
    """The records below a key, one by one: there may be a hundred thousand of them. A dict is one."""

    def get(self, place: Place, /) -> Shape | None:
        """As it was before the event, null where there is none."""
        ...


@dataclass(frozen=True, slots=True)
class WithPartition(Generic[S, P]):
    """The state of a processor that also keeps one record a partition (a counter, the head of a chain), and may keep
    records below the key of an event, in the key's partition."""

    own: S | None
    partition: P | None
    below: Below = field(default_factory=lambda: dict[Place, Shape]())
    """what `handle` is given"""
    changed: Mapping[Place, Shape | None] = field(default_factory=dict)
    """what it returns: the records below the key that are others now; null is the end of one"""


@dataclass(frozen=True, slots=True)
class Processor(Generic[S]):
    """One service's logic and what the worker must know to call it.

    `states` maps an input topic to the compacted topic that holds the state for its keys; an input that is
    not named has the state of `state_topic`. `models` gives the record model of each state topic.
    `partition_topic`: where the one record a partition is kept, null if there is none; then `handle` gets
    and returns `WithPartition`. `priority` inputs are read to their end before each batch of the others; `leading`
    inputs before what of the others came later, or shortly before.
    """

    name: str
    inputs: tuple[str, ...]
    handle: Callable[..., tuple[object, Sequence[Outcome]]]
    state_topic: str | None = None
    states: dict[str, str] = field(default_factory=dict)
    models: dict[str, type[Shape]] = field(default_factory=dict)
    partition_topic: str | None = None
    partition_model: type[Shape] | None = None
    below: tuple[str, ...] = ()
    """compacted topics of records below a key; only with a `partition_topic`"""
    priority: tuple[str, ...] = ("control",)
    leading: tuple[str, ...] = ()
    waits: Callable[..., Waits] = _no_waits
    reads: dict[str, type[Shape]] = field(default_factory=dict)
    """event type -> a narrower model, where a part of the payload is all that this service needs: parsing is
    most of the cost of an event"""
    urgency: Callable[..., date] | None = None
    """which of the states that a change of context wakes comes first: the earliest date"""
    records_per_step: int | None = None
    """at most so many records in one transaction, where many of them grow one state record"""

    def state_topic_for(self, topic: str) -> str | None:
        """The compacted topic with the state for a key of this input."""
        return self.states.get(topic, self.state_topic)


__all__ = ["NO_WAITS", "Below", "Context", "Event", "Outcome", "Place", "Processor", "Waits", "WithPartition"]
