"""`reclaim audit verify` and `reclaim audit anchor`: prove the trail."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import click
from pydantic import TypeAdapter, ValidationError

from schemas.records.audit_head import AuditHead
from schemas.trail import AuditRecord
from services.audit.chain import BEGINNING, Head, verify
from services.cli.deployment import Deployment, deployment_options
from services.cli.faults import Failure, WrongUse
from services.runtime.records import decode_event, decode_state

FAULTS: Final = {
    "changed": "was changed",
    "missing": "is missing",
    "reordered": "is not in its place",
    "cut": "and all after it are gone",
    "foreign": "does not lead on from the head that was kept",
}


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
    count, faults = check_trail(deployment, anchors)
    if faults:
        raise Failure(
            f"the trail does not hold: {'; '.join(faults)}. Keep the data as it is and find out who had it"
        )
    kept = f", on from {anchor_file.name}" if anchor_file is not None else ""
    click.echo(f"{count:,} records in {deployment.log.partition_count} chains, every link holds{kept}")


def check_trail(deployment: Deployment, anchors: Mapping[int, Head]) -> tuple[int, list[str]]:
    """How many records the chains of all partitions hold, and the first fault of each that does not hold."""
    faults = []
    count = 0
    for partition in range(deployment.log.partition_count):
        records, head = _chain(deployment, partition)
        count += len(records)
        fault = verify(records, anchors.get(partition), head)
        if fault is not None:
            faults.append(f"partition {partition}: record {fault.seq} {FAULTS[fault.kind]}")
    return count, faults


@audit.command("anchor")
@click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path))
@deployment_options
def anchor(deployment: Deployment, file: Path | None) -> None:
    """Write the heads of all chains to FILE (or stdout): keep it elsewhere, `audit verify --anchor` reads it."""
    found = {partition: _head(deployment, partition) for partition in range(deployment.log.partition_count)}
    heads = {str(partition): {"seq": head.seq, "hash": head.hash} for partition, head in found.items()}
    text = json.dumps(heads, indent=1) + "\n"
    if file is None:
        click.echo(text, nl=False)
    else:
        file.write_text(text, "utf-8")
        click.echo(f"{len(heads)} heads written; keep the file where this log's owner cannot change it")


def _chain(deployment: Deployment, partition: int) -> tuple[list[AuditRecord], Head]:
    """A partition's records and the head that was committed with the last of them: while audit runs, both are
    read again until no commit lay between."""
    head = _head(deployment, partition)
    while True:
        events = [decode_event(record).data for record in deployment.log.read("audit-trail", partition)]
        after = _head(deployment, partition)
        if after == head:
            return [data for data in events if isinstance(data, AuditRecord)], head
        head = after


def _head(deployment: Deployment, partition: int) -> Head:
    """What a partition's chain is said to end with now."""
    state = None
    for record in deployment.log.read("audit-heads", partition):
        state = decode_state(record, AuditHead)
    return Head(0, BEGINNING) if state is None else Head(state.seq, state.hash)


def _read_anchor(file: Path) -> dict[int, Head]:
    try:
        read = TypeAdapter(dict[int, Head]).validate_json(file.read_bytes())
    except ValidationError:
        raise WrongUse("--anchor: not a file that `reclaim audit anchor` wrote") from None
    return read
