"""`reclaim console` as a process: its users, its address, its end."""

from __future__ import annotations

import re
import signal
import socket
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
            assert reclaim.ok("console", "where") == f"{address[0]}\n"
            assert client.get("/work").status_code == 303
            client.post("/sign-in", data={"name": "ana", "password": PASSWORD})
            assert client.get("/work").status_code == 200
            assert reclaim.ok("console", "sign-out", "ana") == "ana: 1 ended\n"
            assert client.get("/work").status_code == 303
    finally:
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (0, "")
    assert reclaim("console", "where").status == 1


def test_it_is_not_opened_to_other_machines_without_tls(reclaim: Installation) -> None:
    ended = reclaim("console", "--host", "0.0.0.0")
    assert ended.status == 2
    assert "--public-url" in ended.err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--host", "no.such.host.example", "--public-url", "https://a.example"), "knows no such address"),
        (("--host", "192.0.2.1", "--public-url", "https://a.example"), "has no such address"),
        (("--first-user", "--data", "/dev/null/data"), "folder cannot be used"),
        ((), "nobody can sign in yet"),
    ],
)
def test_what_cannot_be_served_is_said_in_one_line(
    reclaim: Installation, arguments: tuple[str, ...], says: str
) -> None:
    ended = reclaim("console", "--port", "0", *arguments)
    assert (ended.status, len(ended.err.strip().splitlines())) == (2, 1), ended.err
    assert says in ended.err


def test_a_port_that_is_taken_is_said_in_one_line(reclaim: Installation) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = reclaim("console", "--first-user", "--port", str(port))
    assert (ended.status, len(ended.err.strip().splitlines())) == (2, 1), ended.err
    assert f"port {port} is taken" in ended.err


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
