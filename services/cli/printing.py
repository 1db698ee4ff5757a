"""What commands print alike, for a person or for a program: rows under a title, a list to work off, JSON lines."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import click
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

PLAIN_WIDTH: Final = 110
"""Columns where the output is no terminal: wide enough that a path or an explanation stays on its line."""


def wide_console() -> Console:
    """Standard output as wide as its terminal, else `PLAIN_WIDTH`."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=PLAIN_WIDTH)


def print_rows(console: Console, title: str, rows: Sequence[tuple[str, ...]]) -> None:
    """A titled grid; nothing where there are no rows."""
    if not rows:
        return
    console.print()
    console.print(title, style="bold", markup=False)
    grid = Table.grid(padding=(0, 2))
    for _ in rows[0][:-1]:
        grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for row in rows:
        grid.add_row(*(escape(cell) for cell in row))
    console.print(Padding(grid, (0, 0, 0, 2), expand=False))


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
