"""On the embedded log, where no `reclaim run` is active: the console has the services do their turn after it asked.

With a run that is under way, or on Kafka, others answer, and nothing is done here.
"""

from __future__ import annotations

import threading
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from services.deployment.faults import Failure
from services.deployment.intake import open_intakes
from services.deployment.loop import drain
from services.deployment.opening import Deployment
from services.deployment.parts import PROCESSORS, noted_outbox, workers
from services.runtime.embedded import EmbeddedLog, ServicesRunningError
from services.runtime.log import LogError
from services.runtime.logging import Events, bind_logger

PAUSE_SECONDS: Final = 0.05
"""Several decisions of one moment are worked off in one turn."""


class Turns:
    """A thread that works off what stands in the log each time it is nudged."""

    def __init__(self, deployment: Deployment, uploads: Path) -> None:
        self._deployment = deployment
        self._uploads = uploads
        self._log = bind_logger(service="console")
        self._asked = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="turns")

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def nudge(self) -> None:
        """Something was asked for."""
        self._asked.set()

    def stop(self) -> None:
        """End after the turn that is under way."""
        self._stop.set()
        self._asked.set()
        self._thread.join()

    def _serve(self) -> None:
        while True:
            self._asked.wait()
            self._asked.clear()
            if self._stop.wait(PAUSE_SECONDS):
                return
            try:
                self.turn()
            except (LogError, Failure) as error:
                # The next turn, or the next run, goes on where this one stopped.
                self._log.warning(Events.STOPPED, reason=type(error).__name__)

    def turn(self) -> bool:
        """Take in what was uploaded, answer, deliver. False where others do that. Raises LogError."""
        log = self._deployment.log
        if not isinstance(log, EmbeddedLog):
            return False
        try:
            with log.service_lock():
                self._work_off()
        except ServicesRunningError:
            return False
        return True

    def _work_off(self) -> None:
        with (
            ExitStack() as opened,
            workers(self._deployment, tuple(PROCESSORS), noted_outbox(self._deployment)) as parts,
        ):
            folders = [str(self._uploads)] if self._uploads.is_dir() else []
            intakes = open_intakes(self._deployment, folders, once=True)
            for intake in intakes:
                opened.callback(intake.close)
            drain((*intakes, *parts.round), parts.seal, self._stop.is_set, lambda _: None)
