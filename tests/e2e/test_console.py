"""`reclaim console` as a process: its users, its address, its end."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from pathlib import Path

import httpx2 as httpx
import pytest

from tests.e2e.installation import PROJECT, Installation

PASSWORD = "a password for a test"


@pytest.fixture
def reclaim(tmp_path: Path) -> Installation:
    return Installation(tmp_path)


def add_user(reclaim: Installation, name: str, *roles: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            sys.executable,
            "-m",
            "services.cli",
            "console",
            "user",
            "add",
            name,
            *(f"--role={r}" for r in roles),
        ],
        input=f"{PASSWORD}\n",
        capture_output=True,
        text=True,
        cwd=PROJECT,
        env=reclaim.variables(),
        check=False,
    )


def test_a_user_signs_in_at_the_address_that_it_prints(reclaim: Installation) -> None:
    assert add_user(reclaim, "ana", "coder", "viewer").stdout == "ana: coder, viewer\n"
    assert reclaim.ok("console", "user", "list") == "ana: coder, viewer\n"
    process = subprocess.Popen(
        [sys.executable, "-m", "services.cli", "console", "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=PROJECT,
        env=reclaim.variables(),
    )
    try:
        assert process.stdout is not None
        said = process.stdout.readline()
        address = re.search(r"http://127\.0\.0\.1:\d+", said)
        assert address is not None, said
        with httpx.Client(base_url=address[0]) as client:
            assert client.get("/healthz").json() == {"state": "up"}
            assert client.get("/work").status_code == 303
            client.post("/sign-in", data={"name": "ana", "password": PASSWORD})
            assert client.get("/work").status_code == 200
            assert reclaim.ok("console", "sign-out", "ana") == "ana: 1 ended\n"
            assert client.get("/work").status_code == 303
    finally:
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (0, "")


def test_it_is_not_opened_to_other_machines_without_tls(reclaim: Installation) -> None:
    ended = reclaim("console", "--host", "0.0.0.0")
    assert ended.status == 2
    assert "--public-url" in ended.err


def test_a_removed_user_is_gone(reclaim: Installation) -> None:
    add_user(reclaim, "ana", "coder")
    assert "signed out everywhere" in reclaim.ok("console", "user", "remove", "ana")
    assert reclaim.ok("console", "user", "list") == ""


def test_a_password_that_is_too_short_adds_nobody(reclaim: Installation) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "services.cli", "console", "user", "add", "ana", "--role=coder"],
        input="short\n",
        capture_output=True,
        text=True,
        cwd=PROJECT,
        env=reclaim.variables(),
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "short" not in ended.stderr
