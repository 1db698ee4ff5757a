"""What a process shows to Prometheus and to who starts and stops it."""

from __future__ import annotations

import re
import urllib.error
import urllib.request

from prometheus_client.parser import text_string_to_metric_families

from services.runtime import metrics
from services.runtime.exposition import HEALTH_SECONDS, READY_SECONDS, Board, listen, render
from services.runtime.metrics import METRICS


class Clock:
    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def value(board: Board, name: str, **labels: str) -> float | None:
    for family in text_string_to_metric_families(render(board).decode()):
        for sample in family.samples:
            if sample.name == name and sample.labels == labels:
                return float(sample.value)
    return None


def test_every_name_is_one_of_a_kind_and_says_its_unit() -> None:
    assert len({metric.name for metric in METRICS}) == len(METRICS)
    for metric in METRICS:
        assert re.fullmatch(r"reclaim_[a-z_]+", metric.name)
        assert metric.name.endswith("_total") == (metric.kind == "counter")
        assert metric.help.endswith(".")
        assert not re.search(r"milliseconds|minutes|_ms\b|percent", metric.name)


def test_no_label_may_name_a_claim_or_a_person() -> None:
    labels = {label for metric in METRICS for label in metric.labels}
    assert labels == {
        *("service", "stage", "payer", "bound", "severity", "cause", "group", "status", "window", "reason"),
        *("place", "topic", "partition", "fate", "of", "version"),
    }


def test_what_was_shown_once_stays_and_is_zero_when_it_is_gone() -> None:
    board = Board(())
    board.show({metrics.GROUP_LAG: {("classifier",): 7.0, ("recoder",): 2.0}})
    board.show({metrics.GROUP_LAG: {("recoder",): 3.0}})
    assert value(board, "reclaim_group_lag_records", group="classifier") == 0.0
    assert value(board, "reclaim_group_lag_records", group="recoder") == 3.0


def test_what_is_no_number_is_not_shown_and_never_is_one() -> None:
    board = Board(())
    board.show({metrics.CATCH_UP: {("proposed", "all"): float("nan"), ("decided", "all"): float("inf")}})
    assert value(board, "reclaim_stage_catch_up_seconds", stage="proposed", payer="all") is None
    assert value(board, "reclaim_stage_catch_up_seconds", stage="decided", payer="all") == float("inf")


def test_a_source_is_asked_at_each_scrape() -> None:
    board, counted = Board(()), [1.0]
    board.sources.append(lambda: {metrics.RECORDS: {("classifier",): counted[0]}})
    assert value(board, "reclaim_records_total", service="classifier") == 1.0
    counted[0] = 5.0
    assert value(board, "reclaim_records_total", service="classifier") == 5.0


def test_ready_is_who_has_moved_every_part_lately() -> None:
    clock = Clock()
    board = Board(("intake", "classifier"), clock)
    board.moved("intake")
    assert not board.is_ready()
    board.moved("classifier")
    assert board.is_ready()
    clock.now += READY_SECONDS + 1
    board.moved("intake")
    assert not board.is_ready()


def test_healthy_is_who_goes_on_and_who_has_not_begun() -> None:
    clock = Clock()
    board = Board(("intake",), clock)
    assert board.is_healthy()
    board.moved("intake")
    clock.now += HEALTH_SECONDS
    assert board.is_healthy()
    clock.now += 1
    assert not board.is_healthy()


def get(port: int, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_the_listener_answers_on_loopback() -> None:
    board = Board(("intake",))
    board.show({metrics.FLOWS: {(): 3.0}})
    listener = listen(board, "127.0.0.1", 0)
    try:
        assert get(listener.port, "/ready")[0] == 503
        board.moved("intake")
        assert get(listener.port, "/ready") == (200, "ok\n")
        assert get(listener.port, "/health") == (200, "ok\n")
        assert "reclaim_monitor_claims 3.0" in get(listener.port, "/metrics")[1]
        assert get(listener.port, "/")[0] == 404
    finally:
        listener.close()
