"""The checker finds what it is there to find."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from services.runtime.embedded import EmbeddedLog
from services.runtime.log import Draft, Record
from services.runtime.settings import load_settings
from services.runtime.worker import Worker
from tests.chaos.checker import (
    CLASSIFYING,
    COUNTING,
    repeated_ids,
    unanswered,
    without_revisions,
    wrong_states,
)
from tests.chaos.producer import DUE, drafts
from tests.folds import documented, opened
from topics.map import load_map


@pytest.fixture
def log(tmp_path: Path) -> Iterator[EmbeddedLog]:
    """A log on which both services have answered everything."""
    opened_log = EmbeddedLog(tmp_path / "log.sqlite3", load_map())
    settings = load_settings({}, data=tmp_path)
    workers = [Worker(p, opened_log, member="0", settings=settings) for p in (COUNTING, CLASSIFYING)]
    opened_log.appender("test").commit(list(drafts(120)))
    _drain(workers)
    opened_log.appender("test").commit([opened(DUE, partition) for partition in range(8)])
    _drain(workers)
    for worker in workers:
        worker.close()
    yield opened_log
    opened_log.close()


def _drain(workers: list[Worker]) -> None:
    while any([worker.step() for worker in workers]):
        pass


def again(record: Record, **changes: object) -> Draft:
    draft = Draft(record.topic, record.key, record.value, record.headers, record.partition)
    return replace(draft, **changes)  # type: ignore[arg-type]


def test_nothing_is_found_where_all_is_well(log: EmbeddedLog) -> None:
    assert repeated_ids(log, "case-changed", "denial-classified", "dead-letters") == []
    assert unanswered(log) == []
    assert wrong_states(log, CLASSIFYING, without_revisions) == []


@pytest.mark.parametrize("topic", ["case-changed", "denial-classified", "dead-letters"])
def test_an_answer_that_is_published_twice_is_found(log: EmbeddedLog, topic: str) -> None:
    record = next(log.read(topic))
    log.appender("test").commit([again(record)])
    assert repeated_ids(log, topic) == [record.headers["ce_id"]]


def test_an_input_without_an_answer_is_found(log: EmbeddedLog) -> None:
    log.appender("test").commit([documented(9999)])
    assert any("0 answers" in problem for problem in unanswered(log))


def test_an_input_with_two_letters_is_found(log: EmbeddedLog) -> None:
    log.appender("test").commit([again(next(log.read("dead-letters")))])
    assert any("2 letters" in problem for problem in unanswered(log))


def test_an_answer_that_was_given_from_another_state_is_found(log: EmbeddedLog) -> None:
    record = next(record for record in log.read("claim-documented"))
    log.appender("test").commit([again(record, headers={**record.headers, "ce_id": "other"})])
    assert unanswered(log)


def test_a_state_that_is_behind_its_inputs_is_found(log: EmbeddedLog) -> None:
    record = next(log.read("work-items"))
    earlier = (record.value or b"").replace(b'"answered":["', b'"answered":["x')
    log.appender("test").commit([again(record, value=earlier)])
    assert any("not the fold" in problem for problem in unanswered(log))


def test_a_missing_call_is_found(log: EmbeddedLog) -> None:
    log.appender("test").commit([opened(DUE.replace(day=2), partition) for partition in range(8)])
    assert any("was called 1 times, not 2" in problem for problem in unanswered(log))


def test_a_case_that_is_not_the_fold_of_its_facts_is_found(log: EmbeddedLog) -> None:
    record = next(log.read("claim-cases"))
    log.appender("test").commit([again(record, value=None)])
    assert wrong_states(log, CLASSIFYING, without_revisions) == [record.key]
