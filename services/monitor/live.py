"""The fold on Kafka as a faust-streaming application: one process, its state in a changelog.

What Faust must be kept from (measured, see docs/decisions/0022-the-live-view-on-faust.md), and how:

- it reads uncommitted records: the consumer thread is a subclass that reads committed ones;
- an exception that leaves an agent loses its record: one ends the process before the record is acknowledged;
- a committed offset may freeze: a watchdog ends the process when it stands still beside unread records;
- an exception that leaves its timer stops it, and without a broker stopping never ends: a look that the broker does not
  answer is left out, and a thread of its own ends the process when nothing comes through;
- it acknowledges at least once: the fold is idempotent by event id, and every key of the table is written whole;
- its serializers quote keys: keys and values are bytes;
- it declares topics: the changelog is made before the start, by `provision`;
- its web server listens everywhere: it is off.
"""

from __future__ import annotations

import asyncio
import os
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import faust
from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread, Consumer, Transport
from kafka import KafkaAdminClient
from kafka.admin import NewTopic
from kafka.errors import TopicAlreadyExistsError

from services.monitor.consumers import SAMPLE_SECONDS
from services.monitor.fold import FIRST_READER, FOLDED_TOPICS
from services.monitor.follower import DENIED, now_ms
from services.monitor.groups import Consumption
from services.monitor.sampler import Sampler
from services.monitor.view import View
from services.runtime.kafka import KafkaLog
from services.runtime.kafka_errors import translated
from services.runtime.log import TransientLogError
from services.runtime.logging import Events, bind_logger
from topics.cluster import Cluster

GROUP: Final = "monitor"

CHANGELOG: Final = "monitor-view-changelog"

STILL_SECONDS: Final = 60.0
"""With unread records and no commit for so long, the process ends and is started anew."""

BLIND_SECONDS: Final = 120.0
"""Without a look or a record that came through for so long, the process ends and is started anew: longer than the log asks again
over a broker's restart, and when the alert says that the numbers are old."""

EXIT_STILL: Final = 75
EXIT_FAULT: Final = 70
"""sysexits.h: EX_TEMPFAIL, EX_SOFTWARE"""

_RAW: Final[Mapping[str, Any]] = {
    "key_type": bytes,
    "value_type": bytes,
    "key_serializer": "raw",
    "value_serializer": "raw",
}


class _CommittedThread(AIOKafkaConsumerThread):
    def _create_worker_consumer(self, transport: Any) -> Any:
        consumer = super()._create_worker_consumer(transport)
        consumer._isolation_level = "read_committed"
        return consumer


class _CommittedConsumer(Consumer):
    def _new_consumer_thread(self) -> Any:
        return _CommittedThread(self, loop=self.loop, beacon=self.beacon)


class _CommittedTransport(Transport):
    Consumer = _CommittedConsumer


def credentials(cluster: Cluster) -> Any:
    """How Faust signs in; null on a broker in the clear. Raises OSError for a certificate that cannot be read."""
    context = None
    if "SSL" in cluster.security_protocol:
        context = ssl.create_default_context(cafile=cluster.ssl_cafile)
        context.check_hostname = cluster.ssl_check_hostname
        if cluster.ssl_certfile is not None:
            context.load_cert_chain(cluster.ssl_certfile, cluster.ssl_keyfile, cluster.ssl_password)
    if "SASL" in cluster.security_protocol:
        return faust.SASLCredentials(
            username=cluster.sasl_username,
            password=cluster.sasl_password,
            ssl_context=context,
            mechanism=cluster.sasl_mechanism,
        )
    return faust.SSLCredentials(context) if context is not None else None


def provision(cluster: Cluster, partitions: int) -> None:
    """Make the changelog, where it is not there yet. Raises LogError."""
    options: dict[str, Any] = dict(cluster.client_options())
    with translated(), closing(KafkaAdminClient(**options)) as admin, suppress(TopicAlreadyExistsError):
        admin.create_topics(
            [
                NewTopic(
                    name=f"{cluster.prefix}{CHANGELOG}",
                    num_partitions=partitions,
                    replication_factor=cluster.replication or 3,
                    topic_configs={"cleanup.policy": "compact", "segment.ms": "3600000"},
                )
            ]
        )


@dataclass(slots=True)
class Watchdog:
    """Ends the process when nothing is committed though something is unread."""

    clock: Callable[[], float] = time.monotonic
    end: Callable[[int], None] = os._exit
    _committed: int = -1
    _since: float = 0.0

    def look(self, seen: Iterable[Consumption]) -> None:
        """`seen`: the monitor's own group."""
        seen = list(seen)
        committed = sum(one.track.commits[-1].offset for one in seen)
        if committed != self._committed or all(one.unread_since is None for one in seen):
            self._committed, self._since = committed, self.clock()
        elif self.clock() - self._since > STILL_SECONDS:
            self.end(EXIT_STILL)


