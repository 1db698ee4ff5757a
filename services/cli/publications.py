"""What `reclaim load` takes of each kind: which files of a zip, how they are read, what their names say."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from services.core.codes.loading import FORMS
from services.core.codes.ptp import SETTINGS
from services.core.codes.published import cms, ncci, oig, releases
from services.core.codes.rows import Numbered, Row


def _no_release(_: str) -> None:
    return None


Reader = Callable[[str, Iterable[Numbered]], Iterator[Row]]


@dataclass(frozen=True, slots=True)
class Publication:
    """One kind. `names` are the files wanted of a zip, `extensions` the forms of one table, the quickest first.

    A file whose first row is our own header is read as that, whatever its name.
    """

    kind: str
    what: str
    names: str
    extensions: tuple[str, ...]
    read: Reader | None
    release: releases.Named
    settings: tuple[str, ...] = ()
    """kinds of table, where there is one for each kind of provider"""
    fixed: bool = False
    """whether a text without tabs has columns of fixed width"""
    dated_rows: bool = False
    """whether the rows say when they are valid, so that the edition need not"""

    def wanted(self, name: str) -> bool:
        """Whether a file of a zip is one."""
        return re.search(self.names, name, re.IGNORECASE) is not None

    def table(self, setting: str | None) -> str:
        """The kind of table that it makes."""
        return self.kind if setting is None else f"{self.kind}_{setting}"

    @property
    def published(self) -> bool:
        """Whether there is a file that others publish; else only our own CSV is taken."""
        return self.read is not None or self.release is not _no_release

    @property
    def header(self) -> tuple[str, ...]:
        """The columns of our own CSV."""
        return FORMS[self.table(self.settings[0] if self.settings else None)].header


PUBLICATIONS: Final[Mapping[str, Publication]] = MappingProxyType(
    {
        publication.kind: publication
        for publication in (
            Publication(
                "icd10cm",
                "CMS order file, with the tabular XML of the same release",
                r"^(?!.*addenda).*(order.*\.txt|tabular.*\.xml)$",
                (),
                None,
                releases.icd10cm,
            ),
            Publication(
                "hcpcs",
                "CMS HCPCS level II (ANWEB), text or spreadsheet",
                r"ANWEB.*\.(txt|xlsx)$",
                (".txt", ".xlsx"),
                cms.hcpcs_rows,
                releases.hcpcs,
                fixed=True,
            ),
            Publication(
                "ptp",
                "NCCI procedure-to-procedure edits, all parts of a quarter",
                r"^cci.*\.(txt|csv|xlsx)$",
                (".txt", ".csv", ".xlsx"),
                ncci.ptp_rows,
                releases.ptp,
                settings=SETTINGS,
            ),
            Publication(
                "mue",
                "NCCI medically unlikely edits",
                r"MUE.*\.(csv|txt|xlsx)$",
                (".csv", ".txt", ".xlsx"),
                ncci.mue_rows,
                releases.mue,
                settings=SETTINGS,
            ),
            Publication(
                "addon",
                "NCCI add-on codes",
                r"AOC.*\.(txt|csv|xlsx)$",
                (".txt", ".csv", ".xlsx"),
                ncci.addon_rows,
                releases.addon,
            ),
            Publication(
                "mpfs",
                "CMS relative value file (PPRRVU): its indicators",
                r"PPRRVU.*\.(csv|xlsx)$",
                (".csv", ".xlsx"),
                cms.mpfs_rows,
                releases.mpfs,
            ),
            Publication(
                "nppes",
                "CMS provider registry, the full monthly file",
                r"^npidata_pfile_\d+-\d+\.csv$",
                (".csv",),
                cms.nppes_rows,
                releases.nppes,
            ),
            Publication(
                "exclusions",
                "OIG exclusion list (LEIE), the whole list",
                r"UPDATED.*\.csv$",
                (".csv",),
                oig.exclusion_rows,
                _no_release,
                dated_rows=True,
            ),
            Publication("pos", "places of service", r"\.(csv|xlsx)$", (".csv", ".xlsx"), None, _no_release),
            Publication(
                "cpt", "your licensed CPT list", r"\.(csv|xlsx)$", (".csv", ".xlsx"), None, _no_release
            ),
            Publication(
                "fees",
                "fee schedules",
                r"\.(csv|xlsx)$",
                (".csv", ".xlsx"),
                None,
                _no_release,
                dated_rows=True,
            ),
        )
    }
)
