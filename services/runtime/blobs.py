"""The content-addressed store: bytes under their sha256. Tables, rule bundles and profiles lie here.

A folder on one machine, a shared volume on several. Nothing is ever changed or removed: proofs need it.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterable
from hashlib import sha256
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Final

_DIGEST: Final = re.compile(r"[0-9a-f]{64}")


class BlobMissingError(Exception):
    """The bytes of a digest are not here, or are not what the digest says: the worker stops."""


class Blobs:
    """The store in one folder. Safe for several writers: a blob appears whole or not at all."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, data: bytes) -> str:
        """Store the bytes durably; returns their sha256 in hex. The same bytes twice are one blob."""
        digest = sha256(data).hexdigest()
        return digest if self._path(digest).exists() else self.put_chunks((data,))

    def put_chunks(self, chunks: Iterable[bytes]) -> str:
        """As `put`, of bytes that come one after the other and need not fit into memory."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=self._folder, prefix=".new-")
        found = sha256()
        try:
            with os.fdopen(descriptor, "wb") as file:
                for chunk in chunks:
                    found.update(chunk)
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            path = self._path(found.hexdigest())
            path.parent.mkdir(mode=0o700, exist_ok=True)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        _sync_folder(path.parent)
        return found.hexdigest()

    def map(self, digest: str) -> bytes | mmap:
        """The bytes of a digest, checked against it, as a map of the file: read where they are looked at, and
        shared by all processes of the machine. Raises BlobMissingError."""
        try:
            with self._path(_checked(digest)).open("rb") as file:
                data = mmap(file.fileno(), 0, access=ACCESS_READ)
        except ValueError:  # an empty file cannot be mapped
            return self.get(digest)
        except OSError as error:
            raise BlobMissingError(f"no blob {digest}") from error
        if sha256(data).hexdigest() != digest:
            raise BlobMissingError(f"damaged blob {digest}")
        return data

    def holds(self, digest: str) -> bool:
        """Whether there are bytes under a digest; `get` and `map` check them."""
        return self._path(_checked(digest)).exists()

    def get(self, digest: str) -> bytes:
        """The bytes of a digest, checked against it. Raises BlobMissingError."""
        try:
            data = self._path(_checked(digest)).read_bytes()
        except OSError as error:
            raise BlobMissingError(f"no blob {digest}") from error
        if sha256(data).hexdigest() != digest:
            raise BlobMissingError(f"damaged blob {digest}")
        return data

    def _path(self, digest: str) -> Path:
        return self._folder / digest[:2] / digest


def _checked(digest: str) -> str:
    """The digest, where it is one. Raises BlobMissingError."""
    if not _DIGEST.fullmatch(digest):
        raise BlobMissingError("not a digest")
    return digest


def _sync_folder(folder: Path) -> None:
    """Make a rename in this folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
