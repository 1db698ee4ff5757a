"""The numbers of `reclaim lag` as samples of metrics."""

from __future__ import annotations

from datetime import date

import pytest

from services.monitor.consumers import Commit, Track
from services.monitor.groups import Consumption
from services.monitor.lag import measure
from services.monitor.objectives import Objectives, read_objectives, shipped_objectives
from services.monitor.samples import MOST_PAYERS, OTHER, Payers, Samples, samples_of
from services.runtime import metrics
from tests.monitoring import MINUTE, START, Story

OBJECTIVES = read_objectives([shipped_objectives()])


BOUNDED = """
objectives:
  - id: proposed
    stage: proposed
    payer: "*"
    minutes: 15
    dollars: "50.00"
    source: a test
    date: 2026-05-04
    example: false
    cases:
      - {oldest_minutes: 1, dollars: "1.00", breached: []}
      - {oldest_minutes: 16, dollars: "51.00", breached: [minutes, dollars]}
"""


def samples(
    story: Story, payers: Payers | None = None, minutes: float = 20, objectives: Objectives = OBJECTIVES
) -> Samples:
    stalled = Track(tuple(Commit(START + n, 5, 2) for n in range(3)), (7,))
    groups = {"classifier": [Consumption("claim-denied", 0, stalled, START, retention=40 * MINUTE)]}
    now = START + round(minutes * MINUTE)
    fold = story.fold()
    lag = measure(fold, objectives, groups, {}, now, date(2026, 5, 8))
    return samples_of(lag, payers or Payers(), fold, groups, now)


def test_every_metric_of_the_monitor_has_a_sample() -> None:
    story = Story().denied(0).classified(0).held(1).proposed(1).decided(1, "approved")
    story.refused(2, "payer_on_hold", waits=True)
    found = samples(story, objectives=read_objectives([shipped_objectives(), BOUNDED]))
    assert set(found) == set(metrics.MONITOR_METRICS)
    assert all(found.values())


def test_units_are_base_units() -> None:
    found = samples(Story().classified(0))
    assert found[metrics.OLDEST]["proposed", "P1"] == 20 * 60
    assert found[metrics.WAITING_DOLLARS]["proposed", "P1"] == 100.0
    assert found[metrics.GROUP_BEHIND]["classifier",] == 20 * 60
    assert found[metrics.GROUP_RETENTION]["classifier",] == 0.5


def test_what_is_beyond_its_objective_is_one_and_the_rest_is_there_as_zero() -> None:
    found = samples(Story().classified(0))
    assert found[metrics.BREACHED]["proposed", "P1", "minutes"] == 1.0
    assert found[metrics.BREACHED]["proposed", "P1", "dollars"] == 0.0
    assert found[metrics.BURNING]["proposed", "P1", "page"] == 0.0
    assert sum(found[metrics.GROUP_STATUS].values()) == 1.0
    assert found[metrics.GROUP_STATUS]["classifier", "STOP"] == 1.0


def test_a_stage_is_there_where_nothing_waits() -> None:
    assert samples(Story())[metrics.OLDEST]["answered", "all"] == 0.0


def test_payers_beyond_the_most_share_a_label_and_who_has_one_keeps_it() -> None:
    payers = Payers()
    assert [payers.label(f"PAYER{n}") for n in range(MOST_PAYERS)][-1] == f"PAYER{MOST_PAYERS - 1}"
    assert payers.label("ONEMORE") == OTHER
    assert payers.label("PAYER0") == "PAYER0"
    assert payers.label("all") == "all"


@pytest.mark.parametrize("text", ["DOE JANE", "", "X" * 30, "JANE.DOE", "A"])
def test_what_does_not_look_like_a_payers_id_is_no_label(text: str) -> None:
    assert Payers().label(text) == OTHER


def test_payers_that_share_a_label_add_up_and_the_oldest_counts() -> None:
    story = Story()
    for number, name in enumerate(("DOE JANE", "ROE RICHARD")):
        story.classified(5 * number, key=f"main|{number}", payer={"id": name, "name": None})
    found = samples(story)
    assert found[metrics.WAITING]["proposed", OTHER] == 2.0
    assert found[metrics.OLDEST]["proposed", OTHER] == 20 * 60


def test_what_is_caught_up_never_at_this_rate_is_infinite_and_what_does_not_wait_is_zero() -> None:
    found = samples(Story().classified(0))
    assert found[metrics.CATCH_UP]["proposed", "all"] == float("inf")
    assert found[metrics.CATCH_UP]["answered", "all"] == 0.0


def test_the_burn_of_each_window_stands_beside_the_objective() -> None:
    found = samples(Story().classified(0))
    assert {labels[2] for labels in found[metrics.BURN]} == {"5m", "30m", "1h", "6h"}
    assert found[metrics.BURN]["proposed", "P1", "5m"] == pytest.approx(100)
    assert found[metrics.OBJECTIVE_SECONDS]["proposed", "P1"] == 15 * 60


def test_every_partition_of_a_group_has_its_place_its_lag_and_its_age() -> None:
    found = samples(Story())
    place = ("classifier", "claim-denied", "0")
    assert found[metrics.PARTITION_OFFSET][place] == 5
    assert found[metrics.PARTITION_LAG][place] == 2
    assert found[metrics.PARTITION_BEHIND][place] == 20 * 60


def test_intake_is_accounted_for() -> None:
    counts = {"held": {"claims": 3, "segments": 30}, "kept": {"segments": 29}, "claims_published": 2}
    found = samples(Story().file(0, "published", **counts).file(5, "publishing", "file2"))
    assert found[metrics.INTAKE_UNACCOUNTED] == {("claims",): 1.0, ("segments",): 1.0}
    assert found[metrics.INTAKE_FILES]["published",] == found[metrics.INTAKE_FILES]["publishing",] == 1
    assert found[metrics.INTAKE_STILL][()] == 15 * 60


def test_letters_are_counted_by_service_and_every_service_has_its_zero() -> None:
    found = samples(Story().buried(5, "x1", "classifier").buried(8, "x2", "classifier"))
    assert found[metrics.LETTERS] == {("classifier",): 2.0, ("intake",): 0.0}
    assert found[metrics.LETTERS_OLDEST]["classifier",] == 15 * 60


def test_a_hold_shows_how_long_it_stands() -> None:
    assert samples(Story().held(5))[metrics.HOLD] == {("P1",): 15 * 60}


def test_why_it_waits_is_counted_once_over_all_payers() -> None:
    story = Story().classified(0).proposed(1).decided(1, "approved").refused(2, "payer_on_hold", waits=True)
    assert samples(story)[metrics.REASONS] == {("resubmitted", "payer_on_hold"): 1.0}
