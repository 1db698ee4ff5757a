"""The document of `reclaim status --json`, as models."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Final

from schemas.shape import Money, Shape

ZERO: Final = Decimal("0.00")


class IntakeTotals(Shape):
    """What came in. `claims_in` = `claims_published` + `claims_quarantined`, always.

    `files` counts every file that was seen, `duplicate_files` and `unreadable_files` among them.
    """

    files: int = 0
    duplicate_files: int = 0
    unreadable_files: int = 0
    files_in_progress: int = 0
    by_kind: dict[str, int] = {}
    """files that hold transactions of a kind; a file with two kinds counts under both"""
    claims_in: int = 0
    claims_published: int = 0
    claims_quarantined: int = 0
    segments_in: int = 0
    segments_kept: int = 0


class CauseTotal(Shape):
    """Denied lineages of one primary cause, and their denied dollars."""

    count: int
    amount: Money


class Resubmissions(Shape):
    """Claims sent back, and what came of them."""

    published: int = 0
    delivered: int = 0
    acknowledged: int = 0
    paid: int = 0
    """in full or in part, and not taken back since"""
    denied_again: int = 0
    rejected: int = 0
    """turned away before adjudication"""
    reversed: int = 0
    """paid or denied, and taken back since"""
    recovered: Money = ZERO
    """what the payers pay since, over what they paid before"""


class Quarantined(Shape):
    """One claim that was set aside. `file` is the start of the file's digest, `index` counts its claims."""

    file: str
    index: int
    reason: str


class Unreadable(Shape):
    """One file that could not be read at all."""

    file: str
    reason: str


class Unaccounted(Shape):
    """One published file of which something is neither published nor set aside: never right. `file` is the start of
    its digest."""

    file: str
    claims_in: int
    claims_published: int
    claims_quarantined: int
    segments_in: int
    segments_kept: int


class Waiting(Shape):
    """What does not move by itself, and the dollars behind it."""

    person: int = 0
    """open proposals that a person must decide (A1, A2, and A3 that a guard stopped)"""
    person_amount: Money = ZERO
    held: int = 0
    """of these, held by a person until later"""
    machine: dict[str, int] = {}
    """what the machine goes on with by itself once it may, by what it waits for (payer_on_hold, ...)"""
    undelivered: int = 0
    """sent back, but not in a file of the outbox yet"""


class WaitingClaim(Shape):
    """One row of the list that a person works."""

    claim_number: str
    lineage: str
    proposal_id: str
    payer: str | None
    cause: str
    action: str
    automation: str
    amount: Money
    due: date | None
    """the first of its clocks to run out"""
    held: bool


class Untied(Shape):
    """One thing from a payer that is about nothing that was read here: it is kept, and waits for its other half."""

    kind: str
    """999 | 277ca | plb"""
    count: int
    amount: Money | None = None
    """of the PLB entries"""
    reason: str


class Summary(Shape):
    """Files, claims, denials by cause with dollars, proposals, decisions, resubmissions, and what waits."""

    intake: IntakeTotals
    claims: dict[str, int]
    denials: dict[str, CauseTotal]
    proposals: dict[str, int]
    decisions: dict[str, int]
    resubmissions: Resubmissions
    quarantine: tuple[Quarantined, ...]
    dead_letters: int
    holds: tuple[str, ...]
    waiting: Waiting
    unreadable: tuple[Unreadable, ...] = ()
    outgoing: tuple[str, ...] = ()
    """files written, below the outbox"""
    untied: tuple[Untied, ...] = ()
    withdrawn: dict[str, int] = {}
    """proposals that we withdrew, by reason"""
    unaccounted: tuple[Unaccounted, ...] = ()
    being_read: tuple[str, ...] = ()
    """files that are half published, by the beginning of their digest"""
