"""The records of one claim, by the places that the read model knows."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from services.deployment.opening import Deployment
from services.runtime.log import Record, Span, TopicPartition


@dataclass(frozen=True, slots=True)
class PlacedDeployment(Deployment):
    """An installation of which one claim is read without a scan of the log: what has not reached the read model yet is
    not seen."""

    model: sqlite3.Connection | None = None

    def of_claim(self, key: str, *topics: str) -> Iterator[Record]:
        """The records of one claim key: of each topic in their order, the topics in none. One turn reads a record of
        each topic."""
        assert self.model is not None
        rows = self.model.execute(
            "select topic, partition, offset from claim_record where key = ? order by partition, offset",
            (key,),
        )
        turns: list[dict[TopicPartition, Span]] = []
        seen: Counter[str] = Counter()
        for topic, partition, offset in rows:
            if topic in topics:
                if seen[topic] == len(turns):
                    turns.append({})
                turns[seen[topic]][TopicPartition(topic, partition)] = (offset, offset + 1)
                seen[topic] += 1
        for turn in turns:
            yield from self.log.read_together(turn)


def placed(deployment: Deployment, model: sqlite3.Connection) -> PlacedDeployment:
    """The deployment, with the read model to find records by."""
    return PlacedDeployment(deployment.settings, deployment.log, deployment.blobs, deployment.service, model)
