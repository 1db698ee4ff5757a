"""The numbers of `reclaim lag` as samples of metrics."""

from __future__ import annotations

from datetime import date

import pytest

from services.monitor.consumers import Commit, Track
from services.monitor.lag import Consumption, measure
from services.monitor.objectives import read_objectives, shipped_objectives
from services.monitor.samples import MOST_PAYERS, OTHER, Payers, Samples, samples_of
from services.runtime import metrics
from tests.monitoring import MINUTE, START, Story

OBJECTIVES = read_objectives([shipped_objectives()])


def samples(story: Story, payers: Payers | None = None, minutes: float = 20) -> Samples:
    stalled = Track(tuple(Commit(START + n, 5, 2) for n in range(3)), (7,))
    groups = {"classifier": [Consumption("claim-denied", 0, stalled, START, retention=40 * MINUTE)]}
    now = START + round(minutes * MINUTE)
    lag = measure(story.fold(), OBJECTIVES, groups, now, date(2026, 5, 8))
    return samples_of(lag, payers or Payers(), 4, now / 1000)


def test_every_metric_of_the_monitor_has_a_sample() -> None:
    found = samples(Story().denied(0).classified(0))
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
