"""ICD-10-CM: the codes of one release, their places in the tree and the notes that stand at them.

NCHS and CMS, public domain; releases are in force from 1 October, updates from 1 April, each through 30
September at the latest. Which release holds follows from the date of service, of inpatients from the discharge.
A note at a chapter, section or category holds for all below it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from services.core.codes.buffer import ITEM, LOOKED_UP, Buffer
from services.core.codes.diagnosis_notes import NOTE_KINDS, Note, written_note
from services.core.codes.form import Entry, Form, plain
from services.core.codes.rows import Row

KIND: Final = "icd10cm"
HEADER: Final = ("code", "billable", "title", "part_of", "seventh", *NOTE_KINDS)
CHAPTER: Final = "CHAPTER"
"""Opens the key of a chapter, as in `CHAPTER 9`; sections have their range as key, as `E08-E13`."""

_WIDTH: Final = 10
_NOTED: Final = "*"
"""Stands where the edition has the notes of the tabular list, not only the codes of the order file."""

_ELSEWHERE: Final = "in diseases classified elsewhere"


Written = tuple[str, str, str]
"""A note as the release writes it: its kind, its text, and where it stands."""


@dataclass(frozen=True, slots=True)
class DiagnosisCode:
    """A code without its dot."""

    code: str
    billable: bool
    title: str
    parent: str | None
    section: str | None
    chapter: str | None
    seventh: tuple[tuple[str, str], ...]
    """characters that may stand in place 7, with their meaning"""
    written: tuple[Written, ...]
    """its own notes, then what it inherits, the nearest first"""

    @property
    def notes(self) -> tuple[Note, ...]:
        """All notes that hold for it, its own first."""
        return tuple(written_note(*written) for written in self.written)

    @property
    def excludes1(self) -> tuple[Note, ...]:
        return self._notes("excludes1")

    @property
    def excludes2(self) -> tuple[Note, ...]:
        return self._notes("excludes2")

    @property
    def code_first(self) -> tuple[Note, ...]:
        return self._notes("code_first")

    @property
    def use_additional(self) -> tuple[Note, ...]:
        return self._notes("use_additional")

    @property
    def code_also(self) -> tuple[Note, ...]:
        return self._notes("code_also")

    @property
    def manifestation(self) -> bool:
        """Whether it may not be listed first: its title says so, or a "code first" note at it or above."""
        return _ELSEWHERE in self.title.lower() or any(kind == "code_first" for kind, _, _ in self.written)

    def _notes(self, kind: str) -> tuple[Note, ...]:
        return tuple(written_note(*written) for written in self.written if written[0] == kind)


class DiagnosisCodes:
    """One release. Codes are taken with or without dot, in any case."""

    __slots__ = ("_buffer", "_known", "has_notes")

    def __init__(self, buffer: Buffer) -> None:
        self._buffer = buffer
        self._known = lru_cache(LOOKED_UP)(self._read)
        self.has_notes = bool(buffer.find(_NOTED))
        """false where only the order file was loaded: then "no note" says nothing"""

    def __len__(self) -> int:
        return self._buffer.rows - self.has_notes

    def find(self, code: str) -> DiagnosisCode | None:
        """A code, billable or header; null where the release has none."""
        wanted = plain(code)
        return self._known(wanted) if wanted[:1].isalpha() and "-" not in wanted else None

    def children(self, code: str) -> tuple[DiagnosisCode, ...]:
        """The codes directly below, in order."""
        wanted = plain(code)
        found: list[DiagnosisCode] = []
        if len(wanted) >= 3:
            for key, _ in self._buffer.under(wanted):
                direct = key != wanted and "-" not in key and not (found and key.startswith(found[-1].code))
                if direct and (below := self._known(key)):
                    found.append(below)
        return tuple(found)

    def billable_under(self, code: str) -> tuple[str, ...]:
        """All billable codes below, in order; not the code itself."""
        wanted = plain(code)
        if len(wanted) < 3:
            return ()
        return tuple(key for key, rows in self._buffer.under(wanted) if key != wanted and rows[0][0] == "1")

    def excluded(self, a: str, b: str) -> Note | None:
        """The Excludes1 note of one of two codes that names the other; null where none does."""
        for code, other in ((a, b), (b, a)):
            found = self.find(code)
            for note in found.excludes1 if found is not None else ():
                if note.names(plain(other)):
                    return note
        return None

    def _read(self, code: str) -> DiagnosisCode | None:
        rows = self._buffer.find(code)
        if not rows:
            return None
        billable, title, part_of, written, *notes = rows[0]
        own = tuple(_written(code, notes))
        seventh = _meanings(written)
        if len(code) == 3:
            section, chapter, inherited = self._place(part_of)
            return DiagnosisCode(
                code, billable == "1", title, None, section, chapter, seventh, own + inherited
            )
        above = self._above(code)
        if above is None:
            return DiagnosisCode(code, billable == "1", title, None, None, None, seventh, own)
        seventh = seventh or above.seventh
        return DiagnosisCode(
            code=code,
            billable=billable == "1",
            title=title or f"{above.title}, {dict(seventh).get(code[6:], '')}",
            parent=above.code,
            section=above.section,
            chapter=above.chapter,
            seventh=seventh,
            written=own + above.written,
        )

    def _above(self, code: str) -> DiagnosisCode | None:
        for length in range(len(code) - 1, 2, -1):
            if found := self._known(code[:length]):
                return found
        return None

    def _place(self, section: str) -> tuple[str | None, str | None, tuple[Written, ...]]:
        """A section's name, its chapter, and the notes of both."""
        rows = self._buffer.find(section) if section else ()
        if not rows:
            return None, None, ()
        _, _, chapter, _, *notes = rows[0]
        above = self._buffer.find(f"{CHAPTER} {chapter}")
        inherited = tuple(_written(f"{CHAPTER} {chapter}", above[0][4:])) if above else ()
        return section, chapter, (*_written(section, notes), *inherited)


def _written(at: str, cells: Iterable[str]) -> Iterator[Written]:
    for kind, cell in zip(NOTE_KINDS, cells, strict=True):
        for text in cell.split(ITEM) if cell else ():
            yield kind, text, at


def _meanings(cell: str) -> tuple[tuple[str, str], ...]:
    pairs = (item.partition("=") for item in cell.split(ITEM)) if cell else ()
    return tuple((character, meaning) for character, _, meaning in pairs)


def entries(rows: Iterable[Row]) -> Iterator[Entry]:
    noted = False
    seen: set[str] = set()
    for row in rows:
        code = plain(row.text("code"))
        if len(code) > _WIDTH or not code.isascii() or code == _NOTED:
            raise row.error("code", "is not a code of ICD-10-CM")
        if code in seen:
            raise row.error("code", "stands in an earlier row already")
        seen.add(code)
        notes = [ITEM.join(row.items(kind)) for kind in NOTE_KINDS]
        noted = noted or any(notes)
        cells = (
            row.one_of("billable", ("0", "1"), default="0"),
            row.cells["title"],
            row.cells["part_of"],
            ITEM.join(row.items("seventh")),
            *notes,
        )
        yield code, cells
    if noted:
        yield _NOTED, ("0", "", "", "", *("" for _ in NOTE_KINDS))


FORMS: Final = (Form(KIND, HEADER, _WIDTH, entries, DiagnosisCodes),)
