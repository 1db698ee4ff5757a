"""Intake as a part of the main loop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from services.deployment.faults import Failure
from services.deployment.opening import Deployment
from services.deployment.servers import open_fetching
from services.intake.pickup import InboxTakenError, Intake
from services.intake.publication import FileAccount
from services.runtime.log import TransientLogError
from services.runtime.sftp_target import SCHEME

if TYPE_CHECKING:
    from services.intake.fetching import Fetching


class IntakePart:
    """One inbox in the round. `finished` gathers what became of its paths."""

    name = "intake"

    def __init__(
        self, intake: Intake, *, once: bool, fetching: Fetching | None = None, server: str = ""
    ) -> None:
        self._intake = intake
        self._once = once
        self._fetching = fetching
        self._server = server
        self.finished: list[FileAccount] = []

    def step(self) -> int:
        """Look at the inbox and work for a bounded while; returns the claims and files that were handled."""
        fetched = self._fetching.look() if self._fetching is not None else 0
        return fetched + self._round()

    def _round(self) -> int:
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
        fetching = self._fetching is not None and self._fetching.settling()
        return not fetching and not self._intake.pending()

    @property
    def failing(self) -> dict[str, str]:
        """The server that could not be picked up from at the last visit: why."""
        code = self._fetching.failing if self._fetching is not None else None
        return {} if code is None else {self._server: code}

    @property
    def places(self) -> Mapping[str, bool]:
        """The server that is picked up from, and whether the last visit failed."""
        return {self._server: bool(self.failing)} if self._fetching is not None else {}

    def untaken(self) -> tuple[int, datetime | None]:
        """Files of the inbox that are not taken yet, and when the oldest of them was first seen."""
        return self._intake.untaken()

    def in_pieces(self) -> Sequence[Path]:
        """Files that end early and are waited for."""
        return self._intake.in_pieces()

    def close(self) -> None:
        self._intake.close()


def uploads_of(data: Path) -> Path:
    """Where files go that were uploaded at the console: an inbox of every run on this data folder."""
    return data / "uploads"


def open_intake(deployment: Deployment, inbox: str, *, once: bool = False) -> IntakePart:
    """Own `inbox`, a folder or `sftp://NAME`, and read it; with `once` as soon as nothing else is in hand."""
    fetching, server, folder = None, "", Path(inbox)
    if inbox.startswith(SCHEME):
        fetching, folder = open_fetching(deployment.settings, inbox, once=once)
        server = inbox.removeprefix(SCHEME)
    try:
        intake = Intake(deployment.log, deployment.settings, folder)
    except InboxTakenError as error:
        raise Failure("another process reads this inbox; stop it first, or give another --inbox") from error
    return IntakePart(intake, once=once, fetching=fetching, server=server)


def open_intakes(deployment: Deployment, inboxes: Sequence[str], *, once: bool = False) -> list[IntakePart]:
    """The same for several; none where one of them cannot be had."""
    opened: list[IntakePart] = []
    try:
        for inbox in dict.fromkeys(inboxes):
            opened.append(open_intake(deployment, inbox, once=once))
    except BaseException:
        for part in opened:
            part.close()
        raise
    return opened
