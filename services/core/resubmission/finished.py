"""The guard once more, on the finished 837: what the text says, not what the proposal says that it says.

The edits are read from the difference between the claim as it was submitted and the claim that is to leave. Evidence
is that of the approved edit of the same field and value, so a change that nobody approved has none.
"""

from __future__ import annotations

from dataclasses import replace
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
    results = guard(replace(approved, claim=original, edits=tuple(edits)))
    against = "more_than_the_edits_differs" if places else _missed(approved.edits, edits)
    if against is None:
        return results
    veto = GuardResult(id="G10", result=VETO, reason=against)
    return tuple(veto if result.id == veto.id else result for result in results)


def _missed(approved: tuple[Edit, ...], found: list[Edit]) -> str | None:
    """A change that was approved is not in the text."""
    made = {edit.field for edit in found}
    missed = any(
        edit.field not in made and (edit.after or None) != (edit.before or None) for edit in approved
    )
    return "an_approved_edit_is_missing" if missed else None


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
