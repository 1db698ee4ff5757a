"""Licensed lists of CARC and RARC: the shapes in which downloads come."""

from __future__ import annotations

from datetime import date

import pytest

from services.core.codes.denial_lists import parse_carc, parse_rarc
from services.core.codes.rows import TableError

HEADER = "Code,Description,Start Date,Last Modified,Stop Date,Notes\n"


def test_both_ways_to_write_a_date_are_read() -> None:
    row = parse_carc((HEADER + "16,words,01/01/1995,2013-11-01,,note\n").encode()).find("16")
    assert row is not None
    assert (row.start, row.modified, row.stop, row.notes) == (
        date(1995, 1, 1),
        date(2013, 11, 1),
        None,
        "note",
    )


def test_titles_above_the_header_other_columns_and_another_order_do_not_matter() -> None:
    data = b"Claim codes,,\n\nStatus,Description,CODE\nx,words,97\n"
    assert len(parse_carc(data)) == 1


def test_codes_have_the_one_form() -> None:
    assert parse_carc((HEADER + "016,words,,,,\n").encode()).find("16") is not None
    assert parse_rarc((HEADER + "n290,words,,,,\n").encode()).find("N290") is not None


def test_a_file_in_the_encoding_of_windows_is_read() -> None:
    row = parse_carc((HEADER + "16,payer\u2019s,,,,\n").encode("cp1252")).find("16")
    assert row is not None
    assert row.description == "payer\u2019s"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("16,words,31/12/2020,,,\n", "row 2, column start date: is not a date"),
        ("16,words,soon,,,\n", r"row 2, column start date: is not a date \(YYYY-MM-DD\)"),
        (",words,,,,\n", "row 2, column code: is empty"),
        ("16,,,,,\n", "row 2, column description: is empty"),
        ("16,a,,,,\n016,b,,,,\n", "row 3, column code: stands twice"),
        ("16,a,01/02/2020,,01/01/2020,\n", "row 2, column stop date: lies before"),
        ("16,a,,,,,,,\n", "row 2: has 9 columns, the header 6"),
        ("", "no rows below its header"),
    ],
)
def test_a_wrong_row_is_named_with_its_place(body: str, said: str) -> None:
    with pytest.raises(TableError, match=said):
        parse_carc((HEADER + body).encode())


def test_a_file_without_a_header_is_refused() -> None:
    with pytest.raises(TableError, match="no row is a header with at least code and description"):
        parse_carc(b"16,words\n")


def test_a_row_is_valid_from_its_first_to_its_last_day() -> None:
    row = parse_carc((HEADER + "16,a,2020-01-01,,2020-12-31,\n").encode()).find("16")
    assert row is not None
    days = (date(2019, 12, 31), date(2020, 1, 1), date(2020, 12, 31), date(2021, 1, 1))
    assert [row.valid_on(day) for day in days] == [False, True, True, False]