@dataclass(slots=True)
class Guard:
    """Ends the process when neither a look nor a record has come through for long, from a thread that nothing else
    holds up."""

    clock: Callable[[], float] = time.monotonic
    end: Callable[[int], None] = os._exit
    _moved: float | None = None

    def moved(self) -> None:
        """A look or a record has come through."""
        self._moved = self.clock()

    def check(self) -> None:
        """Before the first of them the table is read back, which may take long."""
        if self._moved is not None and self.clock() - self._moved > BLIND_SECONDS:
            self.end(EXIT_STILL)

    def watch(self) -> None:
        """Check for ever. Blocks."""
        while True:
            time.sleep(SAMPLE_SECONDS)
            self.check()


@dataclass(slots=True)
class Looks:
    """What a thread asks the broker every few seconds."""

    sampler: Sampler
    """of the services and of this one"""
    watchdog: Watchdog = field(default_factory=Watchdog)
    consumption: dict[str, list[Consumption]] = field(default_factory=dict)

    def look(self) -> tuple[dict[int, int], dict[int, int]]:
        """How far each partition is read, and how far the classifier is. Blocks."""
        now = now_ms()
        seen = self.sampler.look(now)
        mine = seen.pop(GROUP)
        self.consumption = seen
        self.sampler.keep()
        self.watchdog.look(mine)
        handled = {
            one.partition: one.track.commits[-1].offset for one in seen[FIRST_READER] if one.topic == DENIED
        }
        through: dict[int, int] = {}
        for one in mine:
            moment = one.unread_since if one.unread_since is not None else now
            through[one.partition] = min(moment, through.get(one.partition, moment))
        return through, handled


def make_app(
    cluster: Cluster, log: KafkaLog, sampler: Sampler, show: Callable[[View, Looks], None], folder: Path
) -> Any:
    """The application. `show` is called after each look, in the event loop."""
    app: Any = faust.App(
        f"{cluster.prefix}{GROUP}",
        broker=[f"kafka://{address.strip()}" for address in cluster.bootstrap.split(",")],
        broker_credentials=credentials(cluster),
        store="memory://",
        datadir=str(folder),
        topic_partitions=log.partition_count,
        topic_replication_factor=cluster.replication or 3,
        topic_allow_declare=False,
        topic_disable_leader=True,
        reply_create_topic=False,
        web_enabled=False,
        consumer_auto_offset_reset="earliest",
        producer_linger=0.02,
        broker_commit_interval=1.0,
        broker_session_timeout=cluster.session_seconds,
        broker_heartbeat_interval=cluster.session_seconds / 4,
    )
    app.transport = _CommittedTransport(app.conf.broker_consumer, app, loop=app.loop)
    changelog = app.topic(
        f"{cluster.prefix}{CHANGELOG}", compacting=True, internal=True, allow_empty=True, **_RAW
    )
    # Of bytes a table makes raw bytes.
    table = app.Table(
        "view",
        partitions=log.partition_count,
        changelog_topic=changelog,
        key_type=bytes,
        value_type=bytes,
    )
    view = View(table)
    looks = Looks(replace(sampler, groups={**sampler.groups, GROUP: FOLDED_TOPICS}))
    logger = bind_logger(service=GROUP)
    guard = Guard()
    threading.Thread(target=guard.watch, name="guard", daemon=True).start()
    source = app.topic(*(f"{cluster.prefix}{topic}" for topic in FOLDED_TOPICS), allow_empty=True, **_RAW)

    @table.on_recover  # type: ignore[untyped-decorator]
    async def rebuild() -> None:
        view.rebuild()

    @app.agent(source, concurrency=1)  # type: ignore[untyped-decorator]
    async def follow(stream: Any) -> None:
        async for event in stream.events():
            try:
                message = event.message
                view.take(
                    message.topic.removeprefix(cluster.prefix),
                    message.partition,
                    message.offset,
                    None if message.key is None else message.key.decode(),
                    message.value,
                    {name: text.decode() for name, text in dict(message.headers or {}).items()},
                    round(message.timestamp * 1000),
                )
                guard.moved()
            except Exception as error:
                logger.error(Events.STOPPED, type=type(error).__name__)
                os._exit(EXIT_FAULT)

    @app.timer(interval=SAMPLE_SECONDS)  # type: ignore[untyped-decorator]
    async def look() -> None:
        try:
            moments, handled = await asyncio.get_running_loop().run_in_executor(None, looks.look)
        except TransientLogError as error:
            logger.warning(Events.TRANSIENT, type=type(error).__name__)
            return
        guard.moved()
        view.read_through(moments, handled)
        show(view, looks)

    return app
