"""What is folded from the log while the console runs, each time on from where the last look ended."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from services.deployment.monitoring import load_objectives, measure_lag
from services.deployment.opening import Deployment
from services.monitor.lag import Lag
from services.monitor.outcomes import LOG_TOPICS, Outcome, Outcomes
from services.runtime.log import TopicPartition


@dataclass(slots=True)
class Live:
    """The outcomes of rules, and the lag. May be shared between threads: one looks at a time."""

    _outcomes: Outcomes = field(default_factory=Outcomes)
    _read: dict[TopicPartition, int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def outcomes(self, deployment: Deployment) -> tuple[Outcome, ...]:
        """What came of each rule version, payer and path, as `reclaim outcomes` counts it."""
        with self._lock:
            for place, end in sorted(deployment.log.ends(LOG_TOPICS).items()):
                for record in deployment.log.read(
                    place.topic, place.partition, self._read.get(place, 0), end
                ):
                    if record.key is not None and record.value is not None:
                        headers = record.headers
                        id_, type_ = headers.get("ce_id", ""), headers.get("ce_type", "")
                        self._outcomes.event(id_, type_, record.key, record.value)
                self._read[place] = end
            return self._outcomes.rows()

    def lag(self, deployment: Deployment) -> Lag:
        """What waits where, as `reclaim lag` measures it."""
        with self._lock:
            return measure_lag(deployment, load_objectives())
