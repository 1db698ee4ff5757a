"""`reclaim status`: how things stand."""

from __future__ import annotations

import json

import click

from services.cli.options import deployment_options
from services.cli.printing import wide_console
from services.cli.summary import print_summary, print_worklist
from services.deployment.faults import EXIT_QUARANTINED
from services.deployment.opening import Deployment
from services.monitor.summary import Summary
from services.monitor.tally import LOG_TOPICS, STATE_TOPICS, Tally


def read_tally(deployment: Deployment) -> Tally:
    """The fold over the log as it stands now."""
    tally = Tally()
    for topic in STATE_TOPICS:
        for record in deployment.log.read(topic):
            tally.record(topic, record.key or "", record.value)
    for topic in LOG_TOPICS:
        for record in deployment.log.read(topic):
            if record.key is not None and record.value is not None:
                headers = record.headers
                tally.event(headers.get("ce_id", ""), headers.get("ce_type", ""), record.key, record.value)
    return tally


def strict_status(summary: Summary, strict: bool) -> int:
    """The exit status of a command that accounts: 3 under `--strict` when anything was quarantined, or is neither
    taken nor set aside."""
    found = summary.intake.claims_quarantined or summary.unaccounted
    return EXIT_QUARANTINED if strict and found else 0


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@click.option("--waiting", is_flag=True, help="List the claims that wait for a person, most dollars first.")
@click.option(
    "--strict", is_flag=True, help="End with 3 when anything was quarantined or is not accounted for."
)
@deployment_options
def status(deployment: Deployment, as_json: bool, waiting: bool, strict: bool) -> int:
    """Files, claims by state, denials by cause with dollars, proposals, decisions, resubmissions, and what waits."""
    tally = read_tally(deployment)
    summary = tally.summary()
    if as_json:
        document = summary.model_dump(mode="json")
        if waiting:
            document["worklist"] = [item.model_dump(mode="json") for item in tally.worklist()]
        click.echo(json.dumps(document, indent=2))
    elif waiting:
        print_worklist(wide_console(), tally.worklist())
    else:
        print_summary(wide_console(), summary)
    return strict_status(summary, strict)
