"""The command in this process: arguments in, status and both streams out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from services.cli.__main__ import main
from services.deployment.opening import Deployment, open_log
from services.runtime.blobs import Blobs
from services.runtime.settings import load_settings


@dataclass(frozen=True)
class Ended:
    status: int
    out: str
    err: str


Reclaim = Callable[..., Ended]


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data folder of the commands of this test."""
    folder = tmp_path / "data"
    monkeypatch.setenv("RECLAIM_DATA", str(folder))
    return folder


@pytest.fixture
def reclaim(data: Path, capsys: pytest.CaptureFixture[str]) -> Reclaim:
    def run(*arguments: str | Path) -> Ended:
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        assert isinstance(left.value.code, int)
        return Ended(left.value.code, captured.out, captured.err)

    return run


@pytest.fixture
def deployment(data: Path) -> Deployment:
    """What the commands of this test work on, opened beside them."""
    settings = load_settings(data=data)
    return Deployment(settings, open_log(settings), Blobs(settings.blobs))
