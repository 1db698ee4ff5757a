"""The port's promises on Apache Kafka."""

from __future__ import annotations

import pytest

from tests.contract.suite import LogContract


@pytest.mark.kafka
class TestKafkaLog(LogContract):
    """`open_log` is the one of the run's broker (tests/conftest.py)."""
