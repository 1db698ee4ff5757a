"""`python -m tests.payer [--claims N] [--seed N] [--kills N] [--home DIR] [--kafka ADDRESS]`: run it by hand."""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

from tests.payer.rules import Rules
from tests.payer.simulation import Simulation
from tests.payer.witness import compare


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--claims", type=int, default=300)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--kills", type=int, default=4)
    parser.add_argument("--step", type=int, default=4, help="days from one run of Reclaim to the next")
    parser.add_argument("--home", type=Path, help="where its folders lie (default: a temporary one)")
    given = parser.parse_args()
    home: Path = given.home or Path(tempfile.mkdtemp(prefix="simulated-payer-"))
    simulation = Simulation(home, given.claims, Rules(seed=given.seed), step=given.step, kills=given.kills)
    simulation.run()
    witness = compare(simulation)
    simulation.desk.leave()
    print(json.dumps(witness.summary, indent=2))
    for line in witness.differences:
        print("DIFFERS", line)
    raise SystemExit(1 if witness.differences else 0)


if __name__ == "__main__":
    main()
