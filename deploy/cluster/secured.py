"""A secured broker on this machine: the one of `deploy/kafka-dev` with `security.properties` laid over it."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from deploy.cluster.credentials import make_credentials

HERE: Final = Path(__file__).resolve().parent
PROJECT: Final = HERE.parents[1]
PROVISIONER: Final = "provisioner"


def _load_broker() -> ModuleType:
    # A folder with a dash in its name is no package.
    spec = importlib.util.spec_from_file_location("kafka_dev_broker", HERE.parent / "kafka-dev" / "broker.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


broker: Any = _load_broker()


def security_settings(client_port: int, tls: Path) -> dict[str, str]:
    """`security.properties` with the places filled in that the broker's own starter does not know."""
    read = {}
    for line in (HERE / "security.properties").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            name, _, value = line.partition("=")
            read[name] = value.replace("{client_port}", str(client_port)).replace("{tls}", str(tls))
    return read


@dataclass(frozen=True, slots=True)
class Secured:
    """A secured cluster of one broker below `home`: `tls/` has the credentials, `kafka/` the broker."""

    home: Path
    broker: Any

    @classmethod
    def of(cls, home: Path, port: int = 0, *, tied: bool = False) -> Secured:
        """The cluster of a folder, started or not. `port`: the clients'; 0 for any free one."""
        home = home.resolve()
        tls = home / "tls"
        client = {
            "security_protocol": "SSL",
            "ssl_cafile": str(tls / "ca.pem"),
            "ssl_certfile": str(tls / "provisioner.pem"),
            "ssl_keyfile": str(tls / "provisioner.key"),
        }
        over = security_settings(port or broker.free_port(), tls)
        return cls(home, broker.Broker(home / "kafka", tied=tied, brief=tied, over=over, client=client))

    @property
    def tls(self) -> Path:
        return self.home / "tls"

    def start(self) -> None:
        """Make the credentials that are missing and start the broker. Raises BrokerError."""
        self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        make_credentials(self.tls)
        self.broker.start()

    def password(self, service: str) -> str:
        """The password of a service's principal."""
        return (self.tls / "passwords" / service).read_text("utf-8")

    def provisioning(self) -> dict[str, str]:
        """Settings of who makes topics, grants and users: by certificate, over the listener of the brokers."""
        return {
            "RECLAIM_LOG": "kafka",
            "RECLAIM_KAFKA_BOOTSTRAP": str(self.broker.address),
            "RECLAIM_KAFKA_REPLICATION": "1",
            "RECLAIM_KAFKA_SECURITY_PROTOCOL": "SSL",
            "RECLAIM_KAFKA_SSL_CAFILE": str(self.tls / "ca.pem"),
            "RECLAIM_KAFKA_SSL_CERTFILE": str(self.tls / "provisioner.pem"),
            "RECLAIM_KAFKA_SSL_KEYFILE": str(self.tls / "provisioner.key"),
            "RECLAIM_DATA": str(self.home / "data" / PROVISIONER),
        }

    def environment(self, service: str, over: Mapping[str, str] | None = None) -> dict[str, str]:
        """Settings of a service that signs in as its own principal."""
        return {
            "RECLAIM_LOG": "kafka",
            "RECLAIM_KAFKA_BOOTSTRAP": self._client_address(),
            "RECLAIM_KAFKA_REPLICATION": "1",
            "RECLAIM_KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
            "RECLAIM_KAFKA_SSL_CAFILE": str(self.tls / "ca.pem"),
            "RECLAIM_KAFKA_SASL_MECHANISM": "SCRAM-SHA-512",
            "RECLAIM_KAFKA_SASL_USERNAME": service,
            "RECLAIM_KAFKA_SASL_PASSWORD_FILE": str(self.tls / "passwords" / service),
            "RECLAIM_KEY_SECRET_FILE": str(self.tls / "key_secret"),
            "RECLAIM_BLOBS": str(self.home / "blobs"),
            "RECLAIM_DATA": str(self.home / "data" / service),
            **(over or {}),
        }

    def _client_address(self) -> str:
        settings = (self.home / "kafka" / "server.properties").read_text("utf-8")
        return settings.partition("CLIENT://")[2].partition(",")[0].split()[0]
