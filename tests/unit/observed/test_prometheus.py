"""Rules, alerts and their pages: each names only what there is, and does what its unit tests say."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from services.cli.__main__ import reclaim
from services.monitor.objectives import PACES
from tests.unit.observed.promql import faults, labels_of

PROJECT = Path(__file__).resolve().parents[3]
PROMETHEUS = PROJECT / "deploy" / "prometheus"
PAGES = PROJECT / "docs" / "runbooks"


def rules() -> list[dict[str, Any]]:
    files = sorted((PROMETHEUS / "rules").glob("*.yml"))
    return [
        rule
        for file in files
        for group in yaml.safe_load(file.read_text("utf-8"))["groups"]
        for rule in group["rules"]
    ]


RECORDS = {rule["record"]: labels_of(rule["expr"], {}) for rule in rules() if "record" in rule}
ALERTS = {rule["alert"]: rule for rule in rules() if "alert" in rule}


def promtool(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Where Debian's `prometheus` is not installed the files are parsed alone, by the other tests here."""
    tool = shutil.which("promtool")
    if tool is None:
        pytest.skip("no promtool: install prometheus")
    return subprocess.run(
        [tool, *arguments], capture_output=True, text=True, cwd=PROMETHEUS, check=False, timeout=60
    )


def test_the_configuration_and_the_rules_are_ones_that_prometheus_takes() -> None:
    done = promtool("check", "config", "prometheus.yml")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", ["alerts.yml", "recording.yml"])
def test_the_rules_do_what_their_tests_say(name: str) -> None:
    done = promtool("test", "rules", f"tests/{name}")
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_alert_is_tested_to_fire_and_not_to_fire() -> None:
    document = yaml.safe_load((PROMETHEUS / "tests" / "alerts.yml").read_text("utf-8"))
    fires, rests = set(), set()
    for test in document["tests"]:
        for check in test["alert_rule_test"]:
            (fires if check["exp_alerts"] else rests).add(check["alertname"])
    assert fires == rests == ALERTS.keys()


def test_every_recorded_name_is_tested() -> None:
    document = (PROMETHEUS / "tests" / "recording.yml").read_text("utf-8")
    assert {name for name in RECORDS if name not in document} == set()


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.get("alert") or rule["record"])
def test_a_rule_names_only_metrics_and_labels_that_there_are(rule: dict[str, Any]) -> None:
    assert faults(rule["expr"], RECORDS) == []


@pytest.mark.parametrize(
    ("expression", "fault"),
    [
        ("reclaim_lag_records > 0", "no metric reclaim_lag_records"),
        ('reclaim_group_lag_records{topic="x"}', "reclaim_group_lag_records has no label topic"),
        ("sum by (claim) (reclaim_group_lag_records)", "nothing has a label claim"),
    ],
)
def test_what_there_is_not_is_found(expression: str, fault: str) -> None:
    assert faults(expression, {}) == [fault]


@pytest.mark.parametrize("name", ALERTS)
def test_what_an_alert_says_names_labels_that_it_has(name: str) -> None:
    rule = ALERTS[name]
    said = set(re.findall(r"\$labels\.(\w+)", rule["annotations"]["summary"]))
    assert said <= labels_of(rule["expr"], RECORDS) | rule["labels"].keys()
    assert rule["labels"]["severity"] in {pace.severity for pace in PACES}


def test_every_alert_has_its_page_and_every_page_its_alert() -> None:
    pages = {rule["annotations"]["runbook_url"] for rule in ALERTS.values()}
    assert len(pages) == len(ALERTS)
    assert pages == {f"docs/runbooks/{page.name}" for page in PAGES.glob("*.md") if page.name != "README.md"}
    index = (PAGES / "README.md").read_text("utf-8")
    for name, rule in ALERTS.items():
        page = PROJECT / rule["annotations"]["runbook_url"]
        assert f"[{name}]({page.name})" in index
        text = page.read_text("utf-8")
        assert text.startswith(f"# {name}\n")
        assert rule["expr"] in text
        assert re.findall(r"^\*\*(.*?)\*\*", text, re.M) == [
            *("It means.", "It costs.", "Look.", "Do.", "Over when.")
        ]


def commands() -> Iterator[tuple[str, str]]:
    for page in sorted(PAGES.glob("*.md")):
        text = page.read_text("utf-8")
        fenced = "\n".join(re.findall(r"```\n(.*?)```", text, re.S)).splitlines()
        for line in (*fenced, *re.findall(r"`([^`\n]+)`", text)):
            command = line.partition("#")[0].strip()
            if command.startswith("reclaim "):
                yield page.name, command


def test_every_command_on_a_page_exists_with_its_options() -> None:
    found = sorted(set(commands()))
    assert len(found) > 40
    for page, line in found:
        command: click.Command = reclaim
        context = click.Context(command)
        words = line.split()[1:]
        while isinstance(command, click.Group) and words:
            word = words.pop(0)
            taken = command.get_command(context, word)
            assert taken is not None, f"{page}: {line}"
            command = taken
        options = {option for parameter in command.params for option in parameter.opts}
        assert {word for word in words if word.startswith("--")} <= options, f"{page}: {line}"
        required = {p.opts[0] for p in command.params if isinstance(p, click.Option) and p.required}
        # A sentence may name a command alone.
        assert len(words) < 2 or required <= set(words), f"{page}: {line}"


def test_metrics_that_a_page_names_are_there() -> None:
    for page in PAGES.glob("*.md"):
        for name in re.findall(r"`(reclaim_\w+)`", page.read_text("utf-8")):
            assert faults(name, RECORDS) == [], f"{page.name}: {name}"
