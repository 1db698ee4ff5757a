"""The dashboards: what the generator writes, and nothing that no process shows."""

from __future__ import annotations

import importlib.util
import json
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

from tests.unit.observed.promql import faults, labels_of
from tests.unit.observed.test_prometheus import PROJECT, RECORDS

GRAFANA = PROJECT / "deploy" / "grafana"


def build() -> ModuleType:
    spec = importlib.util.spec_from_file_location("grafana_build", GRAFANA / "build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


FILES = sorted((GRAFANA / "dashboards").glob("*.json"))


def panels() -> list[tuple[str, dict[str, Any]]]:
    return [(file.stem, panel) for file in FILES for panel in json.loads(file.read_text("utf-8"))["panels"]]


def test_the_files_are_what_the_generator_writes() -> None:
    built = build()
    assert {file.name: file.read_text("utf-8") for file in FILES} == {
        f"{dashboard.name}.json": built.text(dashboard) for dashboard in built.DASHBOARDS
    }


@pytest.mark.parametrize(
    ("name", "panel"), panels(), ids=lambda value: value if isinstance(value, str) else ""
)
def test_a_panel_is_backed_by_metrics_and_labels_that_there_are(name: str, panel: dict[str, Any]) -> None:
    assert panel["targets"]
    for target in panel["targets"]:
        assert faults(target["expr"], RECORDS) == []
        legend = set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]))
        assert legend <= labels_of(target["expr"], RECORDS)


def test_what_follows_the_chosen_payer_is_also_told_of_all_payers_together() -> None:
    """An objective bounds each payer alone: of `all`, the choice that a dashboard opens with, it has no number."""
    asked = {t["expr"] for _, panel in panels() for t in panel["targets"] if "$payer" in t["expr"]}
    assert asked
    assert not {name for expr in asked for name in re.findall(r"reclaim_(?!stage_)\w+", expr)}


def test_panels_do_not_lie_over_each_other() -> None:
    for file in FILES:
        taken: set[tuple[int, int]] = set()
        for panel in json.loads(file.read_text("utf-8"))["panels"]:
            place = panel["gridPos"]
            cells = {(place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])}
            assert not cells & taken
            assert place["x"] + place["w"] <= 24
            taken |= cells


def test_what_is_provisioned_names_the_source_of_the_panels_and_a_folder() -> None:
    (source,) = yaml.safe_load((GRAFANA / "provisioning/datasources/prometheus.yml").read_text())[
        "datasources"
    ]
    assert {panel["datasource"]["uid"] for _, panel in panels()} == {source["uid"]}
    (provider,) = yaml.safe_load((GRAFANA / "provisioning/dashboards/reclaim.yml").read_text())["providers"]
    assert Path(provider["options"]["path"]).is_absolute()
