"""The monitor within the command line: whom it looks at, and its place in the main loop."""

from __future__ import annotations

import os
import time
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from itertools import chain
from pathlib import Path
from typing import Final

from services.deployment.faults import WrongUse
from services.deployment.opening import Deployment
from services.deployment.parts import PROCESSORS
from services.monitor.consumers import SAMPLE_SECONDS
from services.monitor.follower import Follower, now_ms
from services.monitor.groups import Consumption
from services.monitor.lag import Lag, measure
from services.monitor.objectives import Objectives, ObjectivesError, read_objectives, shipped_objectives
from services.monitor.sampler import FILE, Sampler, retention_of
from services.monitor.samples import Payers, samples_of
from services.runtime.embedded import EmbeddedLog
from services.runtime.exposition import Board
from services.runtime.letters import DEAD_LETTERS
from services.runtime.log import PermanentLogError
from topics.map import load_map

NAME: Final = "monitor"

OBJECTIVES: Final = "RECLAIM_OBJECTIVES"
"""Names files of objectives, separated as in PATH."""

STEP_RECORDS: Final = 1_000
"""Records that the monitor folds in one turn of the main loop: it is no part of a claim's way and may be behind."""

SHOW_SECONDS: Final = 5.0
"""Between two measures for the metrics: oftener than Prometheus asks, so that a member that is gone shows as STOP
within a minute."""


def open_sampler(deployment: Deployment, *, serving: bool) -> Sampler:
    """Looks at the groups of all services. On the embedded log one process runs them all: this one (`serving`), or
    who holds its lock."""
    log = deployment.log
    groups = {
        name: tuple(dict.fromkeys((*processor.inputs, DEAD_LETTERS, *processor.priority)))
        for name, processor in PROCESSORS.items()
    }

    def alive(names: Sequence[str]) -> Collection[str]:
        if isinstance(log, EmbeddedLog):
            return names if serving or log.is_served() else ()
        # Only the other log needs it, see open_log.
        from services.runtime.kafka import KafkaLog

        return log.with_members(names) if isinstance(log, KafkaLog) else ()

    def retention() -> Mapping[str, int | None]:
        read = frozenset(chain.from_iterable(groups.values()))
        settings = {topic.name: topic.settings for topic in load_map() if topic.name in read}
        if not isinstance(log, EmbeddedLog):
            from services.runtime.kafka import KafkaLog

            # The broker deletes by its own settings; the map's where the grant to ask is not there yet.
            if isinstance(log, KafkaLog):
                with suppress(PermanentLogError):
                    settings |= log.settings(tuple(settings))
        return {topic: retention_of(stated) for topic, stated in settings.items()}

    return Sampler(
        log,
        groups,
        retention,
        alive,
        deployment.settings.caches / FILE,
    )


@dataclass(slots=True)
class Monitor:
    """The fold as a part of the main loop, and the looks at the groups."""

    follower: Follower
    sampler: Sampler
    objectives: Objectives
    board: Board | None = None
    _payers: Payers = field(default_factory=Payers)
    _consumption: dict[str, list[Consumption]] = field(default_factory=dict)
    _looked: float = 0.0
    _shown: float = 0.0

    @property
    def name(self) -> str:
        return NAME

    @classmethod
    def open(cls, deployment: Deployment, objectives: Objectives) -> Monitor:
        """Takes up what the last run kept."""
        sampler = open_sampler(deployment, serving=True)
        sampler.restore()
        return cls(Follower.open(deployment.log, deployment.settings.caches), sampler, objectives)

    def step(self) -> int:
        """Fold what is new, look at the groups and show the numbers when it is time."""
        folded = self.follower.step(STEP_RECORDS)
        self.follower.keep_now_and_then()
        now = time.monotonic()
        if now - self._looked >= SAMPLE_SECONDS:
            self._looked = now
            self._consumption = self.sampler.look(now_ms())
            self.sampler.keep()
        if self.board is not None and now - self._shown >= SHOW_SECONDS:
            self._shown = now
            self._show(self.board)
        return folded

    def at_end(self) -> bool:
        """It holds nothing up."""
        return True

    def close(self) -> None:
        """Keep what the next run can take up."""
        self.follower.keep()
        self.sampler.keep()

    def _show(self, board: Board) -> None:
        fold, now = self.follower.fold, now_ms()
        lag = measure(fold, self.objectives, self._consumption, self.sampler.paces, now, fold.day)
        board.show(samples_of(lag, self._payers, fold, self._consumption, now))


def load_objectives(files: Sequence[Path] | None = None) -> Objectives:
    """Those that ship, with those of the files over them (null: the files of RECLAIM_OBJECTIVES)."""
    named = files if files is not None else [Path(name) for name in _named_files()]
    texts = [shipped_objectives()]
    for file in named:
        try:
            texts.append(file.read_text("utf-8"))
            read_objectives(texts[-1:])
        except OSError as error:
            raise WrongUse(f"{file.name} cannot be read: check --objectives or {OBJECTIVES}") from error
        except UnicodeDecodeError as error:
            raise WrongUse(f"{file.name}: it is no text in UTF-8") from error
        except ObjectivesError as error:
            raise WrongUse(f"{file.name}: {error}") from error
    return read_objectives(texts)


def _named_files() -> list[str]:
    """As click splits the variable for `lag --objectives`."""
    return os.environ.get(OBJECTIVES, "").split(os.pathsep) if os.environ.get(OBJECTIVES) else []


def measure_lag(
    deployment: Deployment, objectives: Objectives, now: int | None = None, day: date | None = None
) -> Lag:
    """The lag of everything that stands on the log. `now`: the moment to which waits are measured, in ms (null: the
    machine's); `day`: the business day for silent payers (null: the one opened last)."""
    follower = Follower.open(deployment.log, deployment.settings.caches)
    if follower.catch_up():
        # A cache: where it cannot be kept, the next call reads more.
        with suppress(OSError):
            follower.keep()
    sampler = open_sampler(deployment, serving=False)
    sampler.restore()
    looked = now_ms()
    consumption = sampler.look(looked)
    day = day or follower.fold.day
    return measure(follower.fold, objectives, consumption, sampler.paces, now or looked, day)
