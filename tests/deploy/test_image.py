"""The image: pinned, without root, with what the locks say and nothing else."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from tests.deploy.files import DEPLOY, PROJECT, tool

FILE = DEPLOY / "image" / "Dockerfile"
TEXT = FILE.read_text("utf-8")
LINES = [line for line in TEXT.splitlines() if line and not line.startswith("#")]


def test_the_base_is_pinned_by_digest() -> None:
    assert re.search(r"^ARG PYTHON_IMAGE=\S+@sha256:[0-9a-f]{64}$", TEXT, re.MULTILINE)
    assert {line.split()[1] for line in LINES if line.startswith("FROM")} == {"${PYTHON_IMAGE}"}


def test_the_build_refuses_a_base_that_is_not_pinned() -> None:
    """The check as the build runs it, on names with and without a digest."""
    (check,) = (line.removeprefix("RUN ") for line in LINES if line.startswith("RUN [["))
    for image, status in (("python:3.11-slim", 1), (f"python@sha256:{'0' * 64}", 0)):
        done = subprocess.run(
            ["bash", "-c", check], env={"PYTHON_IMAGE": image}, capture_output=True, check=False
        )
        assert done.returncode == status, image


def test_the_image_runs_as_a_number_that_is_not_root() -> None:
    """Kubernetes checks runAsNonRoot on numbers alone."""
    users = [line.split()[1] for line in LINES if line.startswith("USER")]
    assert users == ["10001:10001"]


def test_every_installation_checks_hashes_or_fetches_nothing() -> None:
    installs = re.findall(r"pip install (.*)", TEXT)
    assert len(installs) == 3
    assert all("--require-hashes" in one or "--no-deps --no-build-isolation" in one for one in installs)


@pytest.mark.parametrize("lock", sorted(set(re.findall(r"requirements/\w+\.lock", TEXT))))
def test_the_locks_of_the_image_are_there_with_hashes(lock: str) -> None:
    text = (PROJECT / lock).read_text("utf-8")
    pinned = re.findall(r"^[a-z0-9._-]+(?:\[[^]]*\])?==", text, re.MULTILINE | re.IGNORECASE)
    assert 10 < len(pinned) <= text.count("--hash=sha256:")


def test_only_what_is_named_goes_into_the_build() -> None:
    ignored = (DEPLOY / "image" / "Dockerfile.dockerignore").read_text("utf-8").splitlines()
    rules = [line for line in ignored if line and not line.startswith("#")]
    assert rules[0] == "*"
    wanted = {line.split()[1] for line in LINES if line.startswith("COPY") and "--from" not in line}
    let_in = {rule.removeprefix("!") for rule in rules if rule.startswith("!")}
    assert {name.split("/")[0] if name.startswith("requirements") else name for name in wanted} <= let_in


def test_the_health_check_is_on_progress() -> None:
    class Answers(BaseHTTPRequestHandler):
        status = 503

        def do_GET(self) -> None:
            self.send_response(self.status if self.path == "/health" else 404)
            self.end_headers()

        def log_message(self, format: str, *_: object) -> None:
            """Quiet."""

    server = HTTPServer(("127.0.0.1", 0), Answers)
    Thread(target=server.serve_forever, daemon=True).start()
    port = str(server.server_address[1])

    def check(*arguments: str) -> int:
        script = [sys.executable, str(DEPLOY / "image" / "progress.py"), *arguments]
        return subprocess.run(script, env={"RECLAIM_METRICS_PORT": port}, check=False).returncode

    assert check() == 1, "the port answers, but nothing moves"
    Answers.status = 200
    assert (check(), check(f"{port}/health"), check(f"{port}/elsewhere")) == (0, 0, 1)
    server.shutdown()
    server.server_close()
    assert check() == 1


def test_hadolint_finds_nothing() -> None:
    done = subprocess.run(
        [
            tool("hadolint"),
            "--config",
            str(DEPLOY / "image" / "hadolint.yaml"),
            "--format",
            "json",
            str(FILE),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (json.loads(done.stdout), done.returncode) == ([], 0)
