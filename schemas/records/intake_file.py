"""`intake-files`: what one file held, what became of it, and where a restart goes on.

The record of a file is written in the transaction that publishes its claims, so that after a crash the
counts, the position and the events agree. It names no file: a file name may hold a patient's name.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

from schemas.shape import Money, Shape


class IntakeStatus(StrEnum):
    """How far a file has come."""

    PUBLISHING = "publishing"
    PUBLISHED = "published"
    UNREADABLE = "unreadable"
    SUPERSEDED = "superseded"
    """the bytes changed while it was published: what was published stands, the new bytes are another file"""


class FileCounts(Shape):
    """What was counted of a file, over all its interchanges."""

    interchanges: int = 0
    groups: int = 0
    transactions: dict[str, int] = {}
    """ST by kind: 837P, 835, 277CA, 834, ..."""
    segments: int = 0
    claims: int = 0
    """CLM and CLP of the processed kinds (837P, 837I, 835)"""
    claims_not_processed: int = 0
    """CLM and CLP of other kinds (837D, reporting, predetermination)"""
    adjustments: int = 0
    """CAS triplets of the 835 claims, quarantined ones too"""
    provider_adjustments: int = 0
    """PLB entries"""
    acknowledged_claims: int = 0
    """277CA"""
    acknowledged_groups: int = 0
    """999"""
    paid: Money = Decimal("0.00")
    """sum of CLP04"""


class QuarantinedEntry(Shape):
    """A claim that was kept back: its place among the claims of the file, and why (a code, never a value)."""

    index: int
    reason: str


class IntakeFile(Shape):
    """One file, known by the sha256 of its decompressed bytes."""

    version: int = 1
    file: str
    """sha256 in hex; of a file whose bytes cannot be had, a keyed hash of its place"""
    size: int
    """decompressed bytes"""
    status: IntakeStatus
    reason: str | None = None
    """why it is unreadable: a code"""
    truncated: bool = False
    """taken although it ends early"""
    held: FileCounts = FileCounts()
    """first pass: what the file holds"""
    kept: FileCounts = FileCounts()
    """second pass: what of it is published or quarantined so far"""
    claims_published: int = 0
    by_state: dict[str, int] = {}
    """the published claims: `submitted`, or the claim state of an 835 claim"""
    claims_quarantined: int = 0
    quarantined: tuple[QuarantinedEntry, ...] = ()
    """the first ones, in the order of the file; all of them are in `dead-letters`"""
    records_quarantined: int = 0
    """what is no claim and could not be published: a PLB entry, a 277CA claim loop, a 999"""
    findings: dict[str, int] = {}
    """code -> how often, over the whole file"""
    next_offset: int = 0
    """decompressed bytes before this one are published: where a restart goes on"""
    places: tuple[str, ...] = ()
    """keyed hashes of the paths where these bytes were seen"""
    duplicates: int = 0
    """further places with the same bytes"""
