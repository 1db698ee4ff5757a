"""The document of `reclaim lag` as samples of metrics: a number for everything that was ever there, and no more
payers than a label may have."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from services.monitor.consumers import Status
from services.monitor.lag import CAUSE_WINDOWS, Lag, StageLag
from services.monitor.objectives import ALL, DOLLARS, MINUTES, PACES
from services.monitor.stages import MINUTE
from services.runtime import metrics
from services.runtime.exposition import Labels
from services.runtime.metrics import Metric

MOST_PAYERS: Final = 100
"""Payers with a label of their own, those that came first; all others are counted under OTHER."""

OTHER: Final = "other"

_PAYER: Final = re.compile(r"[A-Z0-9][A-Z0-9_-]{1,19}")
"""What a payer's id looks like. What does not may be anything, and is no label."""

Samples = dict[Metric, dict[Labels, float]]


@dataclass(slots=True)
class Payers:
    """The payers that have a label. Who has one keeps it."""

    known: set[str] = field(default_factory=set)

    def label(self, payer: str) -> str:
        if payer == ALL or payer in self.known:
            return payer
        if len(self.known) >= MOST_PAYERS or _PAYER.fullmatch(payer) is None:
            return OTHER
        self.known.add(payer)
        return payer


def samples_of(lag: Lag, payers: Payers, claims: int, now: float) -> Samples:
    """The samples of a document. `claims`: how many the fold keeps; `now`: seconds since the epoch."""
    found: Samples = {metric: {} for metric in metrics.MONITOR_METRICS}
    for stage in lag.stages:
        _add_stage(found, stage, (stage.stage, payers.label(stage.payer)))
    for alert in lag.alerts:
        found[metrics.BURNING][alert.stage, payers.label(alert.payer), alert.severity] = 1.0
    for cause in lag.causes:
        if cause.minutes == CAUSE_WINDOWS[0]:
            found[metrics.CAUSES][(cause.cause,)] = float(cause.count)
            found[metrics.CAUSE_DOLLARS][(cause.cause,)] = float(cause.amount)
    for payer in lag.silence:
        label = (payers.label(payer.payer),)
        _most(found, metrics.SILENT_DAYS, label, float(payer.business_days))
        _most(found, metrics.SILENT, label, float(payer.silent))
    for group in lag.consumers:
        for status in Status:
            found[metrics.GROUP_STATUS][group.group, status] = float(group.status == status)
        named = (group.group,)
        found[metrics.GROUP_COMPLETE][named] = group.complete
        found[metrics.GROUP_LAG][named] = float(group.lag)
        found[metrics.GROUP_BEHIND][named] = group.behind_minutes * MINUTE
        found[metrics.GROUP_RETENTION][named] = group.retention_share
    found[metrics.MEASURED][()] = now
    found[metrics.FLOWS][()] = float(claims)
    return found


def _add_stage(found: Samples, stage: StageLag, place: Labels) -> None:
    for metric, value in (
        (metrics.WAITING, float(stage.waiting)),
        (metrics.WAITING_DOLLARS, float(stage.amount)),
        (metrics.ENTERED, stage.entered_per_minute / MINUTE),
        (metrics.ENDED, stage.ended_per_minute / MINUTE),
    ):
        found[metric][place] = found[metric].get(place, 0.0) + value
    _most(found, metrics.OLDEST, place, (stage.oldest_minutes or 0.0) * MINUTE)
    for bound in (MINUTES, DOLLARS):
        _most(found, metrics.BREACHED, (*place, bound), float(bound in stage.breached))
    for severity in _severities():
        found[metrics.BURNING].setdefault((*place, severity), 0.0)


def _severities() -> Iterable[str]:
    return (pace.severity for pace in PACES)


def _most(found: Samples, metric: Metric, labels: Labels, value: float) -> None:
    """Several payers may share a label: the worst of them shows."""
    found[metric][labels] = max(value, found[metric].get(labels, 0.0))
