"""`reclaim audit verify` and `reclaim audit anchor`: prove the trail."""

from __future__ import annotations

import json
from pathlib import Path

import click
from pydantic import TypeAdapter, ValidationError

from services.audit.chain import Head
from services.audit.trail import check_trail, head_of
from services.cli.options import deployment_options
from services.deployment.faults import Failure, WrongUse
from services.deployment.opening import Deployment


@click.group()
def audit() -> None:
    """The trail of who or what changed which code, why and on which evidence: one hash chain a partition."""


@audit.command("verify")
@click.option(
    "--anchor",
    "anchor_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="What `audit anchor` wrote: shows a cut tail, and what retention removed.",
)
@deployment_options
def verify_trail(deployment: Deployment, anchor_file: Path | None) -> None:
    """Check every partition's chain on its own; ends with 1 at the first record that is not as it was."""
    anchors = _read_anchor(anchor_file) if anchor_file is not None else {}
    if strangers := anchors.keys() - set(range(deployment.log.partition_count)):
        raise WrongUse(f"the anchor knows partitions that this log has not: {sorted(strangers)}")
    count, faults = check_trail(deployment.log, anchors)
    if faults:
        raise Failure(
            f"the trail does not hold: {'; '.join(faults)}. Keep the data as it is and find out who had it"
        )
    kept = f", on from {anchor_file.name}" if anchor_file is not None else ""
    click.echo(f"{count:,} records in {deployment.log.partition_count} chains, every link holds{kept}")


@audit.command("anchor")
@click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path))
@deployment_options
def anchor(deployment: Deployment, file: Path | None) -> None:
    """Write the heads of all chains to FILE (or stdout): keep it elsewhere, `audit verify --anchor` reads it."""
    found = {
        partition: head_of(deployment.log, partition) for partition in range(deployment.log.partition_count)
    }
    heads = {str(partition): {"seq": head.seq, "hash": head.hash} for partition, head in found.items()}
    text = json.dumps(heads, indent=1) + "\n"
    if file is None:
        click.echo(text, nl=False)
    else:
        file.write_text(text, "utf-8")
        click.echo(f"{len(heads)} heads written; keep the file where this log's owner cannot change it")


def _read_anchor(file: Path) -> dict[int, Head]:
    try:
        read = TypeAdapter(dict[int, Head]).validate_json(file.read_bytes())
    except ValidationError:
        raise WrongUse("--anchor: not a file that `reclaim audit anchor` wrote") from None
    return read
