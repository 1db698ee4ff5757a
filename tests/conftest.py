"""What all tests share: a real Apache Kafka, had in one of three ways.

In this order: the address in RECLAIM_KAFKA_BOOTSTRAP, a container where a Docker engine answers, the jars of
`deploy/kafka-dev`. Where none can be had, tests that need Kafka are skipped and one line at the end of the run
says what to install; with CI=true they fail.
"""

from __future__ import annotations

import importlib.util
import os
import re
import uuid
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from services.runtime.kafka import KafkaLog
from tests.topic_maps import small_map
from topics.cluster import Cluster
from topics.map import TopicMap
from topics.provisioning import apply

PROJECT = Path(__file__).resolve().parent.parent
MISSING = pytest.StashKey[str]()


def _load_broker() -> ModuleType:
    spec = importlib.util.spec_from_file_location("kafka_dev_broker", PROJECT / "deploy/kafka-dev/broker.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


broker = _load_broker()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    missing = terminalreporter.config.stash.get(MISSING, None)
    if missing is not None:
        terminalreporter.write_line(f"Kafka tests did not run: {missing}", yellow=True)


@pytest.fixture(scope="session")
def kafka_bootstrap(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Iterator[str]:
    """The address of a real broker of this test run."""
    given = os.environ.get("RECLAIM_KAFKA_BOOTSTRAP")
    if given:
        yield given
        return
    container = _container()
    if container is not None:
        try:
            yield container[1]
        finally:
            container[0].stop()
        return
    long = re.search(r"(?<!not )\bsoak\b", pytestconfig.getoption("markexpr")) is not None
    jars = broker.Broker(tmp_path_factory.mktemp("kafka"), tied=True, brief=not long)
    try:
        address = jars.start()
    except broker.BrokerError as error:
        pytestconfig.stash[MISSING] = str(error)
        if os.environ.get("CI") == "true":
            pytest.fail(f"no Kafka: {error}", pytrace=False)
        pytest.skip("no Kafka")
    try:
        yield address
    finally:
        jars.wipe()


@pytest.fixture
def cluster(kafka_bootstrap: str) -> Iterator[Cluster]:
    """A corner of the broker that is this test's alone: its topics carry a prefix and go with it."""
    corner = Cluster(
        bootstrap=kafka_bootstrap,
        prefix=f"t{uuid.uuid4().hex[:10]}-",
        replication=1,
        session_seconds=3.0,
        transaction_seconds=10.0,
        request_seconds=20.0,
    )
    yield corner
    remove_topics(corner)


OpenLog = Callable[..., KafkaLog]


@pytest.fixture
def open_log(cluster: Cluster) -> Iterator[OpenLog]:
    """`open_log({"asked": "log"})` (or a whole TopicMap) gives a KafkaLog whose topics are there. Each call
    is a log of its own, as another process would have it."""
    opened: list[KafkaLog] = []

    def opening(topics: Mapping[str, str] | TopicMap, on: Cluster = cluster, partitions: int = 8) -> KafkaLog:
        known = topics if isinstance(topics, TopicMap) else small_map(topics, partitions)
        apply(on, known)
        log = KafkaLog(on, known)
        opened.append(log)
        return log

    yield opening
    for log in opened:
        log.close()


@pytest.fixture
def own_broker(tmp_path: Path) -> Iterator[broker.Broker]:  # type: ignore[name-defined]
    """A broker that this test may stop and kill."""
    if not broker.available():
        pytest.skip("needs Java and Maven: a broker of its own to restart")
    own = broker.Broker(tmp_path / "kafka", tied=True, brief=True)
    own.start()
    yield own
    own.wipe()


def remove_topics(corner: Cluster) -> None:
    """Delete the topics under a prefix; a broker with thousands of partitions is slow."""
    admin = KafkaAdminClient(bootstrap_servers=corner.bootstrap)
    try:
        admin.delete_topics([name for name in admin.list_topics() if name.startswith(corner.prefix)])
    except (KafkaError, ValueError):
        pass
    finally:
        admin.close()


def _container() -> tuple[Any, str] | None:
    """A broker in a container with the settings of the jars' broker, or null where no engine answers."""
    try:
        import docker  # type: ignore[import-untyped, unused-ignore]
        from testcontainers.core.container import DockerContainer
        from testcontainers.core.waiting_utils import wait_for_logs

        docker.from_env(timeout=5).ping()
    except Exception:  # whatever keeps the engine from answering: there is none for us
        return None
    port = broker.free_port()
    settings = broker.settings(port, 9093, "/tmp/kafka-data")
    settings["listeners"] = f"PLAINTEXT://0.0.0.0:{port},CONTROLLER://127.0.0.1:9093"
    container = DockerContainer(f"apache/kafka:{broker.VERSION}").with_bind_ports(port, port)
    for name, value in settings.items():
        container = container.with_env("KAFKA_" + name.upper().replace(".", "_"), value)
    container.start()
    wait_for_logs(container, "Kafka Server started", timeout=90)
    return container, f"127.0.0.1:{port}"
