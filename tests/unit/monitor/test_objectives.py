"""Objectives as data: what does not load, whose are used, and how fast a budget burns."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from services.deployment.faults import WrongUse
from services.deployment.monitoring import load_objectives
from services.monitor.objectives import (
    ALL,
    Objective,
    ObjectivesError,
    read_objectives,
    shipped_objectives,
)
from services.monitor.stages import STAGES, Stage

OWN = """
objectives:
  - id: classified-northwind
    stage: classified
    payer: nwh01
    minutes: 5
    dollars: "10000.00"
    share: "0.95"
    source: agreement of 2026-10-01
    date: 2026-10-01
    example: false
    cases:
      - {oldest_minutes: 5, dollars: "10000.00", breached: []}
      - {oldest_minutes: 6, dollars: "10000.01", breached: [minutes, dollars]}
silence:
  - {payer: NWH01, business_days: 1, source: they send daily, date: 2026-10-01, example: false}
"""


def test_every_stage_has_a_shipped_objective_for_each_payer() -> None:
    shipped = read_objectives([shipped_objectives()])
    assert all(shipped.of(stage, "ANY") is not None for stage in STAGES)
    assert shipped.silent_after("ANY") == 3


def test_a_payers_own_objective_goes_before_that_of_each_payer() -> None:
    read = read_objectives([shipped_objectives(), OWN])
    mine, other = read.of(Stage.CLASSIFIED, "NWH01"), read.of(Stage.CLASSIFIED, "P2")
    assert mine is not None
    assert other is not None
    assert (mine.minutes, other.minutes) == (5, 15)
    assert (read.silent_after("NWH01"), read.silent_after("P2")) == (1, 3)


def test_all_payers_together_have_only_an_objective_of_their_own() -> None:
    assert read_objectives([shipped_objectives()]).of(Stage.CLASSIFIED, ALL) is None


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("minutes: 5\n", "minutes: 7\n", "minutes must be one of"),
        ("breached: []", "breached: [dollars]", "its case 1 does not hold"),
        ('dollars: "10000.00"\n    share', "share", "its case 2 does not hold"),
        ("oldest_minutes: 6", "oldest_minutes: 5.5", ""),
        ("stage: classified", "stage: weighed", "stage"),
        ("source: agreement of 2026-10-01", 'source: ""', "source"),
        ('share: "0.95"', 'share: "1"', "share"),
        ("id: classified-northwind", "id: x\n    colour: red", "colour"),
        ("objectives:", "objectives: [", "no YAML"),
        (OWN, "- a", "each a list"),
        ("    source: agreement of 2026-10-01\n", "", "objectives 1 source: is missing"),
    ],
)
def test_what_is_wrong_does_not_load_and_is_named(old: str, new: str, said: str) -> None:
    assert old in OWN
    text = OWN.replace(old, new)
    if not said:
        read_objectives([text])
        return
    with pytest.raises(ObjectivesError, match=said):
        read_objectives([text])


def test_one_text_bounds_a_stage_and_payer_once() -> None:
    own = OWN.partition("silence:")[0]
    again = own.replace("classified-northwind", "again").replace("NWH01", " nwh01").partition("\n  - ")
    with pytest.raises(ObjectivesError, match="objective again: classified-northwind has the same stage"):
        read_objectives([f"{own}  - {again[2]}"])


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\xff", "own.yaml: it is no text in UTF-8"),
        (b"- a", "own.yaml: it holds"),
        (None, "own.yaml cannot be read"),
    ],
)
def test_the_file_that_is_wrong_is_named(tmp_path: Path, data: bytes | None, said: str) -> None:
    file = tmp_path / "own.yaml"
    if data is not None:
        file.write_bytes(data)
    with pytest.raises(WrongUse, match=said):
        load_objectives([file])


def test_an_objective_needs_a_case_within_and_one_beyond() -> None:
    without = OWN.replace('      - {oldest_minutes: 5, dollars: "10000.00", breached: []}\n', "")
    with pytest.raises(ObjectivesError, match="a case that is within and one that is beyond"):
        read_objectives([without])


def an_objective(share: str = "0.99") -> Objective:
    found = read_objectives([OWN.replace("0.95", share)]).of(Stage.CLASSIFIED, "NWH01")
    assert found is not None
    return found


def test_a_budget_that_is_used_evenly_burns_at_one() -> None:
    assert an_objective().burn(ended=1000, late=10, overdue=0) == 1.0


def test_a_stage_that_stands_still_burns_by_what_waits_in_it() -> None:
    assert an_objective().burn(ended=0, late=0, overdue=20) == pytest.approx(100)


def test_nothing_burns_where_nothing_happens() -> None:
    assert an_objective().burn(0, 0, 0) == 0


def test_a_bound_is_breached_beyond_it_and_not_at_it() -> None:
    objective = an_objective()
    assert objective.breaches(5.0, Decimal(10000)) == ()
    assert objective.breaches(5.01, Decimal("10000.01")) == ("minutes", "dollars")
    assert objective.breaches(None, Decimal(0)) == ()
