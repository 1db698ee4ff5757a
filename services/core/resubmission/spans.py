"""Lengths of time as payers count them: days, business days, months, calendar years.

A calendar year after 29 February ends on 28 February (Medicare contractors on 42 CFR 424.44). Business days leave
out Saturdays, Sundays and federal holidays, by the library `holidays`.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Container
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cache
from typing import Final


class Unit(StrEnum):
    DAYS = "days"
    BUSINESS_DAYS = "business days"
    MONTHS = "months"
    YEARS = "years"


_WRITTEN: Final = re.compile(r"(?P<count>[1-9][0-9]{0,3}) (?P<unit>business day|day|month|year)s?")

_DAY: Final = timedelta(days=1)
_SATURDAY: Final = 5


@dataclass(frozen=True, slots=True)
class Span:
    """So many days, business days, months or years."""

    count: int
    unit: Unit

    def __str__(self) -> str:
        return f"{self.count} {self.unit.value if self.count != 1 else self.unit.value[:-1]}"

    def after(self, day: date) -> date | None:
        """The last day of the span that begins on the day after `day`; null beyond the calendar."""
        try:
            match self.unit:
                case Unit.DAYS:
                    return day + timedelta(days=self.count)
                case Unit.BUSINESS_DAYS:
                    return _business_days_after(day, self.count)
                case Unit.MONTHS:
                    return _months_after(day, self.count)
                case Unit.YEARS:
                    return _months_after(day, 12 * self.count)
        except (OverflowError, ValueError):
            return None


def read_span(value: int | str) -> Span:
    """A number is days; else `1 year`, `12 months`, `30 business days`, `65 days`. Raises ValueError."""
    if isinstance(value, int):
        if value <= 0:
            raise ValueError("not more than 0")
        return Span(value, Unit.DAYS)
    written = _WRITTEN.fullmatch(value)
    if written is None:
        raise ValueError("not a span")
    return Span(int(written["count"]), Unit(written["unit"] + "s"))


def is_day_off(day: date) -> bool:
    """A Saturday, a Sunday or a federal holiday (also where it is observed on another day)."""
    return day.weekday() >= _SATURDAY or day in _holidays(day.year)


def next_business_day(day: date) -> date:
    """The day itself, or the first after it that is no day off. Raises OverflowError beyond the calendar."""
    while is_day_off(day):
        day += _DAY
    return day


def _business_days_after(day: date, count: int) -> date:
    for _ in range(count):
        day = next_business_day(day + _DAY)
    return day


def _months_after(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


@cache
def _holidays(year: int) -> Container[date]:
    # Imported where it is needed: it costs a tenth of a second, and most commands ask for no holiday.
    from holidays import country_holidays

    return frozenset(country_holidays("US", years=year))
