"""Each service's worker, in events a second, beside a pass-through of the same log.

    python -m benchmarks.stages [--claims 2000] [--rounds 3] [--log embedded|kafka]

The pass-through reads the same records, appends as many of the same sizes in as many transactions, and does
nothing else. Both run by turns, so that what else the machine does meets both; the ratio is the median of the
rounds. With `--log kafka` the brokers come from RECLAIM_KAFKA_*.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from pathlib import Path
from typing import Final

from benchmarks.harness import Work, fresh_log, prepare, run_pass, run_worker, work_of
from services.deployment.parts import PROCESSORS
from services.runtime.settings import LogKind

GOAL: Final = 0.6
"""Of the pass-through's rate, to be reached by each stage."""


def measure(work: Work, kind: LogKind, folder: Path, rounds: int) -> list[tuple[float, float]]:
    """(seconds of the worker, seconds of the pass-through) of each round, each on a log of its own."""
    taken = []
    for _ in range(rounds):
        with fresh_log(kind, folder) as (log, settings):
            worker = run_worker(log, settings, work)
        with fresh_log(kind, folder) as (log, settings):
            taken.append((worker, run_pass(log, work)))
    return taken


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--claims", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--log", choices=("embedded", "kafka"), default="embedded")
    parser.add_argument("--stage", choices=tuple(PROCESSORS), action="append")
    asked = parser.parse_args()
    print(f"| stage on {asked.log} | events | bytes an event | outputs | events/s | pass-through | ratio |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        settings = prepare(folder / "prepared", asked.claims)
        for stage in asked.stage or PROCESSORS:
            work = work_of(settings, stage)
            rounds = measure(work, asked.log, folder / "logs", asked.rounds)
            events = len(work.inputs)
            ratio = statistics.median(passed / worker for worker, passed in rounds)
            rate = events / statistics.median(worker for worker, _ in rounds)
            passing = events / statistics.median(passed for _, passed in rounds)
            size = sum(len(draft.value or b"") for draft in work.inputs) // max(1, events)
            print(
                f"| {stage} | {events} | {size} | {len(work.outputs)} | {rate:.0f} | {passing:.0f} | {ratio:.0%} |"
            )


if __name__ == "__main__":
    main()
