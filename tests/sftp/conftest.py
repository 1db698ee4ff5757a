"""A server for each test. Where the machine has no sshd the tests are skipped, with CI=true they fail."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sftp.sshd import Sshd, find_sshd


@pytest.fixture
def sshd(tmp_path: Path) -> Iterator[Sshd]:
    """A server that runs."""
    if find_sshd() is None:
        if os.environ.get("CI") == "true":
            pytest.fail("no sshd: install openssh-server", pytrace=False)
        pytest.skip("no sshd on this machine (Debian: openssh-server)")
    server = Sshd(tmp_path / "sshd")
    server.start()
    yield server
    server.stop()
