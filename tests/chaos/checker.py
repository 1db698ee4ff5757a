"""What must hold after any number of crashes. Reads topics only, of either log."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import chain
from typing import Any, Final, TypeVar

from schemas.envelope import Event, event_id
from schemas.faults import DeadLetter
from schemas.records.claim_case import ClaimCase
from schemas.shape import Shape
from services.core.processing import Processor, WithPartition
from services.runtime.log import Log, Record
from services.runtime.records import UndecodableError, decode_event, decode_state
from tests.folds import COUNTER, TENANT, Tally
from tests.pools import CLASSIFIER, context

S = TypeVar("S", bound=Shape)

COUNTING: Final = replace(COUNTER, state_topic="work-items", models={"work-items": Tally})
"""The counting fold, where it does not meet the classifier."""

CLASSIFYING: Final = replace(CLASSIFIER, inputs=("claim-submitted", "claim-denied", "claim-adjudicated"))
"""The classifier, without the input of the counting fold."""


def repeated_ids(log: Log, *topics: str) -> list[str]:
    """Ids that stand more than once in these topics together: published twice, or with two payloads."""
    counts = Counter(record.headers["ce_id"] for topic in topics for record in log.read(topic))
    return [id_ for id_, count in counts.items() if count > 1]


def unanswered(log: Log) -> list[str]:
    """What the counting fold owes: each `claim-documented` has one answer with its number in its key, or one
    dead letter; each due key one call a day; and the state is the fold of it."""
    return list(chain(_wrong_answers(log), _wrong_letters(log), _wrong_calls(log)))


def _wrong_answers(log: Log) -> Iterator[str]:
    expected: dict[str, list[str]] = {}
    for record in log.read("claim-documented"):
        if (event := _decoded(record)) is not None:
            known = expected.setdefault(event.key, [])
            if event.id not in known:
                known.append(event.id)
    answers = Counter(record.headers["ce_id"] for record in log.read("case-changed"))
    numbers = {r.headers["ce_id"]: decode_event(r).data for r in log.read("case-changed")}
    for key, ids in expected.items():
        for number, id_ in enumerate(ids, 1):
            answer = event_id(TENANT, "case-changed.v1", id_)
            if answers[answer] != 1:
                yield f"{answers[answer]} answers to {id_} of {key}"
            elif numbers[answer].revision != number:  # type: ignore[attr-defined]
                yield f"wrong number for {id_} of {key}"
    states = latest_states(log, "work-items", Tally)
    for key in expected.keys() | states.keys():
        state = states.get(key)
        if state is None or list(state.answered) != expected.get(key, []):
            yield f"the state of {key} is not the fold of its inputs"


def _wrong_letters(log: Log) -> Iterator[str]:
    letters = Counter(
        (said.origin.topic, said.origin.partition, said.origin.offset)
        for record in log.read("dead-letters")
        if isinstance(said := decode_event(record).data, DeadLetter)
    )
    for record in log.read("claim-documented"):
        place = (record.topic, record.partition, record.offset)
        wanted = 1 if _decoded(record) is None else 0
        if letters[place] != wanted:
            yield f"{letters[place]} letters about {place}"


def _wrong_calls(log: Log) -> Iterator[str]:
    days = [r for r in log.read("control", 0) if r.headers["ce_type"] == "day-opened.v1"]
    answers = Counter(record.headers["ce_id"] for record in log.read("case-changed"))
    for key, state in latest_states(log, "work-items", Tally).items():
        wanted = len(days) if state.due is not None else 0
        if len(state.called) != wanted:
            yield f"{key} was called {len(state.called)} times, not {wanted}"
        for call in state.called:
            if answers[event_id(TENANT, "case-changed.v1", call)] != 1:
                yield f"no single answer to a call of {key}"


def wrong_states(
    log: Log, processor: Processor[Any], alike: Callable[[Any], object] = lambda state: state
) -> list[str]:
    """Keys whose latest state is not the fold of the processor's inputs, compared by what `alike` leaves of a
    state: nothing that depends on the order in which topics were read."""
    expected: dict[str, Any] = {}
    for topic in processor.inputs:
        for record in log.read(topic):
            event = decode_event(record)
            before = expected.get(event.key)
            given = before if processor.partition_topic is None else WithPartition(before, None)
            after, _ = processor.handle(given, event, context())
            expected[event.key] = after.own if isinstance(after, WithPartition) else after
    assert processor.state_topic is not None
    states = latest_states(log, processor.state_topic, processor.models[processor.state_topic])
    return [
        key
        for key in expected.keys() | states.keys()
        if expected.get(key) is None or states.get(key) is None or alike(expected[key]) != alike(states[key])
    ]


def latest_states(log: Log, topic: str, model: type[S]) -> dict[str, S]:
    """The latest state of each key of a compacted topic."""
    latest: dict[str, S] = {}
    for record in log.read(topic):
        state = decode_state(record, model)
        if record.key is not None and state is not None:
            latest[record.key] = state
        elif record.key is not None:
            latest.pop(record.key, None)
    return latest


def _decoded(record: Record) -> Event[Shape] | None:
    try:
        return decode_event(record)
    except UndecodableError:
        return None


def without_revisions(case: ClaimCase) -> ClaimCase:
    """What a case says whatever the order in which its facts came."""
    marks = tuple(mark.model_copy(update={"revision": 0}) for mark in case.marks)
    return case.model_copy(update={"marks": marks})
