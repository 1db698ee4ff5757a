"""The monitor within the command line: whom it looks at, and its place in the main loop."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Final

from services.cli.deployment import Deployment
from services.cli.parts import PROCESSORS
from services.monitor.consumers import SAMPLE_SECONDS
from services.monitor.follower import Follower, now_ms
from services.monitor.sampler import FILE, Sampler, retention_of
from services.runtime.embedded import EmbeddedLog
from services.runtime.letters import DEAD_LETTERS
from topics.map import load_map

STEP_RECORDS: Final = 1_000
"""Records that the monitor folds in one turn of the main loop: it is no part of a claim's way and may be behind."""


def open_sampler(deployment: Deployment, *, serving: bool) -> Sampler:
    """Looks at the groups of all services. On the embedded log nobody can tell who is alive but the process that
    runs them: `serving`."""
    log = deployment.log
    topics = load_map()

    def alive(group: str) -> bool:
        if isinstance(log, EmbeddedLog):
            return serving
        # Only the other log needs it, see open_log.
        from services.runtime.kafka import KafkaLog

        return isinstance(log, KafkaLog) and log.has_members(group)

    return Sampler(
        log,
        {
            name: tuple(dict.fromkeys((*processor.inputs, DEAD_LETTERS, *processor.priority)))
            for name, processor in PROCESSORS.items()
        },
        {topic.name: retention_of(topic.settings) for topic in topics},
        alive,
        deployment.settings.caches / FILE,
    )


@dataclass(slots=True)
class Monitor:
    """The fold as a part of the main loop, and the looks at the groups."""

    follower: Follower
    sampler: Sampler
    _looked: float = field(default=0.0)

    @property
    def name(self) -> str:
        return "monitor"

    @classmethod
    def open(cls, deployment: Deployment) -> Monitor:
        """Takes up what the last run kept."""
        sampler = open_sampler(deployment, serving=True)
        sampler.restore()
        return cls(Follower.open(deployment.log, deployment.settings.caches), sampler)

    def step(self) -> int:
        """Fold what is new, and look at the groups when it is time."""
        folded = self.follower.step(STEP_RECORDS)
        self.follower.keep_now_and_then()
        if time.monotonic() - self._looked >= SAMPLE_SECONDS:
            self._looked = time.monotonic()
            self.sampler.look(now_ms())
            self.sampler.keep()
        return folded

    def at_end(self) -> bool:
        """It holds nothing up."""
        return True

    def close(self) -> None:
        self.follower.keep()
        self.sampler.keep()
