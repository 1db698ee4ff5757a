"""An 835 of a gigabyte, and intake killed with -9 in it again and again: no claim lost, none doubled, memory flat.

Only the topics are read afterwards, one record at a time. What each claim must say is noted while the file is
written, without Reclaim's reader.
"""

from __future__ import annotations

import random
import re
import subprocess
import sys
import time
from array import array
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from shutil import disk_usage
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple
from zlib import crc32

import pytest

from benchmarks.files import remittance_file
from benchmarks.memory import peak_memory
from schemas.claim import Position
from schemas.records.intake_file import IntakeFile
from schemas.shape import Money, Shape
from services.runtime.records import decode_event
from tests.intakes import CLAIM_TOPICS, Bench, bench, write

PROJECT: Final = Path(__file__).resolve().parents[2]

LINES: Final = 28
"""of each claim: some 3,200 bytes"""
SMALL: Final = 6_000
"""Claims of the file that the peak memory is compared with: 19 MB, several full transactions."""
FILLED: Final = 32 * 1024
"""KiB by which a peak may lie above that, for a file fifty times as large: the caches of amounts and dates fill up."""
GROWTH: Final = 8 * 1024
"""KiB by which a peak may lie above that of the run which published the first quarter: noise of the allocator."""
ROOM: Final = 10 << 30
"""Bytes free on the disk: the file, and its events in the log, which repeat each segment beside what it says."""

KILLS: Final = (None, 0.25, 0.5, None, 0.75)
"""After which share of the file was published; null: some seconds after the start, in the first pass over it."""

_CLAIM: Final = re.compile(rb"CLP\*.*?(?=~(?:CLP|PLB)\*)", re.DOTALL)


class Placed(Shape):
    """What is looked at of each claim's event."""

    claim_number: str
    paid: Money
    siblings: int
    segments: tuple[str, ...]
    position: Position


READS: Final[dict[str, type[Shape]]] = {"claim-denied.v1": Placed, "claim-adjudicated.v1": Placed}


class Written(NamedTuple):
    """What a file holds, as it was written."""

    path: Path
    segments: int
    claims: array[int]
    """a check sum of each claim's text, in file order"""


def write_remittance(path: Path, claims: int) -> Written:
    sums: array[int] = array("L")
    segments = 0

    def noted() -> Iterator[bytes]:
        nonlocal segments
        for chunk in remittance_file(claims, lines=LINES):
            sums.extend(map(crc32, _CLAIM.findall(chunk)))
            segments += chunk.count(b"~")
            yield chunk

    return Written(write(path, noted()), segments, sums)


def start(folder: Path, path: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.chaos.intake_memory", str(folder), str(path)],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        text=True,
    )


def published_bytes(desk: Bench) -> int:
    """How far the only file is, from the latest record of it."""
    latest = [desk.log.last("intake-files", partition) for partition in range(desk.log.partition_count)]
    return sum(IntakeFile.parse(record.value).next_offset for record in latest if record and record.value)


def run_until_killed(
    desk: Bench, folder: Path, path: Path, share: float | None, chance: random.Random
) -> int:
    """Gives the peak memory in KiB."""
    process = start(folder, path)
    goal = published_bytes(desk) if share is None else share * path.stat().st_size
    while share is not None and published_bytes(desk) < goal:
        assert process.poll() is None, "intake left before it was killed"
        time.sleep(0.2)
    time.sleep(chance.uniform(4, 6) if share is None else chance.random())
    peak = peak_memory(process.pid)
    process.kill()
    process.communicate()
    return peak


@pytest.mark.soak
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads the peak of a process from /proc")
@pytest.mark.parametrize("claims", [pytest.param(330_000, id="1 GB")])
def test_a_gigabyte_is_published_once_however_often_intake_is_killed(
    tmp_path: Path, claims: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert disk_usage(tmp_path).free > ROOM, "not enough room on the disk"
    chance = random.Random(claims)
    # not left behind, as a `tmp_path` is
    with TemporaryDirectory(dir=tmp_path) as name, bench(Path(name) / "killed") as desk:
        room = Path(name)
        small = write_remittance(room / "small.835", SMALL)
        flat = int(start(room / "small", small.path).communicate()[0])
        file = write_remittance(room / "large.835", claims)
        peaks = [run_until_killed(desk, room / "killed", file.path, share, chance) for share in KILLS]
        peaks.append(int(start(room / "killed", file.path).communicate()[0]))
        sizes = (
            f"{file.path.stat().st_size >> 20} MiB of claims, {desk.log.path.stat().st_size >> 20} MiB of log"
        )
        with capsys.disabled():
            sys.stdout.write(f"\n{sizes}; peaks {peaks} KiB beside {flat}\n")
        check(desk, file)
        assert max(peaks) - flat < FILLED
        assert max(peaks) - peaks[KILLS.index(0.25)] < GROWTH


def check(desk: Bench, file: Written) -> None:
    """Each claim of the file stands in the topics once, with its own text, and the file's record says the same."""
    claims = len(file.claims)
    seen = bytearray(claims)
    states: Counter[str] = Counter()
    segments, paid = 0, Decimal(0)
    for topic in CLAIM_TOPICS:
        for record in desk.log.read(topic):
            event = decode_event(record, READS).data
            assert isinstance(event, Placed)
            place = event.position.index - 1
            assert not seen[place], f"claim {place} stands twice"
            seen[place] = 1
            assert event.claim_number == f"CLM{place:08d}"
            assert crc32("~".join(event.segments).encode()) == file.claims[place]
            assert event.siblings == 1
            states[topic] += 1
            segments += len(event.segments)
            paid += event.paid
    assert seen.count(1) == claims
    assert not any(True for _ in desk.log.read("dead-letters"))
    adjusted = sum(1 for _ in desk.log.read("remittance-adjusted"))

    [account] = desk.files().values()
    assert account.status == "published"
    assert account.kept == account.held
    assert (account.held.claims, account.held.segments) == (claims, file.segments)
    assert (account.claims_published, account.claims_quarantined) == (claims, 0)
    assert (
        sum(n for state, n in account.by_state.items() if state.startswith("denied"))
        == states["claim-denied"]
    )
    assert account.held.paid == paid
    assert account.held.provider_adjustments == adjusted
    # ISA, GS, GE, IEA; of each transaction ST, eleven of the header with its LX, PLB, SE
    assert file.segments - segments == 4 + 14 * account.held.transactions["835"]
