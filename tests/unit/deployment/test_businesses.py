"""Every service has a principal, and no two can be taken for one another."""

from __future__ import annotations

from itertools import permutations

import pytest

from services.cli.service import NAMES
from services.deployment.businesses import MONITOR_CHANGELOG, businesses
from services.deployment.parts import PROCESSORS
from topics.access import Operation, Resource, grants_of
from topics.map import ANY_OWNER, load_map

TOPICS = load_map()
ALL = businesses(TOPICS)


def test_every_service_and_the_two_for_people_have_a_principal() -> None:
    assert {business.service for business in ALL} == {*NAMES, "cli", "console"}


def test_every_owner_of_the_map_may_write_its_topics() -> None:
    written = {
        (grant.principal, grant.name)
        for grant in grants_of(TOPICS, ALL)
        if (grant.resource, grant.operation) == (Resource.TOPIC, Operation.WRITE)
    }
    owned = {(f"User:{owner}", t.name) for t in TOPICS for owner in t.owners if owner != ANY_OWNER}
    assert owned <= written


def test_nobody_else_writes_a_topic_that_has_owners() -> None:
    for grant in grants_of(TOPICS, ALL):
        if (grant.resource, grant.operation) == (Resource.TOPIC, Operation.WRITE) and grant.name in TOPICS:
            assert TOPICS[grant.name].written_by(grant.principal.removeprefix("User:")), grant


def test_no_identity_begins_with_that_of_another_service() -> None:
    for one, other in permutations(ALL, 2):
        for identity in one.identities:
            assert not identity.startswith(other.identities or ("\0",)), (one.service, other.service)


@pytest.mark.parametrize("name", list(PROCESSORS))
def test_a_worker_reads_all_that_its_processor_lists(name: str) -> None:
    processor = PROCESSORS[name]
    read = next(business for business in ALL if business.service == name).reads
    assert {*processor.inputs, *processor.models} <= read


def test_the_changelog_is_the_one_that_the_monitor_uses() -> None:
    live = pytest.importorskip("services.monitor.live", reason="faust-streaming is not installed")
    assert live.CHANGELOG == MONITOR_CHANGELOG
