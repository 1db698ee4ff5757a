"""Horizontal bars: a ranking with its cumulative share, a waterfall, and columns side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from markupsafe import Markup

from services.console.charts.figures import Mark
from services.console.charts.scales import place, short_dollars, ticks
from services.console.charts.svg import frame, line, link, rect, text, wrapped

WIDTH: Final = 640
ROW: Final = 34
"""A row is a target for a finger, and has room for a label of two lines."""

_LABEL: Final = 190
_VALUE: Final = 120
_SPAN: Final = WIDTH - _LABEL - _VALUE
_LABEL_CHARACTERS: Final = 27


def dollars(amount: Decimal) -> str:
    return f"-${-amount:,.2f}" if amount < 0 else f"${amount:,.2f}"


def counted(count: int) -> str:
    return f"{count:,} claim" if count == 1 else f"{count:,} claims"


def said(mark: Mark) -> str:
    """What is read out of a mark."""
    return f"{mark.label}: {dollars(mark.amount)}, {counted(mark.count)}"


def pareto(id_: str, title: str, says: str, marks: Sequence[Mark], everything: Decimal) -> Markup:
    """Bars in the order given, most first, each with the share that it and those above it have of `everything`."""
    end = ticks(max((m.amount for m in marks), default=Decimal(0)))[-1]
    height = ROW * len(marks) + 26
    return frame(id_, title, says, WIDTH, height, _pareto(marks, end, everything))


def _pareto(marks: Sequence[Mark], end: Decimal, everything: Decimal) -> Iterator[Markup]:
    yield text(_LABEL + _SPAN + 10, 14, "dollars, together", "label quiet")
    so_far = Decimal(0)
    for index, mark in enumerate(marks):
        top = 22 + index * ROW
        so_far += mark.amount
        share = f"{so_far / everything:.0%}" if everything else ""
        yield link(
            mark.href,
            f"{said(mark)}; with those above {share} of all",
            rect(0, top, WIDTH, ROW - 2, "hit"),
            wrapped(_LABEL - 10, top + ROW / 2 - 1, mark.label, _LABEL_CHARACTERS, "label", "end"),
            rect(_LABEL, top + 6, max(place(mark.amount, end, _SPAN), 1.5), ROW - 14, "mark series-1"),
            text(_LABEL + _SPAN + 10, top + ROW / 2 + 3, short_dollars(mark.amount), "value"),
            text(WIDTH - 4, top + ROW / 2 + 3, share, "label quiet", "end"),
        )


@dataclass(frozen=True, slots=True)
class Fall:
    """One step of a waterfall: a bar from `start` to `start + mark.amount` dollars. `kind` is its class."""

    mark: Mark
    start: Decimal
    kind: str


def waterfall(id_: str, title: str, says: str, steps: Sequence[Fall]) -> Markup:
    """Bars that begin where the ones before them end: what became of the dollars."""
    end = ticks(max((s.start + s.mark.amount for s in steps), default=Decimal(0)))[-1]
    height = ROW * len(steps) + 8
    return frame(id_, title, says, WIDTH, height, _waterfall(steps, end))


def _waterfall(steps: Sequence[Fall], end: Decimal) -> Iterator[Markup]:
    for index, step in enumerate(steps):
        top = 4 + index * ROW
        left = _LABEL + place(step.start, end, _SPAN)
        width = max(place(step.mark.amount, end, _SPAN), 1.5) if step.mark.amount else 0
        if index:
            yield line(left, top - 8, left, top + 6, "rule")
        yield link(
            step.mark.href if step.mark.count else None,
            said(step.mark),
            rect(0, top, WIDTH, ROW - 2, "hit"),
            wrapped(_LABEL - 10, top + ROW / 2 - 1, step.mark.label, _LABEL_CHARACTERS, "label", "end"),
            rect(left, top + 6, width, ROW - 14, f"mark {step.kind}"),
            text(WIDTH - 4, top + ROW / 2 + 3, dollars(step.mark.amount), "value", "end"),
        )


_COLUMN_HEIGHT: Final = 150


def columns(id_: str, title: str, says: str, marks: Sequence[Mark]) -> Markup:
    """Columns side by side in a given order, with the dollars above and the count below each."""
    return frame(id_, title, says, WIDTH, _COLUMN_HEIGHT + 64, _columns(marks))


def _columns(marks: Sequence[Mark]) -> Iterator[Markup]:
    end = max((m.amount for m in marks), default=Decimal(0))
    width = WIDTH / max(len(marks), 1)
    base = 20 + _COLUMN_HEIGHT
    yield line(0, base, WIDTH, base, "axis")
    for index, mark in enumerate(marks):
        left = index * width
        tall = max(place(mark.amount, end, _COLUMN_HEIGHT), 1.5 if mark.count else 0)
        yield link(
            mark.href if mark.count else None,
            said(mark),
            rect(left + 2, 0, width - 4, base + 42, "hit"),
            rect(left + width * 0.2, base - tall, width * 0.6, tall, "mark series-1"),
            text(left + width / 2, base - tall - 6, short_dollars(mark.amount), "value", "middle"),
            text(left + width / 2, base + 18, mark.label, "label", "middle"),
            text(left + width / 2, base + 35, counted(mark.count), "label quiet", "middle"),
        )
