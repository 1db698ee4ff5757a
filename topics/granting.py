"""Make a cluster's grants and users be as `access.py` says: what is missing is made, what is too much is taken away.

Only the principals of the environment are touched: those of its services, under its prefix.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from kafka.admin import (
    ACL,
    ACLFilter,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    KafkaAdminClient,
    ResourcePattern,
    ResourcePatternFilter,
    ResourceType,
    ScramMechanism,
    UserScramCredentialUpsertion,
)

from topics.access import ANY_HOST, Grant, Operation, Resource
from topics.cluster import Cluster
from topics.provisioning import Admin, ProvisioningError

ITERATIONS: Final = 8192
"""Of SCRAM: twice the least that Kafka takes. The passwords are drawn at random, not thought up."""


@dataclass(frozen=True, slots=True)
class Difference:
    """How the cluster's grants differ from those wanted."""

    missing: tuple[Grant, ...]
    surplus: tuple[str, ...]
    """grants, also such that deny, that a principal of ours has and should not; for people"""


def compare_grants(cluster: Cluster, wanted: Iterable[Grant]) -> Difference:
    """Changes nothing. Raises ProvisioningError."""
    with Admin(cluster) as admin:
        missing, surplus = _compare(admin, tuple(wanted))
        return _difference(missing, surplus)


def apply_grants(cluster: Cluster, wanted: Iterable[Grant]) -> Difference:
    """Make what is missing, then take away what is too much; returns what differed. Raises ProvisioningError."""
    with Admin(cluster) as admin:
        missing, surplus = _compare(admin, tuple(wanted))
        if missing:
            refused = admin.create_acls([_acl(grant) for grant in missing])["failed"]
            if refused:
                raise ProvisioningError(f"the Kafka cluster refused grants: {refused[0].__name__}")
        if surplus:
            admin.delete_acls([_exactly(acl) for acl in surplus])
        return _difference(missing, surplus)


def set_passwords(cluster: Cluster, passwords: Mapping[str, str]) -> None:
    """Give each user, by its name without `User:`, its SCRAM-SHA-512 password. Raises ProvisioningError."""
    with Admin(cluster) as admin:
        answers = admin.alter_user_scram_credentials(
            [
                UserScramCredentialUpsertion(
                    user, ScramMechanism.SCRAM_SHA_512, password, iterations=ITERATIONS
                )
                for user, password in passwords.items()
            ]
        )
        for user, refusal in answers.items():
            if refusal is not None:
                raise ProvisioningError(f"the Kafka cluster refused the user {user}")


def _compare(admin: KafkaAdminClient, wanted: tuple[Grant, ...]) -> tuple[list[Grant], list[ACL]]:
    principals = sorted({grant.principal for grant in wanted})
    there: dict[Grant, ACL] = {}
    surplus = []
    for principal in principals:
        for acl in _acls_of(admin, principal):
            grant = _grant(acl)
            if grant is not None and grant in wanted:
                there[grant] = acl
            else:
                surplus.append(acl)
    return [grant for grant in wanted if grant not in there], surplus


def _acls_of(admin: KafkaAdminClient, principal: str) -> list[ACL]:
    found, _ = admin.describe_acls(
        ACLFilter(
            principal=principal,
            host=None,
            operation=ACLOperation.ANY,
            permission_type=ACLPermissionType.ANY,
            resource_pattern=ResourcePatternFilter(ResourceType.ANY, None, ACLResourcePatternType.ANY),
        )
    )
    return list(found)


def _acl(grant: Grant) -> ACL:
    return ACL(
        principal=grant.principal,
        host=ANY_HOST,
        operation=ACLOperation[grant.operation.name],
        permission_type=ACLPermissionType.ALLOW,
        resource_pattern=ResourcePattern(
            ResourceType[grant.resource.name],
            grant.name,
            ACLResourcePatternType.PREFIXED if grant.prefixed else ACLResourcePatternType.LITERAL,
        ),
    )


def _grant(acl: ACL) -> Grant | None:
    """The grant that an ACL of the cluster is; null where it is of a kind that we never make."""
    pattern = acl.resource_pattern
    try:
        if acl.permission_type is not ACLPermissionType.ALLOW or acl.host != ANY_HOST:
            return None
        return Grant(
            acl.principal,
            Resource[pattern.resource_type.name],
            pattern.resource_name,
            pattern.pattern_type is ACLResourcePatternType.PREFIXED,
            Operation[acl.operation.name],
        )
    except KeyError:
        return None


def _exactly(acl: ACL) -> ACLFilter:
    pattern = acl.resource_pattern
    return ACLFilter(
        principal=acl.principal,
        host=acl.host,
        operation=acl.operation,
        permission_type=acl.permission_type,
        resource_pattern=ResourcePatternFilter(
            pattern.resource_type, pattern.resource_name, pattern.pattern_type
        ),
    )


def _difference(missing: list[Grant], surplus: list[ACL]) -> Difference:
    return Difference(tuple(missing), tuple(sorted(_describe(acl) for acl in surplus)))


def _describe(acl: ACL) -> str:
    pattern = acl.resource_pattern
    return (
        f"{acl.principal} {acl.permission_type.name} {acl.operation.name}"
        f" {pattern.resource_type.name} {pattern.resource_name} from {acl.host}"
    )
