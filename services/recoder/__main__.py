"""The recoder alone: `python -m services.recoder` is `reclaim service recoder`. `worker` is its wiring."""

from __future__ import annotations

from services.recoder.processor import PROCESSOR
from services.runtime.log import Log
from services.runtime.settings import Settings
from services.runtime.worker import Worker


def worker(log: Log, settings: Settings, member: str) -> Worker:
    """The recoder as a worker on this log."""
    return Worker(PROCESSOR, log, member=member, settings=settings)


if __name__ == "__main__":
    from services.cli.__main__ import main

    main(["service", "recoder"])
