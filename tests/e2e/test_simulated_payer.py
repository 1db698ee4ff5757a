"""A clinic's claims and their payer, from the first 837 to the last correction, with the main job killed on the way.

The payer is a witness of its own (tests/payer): it writes and reads X12 by itself and keeps its own books. At the end
both must say the same of every claim, to the cent.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.e2e.installation import Installation
from tests.payer import rules
from tests.payer.rules import Rules
from tests.payer.simulation import Simulation
from tests.payer.witness import compare


def simulated(home: Path, count: int, **how: int) -> Simulation:
    simulation = Simulation(home, count, Rules(seed=how.pop("seed", 7)), **how)
    simulation.run()
    return simulation


def test_the_payer_is_a_witness_of_its_own() -> None:
    for path in sorted(Path(rules.__file__).parent.glob("*.py")):
        tree = ast.parse(path.read_text())
        named = [n.module or "" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)]
        named += [a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names]
        assert not [name for name in named if name.split(".")[0] in ("services", "schemas", "topics")], (
            path.name
        )


def test_three_hundred_claims_end_as_the_books_of_the_payer_say(tmp_path: Path) -> None:
    simulation = simulated(tmp_path, 300, step=7, kills=4)
    witness = compare(simulation)
    simulation.desk.leave()
    assert witness.differences == []
    assert simulation.desk.killed == 4
    # The rules were drawn so that everything they name has happened.
    answers = witness.summary["answers to what came back"]
    assert set(answers) >= {"pay", "pay_part", "deny_same", "deny_other", "duplicate", "rejected", "silence"}
    assert set(witness.summary["given up"]) >= {"rejected", "silent_recoupment", "auth", "med_nec"}
    reclaim = Installation(tmp_path)
    told = reclaim.ok("outcomes")
    assert "authorization-on-file 1" in told
    assert "skipped (not worth it)" in told


@pytest.mark.soak
def test_five_thousand_claims_end_as_the_books_of_the_payer_say(tmp_path: Path) -> None:
    simulation = simulated(tmp_path, 5_000, step=3, kills=20, batch=500, seed=11)
    witness = compare(simulation)
    simulation.desk.leave()
    assert witness.differences == []
