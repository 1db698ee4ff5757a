"""An installation that is opened: settings, the log, the blobs; and how what a person asked for is appended."""

from __future__ import annotations

import getpass
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from schemas.control import OperatorAction
from schemas.envelope import Event, claim_key
from schemas.shape import Shape
from services.core.processing import Outcome
from services.deployment.faults import Failure, WrongUse
from services.runtime.blobs import Blobs
from services.runtime.embedded import EmbeddedLog, ServicesRunningError
from services.runtime.log import Draft, Log, Record, TopicPartition
from services.runtime.partitioning import partition_of
from services.runtime.records import decode_event, encode_event, time_text, to_event
from services.runtime.settings import Settings
from topics.cluster import ClusterError, read_cluster
from topics.map import load_map

SERVICE: Final = "cli"
"""The owner under which the command line writes (topics.yaml)."""


@dataclass(frozen=True, slots=True)
class Deployment:
    """An opened installation. Reads see committed records only; `publish` is one transaction."""

    settings: Settings
    log: Log
    blobs: Blobs
    service: str = SERVICE
    """the owner under which it writes (topics.yaml): cli | console"""

    def claim_key(self, claim_number: str) -> str:
        """The key under which all about a claim number meets."""
        return claim_key(self.settings.tenant, self.settings.key_secret, claim_number)

    def of_claim(self, key: str, *topics: str) -> Iterator[Record]:
        """The records of one claim key: of each topic in their order, the topics in none. No log finds a key: the
        key's partition of each topic is read through."""
        wanted = {self.place_of(topic, key): (0, None) for topic in topics}
        return (record for record in self.log.read_together(wanted) if record.key == key)

    def events_of(self, key: str, *topics: str) -> list[Event[Shape]]:
        """The events of one claim key, topic after topic."""
        found: dict[str, list[Record]] = {topic: [] for topic in topics}
        for record in self.of_claim(key, *topics):
            found[record.topic].append(record)
        return [decode_event(record) for records in found.values() for record in records]

    def place_of(self, topic: str, key: str) -> TopicPartition:
        """Where a topic's records of a key lie."""
        return TopicPartition(topic, partition_of(key, self.log.partition_count))

    def latest(self, topic: str) -> dict[str, Record]:
        """The latest record of each key of a state topic; keys with a tombstone are left out."""
        found: dict[str, Record] = {}
        for record in self.log.read(topic):
            if record.key is not None:
                found[record.key] = record
        return {key: record for key, record in found.items() if record.value is not None}

    def event(self, outcome: Outcome) -> Event[Shape]:
        """The event that an outcome of this service is."""
        return to_event(outcome, self.settings.tenant, self.service)

    def draft(self, outcome: Outcome, partition: int | None = None) -> Draft:
        """The record of an outcome of this service, seen now."""
        return encode_event(self.event(outcome), time_text(datetime.now(UTC)), partition)

    def everywhere(self, outcomes: Callable[[int], Outcome]) -> list[Draft]:
        """A control event for every partition: `outcomes` makes the one of a partition."""
        return [self.draft(outcomes(p), p) for p in range(self.log.partition_count)]

    def publish(self, drafts: Sequence[Draft]) -> None:
        """Append the drafts in one transaction."""
        appender = self.log.appender(f"{self.service}-{secrets.token_hex(8)}")
        try:
            appender.commit(drafts)
        finally:
            appender.close()

    def action(
        self,
        action: str,
        subject: str,
        by: str,
        reason: str | None,
        requested: str,
        login: str | None = None,
    ) -> Draft:
        """What a person did, for `operator-actions`. `requested` makes it one action; `login`: who is signed in, where
        that is not the user of this machine."""
        return self.draft(
            Outcome(
                type="operator-action.v1",
                key=subject,
                natural_key=f"{action}|{subject}|{requested}",
                time=datetime.now(UTC),
                data=OperatorAction(
                    action=action,
                    subject=subject,
                    by=by,
                    os_user=login or os_user(),
                    reason=reason,
                    requested=requested,
                ),
            )
        )

    @contextmanager
    def sole_service(self) -> Iterator[None]:
        """On the embedded log: be the one process that runs the services. On Kafka the group sees to it."""
        if isinstance(self.log, EmbeddedLog):
            try:
                with self.log.service_lock():
                    self.log.compact()
                    yield
            except ServicesRunningError as error:
                raise Failure(
                    "another `reclaim run` works on this data folder; wait for it or stop it first"
                ) from error
        else:
            yield


def os_user() -> str:
    """Who the operating system says is typing."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown"


def open_log(settings: Settings) -> Log:
    """The log that the settings name. Starts nothing."""
    topics = load_map().with_partitions(settings.partitions)
    if settings.log == "embedded":
        return EmbeddedLog(settings.log_path, topics)
    # kafka-python takes a third of a second to import, and only this log needs it.
    from services.runtime.kafka import KafkaLog

    return KafkaLog(read_cluster(settings.kafka), topics)


def unusable(error: OSError) -> WrongUse:
    """What to say where the data folder cannot be made, read or written."""
    reason = (error.strerror or type(error).__name__).lower()
    return WrongUse(f"--data: the folder cannot be used ({reason}); name another one")


@contextmanager
def opened(settings: Settings, service: str = SERVICE) -> Iterator[Deployment]:
    """The deployment of these settings, closed at the end. `service`: who writes."""
    try:
        log = open_log(settings)
    except ClusterError as error:
        raise WrongUse(str(error)) from error
    except OSError as error:
        raise unusable(error) from error
    try:
        yield Deployment(settings, log, Blobs(settings.blobs), service)
    finally:
        log.close()
