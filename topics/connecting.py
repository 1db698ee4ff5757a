"""An admin client of a cluster, and why there is none: kafka-python tries again until its time is up, and then says
only that it is.
"""

from __future__ import annotations

import socket
import ssl
from contextlib import suppress
from typing import Any, Final

from kafka import KafkaAdminClient
from kafka.errors import KafkaConnectionError, KafkaError, SaslAuthenticationFailedError
from kafka.net.compat import KafkaNetClient

from topics.cluster import Cluster

_SECONDS: Final = 3.0
_ATTEMPTS: Final = 3

# kafka-python's words for a connection that was open and that the other side has closed.
_CLOSED: Final = "disconnected"

# How TLS begins an alert (RFC 8446 5.1), which is what it answers to anything that is no TLS.
_TLS_ALERT: Final = b"\x15"

# More than the five bytes of a TLS record's head: a broker that wants TLS answers at once.
_NO_TLS: Final = b"\x00" * 16


class RefusedError(Exception):
    """It makes no sense to try again. The text says what is wrong; no secret, no address."""


def open_admin(cluster: Cluster) -> KafkaAdminClient:
    """A client that has reached the cluster. Raises RefusedError, KafkaError, OSError."""
    options: dict[str, Any] = dict(cluster.client_options())
    made: list[KafkaNetClient] = []

    def client(**configs: Any) -> KafkaNetClient:
        made.append(KafkaNetClient(**configs))
        return made[-1]

    try:
        return KafkaAdminClient(**options, kafka_client=client)
    except (KafkaError, OSError) as error:
        refusal = _refusal(cluster, made)
        for one in made:
            with suppress(KafkaError, OSError):
                one.close()
        if refusal is not None:
            raise RefusedError(refusal) from error
        raise


def _refusal(cluster: Cluster, made: list[KafkaNetClient]) -> str | None:
    """Why the broker refuses us, or we it; null where it may only be away."""
    if "SASL" in cluster.security_protocol and any(_is_unknown(client) for client in made):
        return "the broker does not let this user in: check sasl_username, sasl_password and sasl_mechanism"
    for address in cluster.bootstrap.split(","):
        host, _, port = address.strip().rpartition(":")
        with suppress(OSError, ValueError):
            refusal = _look(cluster, host, int(port))
            if refusal is not None:
                return refusal
    return None


def _is_unknown(client: KafkaNetClient) -> bool:
    """Whether the broker, asked a few times more, does not let us in. The error of the attempts before reached a log
    line only; and where the broker closes the connection right behind its answer, kafka-python 3.0.12 may see the
    close alone."""
    manager = client._manager
    node = manager.cluster.bootstrap_brokers()[0].node_id

    async def attempt() -> None:
        await manager.get_connection(node, timeout_ms=_SECONDS * 1000)

    closed = 0
    for _ in range(_ATTEMPTS):
        manager.reset_backoff(node)
        try:
            manager.run(attempt)
        except SaslAuthenticationFailedError:
            return True
        except KafkaConnectionError as error:
            closed += _CLOSED in str(error)
        except (KafkaError, OSError):
            return False
    return closed == _ATTEMPTS


def _look(cluster: Cluster, host: str, port: int) -> str | None:
    """What is wrong with the encryption; null where nothing is. Raises OSError where nobody answers."""
    with socket.create_connection((host, port), timeout=_SECONDS) as plain:
        if "SSL" not in cluster.security_protocol:
            plain.sendall(_NO_TLS)
            return "the broker wants TLS" if plain.recv(1) == _TLS_ALERT else None
        try:
            context = ssl.create_default_context(cafile=cluster.ssl_cafile)
        except OSError:
            return "the file of the certificate authority (ssl_cafile) cannot be read"
        context.check_hostname = cluster.ssl_check_hostname
        try:
            with context.wrap_socket(plain, server_hostname=host):
                return None
        except ssl.SSLCertVerificationError as error:
            if "name" in error.verify_message or "IP address" in error.verify_message:
                return "the broker's certificate is for another name"
            return "the broker's certificate comes from no authority that is trusted (ssl_cafile)"
        except ssl.SSLError:
            return "the broker speaks no TLS, or none that we take"
