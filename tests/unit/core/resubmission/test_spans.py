"""Lengths of time: days, business days with holidays, months and calendar years."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.core.resubmission.spans import Span, Unit, is_day_off, next_business_day, read_span

DAYS = st.dates(date(1990, 1, 1), date(2080, 12, 31))
SPANS = st.builds(Span, st.integers(1, 120), st.sampled_from(Unit))


@pytest.mark.parametrize(
    ("written", "day", "due"),
    [
        (95, date(2026, 3, 2), date(2026, 6, 5)),
        ("120 days", date(2026, 3, 2), date(2026, 6, 30)),
        ("1 year", date(2027, 6, 30), date(2028, 6, 30)),
        ("1 year", date(2024, 2, 29), date(2025, 2, 28)),
        ("4 years", date(2024, 2, 29), date(2028, 2, 29)),
        ("1 month", date(2026, 1, 31), date(2026, 2, 28)),
        ("12 months", date(2026, 1, 31), date(2027, 1, 31)),
        ("1 business day", date(2026, 7, 2), date(2026, 7, 6)),
        ("4 business days", date(2026, 12, 23), date(2026, 12, 30)),
    ],
)
def test_a_span_ends_on_its_last_day(written: int | str, day: date, due: date) -> None:
    assert read_span(written).after(day) == due


@pytest.mark.parametrize("written", [0, -1, "soon", "0 days", "1 fortnight", "1 years ago", " 1 year"])
def test_what_is_no_span_is_refused(written: int | str) -> None:
    with pytest.raises(ValueError, match="not"):
        read_span(written)


@pytest.mark.parametrize("unit", Unit)
def test_beyond_the_calendar_there_is_no_last_day(unit: Unit) -> None:
    assert Span(9999, unit).after(date(9999, 12, 1)) is None


@given(st.integers(1, 9999), st.sampled_from(Unit))
def test_a_span_reads_as_it_is_written(count: int, unit: Unit) -> None:
    assert read_span(str(Span(count, unit))) == Span(count, unit)


@given(DAYS, st.integers(0, 400), SPANS)
def test_a_later_start_never_ends_earlier(day: date, later: int, span: Span) -> None:
    one, other = span.after(day), span.after(day + timedelta(days=later))
    assert one is not None
    assert other is not None
    assert one <= other


@given(DAYS, SPANS)
def test_a_longer_span_never_ends_earlier(day: date, span: Span) -> None:
    one, other = span.after(day), Span(span.count + 1, span.unit).after(day)
    assert one is not None
    assert other is not None
    assert day < one < other


@given(DAYS)
def test_a_calendar_year_ends_on_the_same_date(day: date) -> None:
    end = Span(1, Unit.YEARS).after(day)
    assert end is not None
    leap_day = (day.month, day.day) == (2, 29)
    assert (end.year, end.month, end.day) == (day.year + 1, day.month, 28 if leap_day else day.day)
    assert Span(12, Unit.MONTHS).after(day) == end


@given(DAYS, st.integers(1, 60))
def test_business_days_are_none_off_and_lose_none(day: date, count: int) -> None:
    end = Span(count, Unit.BUSINESS_DAYS).after(day)
    assert end is not None
    between = [day + timedelta(days=n) for n in range(1, (end - day).days + 1)]
    assert len([d for d in between if not is_day_off(d)]) == count
    assert not is_day_off(end)


@given(DAYS)
def test_the_next_business_day_skips_only_days_off(day: date) -> None:
    found = next_business_day(day)
    assert not is_day_off(found)
    assert all(is_day_off(day + timedelta(days=n)) for n in range((found - day).days))


@pytest.mark.parametrize(
    "day",
    [date(2026, 7, 3), date(2026, 7, 4), date(2026, 11, 26), date(2021, 12, 24), date(2026, 10, 10)],
)
def test_holidays_are_also_off_where_they_are_observed(day: date) -> None:
    assert is_day_off(day)


def test_a_day_of_work_is_none() -> None:
    assert not is_day_off(date(2026, 11, 27))
