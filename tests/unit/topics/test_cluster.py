"""How to reach Kafka: settings as texts, security, and nothing secret in what is printed."""

from __future__ import annotations

import pytest

from topics.cluster import Cluster, ClusterError, read_cluster


def test_settings_are_read_from_texts() -> None:
    cluster = read_cluster(
        {"bootstrap": "a:1, b:2", "replication": "1", "session_seconds": "7.5", "ssl_check_hostname": "no"}
    )
    assert (cluster.replication, cluster.session_seconds, cluster.ssl_check_hostname) == (1, 7.5, False)
    assert cluster.client_options()["bootstrap_servers"] == ["a:1", "b:2"]


def test_tls_and_sasl_reach_the_client() -> None:
    options = read_cluster(
        {
            "security_protocol": "SASL_SSL",
            "sasl_mechanism": "SCRAM-SHA-512",
            "sasl_username": "reclaim",
            "sasl_password": "geheim",
            "ssl_cafile": "ca.pem",
        }
    ).client_options()
    assert options["security_protocol"] == "SASL_SSL"
    assert (options["sasl_plain_username"], options["sasl_plain_password"]) == ("reclaim", "geheim")
    assert (options["ssl_cafile"], options["ssl_check_hostname"]) == ("ca.pem", True)


def test_without_security_no_credentials_are_sent_along() -> None:
    options = Cluster(sasl_username="u", sasl_password="p", ssl_cafile="ca.pem").client_options()
    assert not [name for name in options if name.startswith(("sasl", "ssl"))]


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"bootstap": "a:1"}, "bootstap"),
        ({"replication": "three"}, "replication"),
        ({"ssl_check_hostname": "maybe"}, "ssl_check_hostname"),
        ({"security_protocol": "TLS"}, "security_protocol"),
        ({"security_protocol": "SASL_SSL"}, "sasl_mechanism"),
    ],
)
def test_a_wrong_setting_is_named(values: dict[str, object], named: str) -> None:
    with pytest.raises(ClusterError, match=named):
        read_cluster(values)


def test_passwords_are_neither_printed_nor_in_errors() -> None:
    cluster = Cluster(sasl_password="geheim", ssl_password="geheim")
    assert "geheim" not in repr(cluster)
    with pytest.raises(ClusterError) as raised:
        read_cluster({"session_seconds": "geheim"})
    assert "geheim" not in str(raised.value)
