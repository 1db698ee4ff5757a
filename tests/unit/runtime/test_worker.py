"""The loop: what one step does to the log, and what a restart finds."""

from __future__ import annotations

import io
import json
import shutil
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

import services.runtime.batch as batch_module
import services.runtime.worker as worker_module
from schemas.calls import BatchDue
from schemas.case import CaseChanged
from schemas.control import Hold, HoldChanged
from schemas.envelope import Event, business_time
from schemas.registry import NewerVersionError
from schemas.shape import Shape
from services.core.processing import Context, Outcome, Place, Processor, WithPartition
from services.runtime.embedded import EmbeddedLog
from services.runtime.log import Draft, FencedError, TopicPartition, TransientLogError
from services.runtime.logging import configure_logging
from services.runtime.partitioning import partition_of
from services.runtime.records import MAX_EVENT_BYTES, decode_event, decode_state, encode_state
from services.runtime.settings import Settings
from services.runtime.view import View
from services.runtime.worker import Worker
from tests.folds import (
    COUNTER,
    DAY,
    INGESTED,
    TENANT,
    TURNS,
    Tally,
    Turn,
    answered,
    count,
    documented,
    opened,
    published,
)
from topics.map import load_map

Append = Callable[..., None]
Start = Callable[..., Worker]

KEY = f"{TENANT}|k"
HERE = partition_of(KEY, 8)


def drain(worker: Worker) -> int:
    """Step until nothing comes; returns how much was handled."""
    total = 0
    while handled := worker.step():
        total += handled
    return total


def answers(log: EmbeddedLog, key: str = KEY) -> list[CaseChanged]:
    return [
        event.data
        for record in log.read("case-changed")
        if record.key == key and isinstance((event := decode_event(record)).data, CaseChanged)
    ]


def tallies(log: EmbeddedLog, key: str = KEY) -> list[Tally | None]:
    return [decode_state(record, Tally) for record in log.read("claim-cases") if record.key == key]


def latest(log: EmbeddedLog, key: str = KEY) -> Tally:
    state = tallies(log, key)[-1]
    assert state is not None
    return state


# -- a batch -----------------------------------------------------------------------------------------------------------


def test_outcomes_keep_their_order_and_of_each_key_only_the_last_state_is_written(
    log: EmbeddedLog, append: Append, start: Start
) -> None:
    append(*(documented(n) for n in range(5)), documented(9, "main|other"))
    assert start(COUNTER).step() == 6
    assert [answer.revision for answer in answers(log)] == [1, 2, 3, 4, 5]
    assert len(tallies(log)) == 1
    assert len(latest(log).answered) == 5
    assert len(list(log.read("claim-cases"))) == 2


def test_an_outcome_carries_the_envelope_and_the_time_of_its_first_cause(
    log: EmbeddedLog, append: Append, start: Start
) -> None:
    append(documented(1))
    start(COUNTER).step()
    (record,) = log.read("case-changed")
    assert record.headers["ce_type"] == "case-changed.v1"
    assert record.headers["ce_source"] == "/reclaim/counter"
    assert record.headers["ce_subject"] == record.key == KEY
    assert record.headers["ce_ingestedtime"] == INGESTED


def test_a_repeated_event_changes_nothing_and_emits_nothing(
    log: EmbeddedLog, append: Append, start: Start
) -> None:
    worker = start(COUNTER)
    append(documented(1))
    drain(worker)
    before = log.ends(["case-changed", "claim-cases"])
    append(documented(1))
    assert drain(worker) == 1
    assert log.ends(["case-changed", "claim-cases"]) == before
    assert worker.at_end()


def test_a_state_goes_to_the_partition_of_its_input_with_its_record_type(
    log: EmbeddedLog, append: Append, start: Start
) -> None:
    append(documented(1))
    start(COUNTER).step()
    (record,) = log.read("claim-cases")
    assert (record.partition, record.key) == (HERE, KEY)
    assert record.headers["ce_type"] == "tally.v1"


