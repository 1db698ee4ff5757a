"""Files of the National Correct Coding Initiative: edits, medically unlikely edits, add-on codes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from services.core.codes.published.sheets import day, five, julian_day, squeezed, under_header
from services.core.codes.rows import Numbered, Row, TableError

_CODE: Final = re.compile(r"[0-9A-Z]{5}")
_DAY: Final = re.compile(r"[0-9]{8}")
_LONGEST_PREAMBLE: Final = 60
_RATIONALE: Final = 6


def ptp_rows(kind: str, cells: Iterable[Numbered]) -> Iterator[Row]:
    """The edits: seven columns below a notice and a header that is wrapped differently in each release.

    The first row that looks like an edit begins them; from there on each row must be one.
    """
    begun = False
    for number, row in cells:
        if not any(cell.strip() for cell in row):
            continue
        begun = begun or _is_edit(row)
        if not begun:
            if number > _LONGEST_PREAMBLE:
                break
            continue
        if len(row) < _RATIONALE:
            raise TableError(
                f"{kind}: row {number}: has {len(row)} columns, an edit has at least {_RATIONALE}"
            )
        first, second, _, effective, deleted, indicator, *rest = (cell.strip() for cell in row)
        found = Row(
            kind,
            number,
            {
                "column1": five(first),
                "column2": five(second),
                "effective": effective,
                "deleted": deleted,
                "indicator": indicator,
                "rationale": rest[0] if rest else "",
            },
        )
        found.cells["deleted"] = day(found, "deleted")
        yield found
    if not begun:
        raise TableError(f"{kind}: no row of the file is an edit; this is not the published file")


def _is_edit(row: list[str]) -> bool:
    return (
        len(row) >= _RATIONALE
        and all(_CODE.fullmatch(five(cell.strip())) is not None for cell in row[:2])
        and _DAY.fullmatch(row[3].strip()) is not None
    )


def mue_rows(kind: str, cells: Iterable[Numbered]) -> Iterator[Row]:
    """The values. The indicator stands with words: `3 Date of Service Edit: Clinical`."""
    wanted = {
        "code": ("HCPCSCPTCODE", "CPTHCPCSCODE", "HCPCSCODE"),
        "units": ("MUEVALUES", "MUEVALUE"),
        "indicator": ("MUEADJUDICATIONINDICATOR", "MAI"),
        "rationale": ("MUERATIONALE",),
    }
    for number, found in under_header(kind, cells, wanted):
        yield Row(kind, number, {**found, "code": five(found["code"]), "indicator": found["indicator"][:1]})


def addon_rows(kind: str, cells: Iterable[Numbered]) -> Iterator[Row]:
    """The add-on codes, one row for each primary. Dates are YYYYDDD."""
    wanted = {
        "kind": ("AOCEDITTYPE",),
        "code": ("ADDONCODE",),
        "code_deleted": ("AOCDELDT",),
        "primary": ("PRIMARYCODE",),
        "primary_deleted": ("PRIMARYCODEDELDT",),
        "effective": ("AOCEDITEFFDT",),
        "deleted": ("AOCEDITDELDT",),
        "note": ("SPECIALINSTRUCTIONNOTES", "SPECIALINSTRUCTIONSNOTES"),
    }
    for number, found in under_header(kind, cells, wanted):
        row = Row(kind, number, {**found, "code": five(found["code"]), "primary": five(found["primary"])})
        for column in ("code_deleted", "primary_deleted", "effective", "deleted"):
            row.cells[column] = julian_day(row, column)
        yield row


def setting(text: str) -> str | None:
    """Whose edits they are, from a file's name or the title of a column; null where neither says it."""
    squeezed_text = squeezed(text)
    for found, marks in (
        ("practitioner", ("PRACTITIONER", "CCIPRA")),
        ("outpatient", ("OUTPATIENT", "CCIOPH")),
        ("dme", ("DMESUPPLIER", "DURABLEMEDICAL", "CCIDME")),
    ):
        if any(mark in squeezed_text for mark in marks):
            return found
    return None
