"""Loaded tables: every fault is named by row and column, and no value of the file is in the message."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from services.core.codes.authorizations import HEADER as AUTHORIZATION_HEADER
from services.core.codes.authorizations import Authorizations
from services.core.codes.loading import KINDS, TableError, parse_table
from services.core.codes.npi import valid_npi
from services.core.codes.providers import Providers
from services.core.codes.tables import NO_TABLES, Edition
from services.core.resubmission.partners import TradingPartners

AUTHORIZATIONS = ",".join(AUTHORIZATION_HEADER)
ROW = "AUTH-77,99999,M100,1234567893,G0463,2026-01-01,2026-06-30,4,0"


def authorizations(*rows: str) -> bytes:
    return "\n".join((AUTHORIZATIONS, *rows)).encode()


def test_authorizations_are_found_by_member_and_procedure_in_any_case() -> None:
    table = parse_table("authorizations", authorizations(ROW))
    assert isinstance(table, Authorizations)
    (row,) = table.of("m100", "g0463")
    assert (row.row, row.number, row.units_left) == (2, "AUTH-77", Decimal(4))
    assert table.of("M101", "G0463") == ()
    assert len(table) == 1


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_line_ends_a_byte_order_mark_blank_rows_and_column_order_do_not_matter(ending: str) -> None:
    columns = list(reversed(AUTHORIZATION_HEADER))
    cells = list(reversed(ROW.split(",")))
    text = ending.join([",".join(columns), "", ",".join(cells), ",,,,,,,,"])
    assert len(parse_table("authorizations", b"\xef\xbb\xbf" + text.encode())) == 1


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (
            ",99999,M100,1234567893,G0463,2026-01-01,2026-06-30,4,0",
            "row 2, column authorization_number: is empty",
        ),
        ("SECRET,99999,,1234567893,G0463,2026-01-01,2026-06-30,4,0", "row 2, column member_id: is empty"),
        ("SECRET,99999,M,1234567890,G0463,2026-01-01,2026-06-30,4,0", "row 2, column provider_npi"),
        (
            "SECRET,99999,M,1234567893,G0463,01/02/2026,2026-06-30,4,0",
            "row 2, column service_from: is not a date",
        ),
        ("SECRET,99999,M,1234567893,G0463,2026-07-01,2026-06-30,4,0", "row 2, column service_to: is before"),
        (
            "SECRET,99999,M,1234567893,G0463,2026-01-01,2026-06-30,four,0",
            "row 2, column units_approved: is not a number",
        ),
        ("SECRET,99999,M,1234567893,G0463,2026-01-01,2026-06-30,-4,0", "row 2, column units_approved"),
        ("SECRET,99999,M,1234567893,G0463,2026-01-01,2026-06-30,NaN,0", "row 2, column units_approved"),
        ("SECRET,99999,M", "row 2: has 3 columns, the header 9"),
    ],
)
def test_a_fault_names_row_and_column_and_no_value(row: str, said: str) -> None:
    with pytest.raises(TableError) as error:
        parse_table("authorizations", authorizations(row))
    assert said in str(error.value)
    assert "SECRET" not in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "is empty"),
        (b"authorization_number,payer_id\n", "lacks member_id"),
        (AUTHORIZATIONS.encode() + b",extra\n", "not known"),
        (b"\xff\xfe\x00", "not in UTF-8"),
        (AUTHORIZATIONS.encode() + b'\n"open', "not valid CSV"),
    ],
)
def test_a_file_that_is_no_such_table_is_refused_in_one_line(data: bytes, said: str) -> None:
    with pytest.raises(TableError, match=said):
        parse_table("authorizations", data)


def test_an_unknown_kind_lists_those_that_are_known() -> None:
    with pytest.raises(
        TableError, match=r"authorizations, providers, referrals, .*, trading_partners, addon, cpt"
    ):
        parse_table("wishes", b"")


def test_providers_are_found_by_practice_and_name_in_any_order_of_words() -> None:
    data = (
        b"npi,entity_type,name,first_name,tax_id,taxonomy,effective,ended\n"
        b"1245319599,1,Sample,Ann,12-3456789,,2020-01-01,2026-03-31\n"
    )
    table = parse_table("providers", data)
    assert isinstance(table, Providers)
    (row,) = table.named("123456789", "ANN SAMPLE")
    assert row.active_on(date(2026, 3, 31))
    assert not row.active_on(date(2026, 4, 1))
    assert table.named("123456789", "ANN B SAMPLE") == ()
    assert table.named("999999999", "ANN SAMPLE") == ()


PARTNER = "99999,ZZ,SENDER,ZZ,RECEIVER,GSSEND,GSRECV,EXAMPLE BILLING,SUB1,EXAMPLE DESK,555-010-0000,EXAMPLE HEALTH,99999,T"


def test_trading_partners_become_the_table_that_delivery_uses() -> None:
    header = ",".join(KINDS["trading_partners"].header)
    table = parse_table("trading_partners", f"{header}\n{PARTNER}\n".encode())
    assert isinstance(table, TradingPartners)
    partner = table.of(["99999"])
    assert partner is not None
    assert (partner.contact_phone, partner.usage) == ("5550100000", "T")


@pytest.mark.parametrize(
    ("change", "column"),
    [
        (("SENDER", "SEN*DER"), "sender_id"),
        (("ZZ", "Z"), "sender_qualifier"),
        (("555-010-0000", "1"), "contact_phone"),
    ],
)
def test_a_trading_partner_that_would_break_an_interchange_is_refused(
    change: tuple[str, str], column: str
) -> None:
    header = ",".join(KINDS["trading_partners"].header)
    with pytest.raises(TableError, match=f"row 2, column {column}"):
        parse_table("trading_partners", f"{header}\n{PARTNER.replace(*change, 1)}\n".encode())


@pytest.mark.parametrize(
    ("npi", "valid"),
    [
        ("1234567893", True),
        ("1245319599", True),
        ("1234567890", False),
        ("123456789", False),
        ("3234567893", False),
        ("12345678９3", False),
        ("", False),
        (None, False),
    ],
)
def test_an_npi_has_ten_digits_and_a_right_check_digit(npi: str | None, valid: bool) -> None:
    assert valid_npi(npi) is valid


def edition(name: str, effective: date) -> Edition:
    return Edition("authorizations", name, "0" * 64, effective, object())


def test_an_edition_holds_from_its_day_until_the_next_begins() -> None:
    tables = NO_TABLES.with_edition(edition("b", date(2026, 7, 1))).with_edition(
        edition("a", date(2026, 1, 1))
    )
    assert tables.on("authorizations", date(2025, 12, 31)) is None
    assert (found := tables.on("authorizations", date(2026, 6, 30))) is not None
    assert found.name == "a"
    assert (found := tables.on("authorizations", date(2026, 7, 1))) is not None
    assert found.name == "b"
    assert tables.on("providers", date(2026, 7, 1)) is None


def test_of_two_editions_of_one_day_the_one_loaded_later_holds() -> None:
    first, second = edition("z", date(2026, 1, 1)), edition("a", date(2026, 1, 1))
    assert NO_TABLES.with_edition(first).with_edition(second).on("authorizations", date(2026, 2, 1)) is second
