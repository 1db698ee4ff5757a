"""Who may do what on a cluster: one principal a service, with what the map and its inputs give it and no more.

A service may read what it consumes and looks up, append to the topics that it owns, commit as its own group and
under its own transactional identities. It may also read what it owns: where the answer to a commit stays out, the
log is asked whether the commit happened. Topics, principals and grants are the provisioner's alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from topics.map import TopicMap


class Resource(StrEnum):
    """Kafka's names."""

    TOPIC = "TOPIC"
    GROUP = "GROUP"
    TRANSACTIONAL_ID = "TRANSACTIONAL_ID"


class Operation(StrEnum):
    """Kafka's names. READ and WRITE imply DESCRIBE."""

    READ = "READ"
    WRITE = "WRITE"
    CREATE = "CREATE"
    DESCRIBE = "DESCRIBE"
    DESCRIBE_CONFIGS = "DESCRIBE_CONFIGS"


@dataclass(frozen=True, slots=True, order=True)
class Grant:
    """One ACL that allows, from any host; nothing is ever denied by an ACL of its own."""

    principal: str
    """`User:` and the name under which the service signs in"""
    resource: Resource
    name: str
    prefixed: bool
    """whether `name` is the beginning of a name, else it is one"""
    operation: Operation


@dataclass(frozen=True, slots=True)
class Business:
    """What a service does on the log beside appending to the topics that it owns."""

    service: str
    reads: frozenset[str]
    """topics that it consumes or looks up"""
    consumes: bool = False
    """commits positions as the group of its name"""
    identities: tuple[str, ...] = ()
    """the beginnings of its transactional ids"""
    watches: frozenset[str] = frozenset()
    """groups whose members and positions it looks at, and how long what they have not read is kept"""
    keeps: tuple[str, ...] = ()
    """topics outside the map that it makes and alone uses"""


ANY_HOST: Final = "*"


def user_of(service: str, prefix: str = "") -> str:
    """The name under which a service signs in."""
    return f"{prefix}{service}"


def grants_of(topics: TopicMap, businesses: Iterable[Business], prefix: str = "") -> tuple[Grant, ...]:
    """All grants of an environment, in order, each once. `prefix` stands before every name.

    Raises KeyError where a business reads a topic that the map does not have.
    """
    found = {grant for business in businesses for grant in _grants(topics, business, prefix)}
    return tuple(sorted(found))


def _grants(topics: TopicMap, business: Business, prefix: str) -> Iterable[Grant]:
    principal = f"User:{user_of(business.service, prefix)}"

    def grant(resource: Resource, name: str, operation: Operation, *, prefixed: bool = False) -> Grant:
        return Grant(principal, resource, prefix + name, prefixed, operation)

    owned = (
        {topic.name for topic in topics if topic.written_by(business.service)}
        if business.identities
        else set()
    )
    for name in {topics[name].name for name in business.reads} | owned:
        yield grant(Resource.TOPIC, name, Operation.READ)
    for name in owned:
        yield grant(Resource.TOPIC, name, Operation.WRITE)
    for name in business.keeps:
        for operation in (Operation.CREATE, Operation.READ, Operation.WRITE):
            yield grant(Resource.TOPIC, name, operation)
    if business.consumes:
        yield grant(Resource.GROUP, business.service, Operation.READ)
    for group in business.watches:
        yield grant(Resource.GROUP, group, Operation.DESCRIBE)
    if business.watches:
        for name in business.reads:
            yield grant(Resource.TOPIC, name, Operation.DESCRIBE_CONFIGS)
    for identity in business.identities:
        yield grant(Resource.TRANSACTIONAL_ID, identity, Operation.WRITE, prefixed=True)


def as_commands(grants: Iterable[Grant]) -> list[str]:
    """The same as commands of Kafka's own tool, one a grant; the address and the tool's configuration go before."""
    options = {
        Resource.TOPIC: "--topic",
        Resource.GROUP: "--group",
        Resource.TRANSACTIONAL_ID: "--transactional-id",
    }
    return [
        f"kafka-acls.sh --add --allow-principal '{grant.principal}' --operation {grant.operation.title().replace('_', '')}"
        f" {options[grant.resource]} '{grant.name}'"
        f" --resource-pattern-type {'prefixed' if grant.prefixed else 'literal'}"
        for grant in grants
    ]
