"""How often the cluster is asked: about several groups once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from kafka import KafkaAdminClient

from services.runtime.kafka import KafkaLog

pytestmark = pytest.mark.kafka

GROUPS = ["intake", "classifier", "recoder", "resubmitter"]


@pytest.mark.parametrize("of", [KafkaLog.positions_of, KafkaLog.with_members])
def test_all_groups_are_asked_about_in_one_question(
    open_log: Callable[..., KafkaLog],
    monkeypatch: pytest.MonkeyPatch,
    of: Callable[[KafkaLog, list[str]], Any],
) -> None:
    log = open_log({"claim-denied": "log"})
    ask, asked = log._ask, []

    def counted(question: Callable[[KafkaAdminClient], Any]) -> Any:
        asked.append(question)
        return ask(question)

    monkeypatch.setattr(log, "_ask", counted)
    of(log, GROUPS)
    assert len(asked) == 1
