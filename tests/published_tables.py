"""Files in the shapes in which CMS and NCHS publish them, with HCPCS level II or made-up codes."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from openpyxl import Workbook

NOTICE = "Copyright of the codes is with their owners. All rights reserved."


def zipped(path: Path, members: Mapping[str, bytes]) -> Path:
    path.write_bytes(zip_bytes(members))
    return path


def zip_bytes(members: Mapping[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return made.getvalue()


def sheet(rows: Iterable[Sequence[object]]) -> bytes:
    book = Workbook(write_only=True)
    page = book.create_sheet()
    for row in rows:
        page.append(list(row))
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def comma(rows: Iterable[Sequence[object]]) -> bytes:
    written = io.StringIO(newline="")
    csv.writer(written).writerows(rows)
    return written.getvalue().encode("latin-1")


PTP_PREAMBLE = (
    f'"{NOTICE}\xae"\t\t\t\t\t\t',
    "Column1/Column2 Edits\t\t\t\t\t\t",
    "\t\t*=in existence\tEffective\tDeletion Date\tModifier\t",
    "Column 1\tColumn 2\tprior to 1996\tDate\t*=no data\t0=not allowed\tPTP Edit Rationale",
    "\t\t\t\t\t1=allowed\t",
    "\t\t\t\t\t9=not applicable\t",
)


def ptp_text(rows: Iterable[Sequence[str]]) -> bytes:
    """Tabs, CRLF, Latin-1, a preamble of six lines, trailing blanks and a blank line at the end."""
    lines = [*PTP_PREAMBLE, *("\t".join(row) + "  " for row in rows), "", "\t\t\t\t\t\t"]
    return "\r\n".join(lines).encode("latin-1")


def ptp_sheet(rows: Iterable[Sequence[object]]) -> bytes:
    return sheet([*(line.split("\t") for line in PTP_PREAMBLE), *rows])


def mue_rows(setting: str, rows: Iterable[Sequence[object]]) -> list[Sequence[object]]:
    title = f"{setting} MUE Values"
    return [
        (f"{NOTICE}\nSecond line of the notice.", "", "", ""),
        ("HCPCS/\nCPT Code", title, "MUE Adjudication Indicator", "MUE Rationale"),
        *rows,
    ]


def addon_rows(rows: Iterable[Sequence[object]]) -> list[Sequence[object]]:
    header = (
        "AOC_Edit_Type",
        "Add-On_Code",
        "AOC_DelDT",
        "Primary_Code",
        "Primary_Code_DelDT",
        "AOC_Edit_EffDT",
        "AOC_Edit_DelDT",
        "Special_Instruction_Notes",
    )
    return [(NOTICE, *[""] * 7), header, *rows]


HCPCS_COLUMNS = (
    "HCPC",
    "SEQNUM",
    "RECID",
    "LONG DESCRIPTION",
    "SHORT DESCRIPTION",
    *(f"PRICE{n}" for n in range(1, 5)),
    "MULT_PI",
    *(f"LABCERT{n}" for n in range(1, 9)),
    *(f"XREF{n}" for n in range(1, 6)),
    "COV",
    "ADD DT",
    "ACT EFF DT",
    "TERM DT",
    "ACTION CD",
)


def hcpcs_record(
    code: str, record: str, long: str, *, short: str = "", dates: str = " " * 24, **more: str
) -> str:
    """A line of 320 places: `dates` are added, changed and terminated, eight places each."""
    line = f"{code:>5}{'00100':5}{record}{long:<80.80}{short:<28.28}{more.get('price', ''):<8}{'A':1}"
    line = (
        f"{line:<180}{more.get('laboratory', ''):<24}{more.get('xref', ''):<25}{more.get('coverage', ''):1}"
    )
    return f"{f'{line:<268}{dates}N':<320}"


MPFS_HEADER: tuple[Sequence[str], ...] = (
    ("2026 National Physician Fee Schedule Relative Value File", *[""] * 14),
    (NOTICE, *[""] * 14),
    ("Released 08/26/2026", *[""] * 14),
    ("", "", "", "", "NOT USED", "", "PCTC", "GLOB", "PRE", "INTRA", "POST", "MULT", "BILAT", "ASST", "CO-", "TEAM"),
    ("", "", "", "STATUS", "FOR MEDICARE", "WORK", "", "", "", "", "", "", "", "", "", ""),
    ("HCPCS", "MOD", "DESCRIPTION", "CODE", "PAYMENT", "RVU", "IND", "DAYS", "OP", "OP", "OP", "PROC", "SURG", "SURG", "SURG", "SURG"),
)  # fmt: skip


def order_line(number: int, code: str, billable: bool, title: str) -> str:
    return f"{number:05d} {code:<7} {int(billable)} {title[:60]:<60} {title}"


TABULAR = b"""<?xml version="1.0" encoding="utf-8"?>
<ICD10CM.tabular><version>2027</version>
<chapter><name>4</name><desc>Endocrine (E00-E89)</desc>
 <excludes1><note>transitory disorders of newborn (P70-P74)</note></excludes1>
 <section id="E08-E13"><desc>Diabetes (E08-E13)</desc>
  <diag><name>E08</name><desc>Diabetes due to underlying condition</desc>
   <codeFirst><note>the underlying condition, such as:</note><note>cystic fibrosis (E84.-)</note></codeFirst>
   <diag><name>E08.0</name><desc>Diabetes due to underlying condition with coma</desc></diag></diag>
  <diag><name>E11</name><desc>Type 2 diabetes</desc>
   <excludes1><note>type 1 diabetes (E10.-)</note></excludes1>
   <diag><name>E11.6</name><desc>Type 2 diabetes with other complications</desc>
    <diag><name>E11.65</name><desc>Type 2 diabetes with hyperglycemia</desc></diag></diag></diag>
 </section></chapter>
<chapter><name>20</name><desc>External causes (V00-Y99)</desc>
 <section id="W19"><desc>Fall (W19)</desc>
  <diag><name>W19</name><desc>Unspecified fall</desc>
   <sevenChrDef><extension char="A">initial encounter</extension><extension char="D">subsequent encounter</extension>
   </sevenChrDef></diag></section></chapter>
</ICD10CM.tabular>"""

ORDER = (
    "\r\n".join(
        order_line(number, code, billable, title)
        for number, (code, billable, title) in enumerate(
            (
                ("E08", False, "Diabetes due to underlying condition"),
                ("E080", True, "Diabetes due to underlying condition with coma"),
                ("E11", False, "Type 2 diabetes"),
                ("E116", False, "Type 2 diabetes with other complications"),
                ("E1165", True, "Type 2 diabetes with hyperglycemia"),
                ("W19", False, "Unspecified fall"),
                ("W19XXXA", True, "Unspecified fall, initial encounter"),
                ("W19XXXD", True, "Unspecified fall, subsequent encounter"),
            ),
            start=1,
        )
    )
    + "\r\n"
).encode("latin-1")
