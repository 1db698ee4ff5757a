"""What each principal may do follows from the map and from what its service reads."""

from __future__ import annotations

import pytest

from tests.topic_maps import small_map
from topics.access import Business, Grant, Operation, Resource, as_commands, grants_of
from topics.map import load_map

TOPICS = load_map()


def allowed(business: Business, resource: Resource, operation: Operation) -> set[str]:
    return {
        grant.name
        for grant in grants_of(TOPICS, [business])
        if (grant.resource, grant.operation) == (resource, operation)
    }


CLASSIFIER = Business("classifier", frozenset({"claim-denied"}), consumes=True, identities=("classifier.",))
LOOKER = Business("monitor", frozenset({"claim-denied"}), consumes=True, watches=frozenset({"recoder"}))


def test_a_service_writes_what_the_map_says_that_it_owns_and_dead_letters() -> None:
    assert allowed(CLASSIFIER, Resource.TOPIC, Operation.WRITE) == {
        "denial-classified",
        "case-changed",
        "claim-cases",
        "dead-letters",
    }


def test_a_service_reads_its_inputs_and_what_it_owns_to_look_up_a_commit_in_doubt() -> None:
    written = allowed(CLASSIFIER, Resource.TOPIC, Operation.WRITE)
    assert allowed(CLASSIFIER, Resource.TOPIC, Operation.READ) == {"claim-denied", *written}


def test_a_service_commits_as_its_own_group_alone() -> None:
    assert allowed(CLASSIFIER, Resource.GROUP, Operation.READ) == {"classifier"}


def test_a_service_without_an_identity_writes_nothing_not_even_dead_letters() -> None:
    assert allowed(LOOKER, Resource.TOPIC, Operation.WRITE) == set()


def test_who_watches_a_group_may_look_at_it_and_no_more() -> None:
    assert allowed(LOOKER, Resource.GROUP, Operation.DESCRIBE) == {"recoder"}
    assert "recoder" not in allowed(LOOKER, Resource.GROUP, Operation.READ)


def test_who_watches_a_group_may_ask_how_long_what_it_reads_is_kept() -> None:
    assert allowed(LOOKER, Resource.TOPIC, Operation.DESCRIBE_CONFIGS) == {"claim-denied"}
    assert allowed(CLASSIFIER, Resource.TOPIC, Operation.DESCRIBE_CONFIGS) == set()
    (command,) = as_commands([Grant("User:a", Resource.TOPIC, "t", False, Operation.DESCRIBE_CONFIGS)])
    assert "--operation DescribeConfigs --topic 't'" in command


def test_a_topic_that_a_service_keeps_for_itself_may_be_made_read_and_written() -> None:
    keeper = Business("monitor", frozenset(), keeps=("monitor-view-changelog",))
    assert {(grant.name, grant.operation) for grant in grants_of(TOPICS, [keeper])} == {
        ("monitor-view-changelog", operation)
        for operation in (Operation.CREATE, Operation.READ, Operation.WRITE)
    }


def test_an_environment_s_prefix_stands_before_every_name() -> None:
    granted = grants_of(
        small_map({"asked": "log"}), [Business("a", frozenset({"asked"}), True, ("a.",))], "dev-"
    )
    assert all(grant.principal == "User:dev-a" and grant.name.startswith("dev-") for grant in granted)
    assert len(granted) == 3


def test_a_topic_that_the_map_does_not_have_is_refused() -> None:
    with pytest.raises(KeyError):
        grants_of(TOPICS, [Business("a", frozenset({"no-such-topic"}))])


def test_transactional_identities_are_granted_by_their_beginning() -> None:
    (command,) = as_commands([Grant("User:a", Resource.TRANSACTIONAL_ID, "a.", True, Operation.WRITE)])
    assert command.startswith("kafka-acls.sh --add --allow-principal 'User:a' --operation Write ")
    assert command.endswith("--transactional-id 'a.' --resource-pattern-type prefixed")
