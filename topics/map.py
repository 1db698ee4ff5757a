"""The map of topics as a value: what `topics.yaml` says, checked, with the defaults merged in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final, Literal, cast, get_args

import yaml

from schemas.registry import EVENT_TYPES

Kind = Literal["log", "state"]
KeyKind = Literal["claim", "trace", "group", "payer", "file", "name", "subject", "partition", "original"]

ANY_OWNER: Final = "all"
"""In `owner`: every service may write (dead letters)."""


class MapError(Exception):
    """The map is wrong; the text names the topic and what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic as it must be. `settings` are Kafka's names and texts, the defaults of its kind merged in."""

    name: str
    kind: Kind
    """`log`: deleted by age. `state`: compacted, the latest record of a key is its whole state"""
    key: KeyKind
    owners: tuple[str, ...]
    """who may write it; ("all",) where every service may"""
    record: str | None
    """of a state topic the record's base name (`claim-case`), else null"""
    types: tuple[str, ...]
    """of a log topic the event types it carries (`claim-denied.v1`)"""
    partitions: int
    replication: int
    settings: Mapping[str, str]

    @property
    def compacted(self) -> bool:
        return self.kind == "state"

    def written_by(self, service: str) -> bool:
        """Whether this service may append here."""
        return service in self.owners or ANY_OWNER in self.owners


@dataclass(frozen=True, slots=True)
class TopicMap:
    """All topics by name, in the order of the file. Every topic has the same number of partitions."""

    topics: Mapping[str, Topic]
    partitions: int

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.topics)

    def __getitem__(self, name: str) -> Topic:
        """The topic; KeyError where the map does not know it."""
        return self.topics[name]

    def __contains__(self, name: object) -> bool:
        return name in self.topics

    def __iter__(self) -> Iterator[Topic]:
        return iter(self.topics.values())

    def __len__(self) -> int:
        return len(self.topics)

    def with_partitions(self, count: int) -> TopicMap:
        """The same map with `count` partitions everywhere."""
        return TopicMap(MappingProxyType({t.name: replace(t, partitions=count) for t in self}), count)

    def with_replication(self, count: int) -> TopicMap:
        """The same map for a cluster of `count` brokers: in-sync minimum never above the copies there are."""
        return TopicMap(MappingProxyType({t.name: _replicated(t, count) for t in self}), self.partitions)

    def with_settings(self, settings: Mapping[str, str]) -> TopicMap:
        """The same map with these settings laid over every topic (test brokers: small segments)."""
        return TopicMap(
            MappingProxyType(
                {t.name: replace(t, settings=MappingProxyType({**t.settings, **settings})) for t in self}
            ),
            self.partitions,
        )


def _replicated(topic: Topic, count: int) -> Topic:
    settings = dict(topic.settings)
    wanted = int(settings.get("min.insync.replicas", "1"))
    settings["min.insync.replicas"] = str(min(wanted, count))
    return replace(topic, replication=count, settings=MappingProxyType(settings))


@cache
def load_map() -> TopicMap:
    """The map that ships with Reclaim. Raises MapError where the file contradicts itself or the registry."""
    return parse_map(files("topics").joinpath("topics.yaml").read_text("utf-8"))


def parse_map(text: str) -> TopicMap:
    """Read a map of the form of `topics.yaml`. Raises MapError."""
    document = yaml.safe_load(text)
    try:
        defaults = document["defaults"]
        partitions, replication = int(defaults["partitions"]), int(defaults["replication"])
        kinds = {kind: _texts(defaults[kind]) for kind in ("log", "state")}
        entries = dict(document["topics"])
    except (KeyError, TypeError, ValueError) as error:
        raise MapError("the map needs defaults (partitions, replication, log, state) and topics") from error
    carried: dict[str, list[str]] = {}
    for event in EVENT_TYPES:
        carried.setdefault(event.topic, []).append(event.name)
    if strangers := carried.keys() - entries.keys():
        raise MapError(
            f"the registry names topics that the map does not have: {', '.join(sorted(strangers))}"
        )
    topics = {
        name: _topic(name, entry, kinds, tuple(carried.get(name, ())), partitions, replication)
        for name, entry in entries.items()
    }
    return TopicMap(MappingProxyType(topics), partitions)


def _topic(
    name: str,
    entry: dict[str, object],
    kinds: Mapping[str, Mapping[str, str]],
    types: tuple[str, ...],
    partitions: int,
    replication: int,
) -> Topic:
    if unknown := entry.keys() - {"kind", "key", "owner", "record", "settings"}:
        raise MapError(f"{name}: unknown field {', '.join(sorted(unknown))}")
    kind, record, owners = entry.get("kind"), entry.get("record"), entry.get("owner")
    if kind not in kinds:
        raise MapError(f"{name}: kind must be log or state")
    if (kind == "state") != isinstance(record, str):
        raise MapError(f"{name}: a state topic, and no other, names its record")
    if (kind == "log") != bool(types):
        raise MapError(f"{name}: a log topic, and no other, carries event types of the registry")
    if not isinstance(owners, list) or not owners:
        raise MapError(f"{name}: owner must be a list of services")
    if entry.get("key") not in get_args(KeyKind):
        raise MapError(f"{name}: unknown kind of key")
    return Topic(
        name=name,
        kind=cast(Kind, kind),
        key=cast(KeyKind, entry["key"]),
        owners=tuple(str(owner) for owner in owners),
        record=record if isinstance(record, str) else None,
        types=types,
        partitions=partitions,
        replication=replication,
        settings=MappingProxyType({**kinds[str(kind)], **_texts(entry.get("settings", {}))}),
    )


def _texts(settings: object) -> dict[str, str]:
    if not isinstance(settings, dict):
        raise MapError("settings must be a mapping")
    return {str(name): str(value) for name, value in settings.items()}
