"""`resubmission-ledger`: every generation of a claim that was sent, and the decisions that wait to be."""

from __future__ import annotations

from datetime import date

from schemas.recoding import RecodingDecided
from schemas.shape import Shape

SENT = "sent"
"""published to `outbound`, no word of delivery yet"""
RECALLED = "recalled"
"""its withdrawal is published; delivery says whether it came in time"""
WITHDRAWN = "withdrawn"
"""delivery left it out: the payer never saw it"""
DELIVERED = "delivered"
ANSWERED = "answered"
"""an adjudication or a rejection answers it"""


class Generation(Shape):
    """One resubmission. It is unanswered while sent, recalled or delivered."""

    resubmission_id: str
    proposal_id: str
    decision: str
    """id of the event `recoding-decided`"""
    number: int
    revision: int
    causes: tuple[str, ...]
    path: str
    payer_control_number: str | None
    """the latest CLP07 when it was sent"""
    outbound_key: str
    claim_number: str
    status: str
    sent_on: date | None = None


class WaitingDecision(Shape):
    """An approval that could not be carried out yet. `reason` null: its revision is not read yet."""

    event_id: str
    reason: str | None
    told: tuple[str, ...] = ()
    """reasons that were published as refusals"""
    decision: RecodingDecided


class LineageLedger(Shape):
    lineage: str
    revision: int = 0
    """the latest that was read of `denial-classified` and `case-changed`"""
    generations: tuple[Generation, ...] = ()
    waiting: tuple[WaitingDecision, ...] = ()
    refused: tuple[str, ...] = ()
    """decisions that were refused for good, latest last"""


class Ledger(Shape):
    """All lineages under one claim key."""

    version: int = 3
    lineages: tuple[LineageLedger, ...] = ()
    letters: tuple[str, ...] = ()
    """open dead letters of the claim"""
    due: date | None = None
    """when the worker is to call again, while something waits"""
