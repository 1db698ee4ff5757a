"""The revenue code of a procedure, by the hospital's own chargemaster (domain reference 2.6)."""

from __future__ import annotations

from typing import Final

from schemas.recoding import Edit
from services.core.codes.chargemaster import KIND, Chargemaster
from services.core.recoding.check import Check, Parameters
from services.core.recoding.lookups import opened
from services.core.recoding.offers import field_edit
from services.core.recoding.situation import Situation
from services.core.recoding.verdicts import Verdict, fails, lacks, offers


def revenue_code_on_file(situation: Situation, _: Parameters) -> Verdict:
    """The chargemaster bills the procedure of a denied line under one revenue code on its date, and the line has
    another one or none (SV201)."""
    claim, lines = situation.claim, situation.lines()
    if claim is None or not lines:
        return lacks("claim")
    if claim.transaction != "837I":
        return fails("no_revenue_code_on_this_claim")
    found: list[Edit] = []
    missing: list[str] = []
    reason = "the_line_has_it"
    for line in lines:
        table = opened(situation, KIND, Chargemaster, line.service_from)
        if table is None or line.service_from is None or line.procedure is None:
            missing.append(f"table:{KIND}" if table is None else f"claim.lines[{line.line}].procedure")
            continue
        rows = table.table.of(line.procedure, line.service_from)
        if not rows:
            missing.append(f"table:{KIND}.row")
        elif len({row.revenue_code for row in rows}) > 1:
            reason = "several_revenue_codes_on_file"
        elif (line.revenue_code or "").rjust(4, "0") != rows[0].revenue_code:
            proof = table.evidence(f"row {rows[0].row}", rows[0].revenue_code)
            path = f"lines[{line.line}].revenue_code"
            edit = field_edit(situation, path, rows[0].revenue_code, f"LX {line.line} SV201", (proof,))
            found += [edit] if edit is not None else []
    if found:
        return offers(
            "another_revenue_code_on_file", found, (e for edit in found for e in edit.evidence[1:2])
        )
    return lacks(*missing) if missing else fails(reason)


CHECKS: Final = {"revenue_code_on_file": Check(Parameters, revenue_code_on_file)}