def test_no_state_any_more_is_a_tombstone(log: EmbeddedLog, append: Append, start: Start) -> None:
    def end(
        state: Tally | None, event: Event[Any], context: Context
    ) -> tuple[Tally | None, Sequence[Outcome]]:
        return (None if state else Tally()), ()

    worker = start(replace(COUNTER, handle=end))
    append(documented(1))
    drain(worker)
    append(documented(2))
    drain(worker)
    assert tallies(log) == [Tally(), None]


def test_a_partition_keeps_one_record_of_its_own(log: EmbeddedLog, append: Append, start: Start) -> None:
    keys = [f"main|{n}" for n in range(40)]
    append(*(documented(n, key) for n, key in enumerate(keys)))
    drain(start(TURNS))
    heads = {r.partition: (r.key, decode_state(r, Turn)) for r in log.read("audit-heads")}
    for p in range(8):
        here = [key for key in keys if partition_of(key, 8) == p]
        assert heads[p] == (f"main|partition|{p}", Turn(number=len(here)))
        numbers = sorted(answer.revision for key in here for answer in answers(log, key))
        assert numbers == list(range(1, len(here) + 1))


def test_a_batch_commits_between_records_when_it_grows(
    log: EmbeddedLog, append: Append, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch_module, "BATCH_DRAFTS", 4)
    append(*(documented(n) for n in range(10)))
    assert start(COUNTER).step() == 10
    assert [answer.revision for answer in answers(log)] == list(range(1, 11))
    assert len(tallies(log)) > 1


def test_a_processor_may_bound_the_records_of_a_transaction(append: Append, start: Start) -> None:
    append(*(documented(n) for n in range(10)))
    assert start(replace(COUNTER, records_per_step=3)).step(500) == 3


def test_run_commits_its_batch_and_leaves_when_told_to_stop(
    log: EmbeddedLog, append: Append, start: Start
) -> None:
    append(*(documented(n) for n in range(20)))
    stop = threading.Event()

    def stopping(state: Tally | None, event: Event[Any], context: Context) -> tuple[Tally, Sequence[Outcome]]:
        stop.set()
        return count(state, event, context)

    start(replace(COUNTER, handle=stopping)).run(stop, limit=5)
    assert len(answers(log)) == 5
    assert sum(log.positions("counter").values()) == 5


# -- restarts ----------------------------------------------------------------------------------------------------------


def test_a_worker_without_a_cache_restores_its_state_from_the_compacted_topic(
    log: EmbeddedLog, append: Append, start: Start, settings: Settings
) -> None:
    append(documented(1))
    first = start(COUNTER)
    drain(first)
    first.close()
    shutil.rmtree(settings.caches)
    append(documented(1), documented(2))
    drain(start(COUNTER))
    assert [answer.revision for answer in answers(log)] == [1, 2]


def test_a_cache_that_is_behind_is_brought_up_to_the_logs_end(
    log: EmbeddedLog, append: Append, start: Start, settings: Settings
) -> None:
    one = start(COUNTER)
    append(documented(1))
    drain(one)
    one.close()
    shutil.copytree(settings.caches, settings.data / "kept")
    two = start(COUNTER)
    append(documented(2))
    drain(two)
    two.close()
    shutil.rmtree(settings.caches)
    (settings.data / "kept").rename(settings.caches)
    append(documented(2), documented(3))
    drain(start(COUNTER))
    assert [answer.revision for answer in answers(log)] == [1, 2, 3]


def test_a_cache_of_another_log_is_thrown_away(
    log: EmbeddedLog, append: Append, start: Start, settings: Settings
) -> None:
    one = start(COUNTER)
    append(documented(1))
    drain(one)
    one.close()
    log.close()
    for path in settings.data.glob("log.sqlite3*"):
        path.unlink()
    again = EmbeddedLog(settings.log_path, load_map())
    again.appender("test").commit([documented(1)])
    drain(start(COUNTER, on=again))
    assert [answer.revision for answer in answers(again)] == [1]
    again.close()


