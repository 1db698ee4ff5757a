"""The guard once more, on the finished 837: what the text says, not what the proposal says that it says.

The edits are read from the difference between the claim as it was submitted and the claim that is to leave. Evidence
is that of the approved edit of the same field and value, so a change that nobody approved has none.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from schemas.claim import ClaimSubmitted
from schemas.recoding import Edit, EditValue, GuardResult
from schemas.resubmission import OutgoingClaim
from services.core.recoding.change import Change
from services.core.recoding.fields import parse_field
from services.core.recoding.guards import VETO, guard
from services.core.x12.difference import changes

_CONTROL_FIELDS: Final = frozenset({"frequency_code", "original_reference"})
"""They say which claim this is, nothing about the care: set by the path, proven by the difference check."""


def guard_finished(
    approved: Change, original: ClaimSubmitted, outgoing: OutgoingClaim
) -> tuple[GuardResult, ...]:
    """What every guard says of the text that is to leave. `approved`: the decision, with its edits."""
    edits: list[Edit] = []
    places: list[str] = []
    for change in changes(original, outgoing):
        if change.field is None:
            places.append(change.place)
        elif change.field not in _CONTROL_FIELDS:
            edits.append(_edit(approved, change.field, change.before, change.after))
    results = guard(
        Change(
            original,
            tuple(edits),
            approved.facts,
            approved.profile,
            approved.tables,
            person=approved.person,
            documents=approved.documents,
            reason=approved.reason,
            two_people=approved.two_people,
        )
    )
    return tuple(_whole(results, places))


def _whole(results: tuple[GuardResult, ...], places: list[str]) -> Iterator[GuardResult]:
    for result in results:
        lost = bool(places) and result.id == "G10"
        yield GuardResult(id="G10", result=VETO, reason="more_than_the_edits_differs") if lost else result


def _edit(approved: Change, name: str, before: EditValue, after: EditValue) -> Edit:
    field = parse_field(name)
    known = next(
        (e for e in approved.edits if e.field == name and (e.after or None) == (after or None)), None
    )
    return Edit(
        line=field.line if field is not None else None,
        field=name,
        before=before,
        after=after,
        evidence=known.evidence if known is not None else (),
    )
