"""Make a cluster's topics be as the map says: `plan` shows what differs, `apply` makes it so.

Applying twice changes nothing. Nothing is ever deleted, and partitions are never removed (keys would move):
what cannot be mended is shown and left to a person.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType
from kafka.errors import KafkaError

from topics.cluster import Cluster
from topics.connecting import RefusedError, open_admin
from topics.map import Topic, TopicMap

_INTERNAL_PREFIX: Final = "__"


class ProvisioningError(Exception):
    """The broker refused; the text names the topic or the kind of error."""


class Drift(StrEnum):
    MISSING = "missing"
    """the topic is not there: it will be created"""
    SETTING = "setting"
    """a setting differs: it will be set"""
    PARTITIONS = "partitions"
    """another number of partitions: left to a person, because more of them move the keys"""
    REPLICATION = "replication"
    """another number of copies: left to a person, because it moves data"""
    UNKNOWN = "unknown"
    """a topic that neither the map has nor a service keeps (with a prefix: of those under it): left alone"""


_MENDED: Final = frozenset({Drift.MISSING, Drift.SETTING})


@dataclass(frozen=True, slots=True)
class Difference:
    topic: str
    """our name, without the environment's prefix"""
    drift: Drift
    setting: str | None = None
    is_: str | None = None
    wanted: str | None = None

    @property
    def mended(self) -> bool:
        """Whether `apply` mends it."""
        return self.drift in _MENDED

    def __str__(self) -> str:
        match self.drift:
            case Drift.MISSING:
                return f"{self.topic}: missing, to be created with {self.wanted}"
            case Drift.UNKNOWN:
                return f"{self.topic}: not in the map, left alone"
            case Drift.SETTING:
                return f"{self.topic}: {self.setting} is {self.is_}, should be {self.wanted}"
            case _:
                return f"{self.topic}: {self.drift} are {self.is_}, should be {self.wanted}: not changed by apply"


@dataclass(frozen=True, slots=True)
class Plan:
    """What differs between the map and the cluster, in the order of the map."""

    differences: tuple[Difference, ...]

    @property
    def to_mend(self) -> tuple[Difference, ...]:
        return tuple(d for d in self.differences if d.mended)

    @property
    def blocking(self) -> tuple[Difference, ...]:
        """What keeps Reclaim from running here and `apply` cannot mend."""
        return tuple(d for d in self.differences if d.drift is Drift.PARTITIONS)

    @property
    def lines(self) -> tuple[str, ...]:
        """For people, one difference a line; empty where map and cluster agree."""
        return tuple(str(d) for d in self.differences)


def wanted_topics(cluster: Cluster, topics: TopicMap) -> TopicMap:
    """The map with what the cluster's settings override: partitions and replication."""
    if cluster.partitions is not None:
        topics = topics.with_partitions(cluster.partitions)
    if cluster.replication is not None:
        topics = topics.with_replication(cluster.replication)
    return topics


def plan(cluster: Cluster, topics: TopicMap, kept: Collection[str] = ()) -> Plan:
    """Compare the map with the cluster; changes nothing. `kept`: topics that services make for themselves
    (access.py: Business.keeps). Raises ProvisioningError where it cannot be asked."""
    with Admin(cluster) as admin:
        return _plan(admin, cluster, wanted_topics(cluster, topics), kept)


def apply(cluster: Cluster, topics: TopicMap, kept: Collection[str] = ()) -> Plan:
    """Create what is missing and set what differs; returns the plan that was carried out. `kept` as in `plan`.

    A crash in between leaves some of it done; the next call does the rest. Raises ProvisioningError.
    """
    wanted = wanted_topics(cluster, topics)
    with Admin(cluster) as admin:
        found = _plan(admin, cluster, wanted, kept)
        missing = [wanted[d.topic] for d in found.differences if d.drift is Drift.MISSING]
        if missing:
            admin.create_topics(
                {
                    cluster.prefix + topic.name: {
                        "num_partitions": topic.partitions,
                        "replication_factor": topic.replication,
                        "configs": dict(topic.settings),
                    }
                    for topic in missing
                },
                wait_for_metadata=True,
            )
        drifted: dict[str, dict[str, str]] = {}
        for difference in found.differences:
            if difference.drift is Drift.SETTING and difference.setting and difference.wanted:
                drifted.setdefault(difference.topic, {})[difference.setting] = difference.wanted
        if drifted:
            admin.alter_configs(
                [
                    ConfigResource(ConfigResourceType.TOPIC, cluster.prefix + name, configs=settings)
                    for name, settings in drifted.items()
                ]
            )
        return found


def _plan(admin: KafkaAdminClient, cluster: Cluster, wanted: TopicMap, kept: Collection[str]) -> Plan:
    described: Mapping[str, Mapping[str, Any]] = {
        topic["name"].removeprefix(cluster.prefix): topic
        for topic in admin.describe_topics()
        if topic["name"].startswith(cluster.prefix) and not topic["name"].startswith(_INTERNAL_PREFIX)
    }
    there = [topic for topic in wanted if topic.name in described]
    settings = _settings(admin, cluster, there)
    differences: list[Difference] = []
    for topic in wanted:
        if topic.name not in described:
            text = f"{topic.partitions} partitions, {topic.replication} copies"
            differences.append(Difference(topic.name, Drift.MISSING, wanted=text))
        else:
            partitions = described[topic.name]["partitions"]
            differences += _differences(topic, partitions, settings[topic.name])
    differences += [
        Difference(name, Drift.UNKNOWN)
        for name in sorted(described)
        if name not in wanted and name not in kept
    ]
    return Plan(tuple(differences))


def _differences(
    topic: Topic, partitions: list[Mapping[str, Any]], settings: Mapping[str, str]
) -> list[Difference]:
    found = []
    if len(partitions) != topic.partitions:
        found.append(
            Difference(topic.name, Drift.PARTITIONS, is_=str(len(partitions)), wanted=str(topic.partitions))
        )
    copies = min((len(p["replica_nodes"]) for p in partitions), default=0)
    if copies != topic.replication:
        found.append(
            Difference(topic.name, Drift.REPLICATION, is_=str(copies), wanted=str(topic.replication))
        )
    for name, value in topic.settings.items():
        if settings.get(name) != value:
            found.append(
                Difference(topic.name, Drift.SETTING, setting=name, is_=settings.get(name), wanted=value)
            )
    return found


def _settings(admin: KafkaAdminClient, cluster: Cluster, topics: list[Topic]) -> dict[str, dict[str, str]]:
    if not topics:
        return {}
    resources = [ConfigResource(ConfigResourceType.TOPIC, cluster.prefix + t.name) for t in topics]
    described = admin.describe_configs(resources, config_filter="all")
    by_name = next(iter(described.values()))
    return {
        t.name: {name: str(entry["value"]) for name, entry in by_name[cluster.prefix + t.name].items()}
        for t in topics
    }


class Admin:
    """An admin client for one piece of work; the client's errors leave as ProvisioningError."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._client: KafkaAdminClient | None = None

    def __enter__(self) -> KafkaAdminClient:
        try:
            self._client = open_admin(self._cluster)
        except RefusedError as error:
            raise ProvisioningError(str(error)) from error
        except (KafkaError, OSError) as error:
            raise ProvisioningError(f"the Kafka cluster cannot be reached: {type(error).__name__}") from error
        return self._client

    def __exit__(self, kind: object, error: BaseException | None, _: object) -> None:
        if self._client is not None:
            self._client.close()
        if isinstance(error, (KafkaError, OSError)):
            raise ProvisioningError(f"the Kafka cluster refused: {type(error).__name__}") from error
