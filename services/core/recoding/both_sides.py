"""A service on both sides that stands twice on the claim: one line with 50, or one for each side (domain reference 2.2).

Which of the two a payer wants stands in its profile; that both sides were done, in the record.
"""

from __future__ import annotations

from typing import Final

from schemas.case import Evidence
from schemas.claim import ClaimLine, ClaimSubmitted
from schemas.codes import Automation
from schemas.recoding import Edit
from services.core.codes.mpfs import Indicators
from services.core.recoding.check import Check, Parameters
from services.core.recoding.fields import plain
from services.core.recoding.indicators import SIDES
from services.core.recoding.lookups import of_day, opened, rendering_npi
from services.core.recoding.offers import field_edit
from services.core.recoding.situation import Situation
from services.core.recoding.verdicts import Outcome, Verdict, fails, lacks

_HOW: Final = {True: "on one line for both sides", False: "on a line for each side"}


class BothSidesParameters(Parameters):
    """`both`: the modifier of both sides; `right` and `left`; `indicators`: bilateral columns that know each way."""

    both: str
    right: str
    left: str
    one_line: tuple[str, ...]
    two_lines: tuple[str, ...]


def twice_for_both_sides(situation: Situation, parameters: BothSidesParameters) -> Verdict:
    """A denied line and one other say the same service of the same day by the same provider, one unit each, for the
    right and the left or for no side. They become what the payer takes, where the fee schedule knows that way."""
    claim, lines = situation.claim, situation.lines()
    if claim is None or not lines:
        return lacks("claim")
    pair = next(
        (p for p in (_pair(claim, situation, line, parameters) for line in lines) if p is not None), None
    )
    if pair is None:
        return fails("the_service_does_not_stand_twice_for_two_sides")
    first, second = pair
    style = situation.profile.bilateral_style
    if style is None:
        return lacks("profile.bilateral_style")
    table = opened(situation, "mpfs", Indicators, first.service_from)
    row = table.table.find(first.procedure or "") if table is not None else None
    if table is None or row is None:
        return lacks("table:mpfs" if table is None else "table:mpfs.row")
    known = parameters.one_line if style == "one_line" else parameters.two_lines
    if row.bilateral not in known:
        return fails("the_indicator_knows_no_such_way")
    proof = table.evidence(row.code, f"bilateral {row.bilateral}")
    if style == "one_line":
        edits = _one_line(situation, claim, first, second, parameters, proof)
    else:
        edits = _two_lines(situation, first, second, parameters, proof)
    made = [edit for edit in edits if edit is not None]
    if not made or len(made) != len(edits):
        return fails("the_lines_say_it_that_way")
    return Verdict(
        Outcome.PASSES,
        f"as_{style}",
        edits=tuple(made),
        evidence=(proof,),
        ceiling=Automation.A2,
        facts=(
            ("code", row.code),
            ("first", str(first.line)),
            ("second", str(second.line)),
            ("how", _HOW[style == "one_line"]),
        ),
    )


def _pair(
    claim: ClaimSubmitted, situation: Situation, line: ClaimLine, parameters: BothSidesParameters
) -> tuple[ClaimLine, ClaimLine] | None:
    """The line and the only other one like it, the earlier first."""
    like = [
        other
        for other in of_day(situation, line)
        if other.procedure == line.procedure
        and other.charge == line.charge
        and rendering_npi(claim, other) == rendering_npi(claim, line)
    ]
    if len(like) != 1 or any(each.units != 1 for each in (line, like[0])):
        return None
    first, second = sorted((line, like[0]), key=lambda each: each.line)
    sides = [sorted(SIDES & set(each.modifiers)) for each in (first, second)]
    two = sorted(side for of_line in sides for side in of_line) == sorted((parameters.left, parameters.right))
    rest = [[m for m in each.modifiers if m not in SIDES] for each in (first, second)]
    return (first, second) if rest[0] == rest[1] and (two or sides == [[], []]) else None


def _one_line(
    situation: Situation,
    claim: ClaimSubmitted,
    first: ClaimLine,
    second: ClaimLine,
    parameters: BothSidesParameters,
    proof: Evidence,
) -> list[Edit | None]:
    kept = tuple(m for m in first.modifiers if m not in SIDES)
    at = f"LX {first.line}"
    stays = tuple(str(line.line) for line in claim.lines if line.line != second.line)
    charge = plain(first.charge + second.charge)
    return [
        field_edit(
            situation, f"lines[{first.line}].modifiers", (*kept, parameters.both), f"{at} SV101-3", (proof,)
        ),
        field_edit(situation, f"lines[{first.line}].charge", charge, f"{at} SV102", (proof,)),
        field_edit(situation, "lines", stays, f"LX {second.line}", (proof,)),
    ]


def _two_lines(
    situation: Situation,
    first: ClaimLine,
    second: ClaimLine,
    parameters: BothSidesParameters,
    proof: Evidence,
) -> list[Edit | None]:
    if SIDES & {*first.modifiers, *second.modifiers}:
        return []
    return [
        field_edit(
            situation,
            f"lines[{line.line}].modifiers",
            (*line.modifiers, side),
            f"LX {line.line} SV101-3",
            (proof,),
        )
        for line, side in ((first, parameters.right), (second, parameters.left))
    ]


CHECKS: Final = {
    "twice_for_both_sides": Check(
        BothSidesParameters, twice_for_both_sides, ("code", "first", "second", "how")
    ),
}
