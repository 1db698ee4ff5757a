"""The small tables of a user: what they answer, and the place of a bad cell, never its value."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from services.core.codes.chargemaster import Chargemaster
from services.core.codes.drugs import Drugs
from services.core.codes.eligibility import Members
from services.core.codes.icd10cm_conversion import Conversions
from services.core.codes.loading import TableError, header_of, parse_table
from services.core.codes.ordering import Orderers
from services.core.codes.poa_exempt import ExemptCodes

DAY = date(2026, 3, 2)


def table(kind: str, *rows: str) -> object:
    return parse_table(kind, "\n".join((",".join(header_of(kind)), *rows)).encode())


@pytest.mark.parametrize(
    ("kind", "row", "column"),
    [
        ("eligibility", "P1,M1,DOE,JANE,,1980-13-01,2026-01-01,", "birth_date"),
        ("eligibility", "P1,M1,DOE,JANE,,1980-01-01,2026-02-01,2026-01-01", "coverage_to"),
        ("eligibility", "P1,,DOE,JANE,,1980-01-01,2026-02-01,", "member_id"),
        ("chargemaster", "G0463,45,,", "revenue_code"),
        ("chargemaster", "G046,0450,,", "procedure"),
        ("drugs", "0000214338,J9035,ML,5,10,MG", "ndc"),
        ("drugs", "00002143380,J9035,EA,5,10,MG", "ndc_unit"),
        ("drugs", "00002143380,J9035,ML,0,10,MG", "units_per_ndc_unit"),
        ("drugs", "00002143380,J9035,ML,5,10,", "dose"),
        ("drugs", "00002143380,J9035,ML,5,0,MG", "dose"),
        ("ordering", "1234567890,DOE,JANE,Y,Y,Y,Y,Y", "npi"),
        ("ordering", "1234567893,DOE,JANE,X,Y,Y,Y,Y", "partb"),
        ("icd10cm_conversion", "R6890,2025-10-01,R6890", "previous"),
    ],
)
def test_a_bad_cell_is_named_by_row_and_column(kind: str, row: str, column: str) -> None:
    with pytest.raises(TableError, match=rf"{kind}: row 2, column {column}: ") as bad:
        table(kind, row)
    assert not any(cell in str(bad.value) for cell in row.split(",") if len(cell) > 4)


def test_a_practitioner_stands_once_on_the_list() -> None:
    with pytest.raises(TableError, match="stands twice"):
        table("ordering", "1234567893,DOE,JANE,Y,Y,Y,Y,Y", "1234567893,DOE,JANE,Y,Y,Y,Y,Y")


def test_who_may_order_what_is_read_with_the_name() -> None:
    found = table("ordering", "1234567893,Doe,Jane,Y,N,,N,Y")
    assert isinstance(found, Orderers)
    row = found.find("1234567893")
    assert row is not None
    assert (row.name, row.may) == (("DOE", "JANE"), {"partb", "hospice"})


def test_a_member_is_known_by_any_two_of_three() -> None:
    found = table("eligibility", "P1,M-1,Doe,Jane,Q,1980-01-01,2026-01-01,2026-06-30")
    assert isinstance(found, Members)
    born = date(1980, 1, 1)
    asked = [
        ("P1", "m1", ("DOE", "JANE"), None),
        ("p1", "M1", None, born),
        ("P1", None, ("DOE", "JANE", "X"), born),
        ("P1", "M1", None, None),
        ("P1", "M2", ("DOE", "JOHN"), born),
        ("P2", "M1", ("DOE", "JANE"), born),
    ]
    assert [len(found.known_by(*each)) for each in asked] == [1, 1, 1, 0, 0, 0]
    (member,) = found.known_by("P1", "M1", None, born)
    assert [member.covered_on(date(2026, month, 30)) for month in (6, 7)] == [True, False]


def test_a_chargemaster_has_rows_of_a_day() -> None:
    found = table("chargemaster", "G0463,510,,2026-03-01", "g0463,0456,2026-03-02,")
    assert isinstance(found, Chargemaster)
    assert [row.revenue_code for row in found.of("G0463", DAY)] == ["0456"]
    assert found.of("G0101", DAY) == ()


def test_a_drug_with_two_rows_is_not_known() -> None:
    rows = ("00002-1433-80,J9035,ML,5,10,MG", "00002143381,J9035,ML,5,10,MG")
    found = table("drugs", *rows)
    assert isinstance(found, Drugs)
    row = found.of("00002143380", "J9035")
    assert row is not None
    assert row.factor == Decimal(5)
    dose = found.dose_of("J9035")
    assert dose is not None
    assert (dose.dose, dose.dose_unit) == (Decimal(10), "MG")
    twice = table("drugs", *rows, "00002143380,J9035,ML,6,20,MG")
    assert isinstance(twice, Drugs)
    assert (twice.of("00002143380", "J9035"), twice.dose_of("J9035")) == (None, None)


def test_a_code_is_renumbered_where_both_sides_have_one() -> None:
    rows = (
        "A1,2025-10-01,B1",
        "A2,2025-10-01,B2",
        "A3,2025-10-01,B2",
        "A4,2025-10-01,B4",
        "A4,2025-10-01,B5",
    )
    found = table("icd10cm_conversion", *rows)
    assert isinstance(found, Conversions)
    answers = {code: found.one_to_one(code) for code in ("B1", "B2", "B4", "B9")}
    assert {code for code, row in answers.items() if row is not None} == {"B1"}


def test_an_exempt_code_is_found_with_or_without_its_dot() -> None:
    found = table("poa_exempt", "Z82.49")
    assert isinstance(found, ExemptCodes)
    assert (found.row("Z8249"), found.row("z82.49"), found.row("Z8248")) == (2, 2, None)
