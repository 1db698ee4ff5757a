"""The bytes of a file, decompressed, as a stream that takes the same memory for any size."""

from __future__ import annotations

import os
import stat
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

CHUNK: Final = 1 << 18
"""Bytes that are read, and at most inflated, at a time: large enough that the loop costs nothing, and no
compressed file can ask for more memory than this."""

GZIP_MAGIC: Final = b"\x1f\x8b"
GZIP_FORMAT: Final = 31
"""zlib's `wbits` for a gzip member with the largest window"""


class ContentError(Exception):
    """The bytes of a file cannot be had. `code` says why and holds nothing of the file."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Stamp:
    """What changes when somebody writes to a file: size in bytes and modification time in ns."""

    size: int
    modified: int

    @staticmethod
    def of(status: os.stat_result) -> Stamp:
        return Stamp(status.st_size, status.st_mtime_ns)


class Content:
    """One reading of a file. `ended_early` is known when `chunks` is exhausted: a gzip member that is cut.

    Raises ContentError: `not_a_regular_file`, `symlink`, `permission_denied`, `vanished`, `read_failed`,
    `gzip_corrupt` (a check sum or a block is wrong, so nothing of the file can be trusted).
    """

    def __init__(self, path: Path) -> None:
        self._file = open_regular(path)
        self.stamp = Stamp.of(os.fstat(self._file.fileno()))
        self.ended_early = False

    def __enter__(self) -> Content:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._file.close()

    def unchanged(self) -> bool:
        """Nobody has written to the file since it was opened."""
        return Stamp.of(os.fstat(self._file.fileno())) == self.stamp

    def chunks(self) -> Iterator[bytes]:
        """The decompressed bytes from the start. A gzip is known by its first bytes, not by its name."""
        first = self._read()
        if first.startswith(GZIP_MAGIC):
            yield from self._inflate(first)
            return
        while first:
            yield first
            first = self._read()

    def _read(self) -> bytes:
        try:
            return self._file.read(CHUNK)
        except OSError as error:
            raise ContentError("read_failed") from error

    def _inflate(self, raw: bytes) -> Iterator[bytes]:
        while raw:
            member = zlib.decompressobj(GZIP_FORMAT)
            try:
                while not member.eof:
                    inflated = member.decompress(raw, CHUNK)
                    if inflated:
                        yield inflated
                    raw = member.unconsumed_tail
                    if not raw and not inflated:
                        raw = self._read()
                        if not raw and not member.eof:
                            self.ended_early = True
                            return
            except zlib.error as error:
                raise ContentError("gzip_corrupt") from error
            raw = (member.unused_data or self._read()).lstrip(b"\0")
            if len(raw) == 1:
                raw += self._read()
            if not raw.startswith(GZIP_MAGIC):
                return  # what follows the last member is padding, as gzip itself takes it


def open_regular(path: Path) -> BinaryIO:
    """Open a regular file for reading; never follows a link and never waits on a pipe."""
    flags = (
        os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    )
    try:
        if path.is_symlink():
            raise ContentError("symlink")
        descriptor = os.open(path, flags)
    except FileNotFoundError as error:
        raise ContentError("vanished") from error
    except PermissionError as error:
        raise ContentError("permission_denied") from error
    except OSError as error:
        raise ContentError("not_a_regular_file") from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise ContentError("not_a_regular_file")
    return os.fdopen(descriptor, "rb", buffering=0)
