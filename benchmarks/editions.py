"""Tables of code sets: loading a million NCCI edits from the published zip, opening the edition, looking up.

    python -m benchmarks.editions [--rows N]

Prints a Markdown table. Times are CPU time of this process; memory is the largest it has been.
"""

from __future__ import annotations

import argparse
import random
import resource
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Final

from services.cli.__main__ import main as reclaim
from services.core.codes.icd10cm import DiagnosisCodes
from services.core.codes.loading import parse_table
from services.core.codes.ptp import PtpEdits
from services.deployment.opening import Deployment, open_log
from services.runtime.blobs import Blobs
from services.runtime.configuration import Definitions, read_configuration
from services.runtime.log import TopicPartition
from services.runtime.settings import load_settings
from services.runtime.shipped_editions import shipped_editions, store

ROWS: Final = 1_000_000
LOOK_UPS: Final = 100_000
DAY: Final = date(2026, 11, 2)
_RATIONALES: Final = tuple(f"Reason {n} of a made-up list" for n in range(25))


def edits(rows: int) -> Iterator[str]:
    """Lines of the published text, with made-up codes."""
    yield "Notice\t\t\t\t\t\t\r\n"
    for n in range(rows):
        first, second = f"G{n % 9973:04d}", f"J{n // 9973 * 7 % 10000:04d}"
        end = "*" if n % 3 else "20211231"
        yield f"{first}\t{second}\t\t20200101\t{end}\t{n % 2}\t{_RATIONALES[n % 25]}\r\n"


def published(folder: Path, rows: int) -> Path:
    """The zip of a quarter."""
    path = folder / "ccipra-v323r0-f1.zip"
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("ccipra-v323r0-f1.TXT", "w") as member,
    ):
        for line in edits(rows):
            member.write(line.encode())
    return path


def cpu(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def peak_mib() -> float:
    """The most memory that this process has held; Linux counts kilobytes, macOS bytes."""
    largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return largest / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def load(path: Path, data: Path) -> None:
    try:
        reclaim(["load", "ptp", str(path), "--data", str(data)])
    except SystemExit as left:
        if left.code:
            raise


def opened(data: Path) -> PtpEdits:
    """The edition as a worker opens it at its start."""
    settings = load_settings(data=data)
    deployment = Deployment(settings, open_log(settings), Blobs(settings.blobs))
    end = deployment.log.ends(["control"])[TopicPartition("control", 0)]
    configuration = read_configuration(deployment.log, 0, end)
    edition = Definitions(deployment.log, deployment.blobs).tables(configuration).on("ptp_practitioner", DAY)
    assert edition is not None
    assert isinstance(edition.table, PtpEdits)
    return edition.table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    rows = parser.parse_args().rows
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path, data = published(folder, rows), folder / "data"
        before = peak_mib()
        loading = cpu(lambda: load(path, data))
        peak = peak_mib()
        opening = cpu(lambda: opened(data))
        table = opened(data)
        chosen = random.Random(1)
        places = [chosen.randrange(rows) for _ in range(LOOK_UPS)]
        pairs = [(f"G{n % 9973:04d}", f"J{n // 9973 * 7 % 10000:04d}") for n in places]
        found = cpu(lambda: [table.find(*pair) for pair in pairs]) / LOOK_UPS
        absent = cpu(lambda: [table.find(first, "A0001") for first, _ in pairs]) / LOOK_UPS
        blobs = Blobs(folder / "blobs")
        newest = shipped_editions()[-1]
        diagnoses = parse_table(newest.kind, blobs.map(store(newest, blobs)))
        assert isinstance(diagnoses, DiagnosisCodes)
        codes = (diagnoses.billable_under("S72") + diagnoses.billable_under("E11"))[:1_000]
        first, again = (cpu(lambda: [diagnoses.find(code) for code in codes]) / len(codes) for _ in range(2))
    print("| what | to be reached | measured |\n|---|---|---|")
    print(f"| load {rows:,} PTP rows from the zip, stored and published | < 60 s | {loading:.1f} s |")
    print(f"| memory of that, at most | < 500 MB | {peak:.0f} MiB ({before:.0f} before it) |")
    print(f"| open the edition at a worker's start | no parsing | {opening * 1000:.0f} ms |")
    print(f"| look up a pair that is there | < 20 µs | {found * 1e6:.1f} µs |")
    print(f"| look up a pair that is not | < 20 µs | {absent * 1e6:.1f} µs |")
    print(f"| look up a diagnosis with all that it inherits, for the first time | | {first * 1e6:.1f} µs |")
    print(f"| the same again | < 20 µs | {again * 1e6:.1f} µs |")


if __name__ == "__main__":
    main()