def test_a_worker_that_was_put_out_cannot_spoil_the_cache_of_the_next_one(
    log: EmbeddedLog, append: Append, start: Start
) -> None:
    append(documented(1))
    zombie = start(COUNTER)
    drain(zombie)
    again = start(COUNTER)
    append(documented(2))
    drain(again)
    with pytest.raises(FencedError):
        zombie.step()
    append(documented(3))
    drain(again)
    assert [answer.revision for answer in answers(log)] == [1, 2, 3]


# -- time and configuration ----------------------------------------------------------------------------------------------


def test_today_is_null_before_the_first_day_and_then_the_day_that_was_read(
    log: EmbeddedLog, append: Append, start: Start
) -> None:
    worker = start(COUNTER)
    append(documented(1))
    drain(worker)
    append(opened(DAY, HERE), documented(2))
    drain(worker)
    assert [answer.change for answer in answers(log)] == ["on None", "on 2025-03-01"]


def test_control_is_read_before_the_records_of_other_inputs(
    log: EmbeddedLog, append: Append, start: Start
) -> None:
    append(documented(1))
    append(opened(DAY, HERE))
    drain(start(COUNTER))
    assert [answer.change for answer in answers(log)] == ["on 2025-03-01"]


def test_a_restart_has_the_day_that_the_group_had_committed(
    log: EmbeddedLog, append: Append, start: Start
) -> None:
    first = start(COUNTER)
    append(opened(DAY, HERE))
    drain(first)
    first.close()
    append(documented(1))
    drain(start(COUNTER))
    assert [answer.change for answer in answers(log)] == ["on 2025-03-01"]


def test_control_is_handed_to_a_processor_only_if_it_lists_it(append: Append, start: Start) -> None:
    seen: list[str] = []

    def watch(
        state: Tally | None, event: Event[Any], context: Context
    ) -> tuple[Tally | None, Sequence[Outcome]]:
        seen.append(event.type)
        return state, ()

    append(opened(DAY, 0))
    drain(start(replace(COUNTER, name="deaf", handle=watch)))
    assert seen == []
    drain(start(replace(COUNTER, name="watching", inputs=("control",), handle=watch)))
    assert seen == ["day-opened.v1"]


def test_a_state_is_called_on_its_day_and_not_before(log: EmbeddedLog, append: Append, start: Start) -> None:
    worker = start(COUNTER)
    append(documented(1, KEY, "due 2025-03-09"))
    drain(worker)
    for day in range(7, 10):
        append(opened(date(2025, 3, day), HERE))
        drain(worker)
    assert [answer.change for answer in answers(log)] == ["on None", "claim-due 2025-03-09"]


def test_a_day_that_is_opened_twice_calls_with_one_id(log: EmbeddedLog, append: Append, start: Start) -> None:
    worker = start(COUNTER)
    append(documented(1, KEY, "due 2025-03-01"))
    drain(worker)
    append(opened(DAY, HERE))
    append(opened(DAY, HERE))
    drain(worker)
    assert len(latest(log).called) == 1


def test_due_states_are_found_again_after_a_restart_without_a_cache(
    log: EmbeddedLog, append: Append, start: Start, settings: Settings
) -> None:
    first = start(COUNTER)
    append(documented(1, KEY, "due 2025-03-01"))
    drain(first)
    first.close()
    shutil.rmtree(settings.caches)
    append(opened(DAY, HERE))
    drain(start(COUNTER))
    assert [answer.change for answer in answers(log)][1:] == ["claim-due 2025-03-01"]


