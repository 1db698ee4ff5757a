"""How the monitor signs in to a broker, as every other service does, and when it ends by itself."""

from __future__ import annotations

import pytest
from faust.transport.drivers.aiokafka import credentials_to_aiokafka_auth

from services.monitor.live import BLIND_SECONDS, EXIT_STILL, Guard, credentials
from topics.cluster import Cluster


def test_a_broker_in_the_clear_is_asked_nothing() -> None:
    assert credentials(Cluster()) is None


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"])
def test_a_name_and_a_secret_go_over_tls(mechanism: str) -> None:
    cluster = Cluster(
        security_protocol="SASL_SSL",
        sasl_mechanism=mechanism,
        sasl_username="monitor",
        sasl_password="secret",
        ssl_check_hostname=False,
    )
    said = credentials_to_aiokafka_auth(credentials(cluster))
    assert (said["security_protocol"], said["sasl_mechanism"]) == ("SASL_SSL", mechanism)
    assert (said["sasl_plain_username"], said["sasl_plain_password"]) == ("monitor", "secret")
    assert said["ssl_context"].check_hostname is False


def test_tls_alone_checks_the_name_of_the_broker() -> None:
    said = credentials_to_aiokafka_auth(credentials(Cluster(security_protocol="SSL")))
    assert said["security_protocol"] == "SSL"
    assert said["ssl_context"].check_hostname is True


def test_who_sees_nothing_for_long_ends_but_not_while_the_table_is_read_back() -> None:
    now: list[float] = [0.0]
    ended: list[int] = []
    guard = Guard(clock=lambda: now[0], end=ended.append)
    now[0] = 10 * BLIND_SECONDS
    guard.check()
    guard.moved()
    now[0] += BLIND_SECONDS
    guard.check()
    assert ended == []
    now[0] += 1
    guard.check()
    assert ended == [EXIT_STILL]
