"""The map of topics agrees with the registry, and a wrong one is refused with the topic's name."""

from __future__ import annotations

from importlib.resources import files

import pytest
import yaml

from schemas.registry import EVENT_TYPES
from topics.map import MapError, load_map, parse_map


def text(**changes: object) -> str:
    """The shipped map with entries replaced (or, with None, removed)."""
    document = yaml.safe_load(files("topics").joinpath("topics.yaml").read_text("utf-8"))
    for name, entry in changes.items():
        topic = name.replace("_", "-")
        if entry is None:
            del document["topics"][topic]
        else:
            document["topics"][topic] = entry
    return yaml.safe_dump(document, sort_keys=False)


def test_every_event_type_has_its_topic() -> None:
    topics = load_map()
    assert all(event.name in topics[event.topic].types for event in EVENT_TYPES)


def test_state_topics_are_compacted_and_never_deleted() -> None:
    states = [topic for topic in load_map() if topic.kind == "state"]
    assert len(states) == 13
    assert all(topic.compacted and topic.settings["cleanup.policy"] == "compact" for topic in states)
    assert not any("retention.ms" in topic.settings for topic in states)


def test_all_topics_have_the_same_number_of_partitions() -> None:
    assert {topic.partitions for topic in load_map()} == {load_map().partitions} == {8}
    assert {topic.partitions for topic in load_map().with_partitions(4)} == {4}


def test_settings_of_a_topic_go_over_those_of_its_kind() -> None:
    topics = load_map()
    assert topics["control"].settings["retention.ms"] == "-1"
    assert topics["claim-denied"].settings["retention.ms"] == "220898664000"
    assert topics["control"].settings["segment.ms"] == topics["claim-denied"].settings["segment.ms"]


def test_a_single_broker_is_not_asked_for_two_copies_in_sync() -> None:
    assert load_map()["holds"].settings["min.insync.replicas"] == "2"
    alone = load_map().with_replication(1)["holds"]
    assert (alone.replication, alone.settings["min.insync.replicas"]) == (1, "1")


def test_only_owners_write() -> None:
    topics = load_map()
    assert topics["recoding-decided"].written_by("recoder")
    assert not topics["recoding-decided"].written_by("console")
    assert topics["dead-letters"].written_by("recoder")


@pytest.mark.parametrize(
    ("name", "entry", "complaint"),
    [
        ("holds", {"kind": "table", "key": "name", "owner": ["cli"]}, "holds: kind"),
        ("holds", {"kind": "state", "key": "name", "owner": ["cli"]}, "holds: a state topic"),
        (
            "control",
            {"kind": "log", "key": "partition", "owner": ["cli"], "record": "x"},
            "control: a state topic",
        ),
        ("control", {"kind": "log", "key": "partition", "owner": "cli"}, "control: owner"),
        ("control", {"kind": "log", "key": "random", "owner": ["cli"]}, "control: unknown kind of key"),
        (
            "control",
            {"kind": "log", "key": "claim", "owner": ["cli"], "retention": 1},
            "control: unknown field",
        ),
        ("new_topic", {"kind": "log", "key": "claim", "owner": ["cli"]}, "new-topic: a log topic"),
        ("control", None, "registry names topics"),
    ],
)
def test_a_wrong_map_is_refused(name: str, entry: object, complaint: str) -> None:
    with pytest.raises(MapError, match=complaint):
        parse_map(text(**{name: entry}))
