"""The cache of states: what it finds, what it throws away."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

import services.runtime.store as store_module
from services.runtime.embedded import EmbeddedLog
from services.runtime.layout import Layout, Stored
from services.runtime.log import Record, Span, TopicPartition
from services.runtime.records import decode_event, encode_state
from services.runtime.store import Store
from tests.folds import COUNTER, INGESTED, TENANT, TURNS, Tally, Turn, documented

TOPIC = "claim-cases"
OpenStore = Callable[..., Store]


@pytest.fixture
def open_store(tmp_path: Path) -> Iterator[OpenStore]:
    opened: list[Store] = []

    def opening(identity: str = "log", layout: Layout | None = None) -> Store:
        for store in opened:
            store.close()
        opened[:] = [Store(tmp_path / "caches", "counter-0", identity, layout or Layout(COUNTER, TENANT))]
        return opened[0]

    yield opening
    for store in opened:
        store.close()


def stored(key: str, state: Tally | None, partition: int = 1) -> Stored:
    value = None if state is None else state.encode()
    return Layout(COUNTER, TENANT).stored(TOPIC, partition, key, state, value)


def write(
    log: EmbeddedLog, key: str, state: Tally | Turn | None, topic: str = TOPIC, partition: int = 1
) -> None:
    draft = documented(1)
    cause = decode_event(Record(draft.topic, 0, 0, draft.key, draft.value, draft.headers, 0))
    value = None if state is None else state.encode()
    model = Turn if isinstance(state, Turn) else Tally
    log.appender("test").commit(
        [
            encode_state(
                topic, key, value, cause, model=model, service="t", ingested=INGESTED, partition=partition
            )
        ]
    )


ONE, TWO = Tally(answered=("1",)), Tally(answered=("1", "2"))


def test_a_state_is_found_in_memory_and_after_reopening(open_store: OpenStore) -> None:
    store = open_store()
    store.save([stored("k", ONE)])
    assert store.state(TOPIC, 1, "k") == ONE
    assert open_store().state(TOPIC, 1, "k") == ONE


def test_a_file_of_a_release_with_another_version_of_a_state_is_thrown_away(open_store: OpenStore) -> None:
    class Newer(Tally):
        version: int = Tally.model_fields["version"].default + 1

    store = open_store()
    store.save([stored("k", ONE)])
    models = {topic: Newer if model is Tally else model for topic, model in COUNTER.models.items()}
    other = open_store(layout=Layout(replace(COUNTER, models=models), TENANT))
    assert other.state(TOPIC, 1, "k") is None


def test_a_tombstone_removes_state_due_date_and_tags(open_store: OpenStore) -> None:
    store = open_store()
    store.save([stored("k", Tally(due=date(2025, 3, 1), tags=("open",)))])
    store.save([stored("k", None)])
    assert store.state(TOPIC, 1, "k") is None
    assert store.due(1, date(2025, 3, 1)) == []
    assert store.tagged("open", 1) == []


def test_due_states_are_those_of_the_partition_whose_day_has_come(open_store: OpenStore) -> None:
    store = open_store()
    store.save(
        [
            stored("late", Tally(due=date(2025, 3, 2))),
            stored("early", Tally(due=date(2025, 3, 1))),
            stored("later", Tally(due=date(2025, 3, 3))),
            stored("elsewhere", Tally(due=date(2025, 3, 1)), partition=2),
        ]
    )
    assert [key for _, key in store.due(1, date(2025, 3, 2))] == ["early", "late"]


def test_a_state_that_waits_no_more_is_not_found_by_its_old_tag_or_date(open_store: OpenStore) -> None:
    store = open_store()
    store.save([stored("k", Tally(due=date(2025, 3, 1), tags=("open",)))])
    store.save([stored("k", Tally(tags=("writing",)))])
    assert store.tagged("open", 1) == []
    assert store.due(1, date(2025, 3, 9)) == []
    assert store.tagged("writing", 1) == [(TOPIC, "k")]


def test_memory_is_bounded_and_what_leaves_it_is_read_again(
    open_store: OpenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_module, "_PARSED_BYTES", 3_000)
    store = open_store()
    store.save([stored(f"k{n}", Tally(ballast=str(n) * 900)) for n in range(10)])
    assert sum(size for _, size in store._parsed.values()) <= 3_000
    assert [store.state(TOPIC, 1, f"k{n}") for n in range(10)] == [
        Tally(ballast=str(n) * 900) for n in range(10)
    ]


def test_states_are_written_together_and_at_the_latest_when_there_are_many(
    open_store: OpenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_module, "_UNWRITTEN", 3)
    store = open_store()
    written = []
    for n in range(4):
        store.save([stored(f"k{n}", ONE)])
        written += store._sql.execute("SELECT count(*) FROM states").fetchone()
    assert written == [0, 0, 3, 3]


def test_large_states_do_not_pile_up_in_memory(
    open_store: OpenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_module, "_UNWRITTEN_BYTES", 2_500)
    store = open_store()
    written = []
    for key in ("k0", "k0", "k0", "k1", "k2"):
        store.save([stored(key, Tally(ballast="x" * 900))])
        written += store._sql.execute("SELECT count(*) FROM states").fetchone()
    assert written == [0, 0, 0, 0, 3]


def test_what_was_not_written_gives_way_to_what_another_owner_committed_since(
    log: EmbeddedLog, open_store: OpenStore
) -> None:
    store = open_store(log.identity)
    write(log, "k", ONE)
    store.save([stored("k", ONE)])
    write(log, "k", TWO)
    store.restore(log, [1])
    assert open_store(log.identity).state(TOPIC, 1, "k") == TWO


def test_a_restore_begins_at_a_mark_only_when_everything_before_it_is_in_the_file(
    log: EmbeddedLog, open_store: OpenStore
) -> None:
    store = open_store(log.identity)
    write(log, "k", ONE)
    store.save([stored("k", ONE)])
    store.mark({TopicPartition(TOPIC, 1): 1})
    assert store.restore(log, [1]) == 0
    assert open_store(log.identity).state(TOPIC, 1, "k") == ONE


def test_restoring_reads_from_the_watermark_only(log: EmbeddedLog, open_store: OpenStore) -> None:
    store = open_store(log.identity)
    write(log, "k", ONE)
    assert store.restore(log, [1]) == 1
    assert store.restore(log, [1]) == 0
    write(log, "k", TWO)
    assert store.restore(log, [1]) == 1
    assert store.state(TOPIC, 1, "k") == TWO


def test_the_marker_behind_the_last_state_is_not_read_for_again(
    log: EmbeddedLog, open_store: OpenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On Kafka a transaction ends with a marker, which has an offset and is no record."""
    store = open_store(log.identity)
    write(log, "k", ONE)
    ends = log.ends
    monkeypatch.setattr(log, "ends", lambda topics: {tp: end and end + 1 for tp, end in ends(topics).items()})
    asked: list[object] = []
    read = log.read_together

    def note(spans: Mapping[TopicPartition, Span]) -> Iterator[Record]:
        asked.append(dict(spans))
        return read(spans)

    monkeypatch.setattr(log, "read_together", note)
    assert store.restore(log, [1]) == 1
    assert store.restore(log, [1]) == 0
    assert asked == [{(TOPIC, 1): (0, None)}, {}]


