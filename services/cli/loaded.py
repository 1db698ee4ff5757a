"""The loaded editions of some kinds of table, as the newest control record names them."""

from __future__ import annotations

from dataclasses import replace

from services.cli.deployment import Deployment
from services.core.codes.tables import Tables
from services.runtime.configuration import CONTROL, Definitions, read_configuration
from services.runtime.log import TopicPartition


def loaded_tables(deployment: Deployment, *kinds: str) -> Tables:
    """Every edition of these kinds; only they are opened."""
    end = deployment.log.ends([CONTROL])[TopicPartition(CONTROL, 0)]
    configuration = read_configuration(deployment.log, 0, end)
    wanted = {place: e for place, e in configuration.editions.items() if place[0] in kinds}
    return Definitions(deployment.log, deployment.blobs).tables(replace(configuration, editions=wanted))
