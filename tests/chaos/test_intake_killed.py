"""Intake killed with -9 again and again in the middle of a file: each claim is published exactly once."""

from __future__ import annotations

import contextlib
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from benchmarks.files import claim_file, remittance_file
from services.intake import pickup
from services.intake.pickup import Intake
from services.runtime.log import TransientLogError
from tests.intakes import CLAIM_TOPICS, EVENT_TOPICS, Bench, CrashError, CutLog, bench, content, drain, write

PROJECT = Path(__file__).resolve().parents[2]


def bytes_published(desk: Bench) -> int:
    return sum(record.next_offset for record in desk.files().values())


def damaged(claims: int) -> list[bytes]:
    """An 835 in which every hundredth claim has an amount that is none."""
    return [chunk.replace(b"50*1*", b"50*1*X") for chunk in remittance_file(claims)]


def run_until_killed(desk: Bench, folder: Path, paths: list[Path], chance: random.Random) -> bool:
    """True where the run came to its end before it was killed; it is killed some time after it progressed."""
    before = bytes_published(desk)
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.chaos.intake_run", str(folder), *map(str, paths)], cwd=PROJECT
    )
    while process.poll() is None and bytes_published(desk) == before:
        time.sleep(0.01)
    time.sleep(chance.random() * 0.1)
    process.kill()
    return process.wait() == 0


@pytest.mark.parametrize("kills", [3, pytest.param(40, marks=pytest.mark.soak)])
def test_each_claim_is_published_once_however_often_intake_is_killed(tmp_path: Path, kills: int) -> None:
    chance = random.Random(kills)
    size = 300 * kills
    paths = [write(tmp_path / "a.835", remittance_file(size)), write(tmp_path / "b.837", claim_file(size))]
    with bench(tmp_path / "killed") as desk:
        killed = sum(not run_until_killed(desk, tmp_path / "killed", paths, chance) for _ in range(kills))
        desk.ingest(*paths)
        with bench(tmp_path / "whole") as other:
            other.ingest(*paths)
            expected = sorted(content(other.records(*EVENT_TOPICS)), key=repr)
            whole = other.files()
        assert killed > kills // 2, "the files are too small for this machine: nothing was killed half-way"
        assert sorted(content(desk.records(*EVENT_TOPICS)), key=repr) == expected
        assert desk.files() == whole


@pytest.mark.parametrize("made", [False, True])
def test_a_crash_at_any_commit_changes_nothing(
    tmp_path: Path, made: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pickup, "CLAIMS_A_TRANSACTION", 60)
    path = write(tmp_path / "a.835", damaged(300))
    with bench(tmp_path / "whole") as other:
        other.ingest(path)
        expected, whole = content(other.records(*EVENT_TOPICS)), other.files()
        assert sum(record.claims_quarantined for record in whole.values()) > 2
    with bench(tmp_path / "cut") as desk:
        crashes = 0
        while not any(record.status == "published" for record in desk.files().values()):
            intake = Intake(CutLog(desk.log, crashes % 2, made=made, fault=CrashError), desk.settings)
            with contextlib.suppress(CrashError):
                intake.ingest([path])
            intake.close()
            crashes += 1
        assert crashes > 3
        assert content(desk.records(*EVENT_TOPICS)) == expected
        assert desk.files() == whole


def test_a_commit_that_failed_for_a_while_is_made_by_the_next_round(tmp_path: Path) -> None:
    path = write(tmp_path / "inbox" / "a.835", remittance_file(50))
    with bench(tmp_path / "data") as desk:
        log = CutLog(desk.log, 0, made=False, fault=TransientLogError)
        intake = Intake(log, desk.settings, path.parent)
        with pytest.raises(TransientLogError):
            drain(intake)
        log.heal()
        [account] = drain(intake)
        intake.close()
        assert account.outcome == "published"
        assert len(desk.records(*CLAIM_TOPICS)) == 50
