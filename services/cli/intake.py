"""Intake as a part of the main loop."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from services.cli.deployment import Deployment
from services.cli.faults import Failure
from services.intake.pickup import InboxTakenError, Intake
from services.intake.publication import FileAccount
from services.runtime.log import TransientLogError


class IntakePart:
    """One inbox in the round. `finished` gathers what became of its paths."""

    name = "intake"

    def __init__(self, intake: Intake, *, once: bool) -> None:
        self._intake = intake
        self._once = once
        self.finished: list[FileAccount] = []

    def step(self) -> int:
        """Look at the inbox and work for a bounded while; returns the claims and files that were handled."""
        with suppress(TransientLogError):  # the next round tries again
            result = self._intake.round(datetime.now(UTC), drain=self._once)
            self.finished += result.finished
            return (
                result.claims + len(result.finished)
                if result.claims or result.finished
                else int(result.worked)
            )
        return 0

    def at_end(self) -> bool:
        """No whole file is left, and none is about to be."""
        return not self._intake.pending()

    def in_pieces(self) -> Sequence[Path]:
        """Files that end early and are waited for."""
        return self._intake.in_pieces()

    def close(self) -> None:
        self._intake.close()


def open_intake(deployment: Deployment, inbox: Path, *, once: bool = False) -> IntakePart:
    """Own `inbox` and read it; with `once` as soon as nothing else is in hand."""
    try:
        return IntakePart(Intake(deployment.log, deployment.settings, inbox), once=once)
    except InboxTakenError as error:
        raise Failure("another process reads this inbox; stop it first, or give another --inbox") from error
