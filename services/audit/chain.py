"""The hash chain of a partition of `audit-trail`: how a link is made, and how a chain is checked."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from schemas.trail import AuditRecord

BEGINNING: Final = "0" * 64
"""`previous_hash` of the first record of a partition."""


@dataclass(frozen=True, slots=True)
class Head:
    """Where a chain stood: the number and the hash of its last record (0 and BEGINNING: no record yet)."""

    seq: int
    hash: str


@dataclass(frozen=True, slots=True)
class Fault:
    """The first thing that is wrong with a chain, and the number of the record where it shows.

    kind: changed (a record is not what was hashed), missing (records are gone), reordered (a record stands
    before its place, or twice), cut (the chain ends before the head that it had), foreign (it does not lead on
    from the head that was kept elsewhere).
    """

    kind: str
    seq: int


def hash_of(record: AuditRecord) -> str:
    """sha256, in hex, over the canonical JSON of all fields but `hash`."""
    fields = record.model_dump(mode="json", exclude={"hash"})
    canonical = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(canonical.encode()).hexdigest()


def link(head: Head, record: AuditRecord) -> AuditRecord:
    """The record as the next one of the chain: its number, its predecessor and its hash set."""
    placed = record.model_copy(update={"seq": head.seq + 1, "previous_hash": head.hash, "hash": ""})
    return placed.model_copy(update={"hash": hash_of(placed)})


def verify(
    records: Iterable[AuditRecord], anchor: Head | None = None, head: Head | None = None
) -> Fault | None:
    """The first fault of one partition's records, in the order of the log; null where there is none.

    `anchor`: a head that was kept elsewhere. A chain without one must begin with its first record; with one it
    may begin later (retention), but not after the anchor. `head`: what the chain is said to end with now.
    """
    last: Head | None = None
    for record in records:
        start = _start(record, anchor) if last is None else last
        if record.seq > start.seq + 1:
            return Fault("missing", start.seq + 1)
        if record.seq <= start.seq:
            return Fault("reordered", record.seq)
        if record.hash != hash_of(record):
            return Fault("changed", record.seq)
        if record.previous_hash != start.hash:
            return Fault("changed", record.seq)
        last = Head(record.seq, record.hash)
        if anchor is not None and record.seq == anchor.seq and record.hash != anchor.hash:
            return Fault("foreign", record.seq)
    end = last or Head(0, BEGINNING)
    for known in (anchor, head):
        if known is not None and end.seq < known.seq:
            return Fault("cut", end.seq + 1)
    if head is not None and end != head:
        return Fault("foreign", end.seq)
    return None


def _start(first: AuditRecord, anchor: Head | None) -> Head:
    """What the first record that is left must lead on from."""
    if first.seq == 1 or anchor is None:
        return Head(0, BEGINNING)
    # Up to the anchor the records before the first may be gone with retention: the anchor vouches for them.
    return Head(first.seq - 1, first.previous_hash) if first.seq <= anchor.seq else anchor
