"""Logs: one JSON line a batch through structlog, and only fields of the allow-list.

A field that is not listed is dropped, so that no value of a claim reaches a log by way of a careless call.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from dataclasses import dataclass
from typing import Any, Final, TextIO

import structlog
from structlog.typing import FilteringBoundLogger

# Names, counts, codes and places; never a key, a claim number or a text that came from a record.
FIELDS: Final = frozenset(
    {
        "event", "level", "timestamp",
        "service", "member", "topic", "partition", "partitions", "offset",
        "records", "calls", "outcomes", "states", "letters", "restored", "milliseconds",
        "type", "reason", "place", "attempt", "pause", "letter", "file", "count", "log",
        "target",
    }
)  # fmt: skip


class Events:
    """The names of all log lines of the runtime."""

    BATCH: Final = "batch"
    ASSIGNED: Final = "assigned"
    DEAD_LETTER: Final = "dead_letter"
    CRASHED: Final = "crashed"
    TRANSIENT: Final = "transient"
    NOT_ANSWERED: Final = "not_answered"
    STOPPED: Final = "stopped"
    NOT_DELIVERED: Final = "not_delivered"
    NOT_FETCHED: Final = "not_fetched"


def _allow(_: Any, __: str, fields: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {name: value for name, value in fields.items() if name in FIELDS}


@dataclass(frozen=True, slots=True)
class _Sink:
    level: int = logging.WARNING
    stream: TextIO | None = None


_sink = _Sink()


def configure_logging(level: str = "info", stream: TextIO | None = None) -> None:
    """Where the lines of loggers bound from now on go (stderr where null), and from which level on.
    A command calls it first; without it only warnings and worse are written."""
    global _sink
    _sink = _Sink(logging.getLevelNamesMapping()[level.upper()], stream)


def bind_logger(**fields: str) -> FilteringBoundLogger:
    """A logger whose lines all carry these fields."""
    logger: FilteringBoundLogger = structlog.wrap_logger(
        structlog.WriteLogger(_sink.stream or sys.stderr),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _allow,
            structlog.processors.JSONRenderer(sort_keys=True),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(_sink.level),
        context_class=dict,
    ).bind(**fields)
    return logger
