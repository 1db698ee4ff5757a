"""A process that ingests files into the log of a folder, to be killed: `python -m tests.chaos.intake_run`.

Its transactions are small, so that there are many between which it can die.
"""

from __future__ import annotations

import sys
from pathlib import Path

from services.intake import pickup
from tests.intakes import bench

if __name__ == "__main__":
    pickup.CLAIMS_A_TRANSACTION = 40  # type: ignore[misc]
    with bench(Path(sys.argv[1])) as desk:
        desk.ingest(*map(Path, sys.argv[2:]))