def test_calls_are_made_in_chunks_and_the_position_moves_with_the_last(
    log: EmbeddedLog, append: Append, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch_module, "BATCH_DRAFTS", 10)
    keys = [key for n in range(400) if partition_of(key := f"main|{n}", 8) == 0][:30]
    calls = 0

    def failing(state: Tally | None, event: Event[Any], context: Context) -> tuple[Tally, Sequence[Outcome]]:
        nonlocal calls
        if event.type == "claim-due":
            calls += 1
            if calls == 18:
                raise RuntimeError
        return count(state, event, context)

    worker = start(replace(COUNTER, handle=failing))
    append(*(documented(n, key, "due 2025-03-01") for n, key in enumerate(keys)))
    drain(worker)
    append(opened(DAY, 0))
    with pytest.raises(worker_module.CrashedError):
        worker.step()
    committed = sum(len(latest(log, key).called) for key in keys)
    assert 0 < committed < 18
    assert not log.positions("counter").get(TopicPartition("control", 0))
    drain(worker)
    assert [len(latest(log, key).called) for key in keys] == [1] * 30
    assert log.positions("counter")[TopicPartition("control", 0)] == 1
    ids = [r.headers["ce_id"] for r in log.read("case-changed")]
    assert len(ids) == len(set(ids)) == 60


def test_a_change_of_context_calls_the_states_with_its_tag(
    log: EmbeddedLog, append: Append, start: Start
) -> None:
    waiting, other = KEY, next(k for n in range(99) if partition_of(k := f"main|{n}", 8) == HERE)
    worker = start(COUNTER)
    append(documented(1, waiting, "tag hold"), documented(2, other, "tag edition"))
    drain(worker)
    changed = HoldChanged(subject="payer:P1", held=False, by="ann")
    append(published("hold-changed.v1", "h1", f"{TENANT}|control", changed, HERE))
    drain(worker)
    assert len(latest(log, waiting).called) == 1
    assert latest(log, other).called == ()


def test_a_hold_bites_in_the_batch_that_is_polled_after_it(
    log: EmbeddedLog, append: Append, start: Start
) -> None:
    def look(state: Tally | None, event: Event[Any], context: Context) -> tuple[Tally, Sequence[Outcome]]:
        return Tally(), (answered(event, ",".join(sorted(context.holds)), 1),)

    def hold(value: Hold | None) -> Draft:
        cause = Event("c", "hold-changed.v1", "/reclaim/cli", business_time(DAY), "payer:P1", Tally())
        encoded = value.encode() if value else None
        return encode_state(
            "holds", "payer:P1", encoded, cause, model=Hold, service="cli", ingested=INGESTED, partition=1
        )

    worker = start(replace(COUNTER, handle=look))
    for n, value in enumerate((None, Hold(subject="payer:P1", by="ann", since=DAY), None)):
        append(hold(value))
        append(documented(n))
        drain(worker)
    assert [answer.change for answer in answers(log)] == ["", "payer:P1", ""]


# -- the shell ------------------------------------------------------------------------------------------------------------


def test_the_shell_sees_tagged_states_and_its_calls_are_handled_in_a_transaction(
    log: EmbeddedLog, append: Append, start: Start
) -> None:
    seen: list[tuple[str, ...]] = []

    def tend(view: View) -> Iterable[tuple[str, Event[Any]]]:
        seen.append(view.keys("open"))
        for key in view.keys("open"):
            if not view.state("claim-cases", key).called:
                yield (
                    key,
                    Event(
                        "b1", "batch-due", "/reclaim/counter", business_time(DAY), key, BatchDue(reason="age")
                    ),
                )

    append(documented(1, KEY, "tag open"), documented(2, "main|closed"))
    worker = start(COUNTER, tend=tend)
    assert worker.step() == 3
    assert worker.step() == 0
    assert seen[0] == (KEY,)
    assert len(latest(log).called) == 1


def test_a_call_whose_answer_is_too_large_keeps_nobody_elses_waiting(
    log: EmbeddedLog, append: Append, start: Start
) -> None:
    other = next(k for n in range(99) if partition_of(k := f"main|{n}", 8) == HERE)

    def shout(state: Tally | None, event: Event[Any], context: Context) -> tuple[Tally, Sequence[Outcome]]:
        size = MAX_EVENT_BYTES if event.type == "batch-due" and event.key == KEY else 1
        after, _ = count(state, event, context)
        return after, (answered(event, "x" * size, 1),)

    def tend(view: View) -> Iterable[tuple[str, Event[Any]]]:
        for key in view.keys("open"):
            if not view.state("claim-cases", key).called:
                due = BatchDue(reason="age")
                yield key, Event("b1", "batch-due", "/reclaim/counter", business_time(DAY), key, due)

    append(documented(1, KEY, "tag open"), documented(2, other, "tag open"))
    worker = start(replace(COUNTER, handle=shout), tend=tend)
    assert worker.step() == 3
    assert worker.step() == 0
    assert (latest(log).called, len(latest(log, other).called)) == ((), 1)


