"""Whatever rules want and people approve: the guard lets through what it may. Each guard is needed for that."""

from __future__ import annotations

import pytest

from schemas.recoding import GuardResult
from services.core.recoding import guards, sameness
from services.core.recoding.guards import GUARDS
from tests.guarding import Report, run

DRAWS = 10_000
"""`python -m tests.guarding COUNT` draws any number."""

ENOUGH_FOR_A_MUTATION = 4_000


@pytest.fixture(scope="module")
def report() -> Report:
    return run(DRAWS)


def test_nothing_that_was_drawn_gets_past_the_guard(report: Report) -> None:
    assert report.violations == {}


def test_the_draws_reach_every_rung_and_every_guard(report: Report) -> None:
    assert report.drawn == DRAWS
    assert min(report.automation[rung] for rung in ("A1", "A2", "A3")) > 500
    assert set(report.vetoes) == set(GUARDS)
    assert min(report.approved, report.refused, report.tampered) > 500
    assert report.parted > 20


@pytest.mark.parametrize("name", GUARDS)
def test_a_guard_that_is_taken_out_is_missed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(GUARDS, name, lambda _: GuardResult(id=name, result="pass", reason="taken out"))
    assert run(ENOUGH_FOR_A_MUTATION, stop_at_violation=True).violations


@pytest.mark.parametrize(
    ("part", "broken", "missed"),
    [
        ("excluded", lambda *_: ((), None), "for an excluded provider"),
        ("rewritten", lambda *_: True, "changes the drug"),
        ("valid_taxonomy", lambda _: False, "changes a taxonomy"),
        ("parts_fault", lambda *_: None, "a person adds a line that raises units"),
    ],
)
def test_a_part_of_a_guard_that_is_broken_is_missed(
    part: str, broken: object, missed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guards, part, broken)
    assert any(missed in violation for violation in run(ENOUGH_FOR_A_MUTATION).violations)


def test_a_list_that_is_wrongly_taken_for_the_same_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sameness, "_same_diagnoses", lambda *_: True)
    assert "A3 changes diagnoses" in run(ENOUGH_FOR_A_MUTATION).violations


def test_another_subscriber_that_the_guard_does_not_see_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guards, "_another_subscriber", lambda _: False)
    assert "A3 names another subscriber" in run(ENOUGH_FOR_A_MUTATION).violations
