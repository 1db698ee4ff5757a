"""Progress on a terminal, and nothing anywhere else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console


@contextmanager
def spinner(text: str) -> Iterator[Callable[[str], None]]:
    """A moving line on stderr while the block runs; call what it yields to change the text."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda _: None
        return
    with console.status(text) as status:
        yield lambda new: status.update(new)
