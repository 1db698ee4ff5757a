"""The document of `reclaim lag` as samples of metrics: a number for everything that was ever there, and no more
payers than a label may have."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import Final

from services.monitor.accounts import Accounts
from services.monitor.consumers import Status
from services.monitor.fold import Fold
from services.monitor.groups import Consumption, GroupLag
from services.monitor.lag import CAUSE_WINDOWS, Lag, StageLag
from services.monitor.objectives import ALL, DOLLARS, MINUTES, PACES
from services.monitor.stages import MINUTE
from services.runtime import metrics
from services.runtime.exposition import Labels
from services.runtime.metrics import Metric

MOST_PAYERS: Final = 100
"""Payers with a label of their own, those that came first; all others are counted under OTHER."""

OTHER: Final = "other"

INTAKE: Final = "intake"
"""It has letters, and no group."""

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


def samples_of(
    lag: Lag, payers: Payers, fold: Fold, consumption: Mapping[str, Sequence[Consumption]], now: int
) -> Samples:
    """The samples of a document, of the fold that it was made of, and of the partitions that were looked at. `now`: ms
    since the epoch."""
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
        _add_group(found, group, consumption.get(group.group, ()), now)
    _add_accounts(found, fold.accounts, payers, (*consumption, INTAKE), now)
    found[metrics.MEASURED][()] = now / 1000
    found[metrics.FLOWS][()] = float(len(fold.flows))
    return found


def _add_group(found: Samples, group: GroupLag, seen: Sequence[Consumption], now: int) -> None:
    for status in Status:
        found[metrics.GROUP_STATUS][group.group, status] = float(group.status == status)
    named = (group.group,)
    found[metrics.GROUP_COMPLETE][named] = group.complete
    found[metrics.GROUP_LAG][named] = float(group.lag)
    found[metrics.GROUP_BEHIND][named] = group.behind_minutes * MINUTE
    found[metrics.GROUP_RETENTION][named] = group.retention_share
    for one in seen:
        place = (group.group, one.topic, str(one.partition))
        since = one.unread_since if one.unread_since is not None else now
        found[metrics.PARTITION_OFFSET][place] = float(one.track.commits[-1].offset)
        found[metrics.PARTITION_LAG][place] = float(one.track.lag)
        found[metrics.PARTITION_BEHIND][place] = max(0.0, (now - since) / 1000)


def _add_accounts(
    found: Samples, accounts: Accounts, payers: Payers, services: Iterable[str], now: int
) -> None:
    intake = accounts.intake()
    for status, count in intake.files.items():
        found[metrics.INTAKE_FILES][(status,)] = float(count)
    for fate, count in (
        ("held", intake.claims),
        ("published", intake.published),
        ("set_aside", intake.set_aside),
    ):
        found[metrics.INTAKE_CLAIMS][(fate,)] = float(count)
    for fate, count in (("held", intake.segments), ("kept", intake.kept)):
        found[metrics.INTAKE_SEGMENTS][(fate,)] = float(count)
    found[metrics.INTAKE_UNACCOUNTED][("claims",)] = float(
        intake.claims - intake.published - intake.set_aside
    )
    found[metrics.INTAKE_UNACCOUNTED][("segments",)] = float(intake.segments - intake.kept)
    still = now if intake.still_since is None else intake.still_since
    found[metrics.INTAKE_STILL][()] = max(0.0, (now - still) / 1000)
    for payer, since in accounts.holds.items():
        _most(found, metrics.HOLD, (payers.label(payer),), max(1.0, (now - since) / 1000))
    for service in (*services, *(letter.service for letter in accounts.letters.values())):
        found[metrics.LETTERS].setdefault((service,), 0.0)
        found[metrics.LETTERS_OLDEST].setdefault((service,), 0.0)
    for letter in accounts.letters.values():
        found[metrics.LETTERS][(letter.service,)] += 1.0
        _most(found, metrics.LETTERS_OLDEST, (letter.service,), (now - letter.at) / 1000)


def _add_stage(found: Samples, stage: StageLag, place: Labels) -> None:
    for metric, value in (
        (metrics.WAITING, float(stage.waiting)),
        (metrics.WAITING_DOLLARS, float(stage.amount)),
        (metrics.ENTERED, stage.entered_per_minute / MINUTE),
        (metrics.ENDED, stage.ended_per_minute / MINUTE),
    ):
        found[metric][place] = found[metric].get(place, 0.0) + value
    _most(
        found,
        metrics.CATCH_UP,
        place,
        inf if stage.catch_up_minutes is None else stage.catch_up_minutes * MINUTE,
    )
    if stage.objective_minutes is not None:
        found[metrics.OBJECTIVE_SECONDS][place] = float(stage.objective_minutes * MINUTE)
    if stage.objective_amount is not None:
        found[metrics.OBJECTIVE_DOLLARS][place] = float(stage.objective_amount)
    for minutes, burn in stage.burns.items():
        _most(found, metrics.BURN, (*place, window_name(minutes)), burn)
    for reason, count in stage.reasons.items() if stage.payer == ALL else ():
        found[metrics.REASONS][stage.stage, reason] = float(count)
    _most(found, metrics.OLDEST, place, (stage.oldest_minutes or 0.0) * MINUTE)
    for bound in (MINUTES, DOLLARS):
        _most(found, metrics.BREACHED, (*place, bound), float(bound in stage.breached))
    for severity in _severities():
        found[metrics.BURNING].setdefault((*place, severity), 0.0)


def window_name(minutes: int) -> str:
    """As Prometheus writes lengths of time: 5m, 1h."""
    return f"{minutes // 60}h" if minutes % 60 == 0 else f"{minutes}m"


def _severities() -> Iterable[str]:
    return (pace.severity for pace in PACES)


def _most(found: Samples, metric: Metric, labels: Labels, value: float) -> None:
    """Several payers may share a label: the worst of them shows."""
    found[metric][labels] = max(value, found[metric].get(labels, 0.0))
