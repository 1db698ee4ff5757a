"""Topics on a real broker become as the map says, and what differs is shown."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

import pytest
from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType

from services.runtime.kafka import KafkaLog
from services.runtime.log import Draft, PermanentLogError
from topics.cluster import Cluster
from topics.map import TopicMap, load_map
from topics.provisioning import Drift, ProvisioningError, apply, plan

pytestmark = pytest.mark.kafka


def only(*names: str) -> TopicMap:
    shipped = load_map()
    return TopicMap(MappingProxyType({name: shipped[name] for name in names}), shipped.partitions)


def test_an_empty_cluster_is_planned_made_and_then_agrees(cluster: Cluster) -> None:
    shipped = load_map()
    assert [d.topic for d in plan(cluster, shipped).differences] == list(shipped.names)
    assert {d.drift for d in plan(cluster, shipped).differences} == {Drift.MISSING}, "a plan makes nothing"
    assert len(apply(cluster, shipped).differences) == len(shipped)
    assert plan(cluster, shipped).lines == ()
    assert apply(cluster, shipped).differences == (), "a second time changes nothing"


def test_topics_get_the_settings_of_the_map(cluster: Cluster) -> None:
    apply(cluster, load_map())
    admin = KafkaAdminClient(bootstrap_servers=cluster.bootstrap)
    names = [f"{cluster.prefix}{name}" for name in ("claim-cases", "control")]
    described = admin.describe_configs(
        [ConfigResource(ConfigResourceType.TOPIC, name) for name in names], config_filter="all"
    )
    settings = next(iter(described.values()))
    partitions = {t["name"]: len(t["partitions"]) for t in admin.describe_topics(names)}
    admin.close()
    cases, control = (settings[name] for name in names)
    assert cases["cleanup.policy"]["value"] == "compact"
    assert cases["segment.ms"]["value"] == "3600000"
    assert control["retention.ms"]["value"] == "-1", "configuration never expires"
    assert set(partitions.values()) == {8}


def test_a_changed_setting_is_shown_and_set_back(cluster: Cluster) -> None:
    topics = only("claim-cases", "control")
    apply(cluster, topics)
    admin = KafkaAdminClient(bootstrap_servers=cluster.bootstrap)
    name = f"{cluster.prefix}claim-cases"
    admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, name, {"cleanup.policy": "delete"})])
    admin.close()
    assert plan(cluster, topics).lines == ("claim-cases: cleanup.policy is delete, should be compact",)
    apply(cluster, topics)
    assert plan(cluster, topics).lines == ()


def test_another_number_of_partitions_is_shown_and_left_to_a_person(cluster: Cluster) -> None:
    topics = only("control")
    apply(replace(cluster, partitions=4), topics)
    found = apply(cluster, topics)
    assert found.lines == ("control: partitions are 4, should be 8: not changed by apply",)
    assert found.blocking
    assert plan(cluster, topics).lines == found.lines


def test_a_topic_that_the_map_does_not_know_is_shown_and_stays(cluster: Cluster) -> None:
    apply(cluster, only("control", "holds"))
    found = apply(cluster, only("control"))
    assert found.lines == ("holds: not in the map, left alone",)
    assert not found.to_mend
    assert plan(cluster, only("control", "holds")).lines == ()
    assert plan(cluster, only("control"), kept={"holds"}).lines == ()


def test_a_cluster_that_cannot_be_reached_is_one_error_of_ours() -> None:
    with pytest.raises(ProvisioningError, match="cannot be reached"):
        plan(Cluster(bootstrap="127.0.0.1:1", request_seconds=1.0), load_map())


def test_nothing_is_created_by_reading_or_writing(cluster: Cluster) -> None:
    log = KafkaLog(cluster, only("control", "holds"))
    with pytest.raises(PermanentLogError, match="is not there"):
        log.appender("x").commit([Draft("control", "k", b"v", {})])
    with pytest.raises(PermanentLogError, match="is not there"):
        list(log.read("holds"))
    with pytest.raises(PermanentLogError, match="is not there"):
        log.session("g", "m", ["control"], on_assigned=lambda _: None, on_revoked=lambda _: None)
    log.close()
    admin = KafkaAdminClient(bootstrap_servers=cluster.bootstrap)
    assert not [name for name in admin.list_topics() if name.startswith(cluster.prefix)]
    admin.close()


def test_a_session_refuses_topics_with_another_number_of_partitions(cluster: Cluster) -> None:
    apply(replace(cluster, partitions=4), only("control"))
    log = KafkaLog(cluster, only("control"))
    with pytest.raises(PermanentLogError, match="4 partitions, not 8"):
        log.session("g", "m", ["control"], on_assigned=lambda _: None, on_revoked=lambda _: None)
    log.close()
