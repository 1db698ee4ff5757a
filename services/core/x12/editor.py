"""The 837 editor: changes a claim's own segments and nothing else.

A claim goes back as the segments that came in, because no model-based writer gives every segment back. Each
edit names a field of the submitted claim; the editor finds its place in loops 2000A, 2010AA, 2010BA, 2300, 2310 and
2400 of 005010X222A1 (837P) or 005010X223A2 (837I), checks that the place holds what the edit says it held, and sets
it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from schemas.claim import ClaimSubmitted
from schemas.recoding import Edit
from schemas.resubmission import OutgoingClaim
from services.core.x12 import line_copies, line_edits, party_edits, structure
from services.core.x12.desk import SERVICE, Desk, EditRefusedError, set_element
from services.core.x12.values import at

_REFERENCES: Final = {
    "referral_number": "9F",
    "prior_authorization": "G1",
    "original_reference": "F8",
    "clia_number": "X4",
}
"""Fields that are one REF segment of loop 2300, by REF01."""

_PLACE: Final = re.compile(r"(lines|diagnoses)\[([1-9][0-9]{0,3})\]\.([a-z_]+)")

_LAST: Final = ("diagnoses", "lines")
"""Edits of what stays of a list come after those that count its places."""

_MOST_LINES: Final = 999
_MOST_DIAGNOSES: Final = 60


def edit(claim: ClaimSubmitted, edits: Sequence[Edit]) -> OutgoingClaim:
    """The claim with these edits and no other change, ready to be placed into an interchange.

    Edits are applied in their order, what shortens a list at the end. Raises EditRefusedError where one cannot be
    made: an unknown field or place, a `before` that is not what the segments say, a value with a delimiter in it.
    """
    if claim.transaction not in SERVICE:
        raise EditRefusedError("transaction_not_supported", "claim")
    if not claim.segments:
        raise EditRefusedError("place_missing", "claim")
    desk = Desk(line_copies.with_copies(claim, edits))
    for each in sorted(edits, key=lambda e: e.field in _LAST and 1 + _LAST.index(e.field)):
        if structure.restructures(each.field):
            desk.segments, desk.subscriber = structure.restructure(
                claim, desk.segments, desk.subscriber, [each]
            )
        else:
            _apply(desk, each)
    element = claim.delimiters.element
    return OutgoingClaim(
        transaction=claim.transaction,
        guide=claim.guide,
        encoding=claim.encoding,
        element=element,
        component=claim.delimiters.component,
        repetition=claim.delimiters.repetition,
        terminator=claim.delimiters.terminator,
        interchange=claim.loops.interchange,
        group=claim.loops.group,
        purpose=_purpose(claim),
        submitter=_names(claim),
        billing=tuple(element.join(s) for s in desk.billing),
        subscriber=tuple(element.join(s) for s in desk.subscriber),
        patient=claim.loops.patient,
        claim=tuple(element.join(s) for s in desk.segments),
    )


def _purpose(claim: ClaimSubmitted) -> str:
    """BHT06: what was an encounter report goes back as one."""
    headers = [s.split(claim.delimiters.element) for s in claim.loops.transaction]
    return next((at(s, 6) for s in headers if s[0] == "BHT"), "") or "CH"


def _names(claim: ClaimSubmitted) -> tuple[str, ...]:
    """Loops 1000A and 1000B: from the first name on."""
    transaction = claim.loops.transaction
    first = next((i for i, s in enumerate(transaction) if s.startswith("NM1")), len(transaction))
    return transaction[first:]


def _apply(desk: Desk, change: Edit) -> None:
    field = change.field
    place = _PLACE.fullmatch(field)
    if place is not None and place[1] == "lines":
        _apply_to_line(desk, int(place[2]), place[3], change)
    elif place is not None:
        _apply_to_diagnosis(desk, int(place[2]), place[3], change)
    elif field in _REFERENCES:
        _set_reference(desk, _REFERENCES[field], change)
    elif (party := party_edits.OF_CLAIM.get(field)) is not None:
        party(desk, change)
    elif field == "frequency_code":
        desk.set_component(desk.segments[0], 5, 3, change)
    elif field == "place_of_service":
        _set_place_of_service(desk, change)
    elif field == "total_charge":
        desk.set_number(desk.segments[0], 2, change)
    elif field == "attachment":
        _set_attachment(desk, change)
    elif field == "diagnoses":
        _keep_diagnoses(desk, change)
    elif field == "lines":
        _keep_lines(desk, change)
    else:
        raise EditRefusedError("field_unknown", field)


def _apply_to_line(desk: Desk, line: int, name: str, change: Edit) -> None:
    if change.line is not None and change.line != line:
        raise EditRefusedError("line_conflict", change.field)
    loop = desk.line(line, change.field)
    if (party := party_edits.OF_LINE.get(name)) is not None:
        party(desk, loop, change)
    elif (own := line_edits.FIELDS.get(name)) is not None:
        own(desk, loop, change)
    else:
        raise EditRefusedError("field_unknown", change.field)


def _apply_to_diagnosis(desk: Desk, number: int, name: str, change: Edit) -> None:
    component = {"code": 2, "poa": 9}.get(name)
    if component is None:
        raise EditRefusedError("field_unknown", change.field)
    places = desk.diagnoses(change.field)
    if number > len(places):
        raise EditRefusedError("place_missing", change.field)
    if change.after is None and name == "code":
        raise EditRefusedError("value_not_allowed", change.field)
    desk.set_component(*places[number - 1], component, change)


def _set_place_of_service(desk: Desk, change: Edit) -> None:
    """CLM05-1, where CLM05-2 says that it is a place of service and no bill type."""
    qualifier = at(at(desk.segments[0], 5).split(desk.component), 1)
    if desk.claim.transaction != "837P" or qualifier not in ("", "B") or change.after is None:
        raise EditRefusedError("place_missing", change.field)
    desk.set_component(desk.segments[0], 5, 1, change)


def _set_reference(desk: Desk, qualifier: str, change: Edit) -> None:
    found = [s for s in desk.head() if s[0] == "REF" and at(s, 1) == qualifier]
    if len(found) > 1:
        raise EditRefusedError("place_ambiguous", change.field)
    desk.check_before(at(found[0], 2) if found else "", change)
    if change.after is None:
        desk.segments = [s for s in desk.segments if not (found and s is found[0])]
    elif found:
        set_element(found[0], 2, desk.text(change.after, change.field))
    else:
        desk.insert_in_head(["REF", qualifier, desk.text(change.after, change.field)], change.field)


def _set_attachment(desk: Desk, change: Edit) -> None:
    """The one PWK of loop 2300: what it is (PWK01), how it comes (PWK02), its control number (PWK06)."""
    found = [s for s in desk.head() if s[0] == "PWK"]
    if len(found) > 1:
        raise EditRefusedError("place_ambiguous", change.field)
    before = tuple(at(found[0], n) for n in (1, 2, 6)) if found else ()
    values = desk.texts(change, 3)
    if before != (change.before or ()):
        raise EditRefusedError("before_differs", change.field)
    if len(values) != 3:
        raise EditRefusedError("value_not_allowed", change.field)
    if not found:
        desk.insert_in_head(["PWK", values[0], values[1], "", "", "AC", values[2]], change.field)
        return
    for number, value in zip((1, 2, 5, 6), (values[0], values[1], "AC", values[2]), strict=True):
        set_element(found[0], number, value)


def _keep_diagnoses(desk: Desk, change: Edit) -> None:
    """Take the diagnoses out that do not stay: those of `before` without which `after` is left, the later first."""
    places = desk.diagnoses(change.field)
    codes = [d.code for d in desk.claim.diagnoses]
    gone = _left_out(codes, change, desk.texts(change, _MOST_DIAGNOSES))
    for place in sorted(gone, reverse=True):
        segment, number = places[place]
        if len(segment) <= 2:
            raise EditRefusedError("place_missing", change.field)
        del segment[number]


def _keep_lines(desk: Desk, change: Edit) -> None:
    """Take the loops 2400 out that do not stay, and number the others anew (LX01). Lines that are added stand on the
    desk already."""
    if sources := line_copies.copied(change):
        if len(desk.lines(change.field)) != len(change.before or ()) + len(sources):
            raise EditRefusedError("value_not_allowed", change.field)
        return
    loops = desk.lines(change.field)
    numbers = [str(line.line) for line in desk.claim.lines]
    gone = _left_out(numbers, change, desk.texts(change, _MOST_LINES))
    kept = [loop for place, loop in enumerate(loops) if place not in gone]
    head = desk.segments[: len(desk.segments) - sum(map(len, loops))]
    for number, loop in enumerate(kept, start=1):
        set_element(loop[0], 1, str(number))
    desk.segments = [*head, *(segment for loop in kept for segment in loop)]


def _left_out(listed: list[str], change: Edit, kept: tuple[str, ...]) -> set[int]:
    """The places of a list that an edit takes out: the list without them is what stays, in the same order."""
    if tuple(listed) != (change.before or ()):
        raise EditRefusedError("before_differs", change.field)
    gone: set[int] = set()
    wanted = list(kept)
    for place, each in enumerate(listed):
        if wanted and wanted[0] == each:
            wanted.pop(0)
        else:
            gone.add(place)
    if wanted or not kept or not gone:
        raise EditRefusedError("value_not_allowed", change.field)
    return gone


__all__ = ["EditRefusedError", "edit"]
