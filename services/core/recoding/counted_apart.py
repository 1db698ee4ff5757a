"""Units above a limit by line that the record counts apart: by site, by encounter, by repetition (domain reference 2.3).

The limit of adjudication indicator 1 holds for each line, so services that were truly separate stand on lines of their
own, each with the modifier that says why. Limits by day (2 and 3) know no such lines.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from schemas.case import Evidence
from schemas.claim import ClaimLine
from schemas.codes import Automation
from schemas.documentation import ServiceCount
from services.core.codes.mue import MueValues
from services.core.recoding.check import Check, Parameters
from services.core.recoding.fields import MODIFIER_PLACES
from services.core.recoding.lookups import opened, setting
from services.core.recoding.ncci import BYPASSING
from services.core.recoding.parts import Part, in_parts
from services.core.recoding.situation import Situation
from services.core.recoding.verdicts import Outcome, Verdict, fails, lacks

_OF_VISITS: Final = frozenset({"24", "25", "57"})

SEPARATING: Final = (BYPASSING - _OF_VISITS) | {"76", "77"}
"""Modifiers that say why a service stands on a line of its own: a repetition, another site, another encounter."""


def counted_apart(situation: Situation, _: Parameters) -> Verdict:
    """The record counts the units of every denied line in parts, each within the limit by line and under a modifier of
    its own (the first may go without), together as many as were billed. Passes with the edits that bill them so."""
    claim, lines = situation.claim, situation.lines()
    if claim is None or not lines:
        return lacks("claim")
    where = setting(claim, situation.profile.family)
    table = opened(situation, f"mue_{where}", MueValues, situation.day) if where is not None else None
    if table is None:
        return lacks(
            f"table:mue_{where}" if where is not None else "fact:an_inpatient_claim_is_under_no_such_edit"
        )
    documented = situation.denial.documented
    shares: dict[int, list[Part]] = {}
    for line in lines:
        row = table.table.find(line.procedure or "")
        if row is None or row.indicator != "1":
            return fails("no_limit_by_line")
        told = [c for c in documented.counts if c.line == line.line] if documented is not None else []
        if not any(count.modifiers for count in told):
            return lacks("documented.counts.modifiers")
        against = _fault(line, told, row.units)
        if against is not None:
            return fails(against)
        shares[line.line] = [
            Part(count.units or Decimal(0), (*line.modifiers, *count.modifiers)) for count in told
        ]
    proofs = tuple(Evidence(source="claim-documented", place=f"counts of line {line.line}") for line in lines)
    edits = in_parts(situation, shares, proofs)
    if isinstance(edits, str):
        return lacks(edits)
    said = "; ".join(
        f"line {number}: {' and '.join(format(part.units.normalize(), 'f') for part in parts)} units"
        for number, parts in shares.items()
    )
    return Verdict(
        Outcome.PASSES,
        "counted_apart",
        edits=edits,
        evidence=proofs,
        ceiling=Automation.A2,
        facts=(("shares", said),),
    )


def _fault(line: ClaimLine, told: list[ServiceCount], limit: int) -> str | None:
    """Why what the record counts are not parts of the line; null where they are."""
    units = [count.units or Decimal(0) for count in told]
    own = [frozenset(count.modifiers) for count in told]
    if len(told) < 2 or line.units is None or sum(units) != line.units or not all(units):
        return "the_record_counts_otherwise"
    if max(units) > limit:
        return "a_part_is_above_the_limit"
    if len(set(own)) != len(own) or any(not named & SEPARATING for named in own[1:]):
        return "no_modifier_sets_the_parts_apart"
    if any(len(line.modifiers) + len(named) > MODIFIER_PLACES or named & {*line.modifiers} for named in own):
        return "the_modifiers_cannot_stand_in_the_line"
    return None


CHECKS: Final = {"counted_apart": Check(Parameters, counted_apart, ("shares",))}
