"""`reclaim load` of master data: kinds that are kept as their CSV, whose rows carry their own dates."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import click

from services.cli.progress import spinner
from services.cli.sources import digest_of
from services.core.codes.loading import TableError, parse_table
from services.deployment.definitions import StoredTable, Validity, publish_edition, read_file
from services.deployment.faults import Failure
from services.deployment.opening import Deployment


def load_rows(
    deployment: Deployment, kind: str, files: Sequence[Path], edition: str | None, effective: date, by: str
) -> None:
    """Load the files as one edition. Raises Failure, with nothing loaded, where a row is bad."""
    with spinner(f"reading {kind}"):
        data = _joined(files)
        try:
            rows = len(parse_table(kind, data))
        except TableError as error:
            raise Failure(f"{error}; nothing was loaded") from error
        digests = tuple(dict.fromkeys(digest_of(file) for file in files))
        stored = StoredTable(deployment.blobs.put(data), rows, digests)
        name = publish_edition(deployment, kind, edition, stored, Validity(effective), by)
    if name is None:
        click.echo(f"{kind}: these {rows:,} rows are loaded already; nothing changed")
    else:
        click.echo(f"{kind}: {rows:,} rows loaded as edition {name}")


def _joined(files: Sequence[Path]) -> bytes:
    """One table of several files with the same header line."""
    first, *others = (read_file(file) for file in files)
    header = first.splitlines()[:1]
    parts = [first]
    for data in others:
        if data.splitlines()[:1] != header:
            raise Failure("the files have different headers; load them one by one")
        parts.append(b"\n".join(data.splitlines()[1:]) + b"\n")
    return b"".join(part if part.endswith(b"\n") else part + b"\n" for part in parts)
