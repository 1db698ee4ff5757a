"""Procedures and modifiers in the edition of the date of service, and their published successors (domain reference
2.6)."""

from __future__ import annotations

from typing import Final

from schemas.codes import Automation
from schemas.recoding import Edit
from services.core.codes.hcpcs import HcpcsCodes
from services.core.recoding.check import Check, Parameters
from services.core.recoding.lookups import opened
from services.core.recoding.offers import without_modifier
from services.core.recoding.situation import Situation
from services.core.recoding.verdicts import Outcome, Verdict, fails, lacks


def successor_of_procedure(situation: Situation, _: Parameters) -> Verdict:
    """A denied line's HCPCS level II code was not valid on its date, and its row names exactly one successor that
    was. Whether both count the same unit is not in the file."""
    lines = situation.lines()
    if not lines:
        return lacks("claim")
    missing: list[str] = []
    reason = "every_code_was_valid"
    for line in lines:
        table = opened(situation, "hcpcs", HcpcsCodes, line.service_from)
        day = line.service_from
        if table is None or day is None:
            missing.append("table:hcpcs")
            continue
        row = table.table.find(line.procedure or "")
        if row is None:
            missing.append("table:hcpcs.row")
            continue
        if row.active_on(day):
            continue
        rows = (table.table.find(code) for code in row.successors)
        valid = [code for code in rows if code is not None and code.active_on(day)]
        if len(valid) != 1 or len(row.successors) != 1:
            reason = "no_single_successor"
            continue
        proof = table.evidence(
            row.code, f"until {row.terminated.isoformat() if row.terminated else 'unknown'}"
        )
        own = situation.from_claim(f"LX {line.line} procedure", line.procedure)
        edit = Edit(
            line=line.line,
            field=f"lines[{line.line}].procedure",
            before=line.procedure,
            after=valid[0].code,
            evidence=(own, proof, table.evidence(valid[0].code), *situation.cause.evidence),
        )
        return Verdict(
            Outcome.PASSES,
            "one_successor",
            missing=("fact:same_unit_basis",),
            candidates=(edit,),
            evidence=(proof,),
            ceiling=Automation.A2,
            facts=(("code", row.code), ("successor", valid[0].code)),
        )
    return lacks(*missing) if missing else fails(reason)


def modifier_not_valid(situation: Situation, _: Parameters) -> Verdict:
    """A denied line carries an HCPCS level II modifier that was not valid on its date."""
    lines = situation.lines()
    if not lines:
        return lacks("claim")
    unknown = False
    for line in lines:
        table = opened(situation, "hcpcs", HcpcsCodes, line.service_from)
        if table is None or line.service_from is None:
            return lacks("table:hcpcs")
        for modifier in line.modifiers:
            row = table.table.modifier(modifier)
            unknown = unknown or row is None
            if row is None or row.active_on(line.service_from):
                continue
            proof = table.evidence(
                row.code, f"until {row.terminated.isoformat() if row.terminated else 'unknown'}"
            )
            edit = without_modifier(situation, line, modifier, (proof,))
            return Verdict(
                Outcome.PASSES,
                "modifier_not_valid",
                candidates=(edit,) if edit is not None else (),
                evidence=(proof,),
                ceiling=Automation.A2,
                facts=(("modifier", modifier),),
            )
    return lacks("table:hcpcs.row") if unknown else fails("every_modifier_was_valid")


CHECKS: Final = {
    "successor_of_procedure": Check(Parameters, successor_of_procedure, ("code", "successor")),
    "modifier_not_valid": Check(Parameters, modifier_not_valid, ("modifier",)),
}
