"""A list of things that a person works off, printed for a person or for a program."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence

import click
from rich.table import Table

from services.cli.rendering import wide_console


def print_json_lines(described: Iterable[Mapping[str, object]]) -> None:
    """One JSON object a line; nothing where there is none."""
    for one in described:
        click.echo(json.dumps(one))


def print_listing(columns: Sequence[str], rows: Sequence[Sequence[str]], none: str) -> None:
    """A table under `columns`; where there are no rows, what `none` says."""
    if not rows:
        click.echo(none)
        return
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*row)
    wide_console().print(table)
