"""Charts in cells: a heat map, small multiples of columns, and a calendar."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from markupsafe import Markup

from services.console.charts.bars import WIDTH, dollars, said
from services.console.charts.figures import Mark
from services.console.charts.scales import class_of, place, short_dollars, total
from services.console.charts.svg import frame, line, link, rect, text, wrapped

SHADES: Final = 5
"""Shades of a cell: few enough to tell apart; the number stands in the cell, so that the shade is never alone."""

_NAME: Final = 176
_NAME_CHARACTERS: Final = 20
"""Payers write their names in capitals."""
_HEAD: Final = 64
_CELL: Final = 36


def heat_map(
    id_: str,
    title: str,
    says: str,
    rows: Sequence[str],
    head: Sequence[str],
    cells: Mapping[tuple[str, str], Mark],
) -> Markup:
    """Dollars by row and column; a cell without claims is empty."""
    height = _HEAD + _CELL * len(rows) + 4
    return frame(id_, title, says, WIDTH, height, _heat_map(rows, head, cells))


def _heat_map(
    rows: Sequence[str], head: Sequence[str], cells: Mapping[tuple[str, str], Mark]
) -> Iterator[Markup]:
    width = (WIDTH - _NAME) / max(len(head), 1)
    largest = max((m.amount for m in cells.values()), default=Decimal(0))
    for column, name in enumerate(head):
        yield wrapped(_NAME + (column + 0.5) * width, _HEAD / 2, name, 11, "label small", "middle")
    for index, row in enumerate(rows):
        top = _HEAD + index * _CELL
        yield wrapped(_NAME - 10, top + _CELL / 2, row, _NAME_CHARACTERS, "label", "end")
        for column, name in enumerate(head):
            left = _NAME + column * width
            mark = cells.get((row, name))
            if mark is None:
                yield rect(left + 1, top + 1, width - 2, _CELL - 2, "cell h0")
                continue
            shade = class_of(mark.amount, largest, SHADES)
            yield link(
                mark.href,
                said(mark),
                rect(left + 1, top + 1, width - 2, _CELL - 2, f"mark cell h{shade}"),
                text(left + width / 2, top + 16, short_dollars(mark.amount), "value", "middle"),
                text(left + width / 2, top + 28, f"{mark.count:,}", "label quiet small", "middle"),
            )


_BAND: Final = 58


def multiples(
    id_: str, title: str, says: str, periods: Sequence[str], bands: Sequence[tuple[str, Sequence[Mark]]]
) -> Markup:
    """One band of columns for each name, all on one scale: who goes up is seen without telling colours apart."""
    height = _BAND * len(bands) + 30
    return frame(id_, title, says, WIDTH, height, _multiples(periods, bands))


def _multiples(periods: Sequence[str], bands: Sequence[tuple[str, Sequence[Mark]]]) -> Iterator[Markup]:
    largest = max((m.amount for _, marks in bands for m in marks), default=Decimal(0))
    span = WIDTH - _NAME - 70
    # Few periods do not make fat columns: a column is a period, not an area.
    width = min(span / max(len(periods), 1), 90)
    tall = _BAND - 20
    for index, (name, marks) in enumerate(bands):
        base = (index + 1) * _BAND
        yield wrapped(_NAME - 10, base - tall / 2, name, _NAME_CHARACTERS, "label", "end")
        yield line(_NAME, base, _NAME + width * len(periods), base, "axis")
        for number, mark in enumerate(marks):
            if not mark.count:
                continue
            left = _NAME + number * width
            high = max(place(mark.amount, largest, tall), 1.5)
            room = (
                text(left + width / 2, base - high - 4, short_dollars(mark.amount), "label small", "middle"),
            )
            yield link(
                mark.href,
                f"{name}, {said(mark)}",
                rect(left, base - tall - 12, width, tall + 12, "hit"),
                rect(left + width * 0.15, base - high, width * 0.7, high, "mark series-1"),
                *(room if width >= 42 else ()),
            )
        yield text(WIDTH - 4, base - 6, short_dollars(total([m.amount for m in marks])), "value", "end")
    every = max(1, round(56 / width)) if width < 56 else 1
    for number, period in enumerate(periods):
        if number % every == 0:
            middle = _NAME + (number + 0.5) * width
            yield text(middle, _BAND * len(bands) + 18, period, "label quiet small", "middle")


_WEEKDAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_DAY_HEIGHT: Final = 48
_DAY_WIDTH: Final = WIDTH / 7


def calendar(id_: str, title: str, says: str, first: date, weeks: int, days: Mapping[date, Mark]) -> Markup:
    """Weeks from the Monday of `first` on; each day with the dollars that run out on it."""
    return frame(
        id_, title, says, WIDTH, 24 + weeks * _DAY_HEIGHT + 2, _calendar(monday(first), first, weeks, days)
    )


def monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _calendar(begin: date, today: date, weeks: int, days: Mapping[date, Mark]) -> Iterator[Markup]:
    largest = max((m.amount for m in days.values()), default=Decimal(0))
    for index, name in enumerate(_WEEKDAYS):
        yield text((index + 0.5) * _DAY_WIDTH, 14, name, "label quiet", "middle")
    for number in range(weeks * 7):
        day = begin + timedelta(days=number)
        left, top = number % 7 * _DAY_WIDTH, 24 + number // 7 * _DAY_HEIGHT
        name = f"{day:%b} {day.day}" if day.day == 1 or number == 0 or day == today else str(day.day)
        mark = days.get(day)
        cell = (left + 1.5, top + 1.5, _DAY_WIDTH - 3, _DAY_HEIGHT - 3)
        today_class = " today" if day == today else ""
        label = text(left + 8, top + 17, f"{name} today" if today_class else name, "label small")
        if mark is None:
            yield rect(*cell, f"cell h0{today_class}")
            yield label
            continue
        shade = class_of(mark.amount, largest, SHADES)
        yield link(
            mark.href,
            f"{day.isoformat()}: {dollars(mark.amount)}, {mark.count:,} run out",
            rect(*cell, f"mark cell h{shade}{today_class}"),
            label,
            text(left + 8, top + 36, short_dollars(mark.amount), "value"),
            text(left + _DAY_WIDTH - 8, top + 36, f"{mark.count:,}", "label small", "end"),
        )
