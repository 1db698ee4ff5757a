"""What the newest records of `control` say: the day, and the loaded editions of some kinds of table."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from services.core.codes.tables import Tables
from services.deployment.opening import Deployment
from services.runtime.configuration import CONTROL, Configuration, Definitions, read_configuration
from services.runtime.log import TopicPartition


def loaded_tables(deployment: Deployment, *kinds: str) -> Tables:
    """Every edition of these kinds; only they are opened."""
    configuration = _configuration(deployment)
    wanted = {place: e for place, e in configuration.editions.items() if place[0] in kinds}
    return Definitions(deployment.log, deployment.blobs).tables(replace(configuration, editions=wanted))


def latest_day(deployment: Deployment) -> date | None:
    """The latest day that was opened; null where none was."""
    return _configuration(deployment).today


def _configuration(deployment: Deployment) -> Configuration:
    """Read from partition 0; every partition is told the same."""
    end = deployment.log.ends([CONTROL]).get(TopicPartition(CONTROL, 0), 0)
    return read_configuration(deployment.log, 0, end)
