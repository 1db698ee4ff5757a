"""Intake's shell: picks up the files of an inbox, or those it is given, and publishes what they hold.

All work is cut into steps (publication.py), and the steps of several files alternate, so that one file of a
gigabyte does not keep the others waiting. One transaction takes what a round of steps has made.
"""

from __future__ import annotations

import os
import socket
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from services.core.x12.tokenizer import DEFAULT_LIMITS, Limits
from services.intake.content import Stamp
from services.intake.inbox import SETTLED_AFTER, Inbox, Sighting
from services.intake.ledger import Ledger
from services.intake.processor import SERVICE
from services.intake.publication import (
    CLAIMS_A_TRANSACTION,
    ITEMS_A_STEP,
    Batch,
    FileAccount,
    Publication,
)
from services.runtime.log import Draft, Log, TransientLogError
from services.runtime.settings import Settings

FILES_AT_ONCE: Final = 8
"""Files that are read in turn. Each holds a reader of about a megabyte and one file open."""

WORK_A_ROUND: Final = 4 * ITEMS_A_STEP
"""Items after which a round ends, published or not: the other services of the process get their turn."""

WAIT: Final = 0.05
"""Seconds between two rounds of an upload while another process is at the same bytes."""

LOOK_AGAIN: Final = timedelta(seconds=1)
"""Pause between two looks at the inbox; a look costs one `stat` a file."""


class InboxTakenError(Exception):
    """Another intake owns this inbox. Wait for it to leave, or stop it."""


@dataclass(frozen=True, slots=True)
class RoundResult:
    """What one round did."""

    worked: bool
    """false: nothing could be done now; wait a little before the next round"""
    claims: int
    """published and quarantined"""
    finished: tuple[FileAccount, ...]
    """the paths that got an answer; `in_pieces`, `changed` and `superseded` ones will be looked at again"""


@dataclass(slots=True)
class _Job:
    sighting: Sighting
    publication: Publication
    steps: Generator[Batch, None, FileAccount]


