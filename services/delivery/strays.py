"""Temporary files that no record keeps: they hold claims, so none may lie about for ever.

One is left by a process that ends between writing it and its mark; by a payer's hold in that moment; by a file that a
person confirmed or gave up; by a process that has lost its partitions and writes on.

Removing must never take the file that is about to be moved. What is removed at once belongs to a file that is at its
place: the mark that its record keeps was committed by an owner of its partition, so the log refuses every other
process the commit of another mark, and without that commit none of them moves anything. Everything else must be
older than any process goes on after it has lost its partitions: one that still believes in them, and looks with an
old view, may see the temporary of its successor as a stray.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from services.delivery.batches import partition_of_number
from services.delivery.place import Place, PlaceError, Temporary
from services.delivery.view import View

_OLD_SECONDS: Final = 3600.0
_LOOK_AGAIN_SECONDS: Final = 3600.0

Target = str | None


class Strays:
    """Of one process. `clock` as the outbox has it."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._looked: dict[Target, tuple[frozenset[int], float]] = {}
        self._found: dict[tuple[Target, str], list[Temporary]] = {}

    def look(self, target: Target, place: Place, view: View, own: str) -> None:
        """Remove the old strays of a place, and note the others. Only where the partitions are others than at the
        last look, or it was long ago. `own`: the mark of this process."""
        partitions, at = self._looked.get(target, (frozenset(), 0.0))
        if partitions == view.partitions and self._clock() - at < _LOOK_AGAIN_SECONDS:
            return
        self._looked[target] = (view.partitions, self._clock())
        self._found = {of: ones for of, ones in self._found.items() if of[0] != target}
        try:
            found = list(place.temporaries())
        except PlaceError:
            return  # a server may let us write and not list
        kept = {
            (file.control_number, mark)
            for tag in ("writing", "uncertain")
            for file in view.states(tag)
            for mark in (file.shell, own)
        }
        now = time.time()
        for one in found:
            ours = one.mark.startswith(f"{view.home}-")
            if not ours or partition_of_number(one.number, view.count) not in view.partitions:
                continue
            if (one.number, one.mark) in kept:
                continue
            if now - one.modified >= _OLD_SECONDS:
                _discard(place, one)
            else:
                self._found.setdefault((target, one.number), []).append(one)

    def clear(self, target: Target, place: Place, number: str) -> None:
        """The file of this number is at its place: what others left of it is removed."""
        for one in self._found.pop((target, number), ()):
            _discard(place, one)


def _discard(place: Place, temporary: Temporary) -> None:
    # One that stays is found again at a later look; no file that was moved is in doubt because of it.
    with suppress(PlaceError):
        place.discard(temporary)