# -- records below a key ----------------------------------------------------------------------------------------------------


def keep_below(
    state: WithPartition[Tally, Turn], event: Event[Any], _: Context
) -> tuple[WithPartition[Tally, Turn], Sequence[Outcome]]:
    """Keep one record for each wish of an event, or end it: `name=rank`, `name=`."""
    changed: dict[Place, Shape | None] = {}
    for wish in event.data.documented_diagnoses:
        name, _, rank = wish.partition("=")
        place = ("work-items", name)
        before = state.below.get(place)
        known = before.answered if isinstance(before, Tally) else ()
        kept = Tally(answered=(*known, event.id), tags=(f"open|{event.key}|{rank}",))
        changed[place] = kept if rank else None
    return WithPartition(Tally(answered=(event.id,)), state.partition, changed=changed), ()


BELOW: Processor[Any] = replace(
    TURNS,
    name="below",
    handle=keep_below,
    below=("work-items",),
    models={"claim-cases": Tally, "work-items": Tally},
)


def seen_below(start: Start, name: str) -> tuple[Any, list[Any], list[Any]]:
    """What the shell of a worker sees: one record, the first two of the key, all."""
    seen: list[tuple[Any, list[Any], list[Any]]] = []

    def tend(view: View) -> Iterable[tuple[str, Event[Any]]]:
        ranked = [state.tags[0][-1] for state in view.first(KEY, f"open|{KEY}|", 2)]
        whole = [state.tags[0][-1] for state in view.states(f"open|{KEY}|1")]
        seen.append((view.below("work-items", KEY, name), ranked, whole))
        return ()

    drain(start(BELOW, tend=tend))
    return seen[-1]


def test_records_below_a_key_lie_in_its_partition_and_are_seen_by_their_tags(
    log: EmbeddedLog, append: Append, start: Start
) -> None:
    append(documented(1, KEY, "a=3", "b=1"), documented(2, KEY, "c=2"), documented(3, "main|7", "d=1"))
    one, first, all_ = seen_below(start, "b")
    assert (one.answered, first, all_) == ((f"{1:032x}",), ["1", "2"], ["1"])
    kept = [(record.partition, record.key) for record in log.read("work-items") if record.key]
    assert {partition for partition, key in kept if key.startswith(KEY)} == {partition_of(KEY, 8)}


def test_a_record_below_a_key_is_read_within_its_batch_and_after_a_restart(
    append: Append, start: Start
) -> None:
    append(documented(1, KEY, "a=3"), documented(2, KEY, "a=2"))
    before, _, _ = seen_below(start, "a")
    append(documented(3, KEY, "a=1"))
    after, first, _ = seen_below(start, "a")
    assert (before.answered, after.answered) == (
        (f"{1:032x}", f"{2:032x}"),
        (f"{1:032x}", f"{2:032x}", f"{3:032x}"),
    )
    assert first == ["1"]


def test_a_record_below_a_key_ends(append: Append, start: Start) -> None:
    append(documented(1, KEY, "a=3", "b=1"), documented(2, KEY, "a="))
    assert seen_below(start, "a")[:2] == (None, ["1"])


def test_a_call_is_handled_at_once(log: EmbeddedLog, append: Append, start: Start) -> None:
    worker = start(COUNTER)
    drain(worker)
    worker.call(
        KEY, Event("b1", "batch-due", "/reclaim/counter", business_time(DAY), KEY, BatchDue(reason="drain"))
    )
    assert latest(log).called == ("b1",)


