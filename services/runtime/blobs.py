"""The content-addressed store: bytes under their sha256. Tables, rule bundles and profiles lie here.

A folder on one machine, a shared volume on several. Nothing is ever changed or removed: proofs need it.
"""

from __future__ import annotations

import os
import re
import tempfile
from hashlib import sha256
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
        path = self._path(digest)
        if path.exists():
            return digest
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".new-")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        _sync_folder(path.parent)
        return digest

    def get(self, digest: str) -> bytes:
        """The bytes of a digest, checked against it. Raises BlobMissingError."""
        if not _DIGEST.fullmatch(digest):
            raise BlobMissingError("not a digest")
        try:
            data = self._path(digest).read_bytes()
        except OSError as error:
            raise BlobMissingError(f"no blob {digest}") from error
        if sha256(data).hexdigest() != digest:
            raise BlobMissingError(f"damaged blob {digest}")
        return data

    def _path(self, digest: str) -> Path:
        return self._folder / digest[:2] / digest


def _sync_folder(folder: Path) -> None:
    """Make a rename in this folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
