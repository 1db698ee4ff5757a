"""Other files of CMS: HCPCS level II, the relative value file, the national provider registry."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Final

from services.core.codes.buffer import ITEM
from services.core.codes.published.sheets import day, five, under_header
from services.core.codes.rows import Numbered, Row

# Record identifiers of the HCPCS file: first and further lines of a code, of a modifier.
_CODE, _CODE_MORE, _MODIFIER, _MODIFIER_MORE = "3", "4", "7", "8"

_PLACES: Final[Mapping[str, tuple[int, int]]] = {
    "code": (0, 5),
    "record": (10, 11),
    "long": (11, 91),
    "short": (91, 119),
    **{f"pricing{n + 1}": (119 + 2 * n, 121 + 2 * n) for n in range(4)},
    "multiple_pricing": (127, 128),
    **{f"laboratory{n + 1}": (180 + 3 * n, 183 + 3 * n) for n in range(8)},
    **{f"successor{n + 1}": (204 + 5 * n, 209 + 5 * n) for n in range(5)},
    "coverage": (229, 230),
    "added": (268, 276),
    "changed": (276, 284),
    "terminated": (284, 292),
    "action": (292, 293),
}
"""Where the columns stand in the fixed-width file, after HCPC20YY_recordlayout: from, to, counted from 0."""

_SHORTEST_RECORD: Final = 293

_TITLES: Final[Mapping[str, tuple[str, ...]]] = {
    "code": ("HCPC",),
    "record": ("RECID",),
    "long": ("LONGDESCRIPTION",),
    "short": ("SHORTDESCRIPTION",),
    **{f"pricing{n + 1}": (f"PRICE{n + 1}", f"PRICINGINDICATOR{n + 1}") for n in range(4)},
    "multiple_pricing": ("MULTPI", "MULTIPLEPRICINGINDICATOR"),
    **{f"laboratory{n + 1}": (f"LABCERT{n + 1}",) for n in range(8)},
    **{f"successor{n + 1}": (f"XREF{n + 1}",) for n in range(5)},
    "coverage": ("COV",),
    "added": ("ADDDT", "ADDDATE"),
    "changed": ("ACTEFFDT",),
    "terminated": ("TERMDT",),
    "action": ("ACTIONCD",),
}


def hcpcs_rows(kind: str, cells: Iterable[Numbered]) -> Iterator[Row]:
    """Codes and modifiers; the further lines of a long description are joined to its first.

    Of the fixed-width file each line is one cell; lines too short for a record are its notes.
    """
    waiting: Row | None = None
    for number, found in _hcpcs_records(kind, cells):
        record = found["record"]
        if record in (_CODE_MORE, _MODIFIER_MORE):
            code = _hcpcs_code(found["code"], record == _MODIFIER_MORE)
            if waiting is None or waiting.cells["code"] != code:
                raise Row(kind, number, found).error("RECID", "continues another code than the row before")
            waiting.cells["long"] = f"{waiting.cells['long']} {found['long']}"
            continue
        if waiting is not None:
            yield waiting
        if record not in (_CODE, _MODIFIER):
            raise Row(kind, number, found).error("RECID", "is not one of 3, 4, 7, 8")
        waiting = _hcpcs_row(kind, number, found, record == _MODIFIER)
    if waiting is not None:
        yield waiting


def _hcpcs_records(kind: str, cells: Iterable[Numbered]) -> Iterator[tuple[int, dict[str, str]]]:
    rows = iter(cells)
    first = next(rows, None)
    whole = rows if first is None else chain((first,), rows)
    if first is None or len(first[1]) != 1:
        yield from under_header(kind, whole, _TITLES)
        return
    for number, row in whole:
        if row and len(row[0]) >= _SHORTEST_RECORD:
            yield number, {c: row[0][start:end].strip() for c, (start, end) in _PLACES.items()}


def _hcpcs_row(kind: str, number: int, found: dict[str, str], modifier: bool) -> Row:
    row = Row(
        kind,
        number,
        {
            **found,
            "code": _hcpcs_code(found["code"], modifier),
            "modifier": "Y" if modifier else "",
            "successors": _joined(found, "successor", 5),
            "laboratory": _joined(found, "laboratory", 8),
            "pricing": _joined(found, "pricing", 4),
        },
    )
    for column in ("added", "changed", "terminated"):
        row.cells[column] = day(row, column)
    return row


def _hcpcs_code(cell: str, modifier: bool) -> str:
    """A modifier stands at the right of the five places, or alone."""
    return cell[-2:] if modifier else five(cell)


def _joined(found: dict[str, str], name: str, count: int) -> str:
    return "".join(f"{found[f'{name}{n}']}{ITEM}" for n in range(1, count + 1) if found[f"{name}{n}"])


def mpfs_rows(kind: str, cells: Iterable[Numbered]) -> Iterator[Row]:
    """The relative value file, CSV or spreadsheet: titles run over two or three rows. A closing note has no code."""
    wanted = {
        "code": ("HCPCS",),
        "modifier": ("MOD",),
        "status": ("STATUSCODE",),
        "pctc": ("PCTCIND",),
        "global_days": ("GLOBDAYS",),
        "preoperative": ("PREOP",),
        "intraoperative": ("INTRAOP",),
        "postoperative": ("POSTOP",),
        "multiple": ("MULTPROC",),
        "bilateral": ("BILATSURG",),
        "assistant": ("ASSTSURG",),
        "cosurgeons": ("COSURG",),
        "team": ("TEAMSURG",),
    }
    for number, found in under_header(kind, cells, wanted):
        if any(cell for column, cell in found.items() if column != "code"):
            yield Row(kind, number, {**found, "code": five(found["code"])})


_TAXONOMIES: Final = 15


def nppes_rows(kind: str, cells: Iterable[Numbered]) -> Iterator[Row]:
    """The registry: of each row of 330 columns the few that count."""
    wanted = {
        "npi": ("NPI",),
        "entity_type": ("ENTITYTYPECODE",),
        "deactivated": ("NPIDEACTIVATIONDATE",),
        "reactivated": ("NPIREACTIVATIONDATE",),
    }
    wanted |= {f"t{n}": (f"HEALTHCAREPROVIDERTAXONOMYCODE{n}",) for n in range(1, _TAXONOMIES + 1)}
    wanted |= {f"s{n}": (f"HEALTHCAREPROVIDERPRIMARYTAXONOMYSWITCH{n}",) for n in range(1, _TAXONOMIES + 1)}
    for number, found in under_header(kind, cells, wanted):
        listed = [(found[f"t{n}"], found[f"s{n}"]) for n in range(1, _TAXONOMIES + 1) if found[f"t{n}"]]
        row = Row(
            kind,
            number,
            {
                "npi": found["npi"],
                "entity_type": found["entity_type"],
                "taxonomies": "".join(f"{taxonomy}{ITEM}" for taxonomy, _ in listed),
                "primary": next((taxonomy for taxonomy, switch in listed if switch == "Y"), ""),
                "deactivated": found["deactivated"],
                "reactivated": found["reactivated"],
            },
        )
        for column in ("deactivated", "reactivated"):
            row.cells[column] = day(row, column)
        yield row
