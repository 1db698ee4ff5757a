"""What time and configuration make of the states: `claim-due` and `context-changed`, out of a control event."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

from schemas.calls import ClaimDue, ContextChanged
from schemas.control import DayOpened, EditionLoaded, HoldChanged, ProfileChanged, RuleSetActivated
from schemas.envelope import Event, business_time, event_id
from schemas.shape import Shape
from services.runtime.records import source_of
from services.runtime.store import Store

Call = tuple[str, Event[Shape]]
"""The state topic and the event, whose key is the state's."""


Urgency = Callable[..., date]


def calls_of(
    event: Event[Shape],
    partition: int,
    store: Store,
    tenant: str,
    service: str,
    urgency: Urgency | None = None,
) -> Iterator[Call]:
    """The calls that a control event makes in one partition; those of a changed context in the order of `urgency`.
    The same event makes calls with the same ids; so does the same day, opened twice."""
    match event.data:
        case DayOpened(day=day):
            for topic, key in store.due(partition, day):
                id_ = event_id(tenant, "claim-due", f"{key}|{day.isoformat()}")
                time = business_time(day)
                yield topic, Event(id_, "claim-due", source_of(service), time, key, ClaimDue(day=day))
        case data if (change := _change(data)) is not None:
            places = store.tagged(change.kind, partition)
            if urgency is not None:
                places = sorted(places, key=lambda place: urgency(store.state(place[0], partition, place[1])))
            for topic, key in places:
                id_ = event_id(tenant, "context-changed", f"{key}|{event.id}")
                yield topic, Event(id_, "context-changed", source_of(service), event.time, key, change)
        case _:
            pass


def _change(data: Shape) -> ContextChanged | None:
    match data:
        case EditionLoaded(kind=kind):
            return ContextChanged(kind="edition", name=kind)
        case RuleSetActivated(name=name):
            return ContextChanged(kind="rule_set", name=name)
        case ProfileChanged(name=name):
            return ContextChanged(kind="profile", name=name)
        case HoldChanged(subject=subject):
            return ContextChanged(kind="hold", name=subject)
        case _:
            return None
