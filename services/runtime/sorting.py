"""Lines in order, however many there are: sorted in runs, which wait in temporary files and are merged."""

from __future__ import annotations

import heapq
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from itertools import islice
from typing import Final, cast

# Of some 100 bytes a line: about 50 MB at a time.
RUN: Final = 400_000


def sorted_lines(lines: Iterable[bytes], run: int = RUN) -> Iterator[bytes]:
    """The lines in ascending order, without their ends. They hold no line feed.

    Memory for `run` lines at a time; more wait in the folder for temporary files, which is left clean.
    """
    source = iter(lines)
    first = sorted(islice(source, run))
    with ExitStack() as files:
        waiting: list[Iterator[bytes]] = []
        while more := sorted(islice(source, run)):
            file = files.enter_context(tempfile.TemporaryFile())
            file.writelines(line + b"\n" for line in more)
            file.seek(0)
            waiting.append(line[:-1] for line in cast("Iterable[bytes]", file))
        yield from heapq.merge(first, *waiting) if waiting else first
