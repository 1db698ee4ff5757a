"""Compose: every service of the command, under its own principal, with secrets by file and checks on progress."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.cluster.credentials import make_credentials
from deploy.cluster.secured import security_settings
from services.cli.service import NAMES
from services.deployment.businesses import businesses
from tests.deploy.files import DEPLOY, check_command, check_variables, tool
from topics.map import load_map

FOLDER = DEPLOY / "compose"
FILE = FOLDER / "compose.yaml"
DOCUMENT: dict[str, Any] = yaml.safe_load(FILE.read_text("utf-8"))
SERVICES: dict[str, dict[str, Any]] = DOCUMENT["services"]
OURS = {name: service for name, service in SERVICES.items() if "reclaim:" in service["image"]}
LASTING = {*NAMES, "console"}


def properties(file: Path) -> dict[str, str]:
    lines = (line for line in file.read_text("utf-8").splitlines() if line and not line.startswith("#"))
    return dict(line.split("=", 1) for line in lines)


def test_every_service_of_the_command_and_the_console_is_there() -> None:
    assert set(OURS) == LASTING | {"topics", "grants", "users", "shipped"}


@pytest.mark.parametrize("name", sorted(OURS))
def test_its_command_is_one_that_the_command_line_takes(name: str, tmp_path: Path) -> None:
    command = [
        part.replace("${RECLAIM_PUBLIC_URL:", "https://").split("?")[0] for part in OURS[name]["command"]
    ]
    check_command(command, tmp_path)


@pytest.mark.parametrize("name", sorted(OURS))
def test_its_variables_are_settings(name: str, tmp_path: Path) -> None:
    check_variables({k: str(v) for k, v in OURS[name]["environment"].items()}, tmp_path)


@pytest.mark.parametrize("name", sorted(LASTING))
def test_it_signs_in_as_its_own_principal_with_its_own_password(name: str) -> None:
    service = SERVICES[name]
    assert service["environment"]["RECLAIM_KAFKA_SASL_USERNAME"] == name
    assert service["environment"]["RECLAIM_KAFKA_SASL_PASSWORD_FILE"] == "/run/secrets/password"
    passwords = [s["source"] for s in service["secrets"] if isinstance(s, dict)]
    assert passwords == [f"password-{name}"]
    assert DOCUMENT["secrets"][f"password-{name}"] == {"file": f"./secrets/passwords/{name}"}
    assert name in {business.service for business in businesses(load_map())}


def test_only_who_provisions_has_the_super_user_s_certificate() -> None:
    holders = {name for name, service in SERVICES.items() if "provisioner.key" in service.get("secrets", ())}
    assert holders == {"topics", "grants", "users", "kafka"}


def test_no_secret_stands_in_the_file() -> None:
    for name, service in SERVICES.items():
        for variable, value in service.get("environment", {}).items():
            if re.search("PASSWORD|SECRET|KEY", variable):
                assert str(value).startswith("/run/secrets/"), (name, variable)


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_it_can_take_no_privilege_and_write_nowhere_but_its_volumes(name: str) -> None:
    service = SERVICES[name]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["read_only"] is (name != "kafka")
    assert service["mem_limit"]


def test_images_of_others_are_pinned_by_digest() -> None:
    others = [service["image"] for name, service in SERVICES.items() if name not in OURS]
    assert len(others) == 3
    assert all(re.search(r":[\w.]+@sha256:[0-9a-f]{64}$", image) for image in others)


def test_prometheus_asks_every_service() -> None:
    (group,) = yaml.safe_load((FOLDER / "targets.yml").read_text("utf-8"))
    port = DOCUMENT["x-cluster"]["RECLAIM_METRICS_PORT"]
    assert set(group["targets"]) == {f"{name}:{port}" for name in LASTING - {"console"}}


def test_what_is_mounted_from_the_project_is_there(tmp_path: Path) -> None:
    make_credentials(tmp_path / "secrets", ["kafka"], containers=True)
    for service in SERVICES.values():
        for volume in service.get("volumes", ()):
            source = volume.split(":")[0]
            if source.startswith("./secrets"):
                assert (tmp_path / source).exists(), source
            elif source.startswith("."):
                assert (FOLDER / source).exists(), source
    for secret in DOCUMENT["secrets"].values():
        assert (tmp_path / secret["file"]).is_file(), secret


def test_the_broker_is_as_secured_as_the_one_that_is_tested() -> None:
    """All that `security.properties` sets, apart from addresses and places."""
    ours, tested = properties(FOLDER / "server.properties"), security_settings(1, Path("/run/secrets"))
    for name, value in tested.items():
        if "listeners" not in name:
            assert ours[name] == value, name


def test_compose_itself_takes_the_file(tmp_path: Path) -> None:
    variables = {
        "RECLAIM_INBOX": "/in",
        "RECLAIM_OUTBOX": "/out",
        "RECLAIM_PUBLIC_URL": "https://reclaim.invalid",
    }
    done = subprocess.run(
        [tool("docker-compose"), "-f", str(FILE), "config", "--format", "json"],
        capture_output=True,
        text=True,
        env={**os.environ, **variables},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["services"].keys() == SERVICES.keys()
