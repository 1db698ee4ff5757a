"""`reclaim topics`: the map of topics, and a Kafka cluster made like it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Final

import click

from services.cli.options import settings_options
from services.deployment.businesses import businesses
from services.deployment.faults import Failure, WrongUse
from services.runtime.settings import Settings
from topics import provisioning
from topics.access import Grant, as_commands, grants_of, user_of
from topics.cluster import ClusterError, read_cluster
from topics.granting import apply_grants, compare_grants, set_passwords
from topics.map import load_map
from topics.provisioning import Plan

LEAST_PASSWORD: Final = 16
"""Characters of a service's password: nobody types it."""


@click.group()
def topics() -> None:
    """Topics: what the map says, what a Kafka cluster lacks, and making it so."""


@topics.command("list")
def list_topics() -> None:
    """Every topic: kind, key and who writes it."""
    for topic in load_map():
        click.echo(
            f"{topic.name:<22} {topic.kind:<6} by {topic.key:<10} written by {', '.join(topic.owners)}"
        )


@topics.command("plan")
@settings_options
def plan_topics(settings: Settings) -> int:
    """Show how the Kafka cluster differs from the map; changes nothing. Ends with 1 where it does."""
    found = _provision(settings, change=False)
    for line in found.lines:
        click.echo(line)
    if not found.lines:
        click.echo("the cluster is as the map says; nothing to do")
    return 1 if found.lines else 0


@topics.command("apply")
@settings_options
def apply_topics(settings: Settings) -> None:
    """Create what is missing and set what differs; a second time changes nothing."""
    found = _provision(settings, change=True)
    for line in found.lines:
        click.echo(line)
    click.echo(f"{len(found.to_mend)} changes made" if found.to_mend else "nothing to change")
    if found.blocking:
        raise Failure(
            "topics have another number of partitions, which would move keys: "
            "use a new RECLAIM_KAFKA_PREFIX, or set RECLAIM_KAFKA_PARTITIONS to what is there"
        )


@topics.command("acls")
@click.option(
    "--form",
    type=click.Choice(["table", "commands", "json"]),
    default="table",
    help="A table, commands of Kafka's own tool, or JSON.",
)
@click.option("--service", "only", metavar="NAME", help="Only the principal of this service.")
@click.option(
    "--plan", "mode", flag_value="plan", help="Show how the cluster differs; ends with 1 where it does."
)
@click.option("--apply", "mode", flag_value="apply", help="Make the cluster so; takes away what is too much.")
@settings_options
def show_acls(settings: Settings, form: str, only: str | None, mode: str | None) -> int:
    """Who may do what: one principal a service, from the map and from what each service reads."""
    grants = _grants(settings, only)
    if mode is None:
        _print_grants(grants, form)
        return 0
    with _answered():
        cluster = read_cluster(settings.kafka)
        found = apply_grants(cluster, grants) if mode == "apply" else compare_grants(cluster, grants)
    for grant in found.missing:
        click.echo(f"missing: {grant.principal} {grant.operation} {grant.resource} {grant.name}")
    for surplus in found.surplus:
        click.echo(f"too much: {surplus}")
    differs = len(found.missing) + len(found.surplus)
    if mode == "apply":
        click.echo(f"{differs} grants changed" if differs else "nothing to change")
        return 0
    click.echo(
        f"{differs} grants differ" if differs else "the cluster grants what the map says; nothing to do"
    )
    return 1 if differs else 0


@topics.command("users")
@click.option(
    "--passwords",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    required=True,
    metavar="DIR",
    help="A folder with one file a service, named like it, that holds its password.",
)
@settings_options
def make_users(settings: Settings, passwords: Path) -> None:
    """Give every service's principal its SCRAM-SHA-512 password; a second time sets it anew."""
    with _answered():
        cluster = read_cluster(settings.kafka)
        read = {
            user_of(business.service, cluster.prefix): _password(passwords / business.service)
            for business in businesses(load_map())
        }
        set_passwords(cluster, read)
    click.echo(f"{len(read)} users have their password")


def _password(file: Path) -> str:
    try:
        password = file.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise WrongUse(f"no password for {file.name}: the folder needs one file for every service") from error
    if len(password) < LEAST_PASSWORD:
        raise WrongUse(f"the password of {file.name} is too short: {LEAST_PASSWORD} characters at least")
    return password


def _grants(settings: Settings, only: str | None) -> tuple[Grant, ...]:
    known = businesses(load_map())
    chosen = [business for business in known if only in (None, business.service)]
    if not chosen:
        names = ", ".join(business.service for business in known)
        raise WrongUse(f"--service: there is no {only}; known are {names}")
    return grants_of(load_map(), chosen, settings.kafka.get("prefix", ""))


def _print_grants(grants: Sequence[Grant], form: str) -> None:
    if form == "json":
        click.echo(json.dumps([asdict(grant) for grant in grants], indent=2))
    elif form == "commands":
        for command in as_commands(grants):
            click.echo(command)
    else:
        for (principal, resource, operation), names in _gathered(grants).items():
            click.echo(f"{principal:<18} {operation:<8} {resource:<16} {', '.join(names)}")


def _gathered(grants: Sequence[Grant]) -> dict[tuple[str, str, str], list[str]]:
    found: dict[tuple[str, str, str], list[str]] = {}
    for grant in grants:
        name = f"{grant.name}*" if grant.prefixed else grant.name
        found.setdefault((grant.principal, grant.resource, grant.operation), []).append(name)
    return found


def _provision(settings: Settings, *, change: bool) -> Plan:
    """Plan or apply, with the configuration's and the broker's errors as one line."""
    with _answered():
        cluster = read_cluster(settings.kafka)
        wanted = load_map().with_partitions(settings.partitions)
        kept = {name for business in businesses(wanted) for name in business.keeps}
        do = provisioning.apply if change else provisioning.plan
        return do(cluster, wanted, kept)


@contextmanager
def _answered() -> Iterator[None]:
    try:
        yield
    except ClusterError as error:
        raise WrongUse(str(error)) from error
    except provisioning.ProvisioningError as error:
        raise Failure(f"{error}; check RECLAIM_KAFKA_BOOTSTRAP and that the broker runs") from error
