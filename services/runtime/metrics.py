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
CRASHES: Final = Metric(
    "reclaim_crashes_total",
    "counter",
    "Exceptions out of a processor; the third of one record makes a dead letter.",
    ("service",),
)
FAULTS: Final = Metric(
    "reclaim_transient_faults_total",
    "counter",
    "Batches that were given up and tried again, because the log did not answer.",
    ("service",),
)
PARTITIONS: Final = Metric(
    "reclaim_partitions_held", "gauge", "Partitions that a member of a service holds.", ("service",)
)
PLACE_FAILING: Final = Metric(
    "reclaim_place_failing",
    "gauge",
    "1 where the outbox folder or a partner's server could not be worked with at the last attempt.",
    ("service", "place"),
)
INBOX_FILES: Final = Metric("reclaim_inbox_files", "gauge", "Files of the inboxes that are not taken yet.")
INBOX_OLDEST: Final = Metric(
    "reclaim_inbox_oldest_seconds",
    "gauge",
    "How long ago the oldest of them was first seen; 0 where there is none.",
)
BUILD: Final = Metric("reclaim_build_info", "gauge", "1, with the version that runs.", ("version",))
SERVICE_METRICS: Final = (
    RECORDS,
    OUTCOMES,
    DEAD_LETTERS,
    COMMITS,
    COMMIT_SECONDS,
    PROGRESS,
    CRASHES,
    FAULTS,
    PARTITIONS,
    PLACE_FAILING,
    INBOX_FILES,
    INBOX_OLDEST,
    BUILD,
)
"""Of every service; those of an inbox only where there is one."""

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
CATCH_UP: Final = Metric(
    "reclaim_stage_catch_up_seconds",
    "gauge",
    "When at the rates of now nothing waits any more; 0 where nothing does, +Inf where it never comes to that.",
    _PLACE,
)
REASONS: Final = Metric(
    "reclaim_stage_reason_denials",
    "gauge",
    "Denials that wait in a stage for a reason that was said.",
    ("stage", "reason"),
)
OBJECTIVE_SECONDS: Final = Metric(
    "reclaim_objective_seconds", "gauge", "How long an objective lets a denial wait in a stage.", _PLACE
)
OBJECTIVE_DOLLARS: Final = Metric(
    "reclaim_objective_dollars", "gauge", "For how many dollars denials may wait in a stage.", _PLACE
)
BURN: Final = Metric(
    "reclaim_objective_burn_ratio",
    "gauge",
    "How many times faster than its budget allows an objective is missed, over a window.",
    ("stage", "payer", "window"),
)
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
_PARTITION: Final = ("group", "topic", "partition")

PARTITION_OFFSET: Final = Metric(
    "reclaim_group_partition_offset", "gauge", "The next record that a group will read.", _PARTITION
)
PARTITION_LAG: Final = Metric(
    "reclaim_group_partition_lag_records",
    "gauge",
    "Records of a partition that a group has not read.",
    _PARTITION,
)
PARTITION_BEHIND: Final = Metric(
    "reclaim_group_partition_behind_seconds",
    "gauge",
    "How long the oldest of them waits.",
    _PARTITION,
)
INTAKE_FILES: Final = Metric(
    "reclaim_intake_files", "gauge", "Files that were ever taken, by what became of them.", ("status",)
)
INTAKE_CLAIMS: Final = Metric(
    "reclaim_intake_claims",
    "gauge",
    "Claims of published files: what they held, and what was published and set aside of it.",
    ("fate",),
)
INTAKE_SEGMENTS: Final = Metric(
    "reclaim_intake_segments", "gauge", "The same in segments: held and kept.", ("fate",)
)
INTAKE_UNACCOUNTED: Final = Metric(
    "reclaim_intake_unaccounted",
    "gauge",
    "Claims and segments of published files that are neither published nor set aside; never other than 0.",
    ("of",),
)
INTAKE_STILL: Final = Metric(
    "reclaim_intake_still_seconds",
    "gauge",
    "Of files that are being published: how long the one that rests longest has rested; 0 without any.",
)
HOLD: Final = Metric(
    "reclaim_payer_hold_seconds",
    "gauge",
    "How long a payer has been on hold; 0 where it is not.",
    ("payer",),
)
LETTERS: Final = Metric(
    "reclaim_open_letters", "gauge", "Dead letters that nobody has answered.", ("service",)
)
LETTERS_OLDEST: Final = Metric(
    "reclaim_oldest_letter_seconds",
    "gauge",
    "How long the oldest of them waits; 0 without any.",
    ("service",),
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
    CATCH_UP,
    REASONS,
    OBJECTIVE_SECONDS,
    OBJECTIVE_DOLLARS,
    BURN,
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
    PARTITION_OFFSET,
    PARTITION_LAG,
    PARTITION_BEHIND,
    INTAKE_FILES,
    INTAKE_CLAIMS,
    INTAKE_SEGMENTS,
    INTAKE_UNACCOUNTED,
    INTAKE_STILL,
    HOLD,
    LETTERS,
    LETTERS_OLDEST,
    MEASURED,
    FLOWS,
)
"""Of the monitor, wherever it runs."""

PROCESS_METRICS: Final = tuple(
    Metric(f"process_{name}", "counter" if name.endswith("_total") else "gauge", "Of prometheus_client.")
    for name in (
        "cpu_seconds_total",
        "resident_memory_bytes",
        "virtual_memory_bytes",
        "open_fds",
        "max_fds",
        "start_time_seconds",
    )
)
"""Of the process itself, as every Prometheus client has them (Linux)."""

METRICS: Final = (*SERVICE_METRICS, *MONITOR_METRICS)
