"""The stages of a denial's way, each named by what ends it, and the lengths by which waits are counted."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Stage(StrEnum):
    """What a denial waits to become. In the order of its way."""

    CLASSIFIED = "classified"
    """an 835 was taken in; the classifier has not read it"""
    PROPOSED = "proposed"
    """classified; the recoder has not answered"""
    DECIDED = "decided"
    """proposed; a person or the policy has not decided"""
    RESUBMITTED = "resubmitted"
    """approved as a claim; nothing was made to go back"""
    DELIVERED = "delivered"
    """made to go back; in no file of the outbox"""
    ACKNOWLEDGED = "acknowledged"
    """delivered; no 277CA or 999 accepted it, and no 835 answered it"""
    ANSWERED = "answered"
    """acknowledged, not adjudicated"""


STAGES: Final = tuple(Stage)

MINUTE: Final = 60
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR

WAIT_BOUNDS: Final = (
    1,
    5,
    15,
    MINUTE,
    5 * MINUTE,
    15 * MINUTE,
    HOUR,
    4 * HOUR,
    DAY,
    2 * DAY,
    3 * DAY,
    7 * DAY,
    14 * DAY,
    30 * DAY,
    45 * DAY,
    60 * DAY,
)
"""Upper bounds, in seconds, between which finished waits are counted; the last class has none. An objective's
length is one of them, so that counts that were kept answer it exactly."""

CLASSES: Final = len(WAIT_BOUNDS) + 1


def class_of(seconds: float) -> int:
    """The index of the class of a wait: the first whose bound it does not exceed."""
    for index, bound in enumerate(WAIT_BOUNDS):
        if seconds <= bound:
            return index
    return len(WAIT_BOUNDS)
