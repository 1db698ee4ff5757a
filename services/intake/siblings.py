"""How many claims of a file share a claim number, counted in memory that does not grow with the file.

Every 835 claim event says how many CLPs of its key the file holds (protocol, "Siblings"), also the first of
them, so the whole file is counted before its first claim is published.
"""

from __future__ import annotations

import tempfile
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from heapq import merge
from itertools import groupby
from typing import BinaryIO, Final, cast

RUN: Final = 1 << 16
"""Claims that are held in memory before they go to a temporary file as one sorted run (512 KiB)."""

READ: Final = 1 << 12
"""Entries read back from a run at a time, so that merging a hundred runs takes 3 MiB."""


def _mark(claim_number: str) -> int:
    """63 bits of a hash of the number as the claim key takes it (trimmed, upper case), in the upper bits."""
    digest = blake2b(claim_number.strip().upper().encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big") & ~1


class Siblings:
    """The claim numbers that stand more than once in the file, or are quarantined; 16 bytes for each."""

    def __init__(self, marks: array[int], counts: array[int], quarantined: array[int]) -> None:
        self._marks, self._counts, self._quarantined = marks, counts, quarantined

    def of(self, claim_number: str) -> tuple[int, int]:
        """How many CLPs have this number, and how many of them are quarantined."""
        if not self._marks:
            return 1, 0
        mark = _mark(claim_number)
        place = bisect_left(self._marks, mark)
        if place < len(self._marks) and self._marks[place] == mark:
            return self._counts[place], self._quarantined[place]
        return 1, 0


class SiblingCount:
    """Takes the claims of a file one by one, then says who has siblings. Nothing is left on the disk."""

    def __init__(self) -> None:
        self._run: array[int] = array("Q")
        self._spool: BinaryIO | None = None
        self._runs: list[tuple[int, int]] = []

    def add(self, claim_number: str, *, quarantined: bool) -> None:
        self._run.append(_mark(claim_number) | quarantined)
        if len(self._run) >= RUN:
            self._spill()

    def _spill(self) -> None:
        if self._spool is None:
            # Closed by `close`; the system takes it back when the process dies.
            self._spool = cast(BinaryIO, tempfile.TemporaryFile())  # noqa: SIM115
        run = array("Q", sorted(self._run))
        self._runs.append((self._spool.tell(), len(run)))
        self._spool.write(run.tobytes())
        self._run = array("Q")

    def _read(self, start: int, length: int) -> Iterator[int]:
        assert self._spool is not None
        for done in range(0, length, READ):
            self._spool.seek(start + 8 * done)
            part: array[int] = array("Q")
            part.frombytes(self._spool.read(8 * min(READ, length - done)))
            yield from part

    def total(self) -> Siblings:
        """The result; the counter is empty afterwards."""
        entries: Iterable[int] = sorted(self._run)
        if self._runs:
            entries = merge(entries, *(self._read(start, length) for start, length in self._runs))
        marks: array[int] = array("Q")
        counts: array[int] = array("I")
        kept_back: array[int] = array("I")
        for mark, group in groupby(entries, key=lambda entry: entry & ~1):
            count = bad = 0
            for entry in group:
                count += 1
                bad += entry & 1
            if count > 1 or bad:
                marks.append(mark)
                counts.append(count)
                kept_back.append(bad)
        self.close()
        return Siblings(marks, counts, kept_back)

    def close(self) -> None:
        self._run = array("Q")
        self._runs = []
        if self._spool is not None:
            self._spool.close()
            self._spool = None
