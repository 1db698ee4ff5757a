"""The list of diagnoses of a claim itself: pointers into it, what stands in it twice, present-on-admission marks.

Source: domain reference 2.5. No table is needed for it.
"""

from __future__ import annotations

from typing import Final

from schemas.codes import Automation
from schemas.recoding import Edit
from services.core.recoding.check import Check, Parameters
from services.core.recoding.lookups import inpatient
from services.core.recoding.situation import Situation
from services.core.recoding.verdicts import Outcome, Verdict, fails, lacks, passes


def pointer_to_nothing(situation: Situation, _: Parameters) -> Verdict:
    """A denied line points to a place where the claim has no diagnosis (SV107). Where other pointers remain, the line
    without it is a candidate."""
    claim, lines = situation.claim, situation.lines()
    if claim is None or not lines:
        return lacks("claim")
    for line in lines:
        kept = tuple(p for p in line.pointers if 0 < p <= len(claim.diagnoses))
        if kept == line.pointers:
            continue
        own = situation.from_claim(f"LX {line.line} SV107")
        facts = (("line", str(line.line)),)
        if not kept:
            return Verdict(Outcome.PASSES, "no_pointer_remains", evidence=(own,), facts=facts)
        edit = Edit(
            line=line.line,
            field=f"lines[{line.line}].pointers",
            before=tuple(str(p) for p in line.pointers),
            after=tuple(str(p) for p in kept),
            evidence=(own, *situation.cause.evidence),
        )
        return Verdict(
            Outcome.PASSES,
            "pointer_to_nothing",
            candidates=(edit,),
            evidence=(own,),
            facts=facts,
            ceiling=Automation.A2,
        )
    return fails("every_pointer_has_its_diagnosis")


def repeated_diagnosis(situation: Situation, _: Parameters) -> Verdict:
    """A diagnosis stands twice on the claim, or there are more than the guide takes: 12 (837P), 25 (837I)."""
    claim = situation.claim
    if claim is None:
        return lacks("claim")
    billed = [d for d in claim.diagnoses if d.qualifier in ("ABK", "ABF", "BK", "BF")]
    codes = [d.code for d in billed]
    twice = sorted({code for code in codes if codes.count(code) > 1})
    if twice:
        return passes("a_diagnosis_stands_twice", diagnosis=twice[0])
    most = 12 if claim.transaction == "837P" else 25
    return passes("too_many", diagnosis=codes[most]) if len(codes) > most else fails("none_stands_twice")


def admission_mark_missing(situation: Situation, _: Parameters) -> Verdict:
    """A diagnosis of an inpatient claim has no present-on-admission mark (HI-9). Which codes are exempt is a list of
    its own."""
    claim = situation.claim
    if claim is None:
        return lacks("claim")
    if not inpatient(claim):
        return fails("no_inpatient_claim")
    without = [d.code for d in claim.diagnoses if d.qualifier in ("ABK", "ABF") and not d.poa]
    if not without:
        return fails("every_diagnosis_has_its_mark")
    return Verdict(
        Outcome.PASSES,
        "mark_missing",
        missing=("table:poa_exempt",),
        facts=(("count", str(len(without))), ("code", without[0])),
    )


CHECKS: Final = {
    "pointer_to_nothing": Check(Parameters, pointer_to_nothing, ("line",)),
    "repeated_diagnosis": Check(Parameters, repeated_diagnosis, ("diagnosis",)),
    "admission_mark_missing": Check(Parameters, admission_mark_missing, ("count", "code")),
}
