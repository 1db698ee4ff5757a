"""A process that goes on shows how it goes: metrics, ready, health; and nothing of a patient."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from services.runtime.metrics import METRICS, PROCESS_METRICS
from tests.e2e.denied_claims import DAY, load_master_data, remittance, submitted
from tests.e2e.installation import PROJECT, Installation
from tests.e2e.test_privacy import found_in, seeded

PATIENCE = 90.0


def get(port: int, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError:
        return 0, ""


@pytest.fixture(scope="module")
def scraped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, int]]:
    """What `reclaim run` shows once it has read claims with canaries in them; and how it ended."""
    made = Installation(tmp_path_factory.mktemp("metrics"))
    load_master_data(made)
    made.put("claims.837", seeded(submitted()))
    made.put("remittance.835", seeded(remittance()))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "services.cli", "run", "--inbox", made.inbox),
            *("--outbox", made.outbox, "--as-of", DAY),
        ],
        cwd=PROJECT,
        env={**made.variables(), "RECLAIM_METRICS_PORT": str(port)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        text, deadline = "", time.monotonic() + PATIENCE
        while time.monotonic() < deadline and not _has_folded(text):
            time.sleep(0.5)
            text = get(port, "/metrics")[1]
        assert get(port, "/ready")[0] == get(port, "/health")[0] == 200
        process.send_signal(signal.SIGTERM)
        yield text, process.wait(PATIENCE)
    finally:
        process.kill()
        process.wait()


def _has_folded(text: str) -> bool:
    return re.search(r'reclaim_cause_denials\{cause="[a-z_]+"\} [1-9]', text) is not None


def test_every_metric_is_named_in_the_one_file_and_there(scraped: tuple[str, int]) -> None:
    families = {f"{f.name}{'_total' if f.type == 'counter' else ''}": f for f in _families(scraped[0])}
    named = (*METRICS, *PROCESS_METRICS)
    assert families.keys() == {metric.name for metric in named}
    for metric in named:
        assert {tuple(sorted(s.labels)) for s in families[metric.name].samples} <= {
            tuple(sorted(metric.labels))
        }


def test_every_service_of_the_process_has_handled_something(scraped: tuple[str, int]) -> None:
    (records,) = [f for f in _families(scraped[0]) if f.name == "reclaim_records"]
    assert {s.labels["service"] for s in records.samples if s.value > 0} >= {"classifier", "recoder", "audit"}


def test_no_metric_holds_anything_of_a_patient(scraped: tuple[str, int]) -> None:
    assert found_in(scraped[0]) == []


def test_no_sample_is_not_a_number(scraped: tuple[str, int]) -> None:
    assert "NaN" not in scraped[0]


def test_it_leaves_cleanly(scraped: tuple[str, int]) -> None:
    assert scraped[1] == 0


def _families(text: str) -> list[Any]:
    return list(text_string_to_metric_families(text))


def test_a_port_that_is_taken_is_said_in_one_line(reclaim: Installation, tmp_path: Path) -> None:
    reclaim.inbox.mkdir()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        made = Installation(reclaim.home, {"RECLAIM_METRICS_PORT": str(taken.getsockname()[1])})
        ended = made("run", "--inbox", made.inbox, "--outbox", made.outbox, "--as-of", DAY)
    assert ended.status == 1
    assert len(ended.err.strip().splitlines()) == 1
    assert "RECLAIM_METRICS_PORT" in ended.err
