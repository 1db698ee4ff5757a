"""From a new patient's visit to that of an established one (domain reference 2.4; levels since 2021).

The level follows from what the note documents: by decision making it is the same level, by time it is the code
whose minutes the documented total reaches. The codes are in the user's own table: `em_office_new`, `level=3` and
`established=CODE` on the new visit's row; `minutes=20` on an established visit's.
"""

from __future__ import annotations

from typing import Final

from schemas.claim import ClaimLine
from schemas.codes import Automation
from schemas.documentation import LevelBasis
from schemas.recoding import Edit
from services.core.codes.cpt import CptCode, CptCodes
from services.core.recoding.check import Check, Parameters
from services.core.recoding.lookups import Opened, cpt_missing, opened
from services.core.recoding.situation import Situation
from services.core.recoding.verdicts import Outcome, Verdict, fails, lacks

_LADDER: Final = "ladder"
"""Attribute of a new visit: the established codes that are chosen by time, lowest first, split by a slash."""


def established_visit(situation: Situation, _: Parameters) -> Verdict:
    """The established visit that the documented basis of the level leads to."""
    claim, lines = situation.claim, situation.lines()
    if claim is None or not lines:
        return lacks("claim")
    for line in lines:
        table = opened(situation, "cpt", CptCodes, line.service_from)
        row = table.table.find(line.procedure or "") if table is not None else None
        if table is None or row is None:
            return lacks(cpt_missing(situation, line))
        if "em_office_new" not in row.attributes:
            continue
        basis = _basis(situation, line)
        if basis is None:
            return lacks("documented.levels")
        after = _by_level(row) if basis.basis == "mdm" else _by_minutes(table, row, basis.minutes)
        if after is None:
            return lacks("documented.levels.minutes" if basis.basis == "time" else "table:cpt.established")
        edit = Edit(
            line=line.line,
            field=f"lines[{line.line}].procedure",
            before=line.procedure,
            after=after,
            evidence=(
                situation.from_claim(f"LX {line.line} SV101-2", line.procedure),
                table.evidence(row.code, after),
                *situation.cause.evidence,
            ),
        )
        return Verdict(
            Outcome.PASSES,
            f"level_by_{basis.basis}",
            missing=("fact:last_visit_within_three_years",),
            candidates=(edit,),
            ceiling=Automation.A2,
            facts=(("basis", "decision making" if basis.basis == "mdm" else "total time"),),
        )
    return fails("no_visit_of_a_new_patient")


def _basis(situation: Situation, line: ClaimLine) -> LevelBasis | None:
    told = situation.denial.documented
    return next((b for b in told.levels if b.line == line.line), None) if told is not None else None


def _by_level(row: CptCode) -> str | None:
    return (row.attribute("established") or "").upper() or None


def _by_minutes(table: Opened[CptCodes], row: CptCode, minutes: int | None) -> str | None:
    """The highest established code whose minutes the documented total reaches."""
    reached: str | None = None
    for code in (row.attribute(_LADDER) or "").upper().split("/"):
        found = table.table.find(code) if code else None
        least = found.attribute("minutes") if found is not None else None
        if minutes is None or least is None or not least.isdecimal():
            return None
        if minutes >= int(least):
            reached = code
    return reached


CHECKS: Final = {"established_visit": Check(Parameters, established_visit, ("basis",))}
