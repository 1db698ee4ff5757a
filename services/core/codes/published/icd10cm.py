"""ICD-10-CM as CMS and NCHS publish it: the order file (codes, titles) and the tabular list (tree, notes).

The order file says which codes there are; alone it makes an edition without notes. The tabular list alone makes
none: which seventh characters do not apply (D and S after a sixth character 7 or 8 in S06, ...) stands there in
prose.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Final
from xml.etree import ElementTree

from services.core.codes.buffer import ITEM
from services.core.codes.diagnosis_notes import NOTE_KINDS
from services.core.codes.icd10cm import CHAPTER, KIND
from services.core.codes.rows import Row, TableError

_TAGS: Final = ("excludes1", "excludes2", "codeFirst", "useAdditionalCode", "codeAlso")
_CODE: Final = re.compile(r"[A-Z][0-9A-Z]{2,6}")
_SECTION: Final = re.compile(r"[A-Z][0-9A-Z]{2}(-[A-Z][0-9A-Z]{2})?")
_BEFORE_SEVENTH: Final = 6


@dataclass(slots=True)
class Node:
    """A chapter, section or code, with what stands at it."""

    key: str
    title: str
    part_of: str = ""
    billable: bool = False
    notes: tuple[str, ...] = ("",) * len(NOTE_KINDS)
    own_seventh: str = ""
    extended: bool = False
    """whether the list does not write the code: a seventh character makes it, after placeholders X"""


def order_nodes(lines: Iterable[tuple[int, str]]) -> Iterator[Node]:
    """The order file: fixed width, `1` in place 15 is a billable code. Raises TableError."""
    for number, line in lines:
        text = line.rstrip("\r\n")
        if not text.strip():
            continue
        code, mark, title = text[6:13].strip(), text[14:15], text[77:].strip() or text[16:76].strip()
        for column, good in (
            ("1-5 (order)", text[:5].strip().isdigit()),
            ("7-13 (code)", _CODE.fullmatch(code) is not None),
            ("15 (header or code)", mark in ("0", "1")),
            ("17- (description)", bool(title)),
        ):
            if not good:
                raise TableError(f"{KIND}: row {number}, column {column}: is not as in the order file")
        yield Node(code, title, billable=mark == "1")


def tabular_nodes(data: bytes) -> Iterator[Node]:
    """The tabular list, with the codes that seventh characters make. Raises TableError."""
    try:
        root = ElementTree.fromstring(data)
    except ElementTree.ParseError as error:
        line, column = error.position
        raise TableError(f"{KIND}: row {line}, column {column}: is not valid XML") from None
    if root.tag != "ICD10CM.tabular":
        raise TableError(f"{KIND}: the XML file is not the tabular list")
    for chapter in root.iterfind("chapter"):
        name = _text(chapter, "name")
        yield Node(f"{CHAPTER} {name}", _text(chapter, "desc"), notes=_notes(chapter))
        for section in chapter.iterfind("section"):
            key = section.get("id", "")
            if not _SECTION.fullmatch(key):
                raise TableError(f"{KIND}: a section of chapter {name} has no range of codes")
            # Else a section of one category would have the key of the category.
            key = key if "-" in key else f"{key}-{key}"
            yield Node(key, _text(section, "desc"), part_of=name, notes=_notes(section))
            for diagnosis in section.iterfind("diag"):
                yield from _codes(diagnosis, key, {})


def _codes(diagnosis: ElementTree.Element, section: str, inherited: dict[str, str]) -> Iterator[Node]:
    code = _text(diagnosis, "name").replace(".", "")
    if not _CODE.fullmatch(code):
        raise TableError(f"{KIND}: a code of section {section} is not one")
    own = {e.get("char", ""): _words(e) for e in diagnosis.iterfind("sevenChrDef/extension")}
    seventh = own or inherited
    below = diagnosis.findall("diag")
    written = "".join(f"{character}={meaning}{ITEM}" for character, meaning in own.items())
    extended = bool(seventh) and not below and len(code) <= _BEFORE_SEVENTH
    title = _text(diagnosis, "desc")
    yield Node(
        code,
        title,
        part_of=section if len(code) == 3 else "",
        billable=not below and not extended,
        notes=_notes(diagnosis),
        own_seventh=written,
    )
    for inner in below:
        yield from _codes(inner, section, seventh)
    if extended:
        stem = code.ljust(_BEFORE_SEVENTH, "X")
        for character, meaning in seventh.items():
            yield Node(f"{stem}{character}", f"{title}, {meaning}", billable=True, extended=True)


def _notes(element: ElementTree.Element) -> tuple[str, ...]:
    return tuple(
        "".join(f"{_words(note)}{ITEM}" for note in element.iterfind(f"{tag}/note") if _words(note))
        for tag in _TAGS
    )


def _words(element: ElementTree.Element) -> str:
    return " ".join("".join(element.itertext()).split())


def _text(element: ElementTree.Element, tag: str) -> str:
    found = element.find(tag)
    return _words(found) if found is not None else ""


def rows(order: Iterable[Node], tabular: Iterable[Node]) -> Iterator[Row]:
    """One edition of an order file, with the notes of a tabular list where one is given.

    A title that a seventh character makes is left out: it follows. Raises TableError where the two are not of
    one release.
    """
    ordered = {node.key: node for node in order}
    listed = {node.key: node for node in tabular}
    if not ordered:
        raise TableError(f"{KIND}: the order file is missing; the tabular list alone does not say all codes")
    if listed:
        written = {key for key, node in listed.items() if not node.extended and _CODE.fullmatch(key)}
        differ = len(written - ordered.keys()) + len(ordered.keys() - listed.keys())
        if differ:
            raise TableError(
                f"{KIND}: the order file and the tabular list are not of one release ({differ} codes differ)"
            )
    ranges = (node for key, node in listed.items() if not _CODE.fullmatch(key))
    for number, node in enumerate(chain(ordered.values(), ranges), start=1):
        described = listed.get(node.key, node)
        derived = described.extended and node.title == described.title
        yield Row(
            KIND,
            number,
            {
                "code": node.key,
                "billable": "1" if node.billable else "0",
                "title": "" if derived else node.title,
                "part_of": described.part_of,
                "seventh": described.own_seventh,
                **dict(zip(NOTE_KINDS, described.notes, strict=True)),
            },
        )
