"""Editions that ship: ICD-10-CM, which is in the public domain. `shipped/editions.json` says where each is from.

Their bytes lie in one compressed file, because one edition is nearly another. They come into the store when
`reclaim run` first loads them; from there on they are editions like others.
"""

from __future__ import annotations

import json
import lzma
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Final

from services.core.codes.loading import parse_table
from services.core.codes.tables import Edition
from services.runtime.blobs import Blobs

_FOLDER: Final = files("services.core.codes").joinpath("shipped")


@dataclass(frozen=True, slots=True)
class ShippedEdition:
    """One edition. `start` and `size` are its place in the unpacked file; `files` what it was made from."""

    kind: str
    name: str
    release: str
    effective: date
    through: date
    digest: str
    rows: int
    start: int
    size: int
    files: tuple[str, ...]


@cache
def shipped_editions() -> tuple[ShippedEdition, ...]:
    """All of them, the earliest first."""
    listed = json.loads(_FOLDER.joinpath("editions.json").read_text(encoding="utf-8"))
    return tuple(
        ShippedEdition(
            kind=one["kind"],
            name=one["name"],
            release=one["release"],
            effective=date.fromisoformat(one["effective"]),
            through=date.fromisoformat(one["through"]),
            digest=one["digest"],
            rows=one["rows"],
            start=one["start"],
            size=one["size"],
            files=tuple(file["sha256"] for file in one["files"]),
        )
        for one in listed["editions"]
    )


def store(edition: ShippedEdition, blobs: Blobs) -> str:
    """Put an edition into the store; returns its digest."""
    if not blobs.holds(edition.digest):
        return blobs.put(_unpacked()[edition.start : edition.start + edition.size])
    return edition.digest


def shipped_on(kind: str, day: date, blobs: Blobs) -> Edition | None:
    """The edition that ships and holds on a day, opened; null where none does."""
    for shipped in shipped_editions():
        if shipped.kind == kind and shipped.effective <= day <= shipped.through:
            return Edition(
                kind=kind,
                name=shipped.name,
                digest=shipped.digest,
                effective=shipped.effective,
                table=parse_table(kind, blobs.map(store(shipped, blobs))),
                through=shipped.through,
                release=shipped.release,
            )
    return None


def _unpacked() -> bytes:
    return lzma.decompress(_FOLDER.joinpath("editions.xz").read_bytes())
