"""Small maps of topics for tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from topics.map import TopicMap, load_map


def small_map(kinds: Mapping[str, str], partitions: int = 8) -> TopicMap:
    """A map of a test's own topics, name to `log` or `state`, with the shipped settings of their kind."""
    shipped = load_map()
    like = {"log": shipped["claim-denied"], "state": shipped["claim-cases"]}
    return TopicMap(
        MappingProxyType(
            {
                name: replace(like[kind], name=name, partitions=partitions, replication=1)
                for name, kind in kinds.items()
            }
        ),
        partitions,
    )
