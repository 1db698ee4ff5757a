"""Which edition holds on a day."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.core.codes.tables import NO_TABLES, Edition

DAYS = st.dates(date(2024, 1, 1), date(2027, 12, 31))


def edition(name: str, effective: date, through: date | None = None) -> Edition:
    return Edition("icd10cm", name, "0" * 64, effective, object(), through)


OCTOBER = edition("october", date(2025, 10, 1), date(2026, 9, 30))
APRIL = edition("april", date(2026, 4, 1), date(2026, 9, 30))


@pytest.mark.parametrize(
    ("day", "name"),
    [
        (date(2025, 9, 30), None),
        (date(2025, 10, 1), "october"),
        (date(2026, 3, 31), "october"),
        (date(2026, 4, 1), "april"),
        (date(2026, 9, 30), "april"),
        (date(2026, 10, 1), None),
    ],
)
def test_an_edition_holds_from_its_first_through_its_last_day(day: date, name: str | None) -> None:
    for loaded in ((OCTOBER, APRIL), (APRIL, OCTOBER)):
        tables = NO_TABLES
        for one in loaded:
            tables = tables.with_edition(one)
        found = tables.on("icd10cm", day)
        assert (found.name if found else None) == name


@given(st.lists(DAYS, min_size=1, max_size=6), DAYS)
def test_of_editions_without_an_end_the_latest_begun_holds(begins: list[date], day: date) -> None:
    tables = NO_TABLES
    for number, begin in enumerate(begins):
        tables = tables.with_edition(edition(str(number), begin))
    begun = [begin for begin in begins if begin <= day]
    found = tables.on("icd10cm", day)
    assert (found.effective if found else None) == (max(begun) if begun else None)


@given(DAYS, st.integers(0, 400))
def test_after_its_last_day_none_holds_rather_than_an_older_one(begin: date, length: int) -> None:
    end = begin + timedelta(days=length)
    tables = NO_TABLES.with_edition(edition("old", date(2000, 1, 1))).with_edition(edition("new", begin, end))
    found = tables.on("icd10cm", end)
    assert found is not None
    assert found.name == "new"
    assert tables.on("icd10cm", end + timedelta(days=1)) is None
