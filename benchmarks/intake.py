"""Intake beside other readers: claims/s, MB/s and peak memory on the same generated files.

Every reader runs in a process of its own, in turn, several rounds, and its best round counts. The rates are of
processor time (of all threads), which a busy machine disturbs least; the last column is wall time, with the waiting
for the disk. `python -m benchmarks.intake`.
"""

from __future__ import annotations

import argparse
import json
import logging
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from benchmarks.files import claim_file, remittance_file
from benchmarks.memory import peak_memory

CHUNK: Final = 1 << 18


@dataclass(frozen=True, slots=True)
class Measured:
    claims: int
    seconds: float
    """of the processor"""
    wall: float
    peak: int
    """KiB"""


def chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk


def reclaim_reader(path: Path) -> int:
    """The reader alone: every fact of a claim as Python objects."""
    from services.core.x12.items import RemittedClaim, SubmittedClaim
    from services.core.x12.reader import read

    return sum(isinstance(item, RemittedClaim | SubmittedClaim) for item in read(chunks(path)))


def reclaim_events(path: Path) -> int:
    """One reading, and every claim as the bytes of its event."""
    from services.core.x12.reader import read
    from services.intake.processor import FileFacts, Reading
    from services.intake.siblings import SiblingCount
    from services.runtime.records import encode_outcome

    reading = Reading(FileFacts("main", b"k" * 32, "0" * 64, SiblingCount().total(), frozenset()))
    claims = 0
    for item in read(chunks(path)):
        taken = reading.take(item)
        claims += taken.claims
        for outcome in taken.outcomes:
            encode_outcome(outcome, "main", "intake", "2026-01-05T00:00:00Z")
    return claims


def reclaim_intake(path: Path) -> int:
    """All of it: digest, manifest, events, and durable transactions on the embedded log."""
    from services.intake.pickup import Intake
    from services.runtime.embedded import EmbeddedLog
    from services.runtime.settings import Settings
    from topics.map import load_map

    with tempfile.TemporaryDirectory() as name:
        data = Path(name)
        settings = Settings(tenant="main", key_secret=b"k" * 32, data=data, blobs=data / "blobs")
        log = EmbeddedLog(settings.log_path, load_map())
        intake = Intake(log, settings)
        [account] = intake.ingest([path])
        intake.close()
        log.close()
    assert account.record is not None
    return account.record.claims_published


def oxedi_columns(path: Path) -> int:
    """Rust, into Arrow columns: no Python objects."""
    import oxedi

    return int(oxedi.parse(path.read_bytes()).count_claims())


def oxedi_dicts(path: Path) -> int:
    """The same, and the rows of its tables as Python dicts, through Arrow."""
    import oxedi
    import pyarrow

    tables = oxedi.parse(path.read_bytes()).tables
    names = ("claims", "services", "adjustments", "payments", "provider_adjustments")
    rows = {name: pyarrow.table(tables[name]).to_pylist() for name in names}
    return len(rows["claims"])


def oxedi_objects(path: Path) -> int:
    """The columns, and the elements of every segment as Python objects."""
    import oxedi

    result = oxedi.parse(path.read_bytes())
    segments = [(segment.id, segment.elements) for segment in result.document]
    return sum(id_ == b"CLP" for id_, _ in segments)


def x12sdk_models(path: Path) -> int:
    """pydantic models of whole transactions."""
    from x12sdk.io import X12ModelReader

    with X12ModelReader(str(path)) as reader:
        return sum(len(list(model.claims())) for model in reader.models())


def pyx12_reader(path: Path) -> int:
    """Segment objects with envelope checks; no claims."""
    import pyx12.x12file

    logging.disable()
    with path.open() as file:
        return sum(segment.get_seg_id() in ("CLP", "CLM") for segment in pyx12.x12file.X12Reader(file))


READERS: Final[dict[str, Callable[[Path], int]]] = {
    "Reclaim reader": reclaim_reader,
    "Reclaim reader and events": reclaim_events,
    "Reclaim intake, durable": reclaim_intake,
    "oxedi, columns": oxedi_columns,
    "oxedi, dicts": oxedi_dicts,
    "oxedi, Python objects": oxedi_objects,
    "x12sdk": x12sdk_models,
    "pyx12 reader": pyx12_reader,
}
ONLY_835: Final = frozenset({"oxedi, columns", "oxedi, dicts", "oxedi, Python objects"})
BASE: Final = "Reclaim reader"


def measure_here(name: str, path: Path, warm: Path) -> Measured:
    """In this process. The small file comes first, so that imports and tables are not in the time."""
    reader = READERS[name]
    reader(warm)
    started, wall = time.process_time(), time.perf_counter()
    claims = reader(path)
    seconds, wall = time.process_time() - started, time.perf_counter() - wall
    return Measured(claims, seconds, wall, peak_memory())


def measure(name: str, path: Path, warm: Path) -> Measured:
    """In a process of its own."""
    run = subprocess.run(
        [sys.executable, "-m", "benchmarks.intake", "--reader", name, str(path), str(warm)],
        cwd=Path(__file__).resolve().parent.parent,
        check=True,
        capture_output=True,
        text=True,
    )
    return Measured(**json.loads(run.stdout.splitlines()[-1]))


def compare(kind: str, path: Path, warm: Path, claims: int, rounds: int) -> Iterator[str]:
    """The rows of the table of one kind of file."""
    names = [name for name in READERS if kind == "835" or name not in ONLY_835]
    found: dict[str, list[Measured]] = {name: [] for name in names}
    for _ in range(rounds):
        for name in names:
            found[name].append(measure(name, path, warm))
    best = {name: min(runs, key=lambda run: run.seconds) for name, runs in found.items()}
    megabytes = path.stat().st_size / 1e6
    for name, run in best.items():
        if run.claims != claims:
            raise SystemExit(f"{name} found {run.claims} of {claims} claims of the {kind}")
        yield (
            f"| {kind} | {name} | {claims / run.seconds:,.0f} | {megabytes / run.seconds:.1f} "
            f"| {run.peak / 1024:.0f} | {best[BASE].seconds / run.seconds:.2f} | {claims / run.wall:,.0f} |"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--claims", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--reader", nargs=3, metavar=("NAME", "FILE", "WARM"), help="measure one reader here")
    asked = parser.parse_args()
    if asked.reader:
        name, path, warm = asked.reader
        print(json.dumps(asdict(measure_here(name, Path(path), Path(warm)))))
        return
    print(f"{asked.claims:,} claims a file; best of {asked.rounds} rounds; speed 1 = the Reclaim reader.\n")
    print("| file | reader | claims/s | MB/s | peak MB | speed | claims/s, wall |")
    print("|---|---|---:|---:|---:|---:|---:|")
    with tempfile.TemporaryDirectory() as folder:
        for kind, generate in (("835", remittance_file), ("837", claim_file)):
            path, warm = Path(folder) / f"claims.{kind}", Path(folder) / f"warm.{kind}"
            path.write_bytes(b"".join(generate(asked.claims)))
            warm.write_bytes(b"".join(generate(20)))
            for row in compare(kind, path, warm, asked.claims, asked.rounds):
                print(row)


if __name__ == "__main__":
    main()
