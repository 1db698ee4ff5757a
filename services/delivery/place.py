"""Where files for partners go: a folder of this machine, or one of a partner's server."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Final, Protocol

_UNFINISHED: Final = ".unfinished"
"""Below the outbox, so that a rename stays within one file system, and in no partner's folder."""

_DIRECTORY_MODE: Final = 0o700
_FILE_MODE: Final = 0o600


class PlaceError(Exception):
    """The place cannot be worked with now. `code` says why: no name, no value."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Place(Protocol):
    """A file gets to its place in two steps: whole under a temporary name, then moved. `file` is its path below
    the outbox; `mark` tells the temporary files of two processes apart. Raises PlaceError; an OSError of the
    outbox folder is the machine's own fault and stops the worker."""

    def find(self, file: str) -> str | None:
        """The sha256 of what lies at its place, null where nothing does."""
        ...

    def stage(self, file: str, mark: str, data: bytes) -> None:
        """Have it lie under its temporary name, whole, flushed and read back."""
        ...

    def staged(self, file: str, mark: str) -> bool:
        """Whether something lies under its temporary name."""
        ...

    def move(self, file: str, mark: str) -> None:
        """From its temporary name to its place, at once, and never over another file."""
        ...

    def rest(self) -> None:
        """Nothing more is to be done for now."""
        ...


class Folder:
    """The outbox on this machine, or on a volume that all delivery workers share."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def find(self, file: str) -> str | None:
        try:
            return hashlib.sha256((self._directory / file).read_bytes()).hexdigest()
        except FileNotFoundError:
            return None

    def stage(self, file: str, mark: str, data: bytes) -> None:
        path = self._temporary(file, mark)
        path.parent.mkdir(mode=_DIRECTORY_MODE, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _FILE_MODE)
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(data)
            opened.flush()
            os.fsync(opened.fileno())
        if path.read_bytes() != data:
            raise PlaceError("read_back")
        _flush_folder(path.parent)

    def staged(self, file: str, mark: str) -> bool:
        return self._temporary(file, mark).exists()

    def move(self, file: str, mark: str) -> None:
        """After this the file outlives a power cut."""
        path, target = self._temporary(file, mark), self._directory / file
        target.parent.mkdir(mode=_DIRECTORY_MODE, parents=True, exist_ok=True)
        path.rename(target)
        for folder in (target.parent, target.parent.parent, path.parent):
            _flush_folder(folder)

    def rest(self) -> None:
        pass

    def _temporary(self, file: str, mark: str) -> Path:
        return self._directory / _UNFINISHED / f"{Path(file).stem}.{mark}.837"


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
