"""The list of diagnoses of a claim itself: pointers into it, what stands in it twice, present-on-admission marks.

Source: domain reference 2.5.
"""

from __future__ import annotations

from typing import Final

from schemas.claim import ClaimSubmitted
from schemas.codes import Automation
from schemas.recoding import Edit
from services.core.codes import poa_exempt
from services.core.recoding.check import Check, Parameters
from services.core.recoding.lookups import inpatient, opened
from services.core.recoding.offers import field_edit
from services.core.recoding.sameness import restating
from services.core.recoding.situation import Situation
from services.core.recoding.verdicts import Outcome, Verdict, fails, lacks, offers

_BILLED: Final = frozenset({"ABK", "ABF", "BK", "BF"})
"""Principal and other diagnoses; an admitting one or a reason for the visit may be the same again."""


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


_TWICE: Final = (
    ("found", "stands twice on the claim"),
    ("next", "It goes once, and the pointers follow it: the claim says the same."),
)
_TOO_MANY: Final = (
    ("found", "stands beyond the number of diagnoses that the guide takes"),
    ("next", "Which of them stay, a coder says from the record."),
)


def repeated_diagnosis(situation: Situation, _: Parameters) -> Verdict:
    """A diagnosis stands twice on the claim, or there are more than the guide takes: 12 (837P), 25 (837I). What stands
    again goes, and the pointers follow; which of too many stay is a question of the record."""
    claim = situation.claim
    if claim is None:
        return lacks("claim")
    billed = [d for d in claim.diagnoses if d.qualifier in _BILLED]
    codes = [d.code for d in billed]
    twice = sorted({code for code in codes if codes.count(code) > 1})
    if not twice:
        most = 12 if claim.transaction == "837P" else 25
        if len(codes) <= most:
            return fails("none_stands_twice")
        facts = (("diagnosis", codes[most]), *_TOO_MANY)
        return Verdict(Outcome.PASSES, "too_many", ceiling=Automation.A1, facts=facts)
    if len({(d.code, d.poa) for d in billed}) != len(set(codes)):
        return fails("its_marks_differ")
    edits = _without_repeats(situation, claim)
    same = restating(claim, edits, situation.profile, situation.tables)
    if not edits or same != {edit.field for edit in edits}:
        return fails("the_list_cannot_be_shortened_without_a_change")
    return Verdict(
        Outcome.PASSES,
        "a_diagnosis_stands_twice",
        edits=edits,
        facts=(("diagnosis", twice[0]), *_TWICE),
    )


def _without_repeats(situation: Situation, claim: ClaimSubmitted) -> tuple[Edit, ...]:
    """The list with each diagnosis once, and every pointer at the place where its diagnosis then stands."""
    first: dict[str, int] = {}
    now: dict[int, int] = {}
    stays: list[str] = []
    for place, diagnosis in enumerate(claim.diagnoses, start=1):
        repeats = diagnosis.qualifier in _BILLED and diagnosis.code in first
        if not repeats:
            stays.append(diagnosis.code)
            now[place] = len(stays)
            if diagnosis.qualifier in _BILLED:
                first[diagnosis.code] = place
        else:
            now[place] = now[first[diagnosis.code]]
    wanted = [field_edit(situation, "diagnoses", tuple(stays), "2300 HI")]
    for line in claim.lines:
        after = tuple(dict.fromkeys(str(now.get(p, p)) for p in line.pointers))
        if after != tuple(str(p) for p in line.pointers):
            path = f"lines[{line.line}].pointers"
            wanted.append(field_edit(situation, path, after, f"LX {line.line} SV107"))
    return tuple(edit for edit in wanted if edit is not None)


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


class MarkParameters(Parameters):
    """`marks`: what may stand in HI-9 of a code that is not exempt."""

    marks: tuple[str, ...]


def admission_marks(situation: Situation, parameters: MarkParameters) -> Verdict:
    """A diagnosis of an inpatient claim lacks its present-on-admission mark (HI-9), or has one though the list
    exempts it. Which mark is true is in the record; on an exempt code none is."""
    claim = situation.claim
    if claim is None:
        return lacks("claim")
    if not inpatient(claim):
        return fails("no_inpatient_claim")
    day = claim.service_to or claim.service_from
    table = opened(situation, poa_exempt.KIND, poa_exempt.ExemptCodes, day)
    if table is None:
        return lacks(f"table:{poa_exempt.KIND}")
    found: list[Edit] = []
    for place, diagnosis in enumerate(claim.diagnoses, start=1):
        if diagnosis.qualifier not in ("ABK", "ABF"):
            continue
        row = table.table.row(diagnosis.code)
        path, at = f"diagnoses[{place}].poa", f"2300 HI {place}"
        if row is not None and diagnosis.poa:
            proof = table.evidence(f"row {row}", diagnosis.code)
            edit = field_edit(situation, path, None, at, (proof,))
            found += [edit] if edit is not None else []
        elif row is None and not diagnosis.poa:
            proof = table.evidence("no row", diagnosis.code)
            offered = (field_edit(situation, path, mark, at, (proof,)) for mark in parameters.marks)
            found += [edit for edit in offered if edit is not None]
    if not found:
        return fails("every_diagnosis_is_marked_as_it_must_be")
    codes = dict.fromkeys(claim.diagnoses[int(edit.field[10:-5]) - 1].code for edit in found)
    verdict = offers("marks_differ_from_the_list", found)
    return Verdict(
        Outcome.PASSES,
        verdict.reason,
        candidates=verdict.candidates,
        evidence=tuple(dict.fromkeys(edit.evidence[1] for edit in found)),
        ceiling=verdict.ceiling,
        facts=(("code", ", ".join(codes)),),
    )


CHECKS: Final = {
    "pointer_to_nothing": Check(Parameters, pointer_to_nothing, ("line",)),
    "repeated_diagnosis": Check(Parameters, repeated_diagnosis, ("diagnosis", "found", "next")),
    "admission_mark_missing": Check(Parameters, admission_mark_missing, ("count", "code")),
    "admission_marks": Check(MarkParameters, admission_marks, ("code",)),
}
