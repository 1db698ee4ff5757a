"""What is the embedded log's own, beside the contract: its file, its lock, its compaction."""

from __future__ import annotations

import sqlite3
import stat
import threading
from pathlib import Path

import pytest

import services.runtime.embedded_file as embedded_file
from services.runtime.embedded import EmbeddedLog, ServicesRunningError
from services.runtime.log import Draft, PermanentLogError, TransientLogError
from tests.topic_maps import small_map

TOPICS = small_map({"asked": "log", "kept": "state"})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "log.sqlite3"


@pytest.fixture
def log(path: Path) -> EmbeddedLog:
    return EmbeddedLog(path, TOPICS)


def put(log: EmbeddedLog, topic: str, *pairs: tuple[str, bytes | None]) -> None:
    log.appender("test").commit([Draft(topic, key, value, {}) for key, value in pairs])


def test_file_and_folder_are_their_owners_alone(log: EmbeddedLog, path: Path) -> None:
    put(log, "asked", ("k", b"v"))
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in path.parent.glob("log.sqlite3*")} == {0o600}


def test_a_commit_is_synchronous_and_goes_through_the_wal(log: EmbeddedLog) -> None:
    sql = log.connection().sql
    assert sql.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert sql.execute("PRAGMA synchronous").fetchone() == (2,)


def test_one_process_runs_the_services(log: EmbeddedLog, path: Path) -> None:
    other = EmbeddedLog(path, TOPICS)
    with log.service_lock(), pytest.raises(ServicesRunningError), other.service_lock():
        pass
    assert not other.is_served()
    with other.service_lock():
        assert log.is_served()


def test_others_append_and_read_while_the_services_run(log: EmbeddedLog, path: Path) -> None:
    with log.service_lock():
        put(EmbeddedLog(path, TOPICS), "asked", ("k", b"v"))
        assert [record.value for record in EmbeddedLog(path, TOPICS).read("asked")] == [b"v"]


def test_a_log_keeps_its_number_of_partitions(log: EmbeddedLog, path: Path) -> None:
    with pytest.raises(PermanentLogError):
        EmbeddedLog(path, TOPICS.with_partitions(4))


def test_a_topic_that_is_new_in_the_map_is_there_after_reopening(log: EmbeddedLog, path: Path) -> None:
    put(log, "asked", ("k", b"v"))
    grown = EmbeddedLog(path, small_map({"first": "log", "asked": "log", "kept": "state"}))
    put(grown, "first", ("k", b"w"))
    assert [record.value for record in grown.read("asked")] == [b"v"]
    assert [record.value for record in grown.read("first")] == [b"w"]


def test_a_file_that_is_busy_for_too_long_is_a_transient_fault(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded_file, "_BUSY_SECONDS", 0.05)
    log = EmbeddedLog(path, TOPICS)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(TransientLogError):
        put(log, "asked", ("k", b"v"))
    other.execute("ROLLBACK")
    put(log, "asked", ("k", b"v"))


def test_appenders_of_several_threads_and_a_session_lose_nothing(log: EmbeddedLog) -> None:
    def append(name: str) -> None:
        appender = log.appender(name)
        for n in range(20):
            appender.commit([Draft("asked", f"{name}-{n}", b"v", {})])

    threads = [threading.Thread(target=append, args=(f"t{n}",)) for n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({record.key for record in log.read("asked")}) == 60


def test_offsets_have_no_gaps(log: EmbeddedLog) -> None:
    for n in range(5):
        put(log, "asked", ("k", str(n).encode()), ("k", b""))
    partition = next(iter(log.read("asked"))).partition
    assert [record.offset for record in log.read("asked", partition)] == list(range(10))


def test_compaction_keeps_the_latest_of_each_key_and_every_log(log: EmbeddedLog) -> None:
    put(log, "asked", ("k", b"1"), ("k", b"2"))
    put(log, "kept", ("k", b"1"), ("gone", b"1"), ("k", b"2"), ("gone", None))
    before = log.ends(["kept"])
    assert log.compact() == 2
    assert {record.key: record.value for record in log.read("kept")} == {"k": b"2", "gone": None}
    assert len(list(log.read("asked"))) == 2
    assert log.ends(["kept"]) == before
    assert log.compact() == 0


def test_a_header_with_the_separator_is_refused(log: EmbeddedLog) -> None:
    with pytest.raises(PermanentLogError):
        log.appender("test").commit([Draft("asked", "k", b"v", {"a": "b\x1fc"})])


def test_a_record_without_headers_has_none(log: EmbeddedLog) -> None:
    put(log, "asked", ("k", b"v"))
    assert [dict(record.headers) for record in log.read("asked")] == [{}]
