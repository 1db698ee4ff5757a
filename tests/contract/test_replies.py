"""The answer to a person's request is found on both logs, and only where it can stand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from schemas.codes import Decision
from services.core.processing import Outcome
from services.deployment.opening import Deployment
from services.desk.wishes import Reply
from services.runtime.blobs import Blobs
from services.runtime.embedded import EmbeddedLog
from services.runtime.log import Log
from services.runtime.settings import load_settings
from tests.contract.suite import OpenLog
from tests.decisions import decided
from tests.topic_maps import small_map

KEY = "main|0123456789abcdef"

TOPICS = {"recoding-decided": "log"}


def decide(deployment: Deployment, request: str, decision: Decision) -> None:
    answer = decided(decision).model_copy(update={"request": request})
    natural = f"{request}|{decision}"
    outcome = Outcome("recoding-decided.v1", KEY, natural, datetime(2026, 5, 4, tzinfo=UTC), answer)
    deployment.publish([deployment.draft(outcome)])


class Replies:
    @pytest.fixture
    def deployment(self, log: Log, tmp_path: Path) -> Deployment:
        settings = load_settings(data=tmp_path / "data")
        # The recoder alone writes decisions.
        return Deployment(settings, log, Blobs(settings.blobs), "recoder")

    def test_the_answer_is_read_behind_what_stood_before_the_request(self, deployment: Deployment) -> None:
        decide(deployment, "mine", Decision.HELD)
        reply = Reply(deployment, KEY, "mine")
        assert reply.look() is None
        decide(deployment, "another", Decision.REJECTED)
        assert reply.look() is None
        decide(deployment, "mine", Decision.REFUSED)
        answer = reply.look()
        assert answer is not None
        assert answer.decision is Decision.REFUSED


class TestOnTheEmbeddedLog(Replies):
    @pytest.fixture
    def log(self, tmp_path: Path) -> Iterator[Log]:
        log = EmbeddedLog(tmp_path / "log.sqlite3", small_map(TOPICS, 8))
        yield log
        log.close()


@pytest.mark.kafka
class TestOnKafka(Replies):
    @pytest.fixture
    def log(self, open_log: OpenLog) -> Log:
        return open_log(TOPICS)
