"""Services on the embedded log, killed with -9 at seeded moments while another process appends.

Three times in the test run; in the soak RECLAIM_SOAK times (20). RECLAIM_SEED sets the seed.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from services.runtime.embedded import EmbeddedLog, ServicesRunningError
from tests.chaos.checker import CLASSIFYING, repeated_ids, unanswered, without_revisions, wrong_states
from tests.chaos.producer import DUE, WITHOUT_END
from tests.chaos.service import SERVICES
from tests.folds import opened
from topics.map import load_map

ROOT = Path(__file__).resolve().parents[2]
SOAK = int(os.environ.get("RECLAIM_SOAK", "20"))
SEED = int(os.environ.get("RECLAIM_SEED", "7"))


started: list[subprocess.Popen[str]] = []


def start(module: str, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", module, *arguments]
    started.append(subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True))
    return started[-1]


@pytest.fixture(autouse=True)
def nothing_outlives_its_test() -> Iterator[None]:
    yield
    while started:
        with started.pop() as process:
            process.kill()


def start_services(data: Path) -> subprocess.Popen[str]:
    process = start("tests.chaos.service", "embedded", str(data), "0", *SERVICES)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def log(data: Path) -> Iterator[EmbeddedLog]:
    opened = EmbeddedLog(data / "log.sqlite3", load_map())
    yield opened
    opened.close()


def handled(log: EmbeddedLog) -> int:
    return sum(n for name in SERVICES for n in log.positions(name).values())


def at_end(log: EmbeddedLog) -> bool:
    """Every input of every service is committed to its end."""
    for name, processor in SERVICES.items():
        positions = log.positions(name)
        ends = log.ends([*processor.inputs, "control", "dead-letters"])
        if any(positions.get(tp, 0) < end for tp, end in ends.items()):
            return False
    return True


def kill_at_work(data: Path, log: EmbeddedLog, seconds: float) -> None:
    """Run the services, and kill them so long after their first commit."""
    services = start_services(data)
    before = handled(log)
    wait(lambda: handled(log) > before)
    time.sleep(seconds)
    services.send_signal(signal.SIGKILL)
    services.wait()


def drain(data: Path, log: EmbeddedLog) -> None:
    """Run the services to the end, and let them leave cleanly."""
    services = start_services(data)
    wait(lambda: at_end(log))
    services.terminate()
    assert services.wait(timeout=30) == 0


def wait(condition: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it does not come to pass"
        time.sleep(0.01)


@pytest.mark.parametrize("kills", [3, pytest.param(SOAK, marks=pytest.mark.soak)])
def test_services_that_are_killed_answer_everything_once(data: Path, log: EmbeddedLog, kills: int) -> None:
    moments = random.Random(SEED)
    producer = start("tests.chaos.producer", "embedded", str(data), str(WITHOUT_END))
    for _ in range(kills):
        kill_at_work(data, log, moments.uniform(0.0, 0.5))
    producer.terminate()
    assert producer.wait(timeout=120) == 0
    drain(data, log)
    log.appender("day").commit([opened(DUE, partition) for partition in range(8)])
    kill_at_work(data, log, moments.uniform(0.0, 0.05))
    drain(data, log)

    assert repeated_ids(log, "case-changed", "denial-classified", "dead-letters") == []
    assert repeated_ids(log, "work-items", "claim-cases") == []
    assert unanswered(log) == []
    assert wrong_states(log, CLASSIFYING, without_revisions) == []


def test_a_killed_process_leaves_no_lock(data: Path, log: EmbeddedLog) -> None:
    services = start_services(data)
    with pytest.raises(ServicesRunningError), log.service_lock():
        pass
    services.send_signal(signal.SIGKILL)
    services.wait()
    with log.service_lock():
        pass
