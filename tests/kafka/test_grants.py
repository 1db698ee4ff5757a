"""A secured broker: TLS, SCRAM and grants. Every service does its work as its own principal, and nothing else."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from kafka import KafkaConsumer, KafkaProducer
from kafka.admin import ACL, ACLOperation, ACLPermissionType, KafkaAdminClient, ResourcePattern, ResourceType
from kafka.errors import GroupAuthorizationFailedError, TopicAuthorizationFailedError

from deploy.cluster.secured import Secured, broker
from services.deployment.businesses import MONITOR_CHANGELOG, businesses
from services.deployment.intake import open_intake
from services.deployment.loop import Part, drain
from services.deployment.monitoring import open_sampler
from services.deployment.opening import Deployment, opened
from services.deployment.parts import PROCESSORS, workers
from services.monitor.follower import Follower, now_ms
from services.runtime.kafka import KafkaLog
from services.runtime.log import APPENDERS, Draft, PermanentLogError
from services.runtime.settings import load_settings
from services.timekeeper.publisher import publish_day
from tests.conftest import MISSING
from tests.e2e.denied_claims import DAY, load_master_data, remittance, submitted
from tests.e2e.installation import Installation
from topics.access import Operation, Resource, grants_of
from topics.cluster import Cluster, read_cluster
from topics.connecting import RefusedError, open_admin
from topics.granting import apply_grants, compare_grants, set_passwords
from topics.map import load_map
from topics.provisioning import apply

pytestmark = pytest.mark.kafka

TOPICS = load_map()
ALL = {business.service: business for business in businesses(TOPICS)}
WRITERS = [name for name, business in ALL.items() if business.identities]
GRANTS = grants_of(TOPICS, ALL.values())

# Kafka's rule: who may read or write may describe.
IMPLIED = {
    Operation.READ: {"READ", "DESCRIBE"},
    Operation.WRITE: {"WRITE", "DESCRIBE"},
    Operation.DESCRIBE_CONFIGS: {"DESCRIBE_CONFIGS"},
}


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Iterator[Secured]:
    """A broker of this module's own with topics, grants and users as a deployment has them."""
    made = Secured.of(tmp_path_factory.mktemp("secured"), tied=True)
    try:
        made.start()
    except broker.BrokerError as error:
        pytestconfig.stash[MISSING] = str(error)
        if os.environ.get("CI") == "true":
            pytest.fail(f"no Kafka: {error}", pytrace=False)
        pytest.skip("no Kafka")
    try:
        as_provisioner = cluster_of(made.provisioning())
        apply(as_provisioner, TOPICS)
        apply_grants(as_provisioner, GRANTS)
        set_passwords(as_provisioner, {name: made.password(name) for name in ALL})
        yield made
    finally:
        made.broker.wipe()


def cluster_of(environment: dict[str, str]) -> Cluster:
    return replace(read_cluster(load_settings(environment).kafka), session_seconds=6.0, request_seconds=10.0)


@pytest.fixture(scope="module")
def logs(secured: Secured) -> Iterator[dict[str, KafkaLog]]:
    """The log as each principal has it."""
    made = {name: KafkaLog(cluster_of(secured.environment(name)), TOPICS) for name in ALL}
    yield made
    for log in made.values():
        log.close()


def granted(service: str, resource: Resource, operation: Operation) -> set[str]:
    return {
        grant.name
        for grant in GRANTS
        if (grant.principal, grant.resource, grant.operation) == (f"User:{service}", resource, operation)
    }


