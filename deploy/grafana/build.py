"""Writes the dashboards: `python deploy/grafana/build.py`. What a panel shows stands here, one line each.

Grafana reads the files in dashboards/; a test says when they are not what this writes.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

HERE: Final = Path(__file__).resolve().parent
SOURCE: Final = {"type": "prometheus", "uid": "prometheus"}

COLUMNS: Final = 24
HEIGHT: Final = 8


@dataclass(frozen=True)
class Panel:
    """One picture. `queries`: PromQL and the legend of its series."""

    title: str
    queries: tuple[tuple[str, str], ...]
    unit: str = "short"
    kind: str = "timeseries"
    says: str = ""
    width: int = 8


@dataclass(frozen=True)
class Dashboard:
    name: str
    title: str
    panels: tuple[Panel, ...]
    payers: bool = False
    """whether one chooses a payer"""


def one(query: str, legend: str = "") -> tuple[tuple[str, str], ...]:
    return ((query, legend),)


AT: Final = 'payer="$payer"'

STREAM: Final = Dashboard(
    "reclaim-stream",
    "Reclaim: the stream",
    (
        Panel("Oldest, by stage", one(f"reclaim_stage_oldest_seconds{{{AT}}}", "{{stage}}"), "s"),
        Panel("Waiting, by stage", one(f"reclaim_stage_waiting_denials{{{AT}}}", "{{stage}}")),
        Panel(
            "Dollars waiting, by stage",
            one(f"reclaim_stage_waiting_dollars{{{AT}}}", "{{stage}}"),
            "currencyUSD",
        ),
        Panel(
            "Comes in",
            one(f"reclaim_stage_entered_per_second{{{AT}}} * 60", "{{stage}}"),
            says="Denials a minute",
        ),
        Panel(
            "Leaves",
            one(f"reclaim_stage_ended_per_second{{{AT}}} * 60", "{{stage}}"),
            says="Denials a minute",
        ),
        Panel(
            "Caught up in",
            one(f"reclaim_stage_catch_up_seconds{{{AT}}} < Inf", "{{stage}}"),
            "s",
            says="No line: nothing is caught up at the rate of now",
        ),
        Panel(
            "Budget burns",
            one('max by (stage) (reclaim_objective_burn_ratio{window="1h"})', "{{stage}}"),
            says="Times faster than an objective allows, over an hour, of the payer where that is most; 14.4 pages",
        ),
        Panel(
            "Beyond an objective",
            one(
                "max by (stage, payer, bound) (reclaim_objective_breached) == 1",
                "{{stage}} {{payer}} {{bound}}",
            ),
            kind="table",
        ),
        Panel("Silent payers", one("reclaim_payer_silent_business_days", "{{payer}}"), "none", "bargauge"),
        Panel("Services", one("reclaim_group_status == 1", "{{group}}: {{status}}"), kind="table"),
        Panel("Records behind", one("reclaim_group_lag_records", "{{group}}")),
        Panel("Behind", one("reclaim_group_behind_seconds", "{{group}}"), "s"),
        Panel("Window of the status", one("reclaim_group_window_complete_ratio", "{{group}}"), "percentunit"),
        Panel("Retention used", one("reclaim_group_retention_used_ratio", "{{group}}"), "percentunit"),
        Panel("Age of these numbers", one("time() - reclaim_lag_timestamp_seconds", "age"), "s"),
    ),
    payers=True,
)

MONEY: Final = Dashboard(
    "reclaim-money",
    "Reclaim: the money",
    (
        Panel(
            "Dollars waiting", one("stage:reclaim_waiting_dollars:sum", "all stages"), "currencyUSD", "stat"
        ),
        Panel(
            "For people",
            one('reclaim_stage_waiting_dollars{stage="decided", payer="all"}', "to be decided"),
            "currencyUSD",
            "stat",
        ),
        Panel(
            "With payers",
            one(
                'sum(reclaim_stage_waiting_dollars{stage=~"acknowledged|answered", payer="all"})', "sent back"
            ),
            "currencyUSD",
            "stat",
        ),
        Panel(
            "Dollars waiting, by payer",
            one('topk(15, sum by (payer) (reclaim_stage_waiting_dollars{payer!="all"}))', "{{payer}}"),
            "currencyUSD",
            "bargauge",
            width=12,
        ),
        Panel(
            "Dollars waiting against the objective",
            (
                ('reclaim_stage_waiting_dollars{payer="all"}', "{{stage}}"),
                ("reclaim_objective_dollars", "objective {{stage}} {{payer}}"),
            ),
            "currencyUSD",
            width=12,
        ),
        Panel(
            "Causes of the last hour", one("reclaim_cause_denials", "{{cause}}"), kind="bargauge", width=12
        ),
        Panel(
            "Dollars of the last hour, by cause",
            one("reclaim_cause_dollars", "{{cause}}"),
            "currencyUSD",
            width=12,
        ),
    ),
)

DELIVERY: Final = Dashboard(
    "reclaim-files",
    "Reclaim: files in and out",
    (
        Panel("Files taken", one("reclaim_intake_files", "{{status}}"), kind="stat"),
        Panel("Claims in, published, set aside", one("reclaim_intake_claims", "{{fate}}"), kind="stat"),
        Panel(
            "Unaccounted for",
            one("reclaim_intake_unaccounted", "{{of}}"),
            kind="stat",
            says="Never other than 0",
        ),
        Panel("Segments", one("reclaim_intake_segments", "{{fate}}")),
        Panel("Files in the inboxes", one("sum(reclaim_inbox_files)", "not taken yet")),
        Panel(
            "Oldest file",
            (
                ("max(reclaim_inbox_oldest_seconds)", "in an inbox"),
                ("reclaim_intake_still_seconds", "half published"),
            ),
            "s",
        ),
        Panel("Why it waits", one("reclaim_stage_reason_denials", "{{stage}}: {{reason}}")),
        Panel(
            "On the way out",
            one(
                'reclaim_stage_waiting_denials{stage=~"resubmitted|delivered|acknowledged|answered", payer="all"}',
                "{{stage}}",
            ),
        ),
        Panel("Places that fail", one("reclaim_place_failing", "{{service}}: {{place}}"), kind="stat"),
        Panel("Payers on hold", one("reclaim_payer_hold_seconds > 0", "{{payer}}"), "s", "bargauge"),
        Panel("Open dead letters", one("reclaim_open_letters", "{{service}}")),
        Panel("Oldest dead letter", one("reclaim_oldest_letter_seconds", "{{service}}"), "s"),
    ),
)

WORKERS: Final = Dashboard(
    "reclaim-workers",
    "Reclaim: workers and log",
    (
        Panel("Records a second", one("service:reclaim_records:rate1m", "{{service}}")),
        Panel(
            "Events published a second",
            one("sum by (service) (rate(reclaim_outcomes_total[1m]))", "{{service}}"),
        ),
        Panel("Mean commit", one("service:reclaim_commit_seconds:mean1m", "{{service}}"), "s"),
        Panel("Commits a second", one("sum by (service) (rate(reclaim_commits_total[1m]))", "{{service}}")),
        Panel("Partitions held", one("sum by (service) (reclaim_partitions_held)", "{{service}}")),
        Panel("Since the last step", one("service:reclaim_progress_age_seconds:max", "{{service}}"), "s"),
        Panel("Crashes", one("sum by (service) (increase(reclaim_crashes_total[10m]))", "{{service}}")),
        Panel(
            "Batches given up",
            one("sum by (service) (increase(reclaim_transient_faults_total[10m]))", "{{service}}"),
        ),
        Panel(
            "Dead letters written",
            one("sum by (service) (increase(reclaim_dead_letters_total[1h]))", "{{service}}"),
        ),
        Panel(
            "Records behind, by topic",
            one(
                "topk(15, sum by (group, topic) (reclaim_group_partition_lag_records))", "{{group}} {{topic}}"
            ),
        ),
        Panel(
            "Oldest unread, by topic",
            one(
                "topk(15, max by (group, topic) (reclaim_group_partition_behind_seconds))",
                "{{group}} {{topic}}",
            ),
            "s",
        ),
        Panel(
            "Processor",
            one('rate(process_cpu_seconds_total{job="reclaim"}[1m])', "{{instance}}"),
            "percentunit",
        ),
        Panel("Memory", one('process_resident_memory_bytes{job="reclaim"}', "{{instance}}"), "bytes"),
        Panel("Claims that the monitor keeps", one("reclaim_monitor_claims", "claims")),
        Panel("Versions", one("count by (version) (reclaim_build_info)", "{{version}}"), kind="table"),
    ),
)

DASHBOARDS: Final = (STREAM, MONEY, DELIVERY, WORKERS)


def document(dashboard: Dashboard) -> dict[str, Any]:
    """A dashboard as Grafana reads it."""
    panels, x, y = [], 0, 0
    for number, panel in enumerate(dashboard.panels, 1):
        if x + panel.width > COLUMNS:
            x, y = 0, y + HEIGHT
        panels.append(_panel(panel, number, x, y))
        x += panel.width
    return {
        "uid": dashboard.name,
        "title": dashboard.title,
        "tags": ["reclaim"],
        "schemaVersion": 39,
        "editable": False,
        "refresh": "10s",
        "time": {"from": "now-1h", "to": "now"},
        "templating": {"list": [_payer()] if dashboard.payers else []},
        "panels": panels,
    }


def _panel(panel: Panel, number: int, x: int, y: int) -> dict[str, Any]:
    instant = panel.kind in ("table", "bargauge", "stat")
    return {
        "id": number,
        "type": panel.kind,
        "title": panel.title,
        "description": panel.says,
        "datasource": SOURCE,
        "gridPos": {"h": HEIGHT, "w": panel.width, "x": x, "y": y},
        "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0}, "overrides": []},
        "options": {"legend": {"displayMode": "list", "placement": "bottom"}} if not instant else {},
        "targets": [
            {
                "refId": chr(ord("A") + place),
                "datasource": SOURCE,
                "expr": query,
                "legendFormat": legend,
                "instant": instant,
                "range": not instant,
            }
            for place, (query, legend) in enumerate(panel.queries)
        ],
    }


def _payer() -> dict[str, Any]:
    return {
        "name": "payer",
        "type": "query",
        "datasource": SOURCE,
        "query": "label_values(reclaim_stage_waiting_denials, payer)",
        "refresh": 2,
        "current": {"text": "all", "value": "all"},
    }


def text(dashboard: Dashboard) -> str:
    return json.dumps(document(dashboard), indent=1) + "\n"


def main() -> None:
    for dashboard in DASHBOARDS:
        (HERE / "dashboards" / f"{dashboard.name}.json").write_text(text(dashboard), "utf-8")


if __name__ == "__main__":
    main()
