"""A process that ingests one file after the other and prints its peak memory after each, in KiB."""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.memory import peak_memory
from tests.intakes import bench

if __name__ == "__main__":
    with bench(Path(sys.argv[1])) as desk:
        for path in sys.argv[2:]:
            desk.ingest(Path(path))
            print(peak_memory())  # noqa: T201
