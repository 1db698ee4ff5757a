"""What a worker cannot handle: the letter, its one answer, crashes, and the breaker."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from schemas.calls import ClaimDue
from schemas.envelope import Event
from schemas.faults import DeadLetter, LetterDiscarded, LetterReplayed
from services.core.processing import Context, Outcome
from services.runtime.breaker import Breaker
from services.runtime.embedded import EmbeddedLog
from services.runtime.log import Draft, TopicPartition
from services.runtime.partitioning import partition_of
from services.runtime.records import MAX_EVENT_BYTES, MAX_STATE_BYTES, decode_event, decode_state
from services.runtime.worker import BreakerOpenError, CrashedError, Worker
from tests.folds import COUNTER, DAY, TENANT, Tally, answered, count, documented, opened, published

Append = Callable[..., None]
Start = Callable[..., Worker]

KEY = f"{TENANT}|k"
HERE = partition_of(KEY, 8)


def drain(worker: Worker) -> None:
    while worker.step():
        pass


def letters(log: EmbeddedLog) -> list[DeadLetter]:
    said = [decode_event(record).data for record in log.read("dead-letters")]
    return [one for one in said if isinstance(one, DeadLetter)]


def replay(letter: DeadLetter, number: int = 1, service: str = "counter") -> Draft:
    said = LetterReplayed(letter=letter.letter, service=service, by="ann", reason="repaired")
    return published("letter-replayed.v1", f"r{number}", KEY, said, HERE)


def discard(letter: DeadLetter) -> Draft:
    said = LetterDiscarded(letter=letter.letter, service="counter", by="ann", reason="not_ours")
    return published("letter-discarded.v1", "d1", KEY, said, HERE)


def revisions(log: EmbeddedLog) -> list[int]:
    return [decode_event(record).data.revision for record in log.read("case-changed")]  # type: ignore[attr-defined]


class Moody:
    """The counting fold, which crashes on some events as long as `bad` says so."""

    def __init__(self, *ids: int) -> None:
        self.bad = {f"{number:032x}" for number in ids}
        self.handled = 0

    def __call__(self, state: Tally | None, event: Event[Any], context: Context) -> Any:
        self.handled += 1
        if event.id in self.bad or event.type in self.bad:
            raise ValueError("SECRET value of a claim")
        return count(state, event, context)


# -- what cannot be decoded -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"value": b"{"}, "schema"),
        ({"value": b"{}"}, "schema"),
        ({"value": None}, "no_value"),
        ({"headers": {}}, "header_missing"),
        ({"headers": {**documented(1).headers, "ce_type": "never-heard-of.v1"}}, "unknown_type"),
        ({"headers": {**documented(1).headers, "ce_time": "yesterday"}}, "time"),
        ({"key": None, "partition": HERE}, "no_key"),
    ],
)
def test_what_cannot_be_decoded_becomes_a_letter_and_the_rest_goes_on(
    log: EmbeddedLog, append: Append, start: Start, change: dict[str, Any], reason: str
) -> None:
    bad = replace(documented(1), **change)
    append(bad, documented(2))
    worker = start(COUNTER)
    drain(worker)
    (letter,) = letters(log)
    assert letter.reason == reason
    assert letter.original == (bad.value or b"")
    assert letter.headers == dict(bad.headers)
    assert letter.service == "counter"
    (record,) = log.read("dead-letters")
    assert (record.key, record.partition) == (bad.key or "", HERE)
    assert revisions(log) == [1]
    assert worker.at_end()


def test_a_letter_tells_where_its_original_lies(log: EmbeddedLog, append: Append, start: Start) -> None:
    append(documented(1), replace(documented(2), value=b"{"))
    drain(start(COUNTER))
    (letter,) = letters(log)
    (original,) = log.read(letter.origin.topic, letter.origin.partition, letter.origin.offset)
    assert original.value == b"{"


# -- what is too large ------------------------------------------------------------------------------------------------------


def test_a_state_over_the_limit_is_quarantined_and_stays_as_it_was(
    log: EmbeddedLog, append: Append, start: Start
) -> None:
    append(documented(1), documented(2, KEY, f"bytes {MAX_STATE_BYTES}"), documented(3))
    drain(start(COUNTER))
    assert [letter.reason for letter in letters(log)] == ["state_too_large"]
    assert revisions(log) == [1, 2]
    (record,) = log.read("claim-cases")
    state = decode_state(record, Tally)
    assert state is not None
    assert state.answered == (f"{1:032x}", f"{3:032x}")


def test_an_outcome_over_the_limit_makes_a_letter_of_its_input(
    log: EmbeddedLog, append: Append, start: Start
) -> None:
    def shout(state: Tally | None, event: Event[Any], context: Context) -> tuple[Tally, Sequence[Outcome]]:
        return Tally(answered=("x",)), (answered(event, "x" * MAX_EVENT_BYTES, 1),)

    append(documented(1))
    drain(start(replace(COUNTER, handle=shout)))
    assert [letter.reason for letter in letters(log)] == ["outcome_too_large"]
    assert not list(log.read("case-changed"))
    assert not list(log.read("claim-cases"))


# -- the answer to a letter ---------------------------------------------------------------------------------------------------


def crash_into_a_letter(worker: Worker) -> None:
    for _ in range(2):
        with pytest.raises(CrashedError):
            worker.step()
    drain(worker)


def test_a_replayed_letter_is_handled_by_the_service_that_wrote_it(
    log: EmbeddedLog, append: Append, start: Start
) -> None:
    fold = Moody(1)
    append(documented(1))
    worker = start(replace(COUNTER, handle=fold))
    crash_into_a_letter(worker)
    assert revisions(log) == []
    fold.bad.clear()
    append(replay(letters(log)[0]))
    drain(worker)
    assert revisions(log) == [1]
    assert len(letters(log)) == 1


def test_a_letter_is_answered_once(log: EmbeddedLog, append: Append, start: Start) -> None:
    fold = Moody(1)
    append(documented(1))
    worker = start(replace(COUNTER, handle=fold))
    crash_into_a_letter(worker)
    fold.bad.clear()
    before = fold.handled
    append(replay(letters(log)[0], 1), replay(letters(log)[0], 2))
    drain(worker)
    assert fold.handled == before + 1


def test_a_discarded_letter_cannot_be_replayed(log: EmbeddedLog, append: Append, start: Start) -> None:
    fold = Moody(1)
    append(documented(1))
    worker = start(replace(COUNTER, handle=fold))
    crash_into_a_letter(worker)
    fold.bad.clear()
    append(discard(letters(log)[0]))
    append(replay(letters(log)[0]))
    drain(worker)
    assert revisions(log) == []


def test_the_letter_of_another_service_is_not_touched(log: EmbeddedLog, append: Append, start: Start) -> None:
    fold = Moody(1)
    append(documented(1))
    worker = start(replace(COUNTER, handle=fold))
    crash_into_a_letter(worker)
    fold.bad.clear()
    other = Moody()
    append(replay(letters(log)[0], service="counter"))
    drain(start(replace(COUNTER, name="other", handle=other, inputs=("claim-submitted",))))
    assert other.handled == 0


def test_a_letter_that_fails_again_is_another_letter_and_may_be_replayed_too(
    log: EmbeddedLog, append: Append, start: Start
) -> None:
    fold = Moody(1)
    append(documented(1))
    worker = start(replace(COUNTER, handle=fold))
    crash_into_a_letter(worker)
    append(replay(letters(log)[0], 1))
    drain(worker)
    first, second = letters(log)
    assert first.letter != second.letter
    assert (first.original, first.origin) == (second.original, second.origin)
    fold.bad.clear()
    append(replay(second, 2))
    drain(worker)
    assert revisions(log) == [1]


def test_a_processor_that_lists_dead_letters_is_told_of_them(
    log: EmbeddedLog, append: Append, start: Start
) -> None:
    seen: list[str] = []

    def watch(
        state: Tally | None, event: Event[Any], context: Context
    ) -> tuple[Tally | None, Sequence[Outcome]]:
        seen.append(event.type)
        return state, ()

    append(documented(1))
    crash_into_a_letter(start(replace(COUNTER, handle=Moody(1))))
    append(discard(letters(log)[0]))
    watching = replace(COUNTER, name="watching", handle=watch, inputs=("dead-letters",))
    drain(start(watching))
    assert seen == ["dead-letter.v1", "letter-discarded.v1"]


def test_what_cannot_be_decoded_among_the_letters_makes_no_further_letter(
    log: EmbeddedLog, append: Append, start: Start
) -> None:
    append(replace(documented(1), topic="dead-letters", value=b"{"))
    worker = start(replace(COUNTER, inputs=("dead-letters",)))
    drain(worker)
    assert len(list(log.read("dead-letters"))) == 1
    assert worker.at_end()


# -- crashes -----------------------------------------------------------------------------------------------------------------


def test_a_crash_stops_before_the_commit_and_tells_no_value(
    log: EmbeddedLog, append: Append, start: Start
) -> None:
    append(documented(1), documented(2))
    worker = start(replace(COUNTER, handle=Moody(2)))
    with pytest.raises(CrashedError) as caught:
        worker.step()
    assert "ValueError@" in str(caught.value)
    assert "SECRET" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert not list(log.read("case-changed"))
    assert not any(log.positions("counter").values())


def test_the_third_crash_of_a_record_over_restarts_makes_it_a_letter(
    log: EmbeddedLog, append: Append, start: Start
) -> None:
    append(documented(1), documented(2))
    crashing = replace(COUNTER, handle=Moody(2))
    for _ in range(2):
        worker = start(crashing)
        with pytest.raises(CrashedError):
            worker.step()
        worker.close()
    drain(start(crashing))
    (letter,) = letters(log)
    assert letter.reason.startswith("crash:ValueError@tests.unit.runtime.test_dead_letters:")
    assert letter.event_id == f"{2:032x}"
    assert revisions(log) == [1]


def test_crashes_at_different_places_are_not_one_fault(append: Append, start: Start) -> None:
    errors: list[type[Exception]] = [ValueError, KeyError, ValueError, KeyError]

    def crash(state: Tally | None, event: Event[Any], context: Context) -> tuple[Tally, Sequence[Outcome]]:
        raise errors.pop()

    append(documented(1))
    worker = start(replace(COUNTER, handle=crash))
    for _ in range(4):
        with pytest.raises(CrashedError):
            worker.step()


def test_a_call_that_crashes_becomes_a_letter_of_its_key_and_the_other_keys_are_called(
    log: EmbeddedLog, append: Append, start: Start
) -> None:
    keys = [key for n in range(99) if partition_of(key := f"main|{n}", 8) == HERE][:3]

    def crash(state: Tally | None, event: Event[Any], context: Context) -> Any:
        if isinstance(event.data, ClaimDue):
            called.append(event.key)
            if bad and event.key == keys[1]:
                raise ValueError
        return count(state, event, context)

    bad = True
    called: list[str] = []
    worker = start(replace(COUNTER, handle=crash))
    append(*(documented(n, key, "due 2025-03-01") for n, key in enumerate(keys)))
    drain(worker)
    append(opened(DAY, HERE))
    crash_into_a_letter(worker)
    (letter,) = letters(log)
    (record,) = log.read("dead-letters")
    assert (record.key, letter.origin.topic) == (keys[1], "control")
    assert _called(log) == {keys[0], keys[2]}

    bad = False
    called.clear()
    said = LetterReplayed(letter=letter.letter, service="counter", by="ann", reason="repaired")
    append(published("letter-replayed.v1", "r1", keys[1], said, HERE))
    drain(worker)
    assert called == [keys[1]]
    assert _called(log) == set(keys)
    ids = [r.headers["ce_id"] for r in log.read("case-changed")]
    assert len(ids) == len(set(ids))


def _called(log: EmbeddedLog) -> set[str | None]:
    states = {record.key: decode_state(record, Tally) for record in log.read("claim-cases")}
    return {key for key, state in states.items() if state is not None and state.called}


# -- the breaker ---------------------------------------------------------------------------------------------------------------


def test_a_run_of_letters_stops_the_worker_before_the_commit(
    log: EmbeddedLog, append: Append, start: Start
) -> None:
    append(*(replace(documented(n), value=b"{") for n in range(10)))
    worker = start(COUNTER, breaker=Breaker(run_length=10))
    with pytest.raises(BreakerOpenError):
        worker.step()
    assert letters(log) == []
    assert not log.positions("counter").get(TopicPartition("claim-documented", HERE))


def test_a_share_of_letters_stops_the_worker(append: Append, start: Start) -> None:
    append(*(documented(n) if n % 3 else replace(documented(n), value=b"{") for n in range(30)))
    worker = start(COUNTER, breaker=Breaker(run_length=10, window=30, share=0.2))
    with pytest.raises(BreakerOpenError):
        worker.step()


def test_few_letters_do_not_stop_the_worker(log: EmbeddedLog, append: Append, start: Start) -> None:
    append(*(documented(n) if n % 10 else replace(documented(n), value=b"{") for n in range(100)))
    drain(start(COUNTER, breaker=Breaker(run_length=10, window=30, share=0.2)))
    assert len(letters(log)) == 10


def test_the_breaker_forgets_what_was_not_committed() -> None:
    breaker = Breaker(run_length=3)
    for _ in range(2):
        breaker.note(dead=True)
    breaker.reset()
    breaker.note(dead=True)
    assert not breaker.open
