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
    """age | count | drain"""
    shell: str = ""
    """which shell asks: it may write what it had sealed itself, never what an earlier one left behind"""


class FileWritten(Shape):
    """The shell wrote a sealed interchange (`file-written`)."""

    control_number: str
    digest: str


class FileUncertain(Shape):
    """After a crash the shell cannot know whether the partner took the file (`file-uncertain`)."""

    control_number: str
