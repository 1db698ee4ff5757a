"""A process of resubmitter and delivery on Kafka that ends by itself, at a step drawn by chance:
`python -m tests.chaos.sender DATA MEMBER OUTBOX SEED STEPS`. With STEPS 0 it goes on until SIGTERM.

It ends as with kill -9: before or after a commit, a flush, a rename; nothing is closed.
"""

from __future__ import annotations

import os
import random
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from services.delivery import processor as delivery
from services.delivery.outbox import Outbox
from services.deployment.opening import open_log
from services.resubmitter import gate
from services.resubmitter.processor import processor
from services.runtime.settings import load_settings
from services.runtime.worker import Worker
from tests.chaos.house import Fuse, FusedLog, fused_files

_RECORDS = 40
_WAIT = 0.02


class Bomb(Fuse):
    """Ends the process where a fuse would raise."""

    def point(self, name: str) -> None:
        self.points.append(name)
        if len(self.points) == self.at:
            os._exit(9)


def main(arguments: Sequence[str]) -> None:
    data, member, outbox, seed, steps = arguments
    stopped: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: stopped.append(number))
    settings = load_settings(data=Path(data), log="kafka")
    bomb = Bomb(at=random.Random(int(seed)).randint(1, int(steps)) if int(steps) else None)
    log: Any = FusedLog(open_log(settings), bomb)
    box = Outbox(Path(outbox))
    box.drain = True
    with fused_files(bomb):
        workers = [
            Worker(processor(gate.findings), log, member=member, settings=settings),
            Worker(delivery.PROCESSOR, log, member=member, settings=settings, tend=box.tend),
        ]
        while not stopped:
            for worker in workers:
                worker.step(_RECORDS, _WAIT)
        for worker in workers:
            worker.close()
    log.close()


if __name__ == "__main__":
    main(sys.argv[1:])
