"""The fold over the embedded log: from where it was left, and never twice."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from schemas.envelope import claim_key
from services.monitor.follower import PAGE, Follower
from services.monitor.sampler import RETENTION_MS, Sampler
from services.monitor.snapshot import encode_fold
from services.monitor.stages import Stage
from services.runtime.embedded import EmbeddedLog
from services.runtime.log import Draft, TopicPartition
from tests.monitoring import PAYER
from topics.map import load_map


@pytest.fixture
def log(tmp_path: Path) -> Iterator[EmbeddedLog]:
    opened = EmbeddedLog(tmp_path / "log.sqlite3", load_map())
    yield opened
    opened.close()


def told(topic: str, claim: str, **value: Any) -> Draft:
    headers = {"ce_id": f"{topic} {claim}", "ce_type": f"{topic}.v1", "ce_time": "2026-05-01T00:00:00Z"}
    return Draft(topic, claim_key("main", b"secret", claim), json.dumps(value).encode(), headers)


def denied(claim: str) -> Draft:
    return told("claim-denied", claim, payer=PAYER, denied_amount="10.00")


def classified(claim: str) -> Draft:
    return told(
        "denial-classified",
        claim,
        lineage="l",
        revision=1,
        answers=None,
        payer=PAYER,
        denied_amount="10.00",
        primary_cause="auth",
    )


def append(log: EmbeddedLog, *drafts: Draft) -> None:
    log.appender("test").commit(drafts)


def test_it_goes_on_from_its_snapshot_and_comes_to_the_same(log: EmbeddedLog, tmp_path: Path) -> None:
    append(log, *(denied(f"c{n}") for n in range(20)))
    first = Follower.open(log, tmp_path / "caches")
    first.catch_up()
    first.keep()
    append(log, *(classified(f"c{n}") for n in range(10)))
    again, anew = Follower.open(log, tmp_path / "caches"), Follower.open(log, tmp_path / "none")
    assert again.fold.positions == first.fold.positions
    assert not anew.fold.positions
    for follower in (again, anew):
        follower.catch_up()
    assert encode_fold(again.fold) == encode_fold(anew.fold)
    assert sum(wait.stage is Stage.PROPOSED for wait in again.fold.waits()) == 10


@pytest.mark.parametrize("damage", [b"", b"{", b'{"format":0}', b'{"format":1}', b"[]"])
def test_a_snapshot_that_cannot_be_read_is_built_anew(
    log: EmbeddedLog, tmp_path: Path, damage: bytes
) -> None:
    append(log, denied("c"))
    kept = Follower.open(log, tmp_path / "caches")
    kept.catch_up()
    kept.keep()
    kept.file.write_bytes(damage)
    anew = Follower.open(log, tmp_path / "caches")
    anew.catch_up()
    assert encode_fold(anew.fold) == encode_fold(kept.fold)


def test_the_snapshot_of_another_log_is_not_taken_up(log: EmbeddedLog, tmp_path: Path) -> None:
    append(log, denied("c"))
    kept = Follower.open(log, tmp_path / "caches")
    kept.catch_up()
    kept.keep()
    other = EmbeddedLog(tmp_path / "other.sqlite3", load_map())
    assert not Follower.open(other, tmp_path / "caches").fold.flows
    other.close()


def test_a_page_of_every_topic_in_its_turn(log: EmbeddedLog, tmp_path: Path) -> None:
    claims = [f"c{n}" for n in range(3 * PAGE)]
    append(log, *(draft for claim in claims for draft in (denied(claim), classified(claim))))
    follower = Follower.open(log, tmp_path / "caches")
    read = 0
    while (step := follower.step(50)) > 0:
        read += step
    assert read == 2 * len(claims)


def test_what_the_classifier_has_committed_is_no_longer_waited_for(log: EmbeddedLog, tmp_path: Path) -> None:
    append(log, denied("c"))
    follower = Follower.open(log, tmp_path / "caches")
    follower.catch_up()
    assert [wait.stage for wait in follower.fold.waits()] == [Stage.CLASSIFIED]
    session = log.session(
        "classifier",
        "1",
        ["claim-denied"],
        on_assigned=lambda _: None,
        on_revoked=lambda _: None,
    )
    (record,) = session.poll(10, 0.0)
    session.commit([], {TopicPartition(record.topic, record.partition): record.offset + 1})
    session.close()
    follower.catch_up()
    assert not list(follower.fold.waits())


def test_a_look_sees_the_oldest_record_that_a_group_has_not_read(log: EmbeddedLog, tmp_path: Path) -> None:
    append(log, denied("c"))
    append(log, classified("c"))
    sampler = Sampler(
        log,
        {"classifier": ("claim-denied",), "recoder": ("denial-classified",)},
        lambda: {"claim-denied": 1000},
        lambda _: ["classifier"],
        tmp_path / "consumers.json",
    )
    for now in (1, 2, 3):
        seen = sampler.look(now)
    behind = [one for one in seen["classifier"] if one.unread_since is not None]
    (record,) = log.read("claim-denied")
    assert [(one.partition, one.unread_since, one.retention) for one in behind] == [
        (record.partition, record.timestamp, 1000)
    ]
    assert (len(behind[0].track.commits), behind[0].track.lag) == (3, 1)
    assert {len(one.track.commits) for one in seen["recoder"]} == {1}
    sampler.keep()
    later = Sampler(log, sampler.groups, dict, lambda _: (), sampler.file)
    later.restore()
    assert later.tracks == sampler.tracks


def test_a_retention_that_is_changed_while_we_look_counts_within_a_minute(
    log: EmbeddedLog, tmp_path: Path
) -> None:
    append(log, denied("c"))
    kept: dict[str, int | None] = {"claim-denied": 1000}
    groups = {"classifier": ("claim-denied",)}
    sampler = Sampler(log, groups, lambda: dict(kept), lambda _: (), tmp_path / "consumers.json")
    sampler.look(1)
    kept["claim-denied"] = 500
    seen = sampler.look(1 + RETENTION_MS)["classifier"]
    assert {one.retention for one in seen} == {500}
