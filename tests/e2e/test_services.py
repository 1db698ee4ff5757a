"""Each service as a process of its own, as a deployment on Kafka starts it: together they send the replacement."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from services.resubmitter.gate import findings
from tests.e2e.denied_claims import AUTHORIZATION, DAY, PROFILE, load_master_data, remittance, submitted
from tests.e2e.installation import PROJECT, Installation
from tests.forked import SECONDS

pytestmark = pytest.mark.kafka

AT_ONCE = (
    '  batch_max_claims: {value: 1, source: "the clinic\'s decision", date: 2026-01-05, example: true}\n'
)


@contextmanager
def services(reclaim: Installation) -> Iterator[dict[str, subprocess.Popen[str]]]:
    """One process of each service; none is left behind."""
    own = {
        "timekeeper": ("--as-of", DAY),
        "intake": ("--inbox", str(reclaim.inbox)),
        "classifier": (),
        "recoder": (),
        "resubmitter": (),
        "delivery": ("--outbox", str(reclaim.outbox)),
        "audit": (),
    }
    running = {
        name: subprocess.Popen(
            [sys.executable, "-m", "services.cli", "service", name, *options],
            stdout=subprocess.DEVNULL,
            stderr=(reclaim.home / f"{name}.log").open("w"),
            text=True,
            cwd=PROJECT,
            env=reclaim.variables(),
        )
        for name, options in own.items()
    }
    try:
        yield running
    finally:
        for process in running.values():
            process.kill()
            process.wait()


def wait_for_the_file(reclaim: Installation, running: dict[str, subprocess.Popen[str]]) -> Path:
    deadline = time.monotonic() + SECONDS
    while not reclaim.outgoing():
        assert [name for name, process in running.items() if process.poll() is not None] == []
        assert time.monotonic() < deadline, "nothing left"
        time.sleep(0.2)
    (file,) = reclaim.outgoing()
    return file


def test_services_that_run_alone_send_the_replacement_and_leave_cleanly(on_kafka: Installation) -> None:
    load_master_data(on_kafka, PROFILE.replace("values:\n", "values:\n" + AT_ONCE))
    on_kafka.put("claims.837", submitted())
    on_kafka.put("remittance.835", remittance())
    with services(on_kafka) as running:
        data = wait_for_the_file(on_kafka, running).read_bytes()
        for process in running.values():
            process.send_signal(signal.SIGTERM)
        left = {name: process.wait(timeout=SECONDS) for name, process in running.items()}
    complaints = "".join((on_kafka.home / f"{name}.log").read_text() for name in running)
    assert left == dict.fromkeys(running, 0), complaints
    assert "Traceback" not in complaints
    assert f"~REF*G1*{AUTHORIZATION}~".encode() in data.replace(b"~\n", b"~")
    assert findings(data) == ()
    # what was done was committed before the process left
    assert len(on_kafka.events("claim-delivered")) == 1
