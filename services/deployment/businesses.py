"""What each service does on the log, drawn from what it is made of: its processor's inputs and states, its readers."""

from __future__ import annotations

from typing import Any, Final

from services.core.processing import Processor
from services.deployment.monitoring import NAME as MONITOR
from services.deployment.opening import SERVICE as CLI
from services.deployment.parts import PROCESSORS
from services.intake.ledger import TOPIC as INTAKE_FILES
from services.monitor.fold import FOLDED_TOPICS
from services.runtime.configuration import CONTROL, LOOKED_UP
from services.runtime.letters import DEAD_LETTERS
from services.runtime.log import APPENDERS
from services.timekeeper.publisher import SERVICE as TIMEKEEPER
from topics.access import Business
from topics.map import TopicMap

INTAKE: Final = "intake"
CONSOLE: Final = "console"

MONITOR_CHANGELOG: Final = "monitor-view-changelog"
"""Of the table that the monitor keeps on Kafka (services/monitor/live.py: CHANGELOG); named here, because Faust need
not be installed where grants are made."""


def consumed(processor: Processor[Any]) -> frozenset[str]:
    """The topics that a worker of this processor subscribes to."""
    return frozenset((*processor.inputs, *processor.priority, CONTROL, DEAD_LETTERS))


def restored(processor: Processor[Any]) -> frozenset[str]:
    """The state topics that it restores from."""
    heads = () if processor.partition_topic is None else (processor.partition_topic,)
    return frozenset((*processor.models, *heads))


def businesses(topics: TopicMap) -> tuple[Business, ...]:
    """One of each service, and of the two from which people work: the command line and the console."""
    workers = tuple(
        Business(
            name,
            reads=consumed(processor) | restored(processor) | LOOKED_UP,
            consumes=True,
            identities=(f"{name}.",),
        )
        for name, processor in PROCESSORS.items()
    )
    groups = frozenset((*PROCESSORS, MONITOR))
    # Lag shows the first unread record of every group's topics.
    watched = frozenset(FOLDED_TOPICS).union(*(consumed(processor) for processor in PROCESSORS.values()))
    people = frozenset(topics.names)
    return (
        Business(INTAKE, frozenset({INTAKE_FILES}), identities=(f"{APPENDERS}{INTAKE}-",)),
        *workers,
        Business(TIMEKEEPER, frozenset({CONTROL}), identities=(f"{APPENDERS}{TIMEKEEPER}",)),
        Business(MONITOR, watched, consumes=True, watches=groups, keeps=(MONITOR_CHANGELOG,)),
        Business(CLI, people, identities=(f"{APPENDERS}{CLI}-",), watches=groups),
        Business(CONSOLE, people, identities=(f"{APPENDERS}{CONSOLE}-",), watches=groups),
    )
