"""Effectively once, even where nothing is atomic.

The machine has a log of events, saved states, published outcomes and a position, and a worker that does one
thing at a time: it publishes an outcome, saves a state, moves the position. Between any two of these it may
crash, and then goes on from what was saved. Whatever happens:

- committed implies published: of every event before the position each answer stands in the output;
- one id, one payload: what is published twice is the same twice.

The real processors keep both. Two folds that look right break them, and the machine finds out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from schemas.control import DayOpened
from schemas.envelope import Event
from schemas.shape import Shape
from services.core import processing
from services.core.processing import Context, Outcome, Processor, WithPartition
from services.runtime.log import Record
from services.runtime.records import decode_event, to_event
from tests import pools
from tests.folds import COUNTER, TENANT, TURNS, Tally, answered, documented
from tests.pools import context
from tests.reading import as_read

Published = tuple[str, bytes]
"""Id and payload of an outcome."""

Place = tuple[str | None, str]
"""State topic and key."""


@dataclass
class Memory:
    """What a worker knows: states, the record of its partition, the day."""

    states: dict[Place, Any] = field(default_factory=dict)
    partition: Shape | None = None
    today: date | None = None
    below: dict[tuple[str, processing.Place], Shape | None] = field(default_factory=dict)
    """by the key that they are below"""

    def copy(self) -> Memory:
        return Memory(dict(self.states), self.partition, self.today, dict(self.below))

    def of(self, key: str) -> dict[processing.Place, Shape | None]:
        return {place: record for (above, place), record in self.below.items() if above == key}


def answer(processor: Processor[Any], memory: Memory, event: Event[Any]) -> list[Published]:
    """Let the processor handle one event; the memory takes the new state."""
    if isinstance(event.data, DayOpened) and (memory.today is None or event.data.day > memory.today):
        memory.today = event.data.day
    if event.topic not in processor.inputs:
        return []
    place = (processor.state_topic_for(event.topic), event.key)
    own = memory.states.get(place)
    below = memory.of(event.key)
    given = own if processor.partition_topic is None else WithPartition(own, memory.partition, below)
    after, outcomes = processor.handle(given, as_read(processor, event), context(memory.today))
    if isinstance(after, WithPartition):
        memory.states[place], memory.partition = after.own, after.partition
        memory.below |= {(event.key, name): record for name, record in after.changed.items()}
    else:
        memory.states[place] = after
    events = [to_event(outcome, TENANT, processor.name) for outcome in outcomes]
    return [(event.id, event.data.encode()) for event in events]


class CrashMachine(RuleBasedStateMachine):
    """One worker over one partition, and what it does to its log."""

    processor: Processor[Any]
    pool: Callable[[], Sequence[Event[Any]]]
    repeats: bool = True
    """events may come more than once"""

    @initialize()
    def start(self) -> None:
        self.arriving = list(type(self).pool())
        self.log: list[Event[Any]] = []
        self.expected: list[list[Published]] = []
        self.reference = Memory()
        self.published: list[Published] = []
        self.position = 0
        self.saved = Memory()
        # The day of a partition is no state: it is the fold of what stands before the position.
        self.today_at: list[date | None] = [None]
        self.crash()

    @rule(data=st.data())
    def arrive(self, data: st.DataObject) -> None:
        """An event is appended; the reference, which never crashes, answers it at once."""
        if not self.arriving:
            return
        event = data.draw(st.sampled_from(self.arriving))
        if not self.repeats:
            self.arriving.remove(event)
        self.log.append(event)
        self.expected.append(answer(self.processor, self.reference, event))
        self.today_at.append(self.reference.today)

    @rule(count=st.integers(1, 6))
    def work(self, count: int) -> None:
        """The next steps of the worker, one at a time."""
        for _ in range(count):
            if not self.steps:
                if self.cursor == len(self.log):
                    return
                self.handle()
            self.steps.pop(0)()

    @rule()
    def crash(self) -> None:
        """What is not saved is gone."""
        self.cursor = self.position
        self.memory = self.saved.copy()
        self.memory.today = self.today_at[self.position]
        self.steps: list[Callable[[], None]] = []

    def handle(self) -> None:
        event = self.log[self.cursor]
        self.cursor += 1
        answers = answer(self.processor, self.memory, event)
        self.steps += [partial(self.published.append, one) for one in answers]
        after, cursor = self.memory.copy(), self.cursor
        self.steps.append(lambda: setattr(self, "saved", after))
        if self.cursor % 3 == 0 or self.cursor == len(self.log):
            # Positions move by batches, so that events whose states were saved may come again.
            self.steps.append(lambda: setattr(self, "position", cursor))

    @invariant()
    def one_id_has_one_payload(self) -> None:
        payloads = dict(self.published)
        assert all(payloads[id_] == payload for id_, payload in self.published)

    @invariant()
    def committed_implies_published(self) -> None:
        published = set(self.published)
        assert all(one in published for answers in self.expected[: self.position] for one in answers)

    def teardown(self) -> None:
        """Left alone, the worker ends where one that never crashed would be."""
        while self.steps or self.cursor < len(self.log):
            self.work(1)
        self.one_id_has_one_payload()
        self.committed_implies_published()
        assert {id_ for id_, _ in self.published} == {id_ for answers in self.expected for id_, _ in answers}
        assert self.saved.states == self.reference.states
        assert self.saved.partition == self.reference.partition


def run(
    processor: Processor[Any],
    pool: Callable[[], Sequence[Event[Any]]],
    repeats: bool = True,
    examples: int = 150,
    phases: Sequence[Phase] = tuple(Phase),
) -> None:
    machine = type(
        "Machine", (CrashMachine,), {"processor": processor, "pool": staticmethod(pool), "repeats": repeats}
    )
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=phases,
            report_multiple_bugs=False,
            database=None,
        ),
    )


def numbered() -> list[Event[Any]]:
    """Twelve events of two keys."""
    drafts = [documented(n, f"{TENANT}|{n % 2}") for n in range(12)]
    return [decode_event(Record(d.topic, 0, 0, d.key, d.value, d.headers, 0)) for d in drafts]


REAL: dict[str, tuple[Processor[Any], Callable[[], Sequence[Event[Any]]]]] = {
    "counter": (COUNTER, numbered),
    "turns": (TURNS, numbered),
    "classifier": (pools.CLASSIFIER, pools.facts),
    "recoder": (pools.RECODER, pools.for_recoder),
    "resubmitter": (pools.RESUBMITTER, pools.for_resubmitter),
    "delivery": (pools.DELIVERY, pools.for_delivery),
    "audit": (pools.AUDIT, pools.for_audit),
}


@pytest.mark.parametrize("name", REAL)
def test_a_processor_answers_every_event_once_whenever_it_crashes(name: str) -> None:
    run(*REAL[name])


@pytest.mark.parametrize("name", REAL)
def test_the_events_of_the_machine_make_the_processor_speak(name: str) -> None:
    processor, pool = REAL[name]
    assert pools.said(processor, pool())


# -- two folds that look right --------------------------------------------------------------------------------------------


def naive(state: Tally | None, event: Event[Any], _: Context) -> tuple[Tally, Sequence[Outcome]]:
    """Counts, and forgets what it has counted."""
    tally = state or Tally()
    counted = Tally(answered=(*tally.answered, ""))
    return counted, (answered(event, "counted", len(counted.answered)),)


def offset_guarded(state: Tally | None, event: Event[Any], _: Context) -> tuple[Tally, Sequence[Outcome]]:
    """Counts each event once, and answers a repeated one from today's count."""
    tally = state or Tally()
    if event.id not in tally.answered:
        tally = Tally(answered=(*tally.answered, event.id))
    return tally, (answered(event, "counted", len(tally.answered)),)


@pytest.mark.parametrize("broken", [naive, offset_guarded])
def test_the_machine_finds_a_fold_that_does_not_remember_its_answers(broken: Callable[..., Any]) -> None:
    with pytest.raises(AssertionError):
        run(replace(COUNTER, handle=broken), numbered, repeats=False, examples=500, phases=(Phase.generate,))
