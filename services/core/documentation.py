"""Documentation of encounters out of a file: JSON or CSV in, `claim-documented` payloads out. docs/documentation.md
says what they look like."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from schemas.documentation import DOCUMENT_KINDS, ClaimDocumented
from services.core.codes.npi import valid_npi

HEADER: Final = tuple(
    [
        "claim_number",
        "documented",
        "what",
        "id",
        "kind",
        "date",
        "until",
        "line",
        "code",
        "value",
        "wasted",
        "unit",
        "by",
    ]
)
"""One statement a row; rows of one claim and one day are one event."""

LEVELS: Final = ("straightforward", "low", "moderate", "high")

_DIAGNOSIS: Final = re.compile(r"[A-Z][0-9][0-9A-Z](\.?[0-9A-Z]{1,4})?")
_PLACE: Final = re.compile(r"[0-9]{2}")
_MODIFIER: Final = re.compile(r"[0-9A-Z]{2}")
_ADAPTER: Final = TypeAdapter(list[ClaimDocumented])

# Which columns of a row a statement takes, and the field of the event that each becomes.
_STATEMENTS: Final[dict[str, tuple[str, dict[str, str]]]] = {
    "document": ("documents", {"id": "id", "kind": "kind", "date": "date"}),
    "authorization": (
        "authorizations",
        {"id": "number", "code": "procedure", "date": "service_from", "until": "service_to"},
    ),
    "mdm": ("levels", {"line": "line", "value": "level"}),
    "time": ("levels", {"line": "line", "value": "minutes"}),
    "drug": (
        "drugs",
        {"line": "line", "code": "ndc", "value": "administered", "wasted": "wasted", "unit": "unit"},
    ),
    "units": ("counts", {"line": "line", "value": "units", "code": "modifiers"}),
    "minutes": ("counts", {"line": "line", "value": "minutes"}),
    "place": ("places", {"line": "line", "code": "place_of_service"}),
    "surgery": ("surgeries", {"id": "npi", "code": "procedure", "date": "performed"}),
    "answer": ("answers", {"id": "query", "value": "answer", "by": "by"}),
}


class DocumentationError(Exception):
    """The file cannot be taken: one line with the place of the first fault, never a value."""


def read(data: bytes) -> tuple[ClaimDocumented, ...]:
    """Every statement of a file, by claim and day. JSON (an object, a list, or an object a line) or CSV with HEADER.

    All or nothing. Raises DocumentationError.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise DocumentationError("is not UTF-8 text") from None
    start = text.lstrip()[:1]
    told = _json(text) if start in ("{", "[") else _csv(text)
    try:
        events = _ADAPTER.validate_python(told, strict=False)
    except ValidationError as invalid:
        first = invalid.errors(include_input=False, include_url=False)[0]
        number, *place = first["loc"]
        where = ".".join(str(part) for part in place)
        raise DocumentationError(f"claim {int(number) + 1}: {where}: {first['msg'].lower()}") from None
    return tuple(_checked(number, event) for number, event in enumerate(events, 1))


def _json(text: str) -> list[Any]:
    try:
        whole = json.loads(text)
    except ValueError:
        return [_line(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    return whole if isinstance(whole, list) else [whole]


def _line(number: int, line: str) -> Any:
    try:
        return json.loads(line)
    except ValueError:
        raise DocumentationError(f"line {number}: is not JSON") from None


def _csv(text: str) -> list[dict[str, Any]]:
    rows = csv.DictReader(io.StringIO(text))
    if tuple(rows.fieldnames or ()) != HEADER:
        raise DocumentationError(f"the header is not {','.join(HEADER)}")
    claims: dict[tuple[str, str], dict[str, Any]] = {}
    for number, row in enumerate(rows, 2):
        cells = {name: (value or "").strip() for name, value in row.items() if name is not None}
        key = cells["claim_number"], cells["documented"]
        claim = claims.setdefault(key, {"claim_number": key[0], "documented": key[1]})
        what = cells["what"]
        if what == "diagnosis":
            claim.setdefault("documented_diagnoses", []).append(cells["code"])
        elif what in _STATEMENTS:
            field, columns = _STATEMENTS[what]
            said: dict[str, Any] = {name: cells[column] for column, name in columns.items() if cells[column]}
            if "modifiers" in said:
                said["modifiers"] = said["modifiers"].split(":")
            claim.setdefault(field, []).append({**said, "basis": what} if field == "levels" else said)
        else:
            raise DocumentationError(f"row {number}: what: is not one of diagnosis, {', '.join(_STATEMENTS)}")
    return list(claims.values())


def _checked(number: int, event: ClaimDocumented) -> ClaimDocumented:
    """The event with its codes in plain form, or a DocumentationError."""
    codes = tuple(code.strip().upper() for code in event.documented_diagnoses)
    faults: Iterable[tuple[bool, str]] = (
        (not event.claim_number.strip(), "claim_number: is empty"),
        (
            any(not _DIAGNOSIS.fullmatch(c) for c in codes),
            "documented_diagnoses: has what is no ICD-10-CM code",
        ),
        (
            any(d.kind not in DOCUMENT_KINDS for d in event.documents),
            f"documents.kind: is not one of {', '.join(DOCUMENT_KINDS)}",
        ),
        (any(not d.id.strip() for d in event.documents), "documents.id: is empty"),
        (
            any(
                (one.level in LEVELS) is not (one.basis == "mdm")
                or (one.minutes is None) is (one.basis == "time")
                for one in event.levels
            ),
            f"levels: basis mdm with a level ({', '.join(LEVELS)}), or time with minutes",
        ),
        (
            any(one.administered < 0 or (one.wasted or 0) < 0 for one in event.drugs),
            "drugs: an amount is less than 0",
        ),
        (
            any((one.units is None) is (one.minutes is None) for one in event.counts),
            "counts: either units or minutes",
        ),
        (
            any((one.units or 0) < 0 or (one.minutes or 0) < 0 for one in event.counts),
            "counts: a count is less than 0",
        ),
        (
            any(not _MODIFIER.fullmatch(m) for one in event.counts for m in one.modifiers),
            "counts.modifiers: is not of two letters or digits",
        ),
        (
            any(not valid_npi(one.npi) for one in event.surgeries),
            "surgeries.npi: is no NPI",
        ),
        (
            any(not _PLACE.fullmatch(one.place_of_service) for one in event.places),
            "places.place_of_service: is not of two digits",
        ),
        (_says_nothing(event), "says nothing"),
    )
    for fault, said in faults:
        if fault:
            raise DocumentationError(f"claim {number}: {said}")
    return event.model_copy(update={"documented_diagnoses": tuple(code.replace(".", "") for code in codes)})


def _says_nothing(event: ClaimDocumented) -> bool:
    told = (event.documented_diagnoses, event.documents, event.answers, event.authorizations)
    return not any((*told, event.levels, event.drugs, event.counts, event.places, event.surgeries))
