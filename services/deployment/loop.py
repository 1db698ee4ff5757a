"""The main loop: every part in turn, in one process, on either log.

Drained (protocol.md): no whole file is left, every input is read to its end, a further round adds nothing, and
the open batches that are not on hold are written.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Final, Protocol

from services.runtime.worker import CrashedError

ROUND_LIMIT: Final = 500
"""Records that a part may take before the next one has its turn: one huge file must not starve the rest."""

IDLE_SECONDS: Final = 0.2
"""Pause after a round that found nothing, well below the second that a claim has."""

CRASHES_OF_ONE_RECORD: Final = 3
"""The worker makes a dead letter of a record at its third identical crash; a fourth is another fault."""


class Part(Protocol):
    """One service in the round: a worker, or intake."""

    @property
    def name(self) -> str: ...

    def step(self) -> int:
        """Do a bounded piece of work; returns how much was done, 0 for nothing."""
        ...

    def at_end(self) -> bool:
        """Nothing is left to do until something new comes."""
        ...

    def close(self) -> None: ...


Progress = Callable[[int], None]
"""Told after each round how many pieces of work it did."""


def drain(
    parts: Sequence[Part], seal: Callable[[bool], None], stop: Callable[[], bool], progress: Progress
) -> bool:
    """Go round until drained. `seal(True)` has delivery close its open batches in the round that follows; what
    that causes is worked off too, until a sealing causes nothing (a batch on hold stays open). Returns False
    where `stop` said to leave before that."""
    if _settle(parts, stop, progress) is None:
        return False
    while True:
        seal(True)
        _round(parts)
        seal(False)
        caused = _settle(parts, stop, progress)
        if not caused:
            return caused is not None


def watch(
    parts: Sequence[Part], stop: Callable[[], bool], progress: Progress, each_round: Callable[[], None]
) -> None:
    """Go round until `stop`; the round that runs is finished and committed first."""
    while not stop():
        each_round()
        worked = _round(parts)
        progress(worked)
        if worked == 0:
            time.sleep(IDLE_SECONDS)


def _settle(parts: Sequence[Part], stop: Callable[[], bool], progress: Progress) -> int | None:
    """Rounds until one adds nothing and every part is at its end; returns the work that was done, null where
    `stop` came first."""
    done = 0
    while not stop():
        worked = _round(parts)
        progress(worked)
        done += worked
        if worked == 0:
            if all(part.at_end() for part in parts):
                return done
            time.sleep(IDLE_SECONDS)
    return None


def _round(parts: Sequence[Part]) -> int:
    return sum(_step(part) for part in parts)


def _step(part: Part) -> int:
    """One step; a crash is tried again until the worker has made a dead letter of its record."""
    for _ in range(CRASHES_OF_ONE_RECORD):
        try:
            return part.step()
        except CrashedError:
            continue
    return part.step()
