"""A process that runs services on a log until it is told to stop, or killed:
`python -m tests.chaos.service embedded DATA MEMBER SERVICE...`; for Kafka the address is in RECLAIM_KAFKA_*."""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import services.runtime.batch
from services.core.processing import Processor
from services.deployment.loop import IDLE_SECONDS
from services.deployment.opening import open_log
from services.runtime.embedded import EmbeddedLog
from services.runtime.log import Log
from services.runtime.settings import load_settings
from services.runtime.worker import Worker
from tests.chaos.checker import CLASSIFYING, COUNTING

SERVICES: dict[str, Processor[Any]] = {"counter": COUNTING, "classifier": CLASSIFYING}

# Small batches: more commits for a kill to fall between.
_RECORDS = 40
_DRAFTS = 30


def main(arguments: Sequence[str]) -> None:
    kind, data, member, *names = arguments
    stopped: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: stopped.append(number))
    services.runtime.batch.BATCH_DRAFTS = _DRAFTS  # type: ignore[misc]
    settings = load_settings(data=Path(data), log=kind)
    log: Log = open_log(settings)
    with log.service_lock() if isinstance(log, EmbeddedLog) else nullcontext():
        workers = [Worker(SERVICES[name], log, member=member, settings=settings) for name in names]
        print("ready", flush=True)  # noqa: T201
        while not stopped:
            for worker in workers:
                worker.step(_RECORDS, IDLE_SECONDS / len(workers))
        for worker in workers:
            worker.close()
    log.close()


if __name__ == "__main__":
    main(sys.argv[1:])
