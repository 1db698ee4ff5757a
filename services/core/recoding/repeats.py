"""Services that stand twice on a claim: the modifiers 76, 77 and 91 (domain reference 2.2)."""

from __future__ import annotations

from typing import Final

from schemas.recoding import Edit
from services.core.recoding.check import Check, Parameters
from services.core.recoding.lookups import laboratory, of_day, rendering_npi
from services.core.recoding.offers import with_modifier
from services.core.recoding.situation import Situation
from services.core.recoding.verdicts import Verdict, fails, lacks, offers


class RepeatParameters(Parameters):
    """The modifiers of a repeat by the same and by another practitioner, and of a repeated laboratory test."""

    same: str
    another: str
    laboratory: str


def repeated_service(situation: Situation, parameters: RepeatParameters) -> Verdict:
    """The denied line repeats an earlier line of the claim: same code, same day, and none of the modifiers. A
    laboratory test has its own modifier; whether it is one must be known."""
    claim, lines = situation.claim, situation.lines()
    if claim is None or not lines:
        return lacks("claim")
    found: list[Edit] = []
    missing: list[str] = []
    every = {parameters.same, parameters.another, parameters.laboratory}
    reason = "the_service_stands_once_on_the_claim"
    for line in lines:
        earlier = [
            other
            for other in of_day(situation, line)
            if other.procedure == line.procedure and other.line < line.line
        ]
        if not earlier:
            continue
        if every & set(line.modifiers):
            reason = "the_modifier_is_there"
            continue
        test = laboratory(situation, line)
        if test is None:
            missing.append("table:hcpcs_or_cpt")
            continue
        who = {rendering_npi(claim, other) for other in earlier}
        same = rendering_npi(claim, line) in who
        modifier = parameters.laboratory if test else parameters.same if same else parameters.another
        own = situation.from_claim(f"LX {earlier[0].line} and LX {line.line}", line.procedure)
        edit = with_modifier(situation, line, modifier, (own,))
        found += [edit] if edit is not None else []
    if found:
        return offers("a_repeat_on_the_claim", found)
    return lacks(*missing) if missing else fails(reason)


CHECKS: Final = {"repeated_service": Check(RepeatParameters, repeated_service)}