def test_every_service_does_its_work_as_its_own_principal(secured: Secured, tmp_path: Path) -> None:
    people = Installation(tmp_path, secured.environment("cli"))
    load_master_data(people)
    people.put("claims.837", submitted())
    people.put("remittance.835", remittance())
    with ExitStack() as stack:

        def deployment(service: str) -> Deployment:
            return stack.enter_context(opened(load_settings(secured.environment(service))))

        publish_day(deployment("timekeeper").log, "main", date.fromisoformat(DAY))
        parts: list[Part] = [
            stack.enter_context(closing(open_intake(deployment("intake"), str(people.inbox), once=True)))
        ]
        seals = []
        for name in PROCESSORS:
            own = stack.enter_context(workers(deployment(name), (name,), people.outbox))
            parts += own.round
            seals.append(own.seal)

        def seal(now: bool) -> None:
            for one in seals:
                one(now)

        deadline = time.monotonic() + 120
        assert drain(parts, seal, lambda: time.monotonic() > deadline, lambda _: None)
        monitor = deployment("monitor")
        follower = Follower.open(monitor.log, tmp_path / "caches")
        assert follower.catch_up() > 0
        assert open_sampler(monitor, serving=False).look(now_ms()).keys() == PROCESSORS.keys()
        console = deployment("console")
        assert [record.topic for record in console.log.read("claim-delivered")] == ["claim-delivered"]
    assert len(people.outgoing()) == 1
    assert people("audit", "verify").status == 0


@pytest.mark.parametrize("service", list(ALL))
def test_the_broker_allows_a_principal_on_each_topic_what_the_map_gives_it_and_no_more(
    secured: Secured, service: str
) -> None:
    admin = open_admin(cluster_of(secured.environment(service)))
    try:
        described = {topic["name"]: topic for topic in admin.describe_topics(list(TOPICS.names))}
    finally:
        admin.close()
    allowed = {
        name: set(topic["authorized_operations"]) if topic["error_code"] == 0 else set()
        for name, topic in described.items()
    }
    wanted: dict[str, set[str]] = {name: set() for name in TOPICS.names}
    for operation, implied in IMPLIED.items():
        for name in granted(service, Resource.TOPIC, operation) - {MONITOR_CHANGELOG}:
            wanted[name] |= implied
    assert allowed == wanted
    hidden = {name for name, topic in described.items() if topic["error_code"] != 0}
    assert {described[name]["error_code"] for name in hidden} <= {TopicAuthorizationFailedError.errno}


@pytest.mark.parametrize("service", [name for name in ALL if ALL[name].reads < set(TOPICS.names)])
def test_a_principal_is_refused_where_it_reads_what_is_not_its_input(
    logs: dict[str, KafkaLog], service: str
) -> None:
    stranger = min(set(TOPICS.names) - granted(service, Resource.TOPIC, Operation.READ))
    with pytest.raises(PermanentLogError, match=rf"{stranger} is none of this principal's business"):
        list(logs[service].read(stranger))


@pytest.mark.parametrize("service", WRITERS)
def test_a_principal_is_refused_where_it_writes_what_it_does_not_own(
    logs: dict[str, KafkaLog], service: str
) -> None:
    (identity, *_) = ALL[service].identities
    with closing(logs[service]._transactions(f"{identity}probe")) as transactions:
        for stranger in set(TOPICS.names) - granted(service, Resource.TOPIC, Operation.WRITE):
            with pytest.raises(PermanentLogError, match=f"{stranger} is none of this principal's business"):
                transactions.commit([Draft(stranger, "k", b"{}", {})])


@pytest.mark.parametrize("service", WRITERS)
def test_the_broker_itself_refuses_a_record_of_a_stranger(secured: Secured, service: str) -> None:
    own = granted(service, Resource.TOPIC, Operation.WRITE)
    readable = granted(service, Resource.TOPIC, Operation.READ) - own
    options = cluster_of(secured.environment(service)).client_options()
    for stranger in sorted(readable)[:1]:  # intake and timekeeper own all that they read
        with closing(KafkaProducer(**options, enable_idempotence=False, max_block_ms=10_000)) as raw:
            sent = raw.send(stranger, key=b"k", value=b"{}", partition=0)
            with pytest.raises(TopicAuthorizationFailedError):
                sent.get(timeout=20)


