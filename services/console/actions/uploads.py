"""An uploaded file goes into the inbox that intake reads: whole or not at all, under a name that says nothing.

Its own name may hold a patient's, so the file is called by the hash of its bytes; the same bytes twice are one file.
"""

from __future__ import annotations

import os
import secrets
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import BinaryIO, Final

from fastapi import HTTPException

from services.console.access.gate import MOST_UPLOAD
from services.console.access.sessions import Session
from services.console.site import Site
from services.intake.content import CHUNK, Content, ContentError

UPLOAD: Final = "upload"


@dataclass(frozen=True, slots=True)
class Upload:
    """What was taken. `file`: sha256 of the decompressed bytes, under which intake accounts for it."""

    file: str
    size: int
    """bytes as they came"""


def take(site: Site, session: Session, stream: BinaryIO) -> Upload:
    """Put what the stream holds into the inbox. Raises HTTPException (413, 422)."""
    site.uploads.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = site.uploads / f".{secrets.token_hex(16)}"  # intake passes over names that begin with a dot
    try:
        size = 0
        with os.fdopen(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as made:
            for chunk in _chunks(stream):
                size += len(chunk)
                if size > MOST_UPLOAD:
                    raise HTTPException(
                        413, f"The file is larger than {MOST_UPLOAD >> 20} MiB; put it into the inbox."
                    )
                made.write(chunk)
            made.flush()
            os.fsync(made.fileno())
        if size == 0:
            raise HTTPException(422, "The file is empty.")
        digest = sha256()
        try:
            with Content(part) as content:
                for chunk in content.chunks():
                    digest.update(chunk)
                if content.ended_early:
                    raise HTTPException(422, "The file ends early: its gzip is cut.")
        except (ContentError, zlib.error):
            raise HTTPException(422, "The file cannot be read: its gzip is broken.") from None
        file = digest.hexdigest()
        part.replace(site.uploads / f"{file}.edi")
    finally:
        part.unlink(missing_ok=True)
    site.deployment.publish(
        [
            site.deployment.action(
                UPLOAD, f"file:{file}", session.user, None, secrets.token_hex(8), session.login
            )
        ]
    )
    site.nudge()
    return Upload(file, size)


def _chunks(stream: BinaryIO) -> Iterator[bytes]:
    while chunk := stream.read(CHUNK):
        yield chunk
