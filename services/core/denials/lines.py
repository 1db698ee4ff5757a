"""Which submitted line (837 loop 2400) a remitted line (835 SVC) answers."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from schemas.case import LineMatch
from schemas.claim import ClaimLine
from schemas.remittance import Remark, RemittedLine
from services.core.denials.knowledge import remark_code

BY_CONTROL_NUMBER: Final = 100
BY_LINE_NUMBER: Final = 95
"""payers echo LX as REF*6R where the 837 had no line control numbers"""
ENOUGH: Final = 60
"""procedure and charge, or procedure, dates and modifiers; charge and dates alone are not a match"""

SPLIT: Final = frozenset({"N21", "N123"})
"""remarks of a payer that made several lines of one (domain reference 1.7 a)"""

_PROCEDURE: Final = 40
_CHARGE: Final = 25
_DATES: Final = 15
_MODIFIERS: Final = 10
_REVENUE: Final = 5


def match_lines(
    remitted: Sequence[RemittedLine], submitted: Sequence[ClaimLine], remarks: Sequence[Remark] = ()
) -> tuple[LineMatch, ...]:
    """One match for each remitted line, in their order; `submitted_line` null where none fits.

    By REF*6R first, where a payer that split a line may answer it with several. What is left is assigned one
    to one, best score first, ties in line order. Where a remark says that the payer split a line, what is still
    left goes with the part that was assigned, as long as the parts do not charge more than the line.
    """
    found: dict[int, tuple[int, int]] = {}
    by_control = {line.control_number.strip(): line.line for line in submitted if line.control_number}
    by_number = {} if by_control else {str(line.line): line.line for line in submitted}
    for line in remitted:
        control = (line.control_number or "").strip()
        if control in by_control:
            found[line.line] = (by_control[control], BY_CONTROL_NUMBER)
        elif control in by_number:
            found[line.line] = (by_number[control], BY_LINE_NUMBER)
    taken = {number for number, _ in found.values()}
    pairs = sorted(
        (-score, theirs.line, ours.line)
        for theirs in remitted
        if theirs.line not in found
        for ours in submitted
        if ours.line not in taken and (score := _score(theirs, ours)) >= ENOUGH
    )
    for negative, theirs_line, ours_line in pairs:
        if theirs_line not in found and ours_line not in taken:
            found[theirs_line] = (ours_line, -negative)
            taken.add(ours_line)
    _add_parts(found, remitted, submitted, remarks)
    return tuple(
        LineMatch(
            remitted_line=line.line,
            submitted_line=found[line.line][0] if line.line in found else None,
            score=found[line.line][1] if line.line in found else 0,
        )
        for line in remitted
    )


def _add_parts(
    found: dict[int, tuple[int, int]],
    remitted: Sequence[RemittedLine],
    submitted: Sequence[ClaimLine],
    remarks: Sequence[Remark],
) -> None:
    said = {r.line for r in remarks if remark_code(r.code) in SPLIT}
    if not said:
        return
    left = {ours.line: ours.charge for ours in submitted}
    split: set[int] = set()
    for theirs in remitted:
        if theirs.line in found:
            left[found[theirs.line][0]] -= theirs.charge
            if None in said or theirs.line in said:
                split.add(found[theirs.line][0])
    for theirs in remitted:
        if theirs.line in found:
            continue
        fitting = [
            (-score, ours.line)
            for ours in submitted
            if (ours.line in split or theirs.line in said)
            and Decimal(0) < theirs.charge <= left[ours.line]
            and (score := _score(theirs, ours)) >= ENOUGH
        ]
        if fitting:
            negative, number = min(fitting)
            found[theirs.line] = (number, -negative)
            left[number] -= theirs.charge


def _score(theirs: RemittedLine, ours: ClaimLine) -> int:
    """0 to 95. The submitted code (SVC06) counts where the payer changed it."""
    score = 0
    recoded = theirs.submitted_procedure is not None
    procedure = theirs.submitted_procedure if recoded else theirs.procedure
    modifiers = theirs.submitted_modifiers if recoded else theirs.modifiers
    if procedure and _same(procedure, ours.procedure):
        score += _PROCEDURE
    elif not ours.procedure and _same(procedure or theirs.revenue_code, ours.revenue_code):
        # A revenue code line without a procedure: SVC01 holds the revenue code (qualifier NU).
        score += _PROCEDURE
    elif procedure and ours.procedure:
        return 0
    if theirs.charge == ours.charge:
        score += _CHARGE
    if theirs.service_from is not None and theirs.service_from == ours.service_from:
        score += _DATES
    if tuple(sorted(modifiers)) == tuple(sorted(ours.modifiers)):
        score += _MODIFIERS
    if theirs.revenue_code and _same(theirs.revenue_code, ours.revenue_code):
        score += _REVENUE
    return score


def _same(one: str | None, other: str | None) -> bool:
    return bool(one) and bool(other) and (one or "").strip().upper() == (other or "").strip().upper()
