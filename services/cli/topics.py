"""`reclaim topics`: the map of topics, and a Kafka cluster made like it."""

from __future__ import annotations

import click

from services.cli.deployment import settings_options
from services.cli.faults import Failure, WrongUse
from services.runtime.settings import Settings
from topics import provisioning
from topics.cluster import ClusterError, read_cluster
from topics.map import load_map
from topics.provisioning import Plan


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


def _provision(settings: Settings, *, change: bool) -> Plan:
    """Plan or apply, with the configuration's and the broker's errors as one line."""
    try:
        cluster = read_cluster(settings.kafka)
        wanted = load_map().with_partitions(settings.partitions)
        return provisioning.apply(cluster, wanted) if change else provisioning.plan(cluster, wanted)
    except ClusterError as error:
        raise WrongUse(str(error)) from error
    except provisioning.ProvisioningError as error:
        raise Failure(f"{error}; check RECLAIM_KAFKA_BOOTSTRAP and that the broker runs") from error
