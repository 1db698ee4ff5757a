"""Every metric that a process of Reclaim exports: name, kind, unit, labels. The one place where a metric is named.

Names follow Prometheus' habits: base units in the name, `_total` for what only grows. A label has few values: a
stage, a payer, a cause, a group, a topic, a service. No claim, patient, member, file or key is ever one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal


@dataclass(frozen=True, slots=True)
class Metric:
    """One family of samples."""

    name: str
    kind: Literal["gauge", "counter"]
    help: str
    labels: tuple[str, ...] = ()


RECORDS: Final = Metric(
    "reclaim_records_total", "counter", "Records that a service has handled.", ("service",)
)
OUTCOMES: Final = Metric(
    "reclaim_outcomes_total", "counter", "Events that a service has published.", ("service",)
)
DEAD_LETTERS: Final = Metric(
    "reclaim_dead_letters_total", "counter", "Dead letters that a service has written.", ("service",)
)
COMMITS: Final = Metric("reclaim_commits_total", "counter", "Transactions of a service.", ("service",))
COMMIT_SECONDS: Final = Metric(
    "reclaim_commit_seconds_total", "counter", "Seconds that a service's transactions took.", ("service",)
)
PROGRESS: Final = Metric(
    "reclaim_progress_timestamp_seconds",
    "gauge",
    "When a part of this process last finished a step, also one that found nothing; seconds since the epoch.",
    ("service",),
)
SERVICE_METRICS: Final = (RECORDS, OUTCOMES, DEAD_LETTERS, COMMITS, COMMIT_SECONDS, PROGRESS)
"""Of every service."""

_PLACE: Final = ("stage", "payer")

WAITING: Final = Metric("reclaim_stage_waiting_denials", "gauge", "Denials that wait in a stage.", _PLACE)
WAITING_DOLLARS: Final = Metric(
    "reclaim_stage_waiting_dollars", "gauge", "Dollars that wait in a stage.", _PLACE
)
OLDEST: Final = Metric(
    "reclaim_stage_oldest_seconds",
    "gauge",
    "How long the oldest waits in a stage; 0 where nothing does.",
    _PLACE,
)
ENTERED: Final = Metric(
    "reclaim_stage_entered_per_second", "gauge", "How fast denials come into a stage.", _PLACE
)
ENDED: Final = Metric("reclaim_stage_ended_per_second", "gauge", "How fast denials leave a stage.", _PLACE)
BREACHED: Final = Metric(
    "reclaim_objective_breached",
    "gauge",
    "1 where a stage is beyond what its objective allows.",
    ("stage", "payer", "bound"),
)
BURNING: Final = Metric(
    "reclaim_objective_burning",
    "gauge",
    "1 where an objective's budget burns too fast, by the severity of the alert.",
    ("stage", "payer", "severity"),
)
CAUSES: Final = Metric(
    "reclaim_cause_denials", "gauge", "Classifications of a cause in the last hour.", ("cause",)
)
CAUSE_DOLLARS: Final = Metric(
    "reclaim_cause_dollars", "gauge", "Dollars classified under a cause in the last hour.", ("cause",)
)
SILENT_DAYS: Final = Metric(
    "reclaim_payer_silent_business_days",
    "gauge",
    "Business days since a payer's last remittance.",
    ("payer",),
)
SILENT: Final = Metric(
    "reclaim_payer_silent", "gauge", "1 where a payer is silent for longer than agreed.", ("payer",)
)
GROUP_STATUS: Final = Metric(
    "reclaim_group_status", "gauge", "1 for the status that a consumer group has.", ("group", "status")
)
GROUP_COMPLETE: Final = Metric(
    "reclaim_group_window_complete_ratio",
    "gauge",
    "How much of the window is filled on which the status stands.",
    ("group",),
)
GROUP_LAG: Final = Metric(
    "reclaim_group_lag_records", "gauge", "Records that a group has not read.", ("group",)
)
GROUP_BEHIND: Final = Metric(
    "reclaim_group_behind_seconds",
    "gauge",
    "How long the oldest unread record waits for a group.",
    ("group",),
)
GROUP_RETENTION: Final = Metric(
    "reclaim_group_retention_used_ratio",
    "gauge",
    "How much of a topic's retention the oldest unread record has used; at 1 it is lost.",
    ("group",),
)
MEASURED: Final = Metric(
    "reclaim_lag_timestamp_seconds",
    "gauge",
    "When the numbers about stages, payers and groups were taken; seconds since the epoch.",
)
FLOWS: Final = Metric("reclaim_monitor_claims", "gauge", "Claims that the monitor keeps in memory.")
MONITOR_METRICS: Final = (
    WAITING,
    WAITING_DOLLARS,
    OLDEST,
    ENTERED,
    ENDED,
    BREACHED,
    BURNING,
    CAUSES,
    CAUSE_DOLLARS,
    SILENT_DAYS,
    SILENT,
    GROUP_STATUS,
    GROUP_COMPLETE,
    GROUP_LAG,
    GROUP_BEHIND,
    GROUP_RETENTION,
    MEASURED,
    FLOWS,
)
"""Of the monitor, wherever it runs."""

METRICS: Final = (*SERVICE_METRICS, *MONITOR_METRICS)