# -- faults of the log -----------------------------------------------------------------------------------------------------


class FaultyLog:
    """The embedded log whose sessions fail at chosen commits: before they happen, or after."""

    def __init__(self, log: EmbeddedLog, faults: list[str | None]) -> None:
        self._log = log
        self._faults = faults

    def __getattr__(self, name: str) -> Any:
        return getattr(self._log, name)

    def session(self, *arguments: Any, **options: Any) -> Any:
        session: Any = self._log.session(*arguments, **options)
        commit = session.commit

        def failing(drafts: Sequence[Draft], through: Mapping[TopicPartition, int]) -> None:
            fault = self._faults.pop(0) if self._faults else None
            if fault == "before":
                raise TransientLogError("test")
            commit(drafts, through)
            if fault == "after":
                raise TransientLogError("test")

        session.commit = failing
        return session


@pytest.mark.parametrize("faults", [["before"], ["after"], ["after", "before", "after"]])
def test_a_commit_that_is_in_doubt_is_neither_lost_nor_repeated(
    log: EmbeddedLog, append: Append, start: Start, monkeypatch: pytest.MonkeyPatch, faults: list[str | None]
) -> None:
    monkeypatch.setattr(worker_module, "FIRST_PAUSE", 0.0)
    worker = start(COUNTER, on=FaultyLog(log, faults))
    append(*(documented(n) for n in range(5)))
    while not worker.at_end():
        worker.step()
    append(documented(7))
    while not worker.at_end():
        worker.step()
    assert [answer.revision for answer in answers(log)] == [1, 2, 3, 4, 5, 6]


def test_transient_faults_are_borne_a_bounded_number_of_times(
    log: EmbeddedLog, append: Append, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_module, "FIRST_PAUSE", 0.0)
    worker = start(COUNTER, on=FaultyLog(log, ["before"] * 99))
    append(documented(1))
    for _ in range(worker_module.TRANSIENT_ATTEMPTS):
        assert worker.step() == 0
    with pytest.raises(TransientLogError):
        worker.step()


def test_a_fenced_worker_stops(append: Append, start: Start) -> None:
    worker = start(COUNTER)
    append(documented(1))
    start(COUNTER)
    with pytest.raises(FencedError):
        worker.step()


def test_a_newer_version_of_an_event_stops_the_worker(log: EmbeddedLog, append: Append, start: Start) -> None:
    draft = documented(1)
    append(replace(draft, headers={**draft.headers, "ce_type": "claim-documented.v2"}))
    worker = start(COUNTER)
    with pytest.raises(NewerVersionError):
        worker.step()
    assert not list(log.read("dead-letters"))
    assert not any(log.positions("counter").values())


def test_a_newer_version_of_a_state_stops_the_worker(log: EmbeddedLog, append: Append, start: Start) -> None:
    append(Draft("claim-cases", KEY, b'{"version":2,"more":1}', {"ce_type": "tally.v2"}), documented(1))
    worker = start(COUNTER)
    with pytest.raises(NewerVersionError):
        worker.step()
    assert len(list(log.read("claim-cases"))) == 1


# -- logs ------------------------------------------------------------------------------------------------------------------


def test_a_batch_is_one_line_and_no_line_holds_a_key_or_a_value(append: Append, start: Start) -> None:
    lines = io.StringIO()
    configure_logging("info", lines)
    try:
        worker = start(COUNTER)
        append(documented(1, "main|SECRETKEY", "bytes 2000000", claim_number="SECRETNUMBER"))
        append(Draft("claim-documented", "main|SECRETKEY", b"SECRETVALUE", {"ce_type": "SECRETTYPE"}))
        drain(worker)
    finally:
        configure_logging("warning")
    batches = [
        line for text in lines.getvalue().splitlines() if (line := json.loads(text))["event"] == "batch"
    ]
    assert [(line["records"], line["letters"]) for line in batches] == [(2, 2), (2, 0)]
    assert "SECRET" not in lines.getvalue()
