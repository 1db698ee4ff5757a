"""The records of one claim, by the places that the read model knows."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

from services.cli.deployment import Deployment
from services.runtime.log import Record


@dataclass(frozen=True, slots=True)
class PlacedDeployment(Deployment):
    """An installation of which one claim is read without a scan of the log: what has not reached the read model yet is
    not seen."""

    model: sqlite3.Connection | None = None

    def of_claim(self, topic: str, key: str) -> Iterator[Record]:
        """A topic's records of one claim key, in their order."""
        assert self.model is not None
        places = self.model.execute(
            "select partition, offset from claim_record where key = ? and topic = ? order by partition, offset",
            (key, topic),
        ).fetchall()
        for partition, offset in places:
            yield from self.log.read(topic, partition, offset, offset + 1)


def placed(deployment: Deployment, model: sqlite3.Connection) -> PlacedDeployment:
    """The deployment, with the read model to find records by."""
    return PlacedDeployment(deployment.settings, deployment.log, deployment.blobs, deployment.service, model)