def test_states_of_several_partitions_are_restored_in_one_reading(
    log: EmbeddedLog, open_store: OpenStore
) -> None:
    store = open_store(log.identity)
    write(log, "k", ONE)
    write(log, "k", TWO, partition=2)
    assert store.restore(log, [1, 2]) == 2
    assert (store.state(TOPIC, 1, "k"), store.state(TOPIC, 2, "k")) == (ONE, TWO)


def test_a_mark_lets_a_later_restore_begin_there(log: EmbeddedLog, open_store: OpenStore) -> None:
    store = open_store(log.identity)
    write(log, "k", ONE)
    store.mark({TopicPartition(TOPIC, 1): 1})
    assert store.restore(log, [1]) == 0


def test_a_cache_ahead_of_the_log_is_built_anew(log: EmbeddedLog, open_store: OpenStore) -> None:
    store = open_store(log.identity)
    store.save([stored("ghost", ONE)])
    store.mark({TopicPartition(TOPIC, 1): 99})
    write(log, "k", TWO)
    store.restore(log, [1])
    assert store.state(TOPIC, 1, "ghost") is None
    assert store.state(TOPIC, 1, "k") == TWO


def test_a_cache_that_was_not_written_for_long_is_built_anew(
    log: EmbeddedLog, open_store: OpenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_store(log.identity)
    store.save([stored("ghost", ONE)])
    store.mark({TopicPartition(TOPIC, 1): 0})
    monkeypatch.setattr(store_module, "_STALE_SECONDS", -1)
    store.restore(log, [1])
    assert store.state(TOPIC, 1, "ghost") is None


def test_a_cache_of_another_log_is_thrown_away(open_store: OpenStore) -> None:
    open_store("one").save([stored("k", ONE)])
    assert open_store("two").state(TOPIC, 1, "k") is None


def test_a_file_that_is_no_cache_is_replaced(open_store: OpenStore, tmp_path: Path) -> None:
    (tmp_path / "caches").mkdir()
    (tmp_path / "caches" / "counter-0.0.sqlite3").write_bytes(b"no database at all" * 100)
    assert open_store().state(TOPIC, 1, "k") is None


def test_a_cache_that_is_in_use_is_left_alone(tmp_path: Path) -> None:
    first = Store(tmp_path, "counter-0", "log", Layout(COUNTER, TENANT))
    second = Store(tmp_path, "counter-0", "log", Layout(COUNTER, TENANT))
    first.save([stored("k", ONE)])
    assert second.state(TOPIC, 1, "k") is None
    first.close()
    second.close()


def test_the_record_of_a_partition_is_restored_with_its_own_model(
    log: EmbeddedLog, open_store: OpenStore
) -> None:
    store = open_store(log.identity, Layout(TURNS, TENANT))
    write(log, "main|partition|1", Turn(number=4), topic="audit-heads")
    store.restore(log, [1])
    assert store.state("audit-heads", 1, "main|partition|1") == Turn(number=4)


def test_crashes_are_counted_over_reopening_and_begin_anew_at_another_place(open_store: OpenStore) -> None:
    assert open_store().count_crash("t", 1, 7, "k", "ValueError@a:1") == 1
    assert open_store().count_crash("t", 1, 7, "k", "ValueError@a:1") == 2
    assert open_store().count_crash("t", 1, 8, "k", "ValueError@a:1") == 1
    assert open_store().count_crash("t", 1, 7, "k", "KeyError@a:1") == 1
