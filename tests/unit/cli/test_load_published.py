"""`load` of published files: taken as they are, with their traps; refused in one line with row and column."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from schemas.control import CodeEdition
from services.core.codes.tables import Edition, Tables
from services.deployment.opening import Deployment
from services.runtime.configuration import Definitions, read_configuration
from services.runtime.log import TopicPartition
from services.runtime.records import decode_state
from tests import published_tables as made
from tests.unit.cli.conftest import Ended, Reclaim

DAY = date(2026, 11, 2)
EDITS: tuple[Sequence[str], ...] = (
    ("G0463", "J1100", "", "20200101", "*", "1", "Misuse of column two"),
    ("G0463", "J1100", "", "20100101", "20191231", "0", "Misuse of column two"),
    ("00123", "G0105", "*", "19960101", "19960101", "9", "Standards of practice"),
    ("A0021", "A0080", "", "20260401", "20260930", "1", "Mutually exclusive"),
)


@pytest.fixture
def tables(deployment: Deployment) -> Callable[[], Tables]:
    def opened() -> Tables:
        end = deployment.log.ends(["control"])[TopicPartition("control", 0)]
        return Definitions(deployment.log, deployment.blobs).tables(
            read_configuration(deployment.log, 0, end)
        )

    return opened


@pytest.fixture
def load(reclaim: Reclaim, tmp_path: Path) -> Callable[..., Ended]:
    def loaded(kind: str, name: str, data: bytes, *options: str) -> Ended:
        file = tmp_path / name
        file.write_bytes(data)
        return reclaim("load", kind, file, *options)

    return loaded


def table_on(tables: Tables, kind: str, day: date = DAY) -> Any:
    edition = tables.on(kind, day)
    assert isinstance(edition, Edition)
    return edition.table


PTP_NAME = "ccipra-v323r0-f1.TXT"


def test_ptp_text_is_read_below_its_preamble(load: Any, tables: Any) -> None:
    ended = load("ptp", PTP_NAME, made.ptp_text(EDITS))
    assert ended.status == 0, ended.err
    assert "4 rows" in ended.out
    assert "v32.3" in ended.out
    table = table_on(tables(), "ptp_practitioner")
    early, late = table.find("G0463", "J1100")
    assert (early.effective, early.deleted, early.indicator) == (date(2010, 1, 1), date(2019, 12, 31), "0")
    assert (late.deleted, late.indicator, late.rationale) == (None, "1", "Misuse of column two")
    assert table.find("J1100", "G0463") == ()


def test_ptp_spreadsheet_gives_codes_their_zeros_back(load: Any, tables: Any) -> None:
    rows = [(123, "G0105", "*", 19960101, 19960101, 9, "Standards of practice")]
    assert load("ptp", "ccioph-v323r0-f1.xlsx", made.ptp_sheet(rows)).status == 0
    (edit,) = table_on(tables(), "ptp_outpatient").find("00123", "G0105")
    assert edit.indicator == "9"
    assert not edit.active_on(date(1996, 1, 1))


def test_of_text_and_spreadsheet_in_one_zip_the_text_is_read_once(load: Any) -> None:
    data = made.zip_bytes(
        {PTP_NAME: made.ptp_text(EDITS), "ccipra-v323r0-f1.xlsx": b"not read", "readme.pdf": b"%PDF"}
    )
    ended = load("ptp", "medicare-edits.zip", data)
    assert (ended.status, "4 rows" in ended.out) == (0, True), ended.err


def test_a_zip_in_a_zip_is_opened(load: Any) -> None:
    parts = {
        f"f{n}.zip": made.zip_bytes({f"ccipra-v323r0-f{n}.TXT": made.ptp_text(EDITS[n : n + 1])})
        for n in (0, 1)
    }
    ended = load("ptp", "all.zip", made.zip_bytes(parts))
    assert (ended.status, "2 rows" in ended.out) == (0, True), ended.err


def test_a_zip_of_something_else_is_refused(load: Any) -> None:
    ended = load("ptp", "all.zip", made.zip_bytes({"HCPC2026_OCT_ANWEB.txt": b"x"}))
    assert ended.status == 1
    assert "the zip holds no such file" in ended.err


def test_a_damaged_zip_is_refused(load: Any) -> None:
    data = bytearray(made.zip_bytes({PTP_NAME: made.ptp_text(EDITS * 50)}))
    data[60:80] = bytes(20)
    ended = load("ptp", "all.zip", bytes(data))
    assert ended.status == 1
    assert "damaged" in ended.err


def test_a_zip_with_a_password_is_refused(load: Any) -> None:
    data = bytearray(made.zip_bytes({PTP_NAME: made.ptp_text(EDITS)}))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    ended = load("ptp", "all.zip", bytes(data))
    assert ended.status == 1
    assert "cannot be read" in ended.err


def test_a_row_that_is_no_csv_is_named(load: Any) -> None:
    long = f"{'x' * 200_000},1,1,\n".encode()
    name = "MCR_MUE_PractitionerServices_Eff_10-01-2026.csv"
    ended = load("mue", name, made.comma(made.mue_rows("Practitioner Services", MUE)) + long)
    assert ended.status == 1
    assert "row 5: is not valid CSV" in ended.err


def test_parts_of_two_quarters_are_refused(load: Any) -> None:
    data = made.zip_bytes({PTP_NAME: made.ptp_text(EDITS), "ccipra-v322r0-f2.TXT": made.ptp_text(EDITS)})
    ended = load("ptp", "all.zip", data)
    assert ended.status == 1
    assert "v32.2, v32.3" in ended.err


def test_a_file_that_says_no_release_is_refused(load: Any, deployment: Deployment) -> None:
    ended = load("ptp", "edits.txt", made.ptp_text(EDITS), "--setting", "practitioner")
    assert ended.status == 1
    assert "--effective" in ended.err
    assert deployment.latest("code-editions") == {}


def test_a_file_that_says_no_setting_is_refused(load: Any) -> None:
    ended = load("ptp", "edits.txt", made.ptp_text(EDITS), "--effective", "2026-10-01")
    assert ended.status == 2
    assert "--setting" in ended.err


@pytest.mark.parametrize(
    ("column", "cell", "said"),
    [
        (0, "TOOLONG", "row 8, column column1"),
        (3, "2020-1-1", "row 8, column effective"),
        (4, "20201301", "row 8, column deleted"),
        (4, "soon", "row 8, column deleted"),
        (5, "7", "row 8, column indicator"),
    ],
)
def test_a_bad_row_is_named_by_place_and_never_by_value(load: Any, column: int, cell: str, said: str) -> None:
    bad = list(EDITS[1])
    bad[column] = cell
    ended = load("ptp", PTP_NAME, made.ptp_text([EDITS[0], bad]))
    assert ended.status == 1
    assert said in ended.err
    assert cell not in ended.err.replace("row 8", "")
    assert len(ended.err.strip().splitlines()) == 1


def test_a_row_that_is_cut_off_is_refused(load: Any) -> None:
    ended = load("ptp", PTP_NAME, made.ptp_text([EDITS[0], ("G0463", "J1100")]))
    assert ended.status == 1
    assert "row 8: has 2 columns" in ended.err


def test_a_file_without_edits_is_refused(load: Any) -> None:
    ended = load("ptp", PTP_NAME, made.ptp_text([]))
    assert ended.status == 1
    assert "no row of the file is an edit" in ended.err


MUE: tuple[Sequence[object], ...] = (
    ("G0463", 1, "3 Date of Service Edit: Clinical", "Nature of service"),
    (123, 2, "2 Date of Service Edit: Policy", "Anatomic"),
)


@pytest.mark.parametrize(
    ("setting", "title"),
    [
        ("practitioner", "Practitioner Services"),
        ("outpatient", "Outpatient Hospital Services"),
        ("dme", "DME Supplier Services"),
    ],
)
def test_mue_tells_its_setting_in_the_title_of_a_column(
    load: Any, tables: Any, setting: str, title: str
) -> None:
    ended = load("mue", "Eff_10-01-2026.csv", made.comma(made.mue_rows(title, MUE)))
    assert ended.status == 0, ended.err
    found = table_on(tables(), f"mue_{setting}").find("G0463")
    assert (found.units, found.indicator, found.rationale) == (1, "3", "Nature of service")
    assert table_on(tables(), f"mue_{setting}").find("J1100") is None


def test_mue_spreadsheet_is_read(load: Any, tables: Any) -> None:
    name = "MCR_MUE_DMESupplierServices_Eff_10-01-2026.xlsx"
    assert load("mue", name, made.sheet(made.mue_rows("DME Supplier Services", MUE))).status == 0
    assert table_on(tables(), "mue_dme").find("00123").indicator == "2"


@pytest.mark.parametrize(("row", "said"), [(("G0463", "many", "1", ""), "row 3, column units"), (("G0463", 1, "4", ""), "row 3, column indicator")])  # fmt: skip
def test_a_bad_mue_row_is_named(load: Any, row: Sequence[object], said: str) -> None:
    name = "MCR_MUE_PractitionerServices_Eff_10-01-2026.csv"
    ended = load("mue", name, made.comma(made.mue_rows("Practitioner Services", [row])))
    assert ended.status == 1
    assert said in ended.err


def test_add_on_codes_have_julian_dates(load: Any, tables: Any) -> None:
    rows = [
        (1, "G0500", "", "G0105", "", "2020032", "", ""),
        (1, "G0500", "", "G0121", "", "2020001", "2026273", ""),
        (2, "G2212", "", "CCCCC", "", "2021001", "", "Contractor Defined Primary Codes"),
    ]
    assert load("addon", "AOC_V2026Q4-MCR.xlsx", made.sheet(made.addon_rows(rows))).status == 0
    table = table_on(tables(), "addon")
    assert table.find("G0500").primaries[0].effective == date(2020, 2, 1)
    assert table.find("G0500").primaries_on(date(2026, 9, 30)) == {"G0105", "G0121"}
    assert table.find("G0500").primaries_on(date(2026, 10, 1)) == {"G0105"}
    assert table.find("G2212").contractor_defined
    assert table.find("G2212").primaries == ()


def test_a_day_that_its_year_does_not_have_is_refused(load: Any) -> None:
    rows = [(1, "G0500", "", "G0105", "", "2025366", "", "")]
    ended = load("addon", "AOC_V2026Q4-MCR.txt", made.comma(made.addon_rows(rows)))
    assert ended.status == 1
    assert "row 3, column effective" in ended.err


HCPCS = (
    made.hcpcs_record(
        "G0463",
        "3",
        "Hospital outpatient clinic visit for assessment and",
        short="Hospital outpt clinic visit",
        dates="20140101" + "20140101" + "20261231",
        price="11",
        laboratory="110400",
        xref="G0464G0465",
        coverage="C",
    ),
    made.hcpcs_record("G0463", "4", "management of a patient"),
    made.hcpcs_record("GA", "7", "Waiver of liability statement", short="Waiver on file", dates="19000101" + "20100401" + " " * 8),
    "This line is no record.",
)  # fmt: skip


def test_hcpcs_text_joins_long_descriptions_and_keeps_modifiers_apart(load: Any, tables: Any) -> None:
    ended = load("hcpcs", "HCPC2026_OCT_ANWEB.txt", "\r\n".join(HCPCS).encode("latin-1"))
    assert ended.status == 0, ended.err
    table = table_on(tables(), "hcpcs")
    code = table.find("g0463")
    assert code.long == "Hospital outpatient clinic visit for assessment and management of a patient"
    assert (code.successors, code.laboratory, code.coverage) == (("G0464", "G0465"), ("110", "400"), "C")
    assert code.active_on(date(2026, 12, 31))
    assert not code.active_on(date(2027, 1, 1))
    modifier = table.modifier("GA")
    assert (modifier.short, modifier.added, modifier.terminated) == ("Waiver on file", None, None)
    assert table.find("GA") is None


def test_hcpcs_spreadsheet_is_read(load: Any, tables: Any) -> None:
    cells = {
        "HCPC": "J1100",
        "SEQNUM": 100,
        "RECID": 3,
        "LONG DESCRIPTION": "Injection, 1 mg",
        "XREF1": "J1101",
        "ADD DT": 19820101,
        "TERM DT": 20251231,
    }
    rows = [made.HCPCS_COLUMNS, [cells.get(column, "") for column in made.HCPCS_COLUMNS]]
    assert load("hcpcs", "HCPC2026_OCT_ANWEB.xlsx", made.sheet(rows)).status == 0
    found = table_on(tables(), "hcpcs").find("J1100")
    assert (found.added, found.terminated, found.successors) == (
        date(1982, 1, 1),
        date(2025, 12, 31),
        ("J1101",),
    )


def test_a_continuation_without_its_code_is_refused(load: Any) -> None:
    text = made.hcpcs_record("G0463", "4", "management of a patient")
    ended = load("hcpcs", "HCPC2026_OCT_ANWEB.txt", text.encode())
    assert ended.status == 1
    assert "row 1, column RECID" in ended.err


def fee_row(code: str, modifier: str = "", days: str = "010") -> tuple[str, ...]:
    return (
        code,
        modifier,
        "not kept",
        "A",
        "",
        "1.50",
        "1",
        days,
        "0.10",
        "0.80",
        "0.10",
        "2",
        "1",
        "0",
        "9",
        "0",
    )


def test_the_header_of_the_relative_value_file_runs_over_rows(load: Any, tables: Any) -> None:
    rows = [*made.MPFS_HEADER, fee_row("G0105"), fee_row("G0105", "26", "XXX"), ("End of file",)]
    ended = load("mpfs", "rvu26d.zip", made.zip_bytes({"PPRRVU2026_Oct_nonQPP.csv": made.comma(rows), "GPCI2026.csv": b"x"}))  # fmt: skip
    assert ended.status == 0, ended.err
    table = table_on(tables(), "mpfs")
    found = table.find("G0105")
    assert (found.status, found.pctc, found.global_days, found.multiple) == ("A", "1", "010", "2")
    assert (found.preoperative, found.intraoperative) == (Decimal("0.10"), Decimal("0.80"))
    assert (found.bilateral, found.assistant, found.cosurgeons, found.team) == ("1", "0", "9", "0")
    assert table.find("G0105", "26").global_days == "XXX"
    assert table.find("G0105", "TC") is None


def npi_row(npi: str, **cells: str) -> list[str]:
    return [{"NPI": npi, **cells}.get(column, "") for column in REGISTRY]


REGISTRY = [
    "NPI",
    "Entity Type Code",
    "Replacement NPI",
    "Provider Last Name (Legal Name)",
    "NPI Deactivation Date",
    "NPI Reactivation Date",
    *(f"{name}_{n}" for n in range(1, 16) for name in ("Healthcare Provider Taxonomy Code", "Healthcare Provider Primary Taxonomy Switch")),
]  # fmt: skip
PERSON, GONE = "1234567893", "1003000126"


def registry() -> bytes:
    person = npi_row(
        PERSON,
        **{
            "Entity Type Code": "1",
            "Provider Last Name (Legal Name)": "EXAMPLE",
            "Healthcare Provider Taxonomy Code_1": "207Q00000X",
            "Healthcare Provider Primary Taxonomy Switch_1": "N",
            "Healthcare Provider Taxonomy Code_2": "208D00000X",
            "Healthcare Provider Primary Taxonomy Switch_2": "Y",
        },
    )
    gone = npi_row(GONE, **{"NPI Deactivation Date": "05/01/2026"})
    return made.comma([REGISTRY, person, gone])


def test_the_registry_keeps_types_taxonomies_and_deactivation(
    load: Any, tables: Any, deployment: Deployment
) -> None:
    data = made.zip_bytes(
        {
            "npidata_pfile_20050523-20261101.csv": registry(),
            "npidata_pfile_20050523-20261101_fileheader.csv": b"NPI\n",
            "othername_pfile_20050523-20261101.csv": b"NPI\n",
        }
    )
    ended = load("nppes", "NPPES_Data_Dissemination.zip", data)
    assert ended.status == 0, ended.err
    table = table_on(tables(), "nppes")
    found = table.find(PERSON)
    assert (found.entity_type, found.primary, found.taxonomies) == (
        "1",
        "208D00000X",
        ("208D00000X", "207Q00000X"),
    )
    assert table.find(GONE).entity_type is None
    assert table.find(GONE).active_on(date(2026, 4, 30))
    assert not table.find(GONE).active_on(date(2026, 5, 1))
    edition = tables().on("nppes", DAY)
    assert b"EXAMPLE" not in deployment.blobs.get(edition.digest)


def test_an_update_of_the_registry_is_no_edition(load: Any) -> None:
    ended = load("nppes", "npidata_pfile_20261102-20261108.csv", registry())
    assert ended.status == 1
    assert "not the whole registry" in ended.err


def test_a_wrong_npi_is_named_by_its_place(load: Any) -> None:
    data = made.comma([REGISTRY, npi_row("1234567890")])
    ended = load("nppes", "npidata_pfile_20050523-20261101.csv", data)
    assert ended.status == 1
    assert "row 2, column npi" in ended.err
    assert "1234567890" not in ended.err


def test_order_file_and_tabular_list_make_one_release(reclaim: Reclaim, tmp_path: Path, tables: Any) -> None:
    codes = made.zipped(tmp_path / "codes.zip", {"icd10cm_order_2027.txt": made.ORDER, "icd10cm_order_addenda_2027.txt": b"x"})  # fmt: skip
    notes = made.zipped(tmp_path / "tables.zip", {"icd10cm_tabular_2027.xml": made.TABULAR})
    ended = reclaim("load", "icd10cm", codes, notes)
    assert ended.status == 0, ended.err
    assert "valid from 2026-10-01 through 2027-09-30" in ended.out
    table = table_on(tables(), "icd10cm")
    found = table.find("e11.65")
    assert (found.billable, found.parent, found.section, found.chapter) == (True, "E116", "E08-E13", "4")
    assert [note.text for note in found.excludes1] == ["type 1 diabetes (E10.-)", "transitory disorders of newborn (P70-P74)"]  # fmt: skip
    assert table.excluded("E11.65", "E10.9") is not None
    assert table.excluded("E109", "E1165") is not None
    assert table.excluded("E11.65", "W19.XXXA") is None
    assert table.find("W19XXXD").title == "Unspecified fall, subsequent encounter"
    assert table.find("E08.0").manifestation
    assert [child.code for child in table.children("E11")] == ["E116"]
    assert table.billable_under("W19") == ("W19XXXA", "W19XXXD")


def test_an_order_file_alone_has_no_notes(load: Any, tables: Any) -> None:
    assert load("icd10cm", "icd10cm-order-2027.txt", made.ORDER).status == 0
    table = table_on(tables(), "icd10cm")
    assert (table.has_notes, len(table)) == (False, 8)
    assert table.find("E1165").billable


def test_a_tabular_list_alone_is_refused(load: Any) -> None:
    ended = load("icd10cm", "icd10cm-tabular-2027.xml", made.TABULAR)
    assert ended.status == 1
    assert "the order file is missing" in ended.err


def test_an_order_file_of_another_release_than_the_tabular_list_is_refused(
    reclaim: Reclaim, tmp_path: Path
) -> None:
    codes, notes = tmp_path / "icd10cm-order-2027.txt", tmp_path / "icd10cm-tabular-2027.xml"
    codes.write_bytes(made.ORDER.replace(b"E1165", b"E1166"))
    notes.write_bytes(made.TABULAR)
    ended = reclaim("load", "icd10cm", codes, notes)
    assert ended.status == 1
    assert "2 codes differ" in ended.err


@pytest.mark.parametrize(("wrong", "column"), [(b"0000A", "1-5"), (b"00001 E", "15")])
def test_a_line_that_is_not_of_the_order_file_is_named(load: Any, wrong: bytes, column: str) -> None:
    data = made.ORDER.replace(b"00001" if column == "1-5" else b"00001 E08     0", wrong if column == "1-5" else b"00001 E08     2", 1)  # fmt: skip
    ended = load("icd10cm", "icd10cm-order-2027.txt", data)
    assert ended.status == 1
    assert f"row 1, column {column}" in ended.err


def test_editions_of_several_releases_are_chosen_by_the_day(load: Any, tables: Any) -> None:
    load("icd10cm", "icd10cm-order-2026.txt", made.ORDER, "--edition", "october")
    load("icd10cm", "icd10cm-order-April-2026.txt", made.ORDER, "--edition", "april")
    load("icd10cm", "icd10cm-order-2027.txt", made.ORDER.replace(b"E080 ", b"E089 "), "--edition", "next")
    loaded = tables()
    names = [
        getattr(loaded.on("icd10cm", day), "name", None)
        for day in (
            date(2025, 9, 30),
            date(2025, 10, 1),
            date(2026, 3, 31),
            date(2026, 4, 1),
            date(2026, 9, 30),
            date(2026, 10, 1),
            date(2027, 9, 30),
            date(2027, 10, 1),
        )
    ]
    assert names == [None, "october", "october", "april", "april", "next", "next", None]


def test_the_record_of_an_edition_names_release_range_and_files(load: Any, deployment: Deployment) -> None:
    load("icd10cm", "icd10cm-order-April-2026.txt", made.ORDER)
    ((_, record),) = deployment.latest("code-editions").items()
    edition = decode_state(record, CodeEdition)
    assert edition is not None
    assert (edition.release, edition.effective, edition.through) == (
        "2026-apr",
        date(2026, 4, 1),
        date(2026, 9, 30),
    )
    assert (edition.rows, len(edition.files)) == (8, 1)


def test_the_same_files_in_another_order_are_the_same_edition(load: Any) -> None:
    load("ptp", PTP_NAME, made.ptp_text(EDITS))
    again = load("ptp", PTP_NAME, made.ptp_text([*reversed(EDITS), EDITS[0]]))
    assert "nothing changed" in again.out


def test_our_own_csv_is_taken_for_every_kind(load: Any, tables: Any) -> None:
    text = (
        b"code,description,effective,ended,attributes\nX0001,words of the owner,2020-01-01,,em;minutes=30\n"
    )
    assert load("cpt", "list.csv", text, "--effective", "2026-01-01").status == 0
    table = table_on(tables(), "cpt")
    found = table.find("X0001")
    assert (found.attributes, found.attribute("minutes")) == ({"em", "minutes=30"}, "30")
    assert "owner" not in repr(found)
    assert table.description("X0001") == "words of the owner"


def test_fees_need_no_edition_date_because_their_rows_have_them(load: Any, tables: Any) -> None:
    text = b"payer_id,code,modifiers,amount,effective,ended\nEX1,G0463,26;GA,12.50,2026-01-01,2026-12-31\n"
    assert load("fees", "fees.csv", text).status == 0
    (fee,) = table_on(tables(), "fees").find("ex1", "G0463", ["GA", "26"])
    assert (fee.amount, fee.row) == (Decimal("12.50"), 2)
    assert table_on(tables(), "fees").find("ex1", "G0463") == ()


def test_reclaim_codes_tells_what_a_loaded_table_says(load: Any, reclaim: Reclaim) -> None:
    load("ptp", PTP_NAME, made.ptp_text(EDITS))
    told = reclaim("codes", "ptp_practitioner", "J1100,G0463", "--on", "2026-11-02")
    assert told.status == 0, told.err
    assert "yes, on 2026-11-02" in told.out
    before = reclaim("codes", "ptp_practitioner", "J1100,G0463", "--on", "2026-09-30")
    assert before.status == 1
    assert "no edition of ptp_practitioner for 2026-09-30" in before.err


def test_icd_10_cm_answers_before_anything_is_loaded(reclaim: Reclaim) -> None:
    told = reclaim("codes", "icd10cm", "e11.65", "--on", "2026-05-01")
    assert told.status == 0, told.err
    assert "E11.65: Type 2 diabetes mellitus with hyperglycemia" in told.out
    later = reclaim("codes", "icd10cm", "e11.65", "--on", "2026-11-22")
    assert later.status == 1
    assert "no edition of icd10cm for 2026-11-22" in later.err


def test_a_release_that_was_loaded_goes_before_the_one_that_ships(
    reclaim: Reclaim, load: Any, tables: Any, deployment: Deployment, tmp_path: Path
) -> None:
    load("icd10cm", "icd10cm-order-April-2026.txt", made.ORDER, "--edition", "ours")
    (tmp_path / "inbox").mkdir()
    run = ("run", "--inbox", tmp_path / "inbox", "--outbox", tmp_path / "outbox", "--once")
    for _ in range(2):
        assert reclaim(*run, "--as-of", "2026-05-01").status == 0
    assert tables().on("icd10cm", date(2026, 4, 1)).name == "ours"
    assert tables().on("icd10cm", date(2026, 3, 31)).name == "2026-october-codes"
    loads = [r for r in deployment.log.read("control", 0) if b"icd10cm" in (r.value or b"")]
    assert len(loads) == 5  # ours, and the four that ship for other days; the second run loads nothing


LEIE = [
    "LASTNAME",
    "FIRSTNAME",
    "MIDNAME",
    "BUSNAME",
    "GENERAL",
    "SPECIALTY",
    "UPIN",
    "NPI",
    "DOB",
    "ADDRESS",
    "CITY",
    "STATE",
    "ZIP",
    "EXCLTYPE",
    "EXCLDATE",
    "REINDATE",
    "WAIVERDATE",
    "WVRSTATE",
]
NAMED = ("SAMPLE", "ANN", "", "", "", "", "")
PLACE = ("19700101", "1 EXAMPLE WAY", "ALBANY", "NY", "12207")


def test_the_exclusion_list_is_read_as_it_is_published(load: Any, tables: Any) -> None:
    rows = (
        LEIE,
        (*NAMED, "1234567893", *PLACE, "1128a1", "20250620", "00000000", "20260102", "NY"),
        (*NAMED, "1234567893", *PLACE, "1128b4", "20100101", "20120301", "00000000", ""),
        (*NAMED, "0000000000", *PLACE, "1128a1", "19990318", "00000000", "00000000", ""),
    )
    ended = load("exclusions", "UPDATED.csv", made.comma(rows))
    assert ended.status == 0, ended.err
    assert "2 rows" in ended.out
    early, late = table_on(tables(), "exclusions").find("1234567893")
    assert (early.excluded, early.reinstated, early.waived) == (date(2010, 1, 1), date(2012, 3, 1), None)
    assert (late.excluded, late.reinstated, late.authority) == (date(2025, 6, 20), None, "1128a1")
    assert (late.waived, late.waiver_state) == (date(2026, 1, 2), "NY")


def test_a_bad_row_of_the_exclusion_list_is_named_without_its_value(load: Any) -> None:
    rows = (LEIE, (*NAMED, "1234567890", *PLACE, "1128a1", "20250620", "00000000", "00000000", ""))
    ended = load("exclusions", "UPDATED.csv", made.comma(rows))
    assert ended.status == 1
    assert "row 2, column npi" in ended.err
    assert "1234567890" not in ended.err
    assert "SAMPLE" not in ended.err
