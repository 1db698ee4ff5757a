"""How to reach the Apache Kafka cluster that holds the topics: addresses, security, and the deadlines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Final

_TRUE: Final = frozenset({"true", "yes", "on", "1"})
_FALSE: Final = frozenset({"false", "no", "off", "0"})

# Who types a command at a cluster that is not there should not wait for half a minute.
_BOOTSTRAP_SECONDS: Final = 10.0

# The client's pauses grow to 30 s while a broker is away, which is the deadline of a commit: it would come back
# unnoticed.
_RECONNECT_MS: Final = 1000


class ClusterError(Exception):
    """The configuration is wrong; the text names the setting, never its value."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """The settings `RECLAIM_KAFKA_<NAME>`, or `<name>` under `[kafka]` in the configuration file."""

    bootstrap: str = "127.0.0.1:9092"
    """comma-separated host:port"""
    prefix: str = ""
    """before every topic, group and transactional id: several environments on one cluster"""
    replication: int | None = None
    """copies of each partition; null: what the map says (3). A single broker needs 1"""
    partitions: int | None = None
    """partitions of every topic; null: what the map says (8)"""

    security_protocol: str = "PLAINTEXT"
    """PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL"""
    ssl_cafile: str | None = None
    ssl_certfile: str | None = None
    ssl_keyfile: str | None = None
    ssl_password: str | None = field(default=None, repr=False)
    ssl_check_hostname: bool = True
    sasl_mechanism: str | None = None
    """PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, GSSAPI"""
    sasl_username: str | None = None
    sasl_password: str | None = field(default=None, repr=False)

    session_seconds: float = 20.0
    """a member that is silent for so long loses its partitions. A restarted one keeps them (static
    membership), so this bounds how long the claims of a worker that does not come back wait"""
    poll_seconds: float = 300.0
    """a member that does not poll for so long loses its partitions: the longest batch, tending included"""
    transaction_seconds: float = 30.0
    """the broker ends a transaction that is open for so long: it holds up the readers of its partitions"""
    request_seconds: float = 30.0
    """of one request; and the deadline of a commit, which has none of its own in the client"""
    stuck_seconds: float = 60.0
    """a partition whose end moves and whose position does not for so long is stuck"""
    compression: str | None = None
    """gzip, or lz4, snappy, zstd where their package is installed"""

    def client_options(self) -> dict[str, object]:
        """What every kafka-python client is given."""
        options: dict[str, object] = {
            "bootstrap_servers": [address.strip() for address in self.bootstrap.split(",")],
            "security_protocol": self.security_protocol,
            "request_timeout_ms": int(self.request_seconds * 1000),
            "reconnect_backoff_max_ms": _RECONNECT_MS,
            "bootstrap_timeout_ms": int(min(self.request_seconds, _BOOTSTRAP_SECONDS) * 1000),
        }
        if "SSL" in self.security_protocol:
            options |= {
                "ssl_cafile": self.ssl_cafile,
                "ssl_certfile": self.ssl_certfile,
                "ssl_keyfile": self.ssl_keyfile,
                "ssl_password": self.ssl_password,
                "ssl_check_hostname": self.ssl_check_hostname,
            }
        if "SASL" in self.security_protocol:
            options |= {
                "sasl_mechanism": self.sasl_mechanism,
                "sasl_plain_username": self.sasl_username,
                "sasl_plain_password": self.sasl_password,
            }
        return options


def read_cluster(values: Mapping[str, object]) -> Cluster:
    """A cluster from settings by name (lower case, without `RECLAIM_KAFKA_`), as texts or as TOML gives them.

    Raises ClusterError for a name that is not known and for a value that does not fit.
    """
    kinds = {f.name: str(f.type) for f in fields(Cluster)}
    if unknown := sorted(values.keys() - kinds.keys()):
        raise ClusterError(f"unknown Kafka setting: {', '.join(unknown)}; known are {', '.join(kinds)}")
    read: dict[str, object] = {}
    for name, value in values.items():
        try:
            read[name] = _read(kinds[name], value)
        except ValueError:
            raise ClusterError(f"the Kafka setting {name} must be {kinds[name]}") from None
    cluster = Cluster(**read)  # type: ignore[arg-type]
    if cluster.security_protocol not in {"PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"}:
        raise ClusterError(
            "the Kafka setting security_protocol must be PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL"
        )
    if "SASL" in cluster.security_protocol and cluster.sasl_mechanism is None:
        raise ClusterError("the Kafka setting sasl_mechanism is needed with SASL")
    return cluster


def _read(kind: str, value: object) -> object:
    if kind == "bool":
        text = str(value).lower()
        if text not in _TRUE | _FALSE:
            raise ValueError
        return text in _TRUE
    if kind.startswith("int"):
        return int(str(value))
    if kind == "float":
        return float(str(value))
    return str(value)
