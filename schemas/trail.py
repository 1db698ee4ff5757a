"""`audit-trail`: one hash chain a partition, written by audit alone."""

from __future__ import annotations

from datetime import datetime

from schemas.recoding import Edit
from schemas.shape import Shape


class AuditRecord(Shape):
    """`hash` = sha256 over the canonical JSON of all other fields, `previous_hash` among them."""

    seq: int
    previous_hash: str
    hash: str
    subject: str
    event_id: str
    event_type: str
    event_digest: str
    """sha256 of the event's payload bytes"""
    at: datetime
    actor: str
    action: str
    rule: str | None = None
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    edits: tuple[Edit, ...] = ()
    evidence: tuple[str, ...] = ()
    approver: str | None = None
    reason: str | None = None
    interchange_control_number: str | None = None
