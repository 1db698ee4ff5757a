"""The guard once more, on the finished 837: what the text says, not what the proposal says that it says.

The edits are read from the difference between the claim as it was submitted and the claim that is to leave. Evidence
is that of the approved edit of the same field and value, so a change that nobody approved has none. What the way
itself changes (its path edits) is no correction of the care: it is compared as it stands, and a line is left out by it
only where the payer has decided that line.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Final

from schemas.claim import ClaimSubmitted
from schemas.recoding import Edit, EditValue, GuardResult
from schemas.resubmission import OutgoingClaim
from services.core.recoding.change import Change
from services.core.recoding.fields import parse_field
from services.core.recoding.guards import VETO, guard
from services.core.resubmission.arrangement import LINES, STRUCTURE, TOTAL_CHARGE
from services.core.resubmission.next_payer import OF_ONE_PAYER, goes_elsewhere
from services.core.x12.difference import changes
from services.core.x12.values import plain_number

_CONTROL_FIELDS: Final = frozenset({"frequency_code", "original_reference"})
"""They say which claim this is, nothing about the care: set by the path, proven by the difference check."""


def guard_finished(
    approved: Change, original: ClaimSubmitted, outgoing: OutgoingClaim, path_edits: Sequence[Edit] = ()
) -> tuple[GuardResult, ...]:
    """What every guard says of the text that is to leave. `approved`: the decision, with its edits. `path_edits`: what
    the way changes by itself."""
    edits: list[Edit] = []
    places: list[str] = []
    swapped = goes_elsewhere(approved.edits)
    of_path = {
        edit.field: edit.after
        for edit in path_edits
        if edit.field in STRUCTURE or (swapped and edit.field in OF_ONE_PAYER)
    }
    for change in changes(original, outgoing):
        if change.field is None:
            places.append(change.place)
        elif change.field in of_path and change.after == of_path[change.field]:
            continue
        elif change.field not in _CONTROL_FIELDS:
            edits.append(_edit(approved, change.field, change.before, change.after))
    results = guard(replace(approved, claim=original, edits=tuple(edits)))
    against = "more_than_the_edits_differs" if places else _missed(approved.edits, edits)
    against = against or _wrongly_left_out(approved, original, of_path)
    if against is None:
        return results
    veto = GuardResult(id="G10", result=VETO, reason=against)
    return tuple(veto if result.id == veto.id else result for result in results)


def _wrongly_left_out(
    approved: Change, original: ClaimSubmitted, of_path: Mapping[str, EditValue]
) -> str | None:
    """Why the lines that the way leaves out are not exactly those that the payer has decided, or the charge is not
    that of the lines that stay."""
    kept = of_path.get(LINES)
    if kept is None:
        return None if TOTAL_CHARGE not in of_path else "charge_without_lines"
    if kept != tuple(str(number) for number in sorted(approved.facts.unprocessable)):
        return "left_out_lines_were_not_decided"
    charge = sum((line.charge for line in original.lines if str(line.line) in kept), Decimal(0))
    return None if of_path.get(TOTAL_CHARGE) == plain_number(str(charge)) else "charge_of_other_lines"


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