@pytest.mark.parametrize("service", list(ALL))
def test_a_principal_is_refused_in_the_group_of_another(secured: Secured, service: str) -> None:
    (other, *_) = sorted(set(PROCESSORS) - {service})
    readable = min(granted(service, Resource.TOPIC, Operation.READ) & set(TOPICS.names))
    with closing(consumer(secured, service, other)) as raw:
        raw.subscribe([readable])
        with pytest.raises(GroupAuthorizationFailedError):
            poll(raw)


@pytest.mark.parametrize("service", list(ALL))
def test_a_principal_is_refused_under_the_transactional_id_of_another(
    logs: dict[str, KafkaLog], service: str
) -> None:
    others = [identity for name in WRITERS if name != service for identity in ALL[name].identities]
    for identity in (others[0], others[-1], f"{APPENDERS}elsewhere"):
        with pytest.raises(
            PermanentLogError, match="a transactional id is none of this principal's business"
        ):
            logs[service]._transactions(f"{identity}1")


def consumer(secured: Secured, service: str, group: str) -> KafkaConsumer:
    options = cluster_of(secured.environment(service)).client_options()
    return KafkaConsumer(**options, group_id=group, auto_offset_reset="earliest", enable_auto_commit=False)


def poll(raw: KafkaConsumer) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        raw.poll(timeout_ms=500)


def test_a_wrong_password_is_one_line_that_says_so_and_holds_no_password(
    secured: Secured, tmp_path: Path
) -> None:
    environment = secured.environment("cli", {"RECLAIM_KAFKA_REQUEST_SECONDS": "3"})
    del environment["RECLAIM_KAFKA_SASL_PASSWORD_FILE"]
    wrong = "not-the-password-of-anybody"
    ended = Installation(tmp_path, {**environment, "RECLAIM_KAFKA_SASL_PASSWORD": wrong})("status")
    assert ended.status == 1
    assert ended.err.count("\n") == 1
    assert "does not let this user in: check sasl_username, sasl_password" in ended.err
    assert wrong not in ended.err + ended.out


def test_a_client_without_the_authority_refuses_the_broker(secured: Secured) -> None:
    stranger = replace(cluster_of(secured.environment("cli")), ssl_cafile=None, request_seconds=2.0)
    with pytest.raises(RefusedError, match=r"comes from no authority that is trusted \(ssl_cafile\)$"):
        open_admin(stranger)


def test_a_client_without_tls_is_told_that_the_broker_wants_it(secured: Secured) -> None:
    plain = replace(
        cluster_of(secured.environment("cli")), security_protocol="PLAINTEXT", request_seconds=2.0
    )
    with pytest.raises(RefusedError, match="wants TLS"):
        open_admin(plain)


def test_grants_that_are_too_much_are_shown_and_taken_away(secured: Secured) -> None:
    as_provisioner = cluster_of(secured.provisioning())
    assert compare_grants(as_provisioner, GRANTS).missing == ()
    admin: KafkaAdminClient = open_admin(as_provisioner)
    try:
        admin.create_acls(
            [
                ACL(
                    "User:intake",
                    "*",
                    ACLOperation.READ,
                    ACLPermissionType.ALLOW,
                    ResourcePattern(ResourceType.TOPIC, "audit-trail"),
                )
            ]
        )
    finally:
        admin.close()
    assert compare_grants(as_provisioner, GRANTS).surplus == (
        "User:intake ALLOW READ TOPIC audit-trail from *",
    )
    apply_grants(as_provisioner, GRANTS)
    found = compare_grants(as_provisioner, GRANTS)
    assert (found.missing, found.surplus) == ((), ())


def test_a_grant_that_is_gone_is_made_again(secured: Secured) -> None:
    as_provisioner = cluster_of(secured.provisioning())
    audit = ALL["audit"]
    apply_grants(as_provisioner, grants_of(TOPICS, [replace(audit, reads=audit.reads - {"case-flagged"})]))
    wanted = grants_of(TOPICS, [audit])
    assert {grant.name for grant in apply_grants(as_provisioner, wanted).missing} == {"case-flagged"}
    assert compare_grants(as_provisioner, GRANTS).missing == ()
