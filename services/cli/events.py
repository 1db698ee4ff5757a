"""`reclaim events`: a topic as JSON lines."""

from __future__ import annotations

import json
from collections.abc import Iterator

import click

from services.cli.options import deployment_options
from services.deployment.faults import WrongUse
from services.deployment.opening import Deployment
from services.runtime.log import Record
from services.runtime.records import structured
from topics.map import load_map


@click.command()
@click.argument("topic")
@click.option("--claim", metavar="NUMBER", help="Only what is about this claim number (CLM01, CLP01).")
@deployment_options
def events(deployment: Deployment, topic: str, claim: str | None) -> None:
    """Print TOPIC as JSON lines: CloudEvents structured form, with topic, partition, offset and key.

    `reclaim topics list` names the topics. The lines hold claim data: mind where you send them.
    """
    known = load_map()
    if topic not in known:
        raise WrongUse(f"no topic has this name; use one of {', '.join(known.names)}")
    for record in _records(deployment, topic, claim, keyed=known[topic].key in ("claim", "trace", "subject")):
        click.echo(json.dumps(structured(record), ensure_ascii=False))


def _records(deployment: Deployment, topic: str, claim: str | None, *, keyed: bool) -> Iterator[Record]:
    if claim is None:
        return deployment.log.read(topic)
    key = deployment.claim_key(claim)
    if keyed:
        return deployment.of_claim(key, topic)
    return (r for r in deployment.log.read(topic) if r.key == key or _names(r, claim))


def _names(record: Record, claim: str) -> bool:
    """A record under another key whose data names the claim (`outbound`, keyed by payer)."""
    data = structured(record)["data"] if record.value is not None else None
    number = data.get("claim_number") if isinstance(data, dict) else None
    return isinstance(number, str) and number.strip().upper() == claim.strip().upper()
