"""`claim-groups`: which claims a functional group held, and what its 999 said."""

from __future__ import annotations

from schemas.acknowledgment import GroupAcknowledged, GroupRecorded
from schemas.shape import Shape


class ClaimGroup(Shape):
    """Parts and acknowledgments meet here in either order. `told`: claim and verdict pairs already published."""

    version: int = 3
    parts: tuple[GroupRecorded, ...] = ()
    acknowledgments: tuple[GroupAcknowledged, ...] = ()
    """each verdict once; without its segments"""
    told: tuple[str, ...] = ()
