"""The exclusion list of the Office of Inspector General: `UPDATED.csv`, and the monthly supplements."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from services.core.codes.published.sheets import day, under_header
from services.core.codes.rows import Numbered, Row

_NO_NPI: Final = frozenset({"", "0000000000"})

_TITLES: Final = {
    "npi": ("NPI",),
    "authority": ("EXCLTYPE",),
    "excluded": ("EXCLDATE",),
    "reinstated": ("REINDATE",),
    "waived": ("WAIVERDATE",),
    "waiver_state": ("WVRSTATE", "WAIVERSTATE"),
}


def exclusion_rows(kind: str, cells: Iterable[Numbered]) -> Iterator[Row]:
    """Of each row of eighteen columns the few that count; rows without an NPI are left out."""
    for number, found in under_header(kind, cells, _TITLES):
        if found["npi"] in _NO_NPI:
            continue
        row = Row(kind, number, dict(found))
        for column in ("excluded", "reinstated", "waived"):
            row.cells[column] = day(row, column)
        yield row
