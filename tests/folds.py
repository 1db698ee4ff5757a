"""Small processors for tests of the runtime, and what feeds them.

`COUNTER` answers each `claim-documented` of a key with the next number. Its state remembers which events it has
answered, as every fold must.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from schemas.case import CaseChanged
from schemas.control import DayOpened
from schemas.documentation import ClaimDocumented
from schemas.envelope import Event, business_time
from schemas.shape import Shape
from services.core.processing import NO_WAITS, Context, Outcome, Processor, Waits, WithPartition
from services.runtime.log import Draft
from services.runtime.records import encode_event

TENANT = "main"
DAY = date(2025, 3, 1)
INGESTED = "2025-03-01T08:00:00Z"


class Tally(Shape):
    """Which events of a key were answered, in order. `due` and `tags`: what the key waits for."""

    version: int = 1
    answered: tuple[str, ...] = ()
    called: tuple[str, ...] = ()
    due: date | None = None
    tags: tuple[str, ...] = ()
    ballast: str = ""


def count(state: Tally | None, event: Event[Any], context: Context) -> tuple[Tally, Sequence[Outcome]]:
    """Answer a new event with its number in its key; note a call; leave alone what is known."""
    tally = state or Tally()
    if event.topic == "":
        if event.id in tally.called:
            return tally, ()
        answer = answered(event, f"{event.type} {context.today}", len(tally.called))
        return tally.model_copy(update={"called": (*tally.called, event.id)}), (answer,)
    if not isinstance(event.data, ClaimDocumented) or event.id in tally.answered:
        return tally, ()
    grown = tally.model_copy(update={"answered": (*tally.answered, event.id), **_wishes(event.data)})
    return grown, (answered(event, f"on {context.today}", len(grown.answered)),)


def _wishes(data: ClaimDocumented) -> dict[str, object]:
    """A test tells the fold what to wait for through the documented diagnoses: `due 2025-03-09`, `tag hold`."""
    said: dict[str, object] = {}
    for wish in data.documented_diagnoses:
        match wish.split():
            case ["due", day]:
                said["due"] = date.fromisoformat(day)
            case ["tag", tag]:
                said["tags"] = (tag,)
            case ["bytes", size]:
                said["ballast"] = "x" * int(size)
            case _:
                pass
    return said


def answered(event: Event[Any], change: str, number: int) -> Outcome:
    """The answer to an event: its natural key is the event, its payload has the number."""
    return Outcome(
        type="case-changed.v1",
        key=event.key,
        natural_key=event.id,
        time=event.time,
        data=CaseChanged(
            claim_number="C1", lineage="L", revision=number, answers=None, change=change, open_denial=False
        ),
    )


def waits(state: Tally) -> Waits:
    return Waits(due=state.due, tags=frozenset(state.tags)) if state.due or state.tags else NO_WAITS


COUNTER: Processor[Tally] = Processor(
    name="counter",
    inputs=("claim-documented",),
    handle=count,
    state_topic="claim-cases",
    models={"claim-cases": Tally},
    waits=waits,
)


class Turn(Shape):
    """How many events a partition has seen."""

    version: int = 1
    number: int = 0


def take_turns(
    state: WithPartition[Tally, Turn], event: Event[Any], context: Context
) -> tuple[WithPartition[Tally, Turn], Sequence[Outcome]]:
    """Answer each new event with its number in the partition."""
    tally, turn = state.own or Tally(), state.partition or Turn()
    if event.id in tally.answered:
        return state, ()
    number = turn.number + 1
    return (
        WithPartition(
            tally.model_copy(update={"answered": (*tally.answered, event.id)}), Turn(number=number)
        ),
        (answered(event, "turn", number),),
    )


TURNS: Processor[Tally] = replace(
    COUNTER, name="turns", handle=take_turns, partition_topic="audit-heads", partition_model=Turn
)


def documented(number: int, key: str = f"{TENANT}|k", *wishes: str, claim_number: str = "C1") -> Draft:
    """The record of event `number`; `wishes` are for `count`."""
    data = ClaimDocumented(claim_number=claim_number, documented_diagnoses=wishes, documented=DAY)
    return published("claim-documented.v1", f"{number:032x}", key, data)


def opened(day: date, partition: int) -> Draft:
    """The `day-opened` of one partition."""
    id_ = f"day {day} {partition}"
    return published("day-opened.v1", id_, f"{TENANT}|control", DayOpened(day=day), partition)


def published(type_: str, id_: str, key: str, data: Shape, partition: int | None = None) -> Draft:
    event = Event(id_, type_, "/reclaim/test", business_time(DAY), key, data)
    return encode_event(event, INGESTED, partition)
