"""Picks files up from a partner's SFTP server: copies of whole files in a spool folder, which is an inbox.

Nothing on the server is moved, changed or deleted. What the spool has with the size and time that the server shows
is not fetched again; what changed there takes the place of the copy, and its digest says whether it is new.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from pathlib import Path
from typing import Final

from services.intake.content import Stamp
from services.intake.inbox import SETTLED_AFTER
from services.runtime.logging import Events, bind_logger
from services.runtime.sftp import RemoteFile, Sftp, SftpError

LOOK_AGAIN: Final = timedelta(seconds=30)
"""Pause between two visits, where none has seen a file that may be whole in a moment."""

_UNFINISHED: Final = ".unfinished"
"""Below the spool; an inbox does not look at names that begin with a dot."""

_NANOSECONDS: Final = 10**9
_DIRECTORY_MODE: Final = 0o700
_FILE_MODE: Final = 0o600


class Fetching:
    """One folder of one server and its spool. Not shared between threads.

    A file is whole when two visits at least `settled_after` apart saw the same size and time: the clock of the server
    may differ from ours, so its times alone say nothing.
    """

    def __init__(
        self,
        sftp: Sftp,
        folder: str,
        spool: Path,
        *,
        look_again: timedelta = LOOK_AGAIN,
        settled_after: timedelta = SETTLED_AFTER,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._sftp = sftp
        self._folder = folder
        self._spool = spool
        self._look_again = look_again
        self._settled_after = settled_after
        self._now = now
        self._seen: dict[str, tuple[RemoteFile, datetime]] = {}
        self._growing: set[str] = set()
        self._looked: datetime | None = None
        self._logger = bind_logger(service="intake")
        self.failing: str | None = None
        """the code of what kept the last visit from its end"""
        spool.mkdir(mode=_DIRECTORY_MODE, parents=True, exist_ok=True)

    def look(self) -> int:
        """Visit the server if it is time, and fetch what is whole; returns how many files. A failure is noted in
        `failing`, and the next visit tries again."""
        now = self._now()
        pause = self._settled_after if self.settling() else self._look_again
        if self._looked is not None and now - self._looked < pause:
            return 0
        self._looked = now
        try:
            fetched = self._visit(now)
        except SftpError as error:
            self.failing = error.code
            self._logger.warning(Events.NOT_FETCHED, target=self._sftp.name, reason=error.code)
            return 0
        finally:
            self._sftp.close()
        self.failing = None
        return fetched

    def settling(self) -> bool:
        """Whether a file will be whole in a moment. One that changed between two visits is still being written and
        may be so for hours: a drain does not wait for it."""
        if self._looked is None:
            return True
        return self.failing is None and any(
            path not in self._growing and not self._known(file) for path, (file, _) in self._seen.items()
        )

    def _visit(self, now: datetime) -> int:
        there = {file.path: file for file in self._sftp.files(self._folder)}
        for path, file in there.items():
            seen = self._seen.get(path)
            if seen is None or seen[0] != file:
                self._seen[path] = (file, now)
                (self._growing.add if seen is not None else self._growing.discard)(path)
        for gone in self._seen.keys() - there.keys():
            del self._seen[gone]
        whole = [
            file
            for file, since in self._seen.values()
            if now - since >= self._settled_after and not self._known(file)
        ]
        return sum(self._fetch(file) for file in whole)

    def _known(self, file: RemoteFile) -> bool:
        """The spool has it as the server shows it."""
        try:
            return Stamp.of((self._spool / file.path).lstat()) == _stamp(file)
        except OSError:
            return False

    def _fetch(self, file: RemoteFile) -> bool:
        """Copy a file to the spool, whole or not at all; false where it changed meanwhile."""
        name = blake2b(file.path.encode(errors="surrogateescape"), digest_size=16).hexdigest()
        unfinished = self._spool / _UNFINISHED / name
        unfinished.parent.mkdir(mode=_DIRECTORY_MODE, exist_ok=True)
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _FILE_MODE)
        with os.fdopen(descriptor, "wb") as copy:
            self._sftp.fetch(f"{self._folder}/{file.path}", copy)
            copy.flush()
            os.fsync(copy.fileno())
            size = copy.tell()
        if size != file.size or self._sftp.look_at(self._folder, file.path) != file:
            del self._seen[file.path]
            self._growing.add(file.path)
            unfinished.unlink()
            return False
        stamp = _stamp(file)
        os.utime(unfinished, ns=(stamp.modified, stamp.modified))
        target = self._spool / file.path
        target.parent.mkdir(mode=_DIRECTORY_MODE, parents=True, exist_ok=True)
        unfinished.rename(target)
        return True


def _stamp(file: RemoteFile) -> Stamp:
    return Stamp(file.size, file.modified * _NANOSECONDS)
