"""Diagnoses against the release of ICD-10-CM that was in force: on the date of service, for an inpatient claim on the
day of discharge. Source: domain reference 2.5; ICD-10-CM tabular list and guidelines of that release.

Nothing here finds a diagnosis: a code is written out, put in order, or named as what a coder must look at.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Final

from schemas.case import Evidence
from schemas.claim import ClaimSubmitted
from schemas.codes import Automation
from schemas.recoding import Edit
from services.core.codes.icd10cm import DiagnosisCodes
from services.core.recoding.check import Check, Parameters
from services.core.recoding.indicators import side_of, sided_siblings
from services.core.recoding.lookups import Opened, inpatient, opened
from services.core.recoding.offers import field_edit, made_edit
from services.core.recoding.situation import Situation
from services.core.recoding.verdicts import Outcome, Verdict, fails, lacks, passes

_EXTERNAL: Final = ("V", "W", "X", "Y")
"""Chapter 20: external causes of morbidity."""

_SIDE_MODIFIERS: Final = {"RT": "right", "LT": "left"}


def diagnosis_day(claim: ClaimSubmitted) -> date | None:
    """The day whose release counts: of discharge for an inpatient claim, else the first date of service."""
    return claim.service_to if inpatient(claim) else claim.service_from


@dataclass(frozen=True, slots=True)
class Billed:
    """The diagnoses of a claim beside the release that counts, by their place in the claim from 1.

    `pointed`: those that the denied lines point to (all, where none points). `places`: the same, or all of the claim
    where the pointed ones are billable: a claim is turned away for any code on it that is not.
    """

    situation: Situation
    claim: ClaimSubmitted
    table: Opened[DiagnosisCodes]
    pointed: list[tuple[int, str]]
    places: list[tuple[int, str]]

    @property
    def codes(self) -> DiagnosisCodes:
        return self.table.table


def _with_release(look: Callable[[Billed], Verdict]) -> Callable[[Situation, Parameters], Verdict]:
    """A check that is handed the release and the diagnoses, or says that one of them is missing."""

    def check(situation: Situation, _: Parameters) -> Verdict:
        claim = situation.claim
        if claim is None:
            return lacks("claim")
        if not claim.diagnoses:
            return lacks("claim.diagnoses")
        table = opened(situation, "icd10cm", DiagnosisCodes, diagnosis_day(claim))
        if table is None:
            return lacks("table:icd10cm")
        to = {p for line in situation.lines() or () for p in line.pointers}
        every = [
            (n, d.code.upper()) for n, d in enumerate(claim.diagnoses, 1) if not d.qualifier.startswith("B")
        ]
        pointed = [(n, code) for n, code in every if n in to or not to]
        faulty = any(not _billable(table.table, code) for _, code in pointed)
        return look(Billed(situation, claim, table, pointed, pointed if faulty else every))

    return check


def _billable(codes: DiagnosisCodes, code: str) -> bool:
    found = codes.find(code)
    return found is not None and found.billable


def _not_valid(billed: Billed) -> Verdict:
    """A diagnosis is no code of the release at all, and no placeholder is missing."""
    for n, code in billed.places:
        if billed.codes.find(code) is None and _written_out(billed.codes, code) is None:
            return passes(
                "not_in_the_release", (_own(billed, n, code), billed.table.evidence(code)), code=code
            )
    return fails("every_code_is_in_the_release")


def _all_valid(billed: Billed) -> Verdict:
    """Every diagnosis of the claim is billable in the release."""
    if all(_billable(billed.codes, code) for _, code in billed.places):
        proofs = tuple(billed.table.evidence(code, "billable") for _, code in billed.places)
        return passes(
            "every_code_is_billable",
            proofs,
            release=billed.table.edition.release or billed.table.edition.name,
        )
    return fails("a_code_is_not_billable")


_ONLY: Final = ("one_billable_code_below", "Exactly one billable code stands below it")
_DOCUMENTED: Final = (
    "one_of_the_codes_below_is_documented",
    "Of the billable codes below it, exactly one is documented for this encounter",
)


def _truncated(billed: Billed) -> Verdict:
    """A category or a code that is cut short, with exactly one billable code below it, or exactly one that is
    documented for the encounter."""
    documented = _documented(billed)
    seen = False
    for n, code in billed.places:
        found = billed.codes.find(code)
        if found is None or found.billable or found.seventh:
            continue
        seen = True
        below = billed.codes.billable_under(code)
        recorded = [each for each in below if each in documented]
        only = below[0] if len(below) == 1 else recorded[0] if len(recorded) == 1 else None
        if only is not None:
            said, words = _ONLY if len(below) == 1 else _DOCUMENTED
            return _offered(billed, n, code, only, said, found=words)
    return fails("several_codes_below") if seen else fails("no_code_is_cut_short")


def _cut_short(billed: Billed) -> Verdict:
    """A category or a code that is cut short, with several billable codes below it."""
    for n, code in billed.places:
        found = billed.codes.find(code)
        if found is not None and not found.billable and not found.seventh:
            below = billed.codes.billable_under(code)
            if len(below) > 1:
                return passes(
                    "several_codes_below",
                    (_own(billed, n, code), billed.table.evidence(code, f"{len(below)} below")),
                    code=code,
                    count=str(len(below)),
                )
    return fails("no_code_is_cut_short")


def _seventh_missing(billed: Billed) -> Verdict:
    """A code that needs a seventh character and has none."""
    for n, code in billed.places:
        found = billed.codes.find(code)
        if found is not None and not found.billable and found.seventh and len(code) < 7:
            return passes(
                "seventh_character_missing", (_own(billed, n, code), billed.table.evidence(code)), code=code
            )
    return fails("no_seventh_character_is_missing")


def _placeholder(billed: Billed) -> Verdict:
    """A code whose seventh character is there and whose placeholders are not: written out, it is the same code."""
    for n, code in billed.places:
        whole = _written_out(billed.codes, code) if billed.codes.find(code) is None else None
        if whole is not None:
            return _offered(billed, n, code, whole, "placeholders_missing")
    return fails("no_placeholder_is_missing")


def _written_out(codes: DiagnosisCodes, code: str) -> str | None:
    """The billable code that this one is once `X` stands in its empty places; null where there is none."""
    if not 4 <= len(code) < 7:
        return None
    base = codes.find(code[:-1])
    whole = f"{code[:-1]:X<6}{code[-1]}"
    found = codes.find(whole)
    return whole if base is not None and found is not None and found.billable else None


def _unspecified_side(billed: Billed) -> Verdict:
    """A diagnosis of an unspecified side where the line that points to it names one: the sibling of that side."""
    seen = False
    for n, code in billed.pointed:
        found = billed.codes.find(code)
        siblings = sided_siblings(billed.codes, found) if found is not None else ()
        if not siblings:
            continue
        seen = True
        named = {
            _SIDE_MODIFIERS[m]
            for line in billed.situation.lines() or ()
            for m in line.modifiers
            if m in _SIDE_MODIFIERS and (n in line.pointers or not line.pointers)
        }
        same = [s.code for s in siblings if s.billable and {side_of(billed.codes, s.code)} == named]
        if len(named) == 1 and len(same) == 1:
            return _offered(billed, n, code, same[0], "the_line_names_the_side")
    return fails("the_claim_names_no_side") if seen else fails("no_unspecified_side")


def _side_open(billed: Billed) -> Verdict:
    """A diagnosis of an unspecified side that the release also has by side."""
    for n, code in billed.pointed:
        found = billed.codes.find(code)
        if found is not None and sided_siblings(billed.codes, found):
            return passes("side_unspecified", (_own(billed, n, code), billed.table.evidence(code)), code=code)
    return fails("no_unspecified_side")


def _excluded(billed: Billed) -> Verdict:
    """Two diagnoses of the claim that an Excludes1 note keeps apart."""
    if not billed.codes.has_notes:
        return lacks("table:icd10cm.notes")
    codes = [d.code for d in billed.claim.diagnoses if not d.qualifier.startswith("B")]
    for at, first in enumerate(codes):
        for second in codes[at + 1 :]:
            note = billed.codes.excluded(first, second)
            if note is not None:
                return passes(
                    "excludes1", (billed.table.evidence(note.at, "excludes1"),), first=first, second=second
                )
    return fails("no_pair_excludes_each_other")


def _manifestation_first(billed: Billed) -> Verdict:
    """The first diagnosis may not be listed first, and what its note wants before it is on the claim: exchanged."""
    if not billed.codes.has_notes:
        return lacks("table:icd10cm.notes")
    codes = [d.code for d in billed.claim.diagnoses]
    first = billed.codes.find(codes[0])
    if first is None or not first.manifestation:
        return fails("the_first_is_no_manifestation")
    causes = [
        n
        for n, code in enumerate(codes[1:], 2)
        if any(note.names(code) and not note.qualified for note in first.code_first)
    ]
    if len(causes) != 1:
        return fails("no_single_cause_of_it_on_the_claim")
    return _exchanged(billed, causes[0], "cause_before_manifestation")


def _external_first(billed: Billed) -> Verdict:
    """An external cause stands first; the only other diagnosis that is none takes its place."""
    codes = [d.code for d in billed.claim.diagnoses]
    if not codes[0].startswith(_EXTERNAL):
        return fails("the_first_is_no_external_cause")
    others = [n for n, code in enumerate(codes[1:], 2) if not code.startswith(_EXTERNAL)]
    if len(others) != 1:
        return fails("no_single_other_diagnosis")
    return _exchanged(billed, others[0], "external_cause_not_first")


def _exchanged(billed: Billed, other: int, reason: str) -> Verdict:
    """The first diagnosis and another one change places, and the pointers of every line follow, so that each goes on
    pointing to the same diagnoses; a present-on-admission mark would stay behind, so there may be none."""
    first, second = billed.claim.diagnoses[0], billed.claim.diagnoses[other - 1]
    if first.poa or second.poa:
        return fails("present_on_admission_marks_would_change")
    proof = billed.table.evidence(first.code)
    edits = [
        made_edit(
            None,
            f"diagnoses[{n}].code",
            before,
            after,
            (_own(billed, n, before), proof, *billed.situation.cause.evidence),
        )
        for n, before, after in ((1, first.code, second.code), (other, second.code, first.code))
    ]
    now = {1: other, other: 1}
    for line in billed.claim.lines:
        if len({1, other} & set(line.pointers)) == 1:
            after = tuple(str(now.get(p, p)) for p in line.pointers)
            path = f"lines[{line.line}].pointers"
            moved = field_edit(billed.situation, path, after, f"LX {line.line} SV107", (proof,))
            if moved is None:
                return fails("pointers_would_change")
            edits.append(moved)
    return Verdict(
        Outcome.PASSES,
        reason,
        edits=tuple(edits),
        evidence=(proof,),
        ceiling=Automation.A2,
    )


def _offered(billed: Billed, n: int, before: str, after: str, reason: str, **facts: str) -> Verdict:
    edit = Edit(
        line=None,
        field=f"diagnoses[{n}].code",
        before=before,
        after=after,
        evidence=(_own(billed, n, before), billed.table.evidence(after), *billed.situation.cause.evidence),
    )
    return Verdict(
        Outcome.PASSES,
        reason,
        candidates=(edit,),
        evidence=edit.evidence[:2],
        ceiling=Automation.A2,
        facts=(("code", before), *facts.items()),
    )


def _own(billed: Billed, n: int, code: str) -> Evidence:
    return billed.situation.from_claim(f"HI diagnosis {n}", code)


def _documented(billed: Billed) -> frozenset[str]:
    told = billed.situation.denial.documented
    return (
        frozenset(c.replace(".", "") for c in told.documented_diagnoses) if told is not None else frozenset()
    )


CHECKS: Final = {
    "diagnosis_not_in_release": Check(Parameters, _with_release(_not_valid), ("code",)),
    "diagnoses_billable": Check(Parameters, _with_release(_all_valid), ("release",)),
    "diagnosis_truncated": Check(Parameters, _with_release(_truncated), ("code", "found")),
    "diagnosis_cut_short": Check(Parameters, _with_release(_cut_short), ("code", "count")),
    "seventh_character_missing": Check(Parameters, _with_release(_seventh_missing), ("code",)),
    "placeholder_missing": Check(Parameters, _with_release(_placeholder), ("code",)),
    "side_from_line": Check(Parameters, _with_release(_unspecified_side), ("code",)),
    "side_unspecified": Check(Parameters, _with_release(_side_open), ("code",)),
    "diagnoses_exclude_each_other": Check(Parameters, _with_release(_excluded), ("first", "second")),
    "manifestation_first": Check(Parameters, _with_release(_manifestation_first)),
    "external_cause_first": Check(Parameters, _with_release(_external_first)),
}
