"""Intake's memory does not grow with the file."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from benchmarks.files import claim_file, remittance_file
from tests.intakes import write

PROJECT = Path(__file__).resolve().parents[2]

GROWTH = 8 * 1024
"""KiB by which the peak may grow from a small file to a large one: noise of the allocator. The claims of the
large file alone would take ten times as much."""


@pytest.mark.parametrize(
    "claims",
    [pytest.param(20_000, id="8 MB"), pytest.param(300_000, id="120 MB", marks=pytest.mark.soak)],
)
@pytest.mark.parametrize("generate", [remittance_file, claim_file], ids=["835", "837"])
def test_memory_is_flat(tmp_path: Path, claims: int, generate: Callable[..., Iterator[bytes]]) -> None:
    small = write(tmp_path / "small", generate(4_000))
    large = write(tmp_path / "large", generate(claims, seed=2))
    run = subprocess.run(
        [sys.executable, "-m", "tests.chaos.intake_memory", str(tmp_path / "data"), str(small), str(large)],
        cwd=PROJECT,
        check=True,
        capture_output=True,
        text=True,
    )
    after_small, after_large = map(int, run.stdout.split())
    assert after_large - after_small < GROWTH