class Intake:
    """One intake and what it has in hand. Not shared between threads; `close` it.

    With an inbox, `round` and `pending` work on that; without, `ingest` takes the paths it is given. A fault
    of the log is raised (TransientLogError: call `round` again; anything else: close, a new intake goes on
    where the log stands). Raises InboxTakenError where another process of this machine has the inbox.
    """

    def __init__(
        self,
        log: Log,
        settings: Settings,
        inbox: Path | None = None,
        *,
        settled_after: timedelta = SETTLED_AFTER,
        limits: Limits = DEFAULT_LIMITS,
    ) -> None:
        self._settings = settings
        self._limits = limits
        self._lock: FileLock | None = None
        self._inbox: Inbox | None = None
        identity = f"{socket.gethostname()}-{os.getpid()}"
        if inbox is not None:
            name = blake2b(str(inbox.resolve()).encode(errors="surrogateescape"), digest_size=8).hexdigest()
            identity = name
            self._lock = self._own(settings.data / "intake" / f"inbox-{name}.lock")
            self._inbox = Inbox(inbox, settings.truncated_after, settled_after)
        self._ledger = Ledger(log, settings)
        self._appender = log.appender(f"{SERVICE}-{settings.tenant}-{identity}")
        self._queue: deque[Sighting] = deque()
        self._jobs: deque[_Job] = deque()
        self._unsent: list[Draft] = []
        self._claims = 0
        self._finished: list[FileAccount] = []
        self._looked: datetime | None = None

    @staticmethod
    def _own(path: Path) -> FileLock:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = FileLock(path, blocking=False)
        try:
            lock.acquire()
        except Timeout:
            raise InboxTakenError from None
        return lock

    def round(self, now: datetime, drain: bool = False) -> RoundResult:
        """Look at the inbox, then work for a bounded while (some tens of milliseconds) and commit it.

        `now` is aware. `drain`: look as soon as nothing is in hand, so that the last round sees the last file,
        and take what lacks its IEA alone, because nobody looks again
        (docs/decisions/0015-files-without-their-trailer.md).
        """
        self._commit()
        self._look(now, drain)
        work = self._work(now, drain)
        self._commit()
        result = RoundResult(bool(work or self._finished), self._claims, tuple(self._finished))
        self._claims, self._finished = 0, []
        return result

    def pending(self) -> bool:
        """Whether there is a file that is whole or will be in a moment; one in pieces does not count."""
        if self._queue or self._jobs or self._unsent:
            return True
        if self._inbox is None:
            return False
        if self._looked is None:
            return True
        return bool(self._inbox.settling(self._looked) or self._inbox.ready(self._looked))

    def untaken(self) -> tuple[int, datetime | None]:
        """Files of the inbox that have no answer yet, and when the oldest of them was first seen as it is now."""
        sightings = [] if self._inbox is None else list(self._inbox.sightings.values())
        seen = [sighting.since for sighting in sightings if not sighting.answered]
        return len(seen), min(seen, default=None)

    def in_pieces(self) -> list[Path]:
        """Files of the inbox that end early and are waited for."""
        return self._inbox.in_pieces() if self._inbox is not None else []

    def ingest(
        self, paths: Iterable[Path], progress: Callable[[int], None] | None = None
    ) -> list[FileAccount]:
        """Take these files to their end, in their order, and give an account of each.

        Who names a file says that it is whole: one that ends early is taken as it is. `progress` is called
        with the claims of each transaction.
        """
        order = list(dict.fromkeys(paths))
        accounts: dict[Path, FileAccount] = {}
        now = datetime.now(UTC)
        self._queue.extend(Sighting(path, Stamp(0, 0), now, now, now) for path in order)
        while len(accounts) < len(order):
            result = self.round(datetime.now(UTC))
            accounts |= {account.path: account for account in result.finished}
            if result.claims and progress is not None:
                progress(result.claims)
            if not result.worked:
                time.sleep(WAIT)
        return [accounts[path] for path in order]

    def close(self) -> None:
        """Let go of everything; what is not committed is done again by the next intake."""
        for job in self._jobs:
            job.steps.close()
        self._jobs.clear()
        self._appender.close()
        if self._lock is not None:
            self._lock.release()

    def _look(self, now: datetime, drain: bool) -> None:
        """Queue the files that are whole."""
        if self._inbox is None:
            return
        in_hand = {s.path for s in self._queue} | {job.sighting.path for job in self._jobs}
        too_soon = bool(in_hand) if drain else self._looked is not None and now - self._looked < LOOK_AGAIN
        if self._looked is not None and too_soon:
            return
        self._looked = now
        self._inbox.look(now)
        self._queue.extend(s for s in self._inbox.ready(now) if s.path not in in_hand)

    def _work(self, now: datetime, drain: bool) -> int:
        """Step through the files in hand; gives the work done. Only a file whose step made nothing to commit
        is stepped again in the same round."""
        work = postponed = 0
        waiting: list[_Job] = []
        try:
            while (
                self._claims < CLAIMS_A_TRANSACTION and work < WORK_A_ROUND and postponed <= len(self._queue)
            ):
                while self._queue and len(self._jobs) < FILES_AT_ONCE:
                    self._jobs.append(self._start(self._queue.popleft(), now, drain))
                if not self._jobs:
                    break
                job = self._jobs.popleft()
                fair = CLAIMS_A_TRANSACTION // (len(self._jobs) + len(waiting) + 1)
                job.publication.share = max(1, min(fair, CLAIMS_A_TRANSACTION - self._claims))
                try:
                    batch = next(job.steps)
                except StopIteration as stop:
                    postponed += self._answer(job, stop.value)
                    continue
                except TransientLogError:
                    self._queue.appendleft(job.sighting)
                    raise
                self._claims += batch.claims
                work += batch.work
                if batch.drafts:
                    self._unsent += batch.drafts
                    waiting.append(job)
                else:
                    self._jobs.append(job)
        finally:
            self._jobs.extend(waiting)
        return work

    def _start(self, sighting: Sighting, now: datetime, drain: bool) -> _Job:
        publication = Publication(
            sighting.path,
            self._ledger,
            self._settings,
            take_truncated=self._inbox is None or sighting.abandoned(now, self._inbox.patience),
            take_without_trailer=drain,
            digest=sighting.digest,
            limits=self._limits,
        )
        return _Job(sighting, publication, publication.steps(now))

    def _answer(self, job: _Job, account: FileAccount) -> bool:
        """Note what became of a path. True: other hands are at these bytes, it waits in the queue."""
        sighting = job.sighting
        if account.outcome == "postponed":
            sighting.digest = job.publication.digest
            self._queue.append(sighting)
            return True
        if account.outcome == "in_pieces":
            sighting.in_pieces = True
        elif account.outcome in ("changed", "superseded") and self._inbox is not None:
            self._inbox.forget(sighting)
            self._looked = None
        else:
            sighting.answered = True
        self._finished.append(account)
        return False

    def _commit(self) -> None:
        """What a transient fault kept back is tried again by the next round; the steps wait for it."""
        if self._unsent:
            self._appender.commit(self._unsent)
            self._unsent = []


def expand(paths: Sequence[Path]) -> list[Path]:
    """The files named, and those in the folders named, by path; names that begin with a dot are left out."""
    files: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = (found for found in sorted(path.rglob("*")) if not found.is_dir())
            files += [
                f for f in inside if not any(part.startswith(".") for part in f.relative_to(path).parts)
            ]
        else:
            files.append(path)
    return files
