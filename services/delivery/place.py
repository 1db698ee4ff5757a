"""Where files for partners go: a folder of this machine, or one of a partner's server."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

_UNFINISHED: Final = ".unfinished"
"""Below the outbox, so that a rename stays within one file system, and in no partner's folder."""

_NUMBER: Final = re.compile(r"[0-9]{9}")
_MARK: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{32}")
"""Of which log and tenant, and which process: two installations may deliver into one folder."""

_DIRECTORY_MODE: Final = 0o700
_FILE_MODE: Final = 0o600


class PlaceError(Exception):
    """The place cannot be worked with now. `code` says why: no name, no value."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Temporary:
    """A file under its temporary name."""

    number: str
    """its interchange control number"""
    mark: str
    modified: float
    """seconds since 1970"""


class Place(Protocol):
    """A file gets to its place in two steps: whole under a temporary name, then moved. `file` is its path below
    the outbox; `mark` tells the temporary files of two processes apart, because one that writes on after it has lost
    its partitions must not write into what its successor moves. Raises PlaceError; an OSError of the
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

    def temporaries(self) -> Iterable[Temporary]:
        """All that lie there under temporary names, whoever left them."""
        ...

    def discard(self, temporary: Temporary) -> None:
        """Remove one, if it is still there."""
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
        # Its file may be at its place, and the successor of this process may have removed what else there was of it.
        if not path.exists() or path.read_bytes() != data:
            raise PlaceError("read_back")
        _flush_folder(path.parent)

    def staged(self, file: str, mark: str) -> bool:
        return self._temporary(file, mark).exists()

    def move(self, file: str, mark: str) -> None:
        """After this the file outlives a power cut. A temporary file is moved once: for a second process, one that
        does not know yet that it has lost its partitions, it is gone (PlaceError)."""
        path, target = self._temporary(file, mark), self._directory / file
        target.parent.mkdir(mode=_DIRECTORY_MODE, parents=True, exist_ok=True)
        try:
            path.rename(target)
        except FileNotFoundError:
            raise PlaceError("moved") from None
        for folder in (target.parent, target.parent.parent, path.parent):
            _flush_folder(folder)

    def temporaries(self) -> Iterator[Temporary]:
        for path in (self._directory / _UNFINISHED).glob("*.837"):
            if (named := read_name(path.name, ".837")) is not None:
                with suppress(FileNotFoundError):
                    yield Temporary(*named, path.stat().st_mtime)

    def discard(self, temporary: Temporary) -> None:
        self._temporary(temporary.number, temporary.mark).unlink(missing_ok=True)

    def rest(self) -> None:
        pass

    def _temporary(self, file: str, mark: str) -> Path:
        return self._directory / _UNFINISHED / f"{Path(file).stem}.{mark}.837"


def read_name(name: str, suffix: str) -> tuple[str, str] | None:
    """Control number and mark of a temporary file, null where it is no name that we give."""
    number, _, mark = name.removesuffix(suffix).partition(".")
    return (number, mark) if _NUMBER.fullmatch(number) and _MARK.fullmatch(mark) else None


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
