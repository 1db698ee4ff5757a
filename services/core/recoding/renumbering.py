"""Diagnoses that CMS gave one new number, by its conversion table (domain reference 2.5)."""

from __future__ import annotations

from typing import Final

from schemas.codes import Automation
from schemas.recoding import Edit
from services.core.codes.icd10cm import DiagnosisCodes
from services.core.codes.icd10cm_conversion import KIND, Conversions
from services.core.recoding.check import Check, Parameters
from services.core.recoding.lookups import inpatient, opened
from services.core.recoding.offers import field_edit
from services.core.recoding.situation import Situation
from services.core.recoding.verdicts import Outcome, Verdict, fails, lacks


def renumbered_diagnosis(situation: Situation, _: Parameters) -> Verdict:
    """A diagnosis is not billable in the release of the date (of an inpatient claim, of the discharge), and the
    conversion table names one code that took its place, alone and for it alone, which is."""
    claim, first = situation.claim, situation.day
    if claim is None or first is None:
        return lacks("claim" if claim is None else "claim.service_from")
    day = (claim.service_to if inpatient(claim) else None) or first
    codes = opened(situation, "icd10cm", DiagnosisCodes, day)
    table = opened(situation, KIND, Conversions, first)
    missing = [name for name, found in (("table:icd10cm", codes), (f"table:{KIND}", table)) if found is None]
    if codes is None or table is None:
        return lacks(*missing)
    edits: list[Edit] = []
    reason = "every_code_is_billable"
    for number, diagnosis in enumerate(claim.diagnoses, start=1):
        known = codes.table.find(diagnosis.code)
        if diagnosis.qualifier in ("BK", "BF", "BJ", "BN", "PR") or (known is not None and known.billable):
            continue
        row = table.table.one_to_one(diagnosis.code)
        after = codes.table.find(row.code) if row is not None and row.effective <= first else None
        if row is None or after is None or not after.billable:
            reason = "no_single_code_took_its_place"
            continue
        proofs = (table.evidence(f"row {row.row}", f"{row.previous} {row.code}"), codes.evidence(row.code))
        edit = field_edit(situation, f"diagnoses[{number}].code", row.code, f"HI {number}", proofs)
        edits += [edit] if edit is not None else []
    if not edits:
        return fails(reason)
    first_edit = edits[0]
    return Verdict(
        Outcome.PASSES,
        "one_code_took_its_place",
        edits=tuple(edits),
        evidence=tuple(e for edit in edits for e in edit.evidence[1:3]),
        ceiling=Automation.A3,
        facts=(("code", str(first_edit.before)), ("successor", str(first_edit.after))),
    )


CHECKS: Final = {"renumbered_diagnosis": Check(Parameters, renumbered_diagnosis, ("code", "successor"))}
