"""What was thrown away of a single-dose drug: JW or JZ (domain reference 2.2).

Only the administration record tells. Without it a person starts there; with nothing wasted the line says so; a wasted
amount stands on a line of its own, which a person adds.
"""

from __future__ import annotations

from typing import Final

from schemas.recoding import Edit
from services.core.recoding.check import Check, Parameters
from services.core.recoding.offers import with_modifier
from services.core.recoding.situation import Situation
from services.core.recoding.verdicts import Outcome, Verdict, lacks, passes


class WasteParameters(Parameters):
    """`none`: the modifier that says that nothing was wasted."""

    none: str


def waste_documented(situation: Situation, parameters: WasteParameters) -> Verdict:
    """The waste of every denied line is documented. Where it is nothing, the modifier that says so is a candidate."""
    lines = situation.lines()
    if not lines:
        return lacks("claim")
    told = situation.denial.documented
    drugs = {drug.line: drug for drug in told.drugs} if told is not None else {}
    found: list[Edit] = []
    for line in lines:
        drug = drugs.get(line.line)
        if drug is None or drug.wasted is None:
            return lacks("documented.drugs.wasted")
        edit = with_modifier(situation, line, parameters.none) if drug.wasted == 0 else None
        found += [edit] if edit is not None else []
    if not found:
        return passes("waste_on_a_line_of_its_own")
    return Verdict(Outcome.PASSES, "nothing_wasted", candidates=tuple(found))


CHECKS: Final = {"waste_documented": Check(WasteParameters, waste_documented)}
