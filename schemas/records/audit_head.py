"""`audit-heads`: where the hash chain of a partition stands."""

from __future__ import annotations

from schemas.shape import Shape


class AuditHead(Shape):
    version: int = 1
    seq: int
    hash: str
    recent: tuple[str, ...] = ()
    """ids of the events recorded last: a repeated event is not recorded twice"""
