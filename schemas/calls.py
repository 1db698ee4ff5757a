"""Calls of the worker into a processor: no records of a topic, but handled like events (topic `""`)."""

from __future__ import annotations

from datetime import date

from schemas.shape import Shape


class ClaimDue(Shape):
    """The day that the state asked to be called on has come (`claim-due`)."""

    day: date


class ContextChanged(Shape):
    """A table, rule set, profile or hold changed (`context-changed`)."""

    kind: str
    """edition | rule_set | profile | hold"""
    name: str


class BatchDue(Shape):
    """The shell says that an open batch is to be sealed now (`batch-due`)."""

    reason: str
    """age | count | drain, or `earlier_record`: only a look at what a release before this one kept"""
    claims: tuple[str, ...] = ()
    """resubmission ids of the claims to seal, what is due first before others"""


class FileReady(Shape):
    """A sealed interchange lies whole beside its place; may it be moved there (`file-ready`)?"""

    control_number: str
    shell: str
    """whose temporary file it is"""


class FileWritten(Shape):
    """The shell moved a sealed interchange to its place (`file-written`)."""

    control_number: str
    digest: str


class FileUncertain(Shape):
    """The shell cannot bring a file to its place, or cannot know whether it was there (`file-uncertain`)."""

    control_number: str
    doubt: str
    """gone | other_bytes, or a code of what kept it from its place"""
