"""The compliance guard G1 to G10: each a function of its own, that can veto anything.

Source: domain reference 2.1. A guard sees one change of one denial and who would be answerable for it: the machine
alone, or a person who names documents. `documents_needed` is the reason of a veto that documents would lift.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from schemas.case import Attempt, ClassifiedDenial
from schemas.claim import ClaimSubmitted
from schemas.recoding import Edit, GuardResult
from services.core.codes.npi import valid_npi
from services.core.denials.knowledge import SHIPPED, remark_code
from services.core.recoding.fields import Field, current, exists, parse_field, well_formed
from services.core.resubmission.profiles import Profile

PASS: Final = "pass"
VETO: Final = "veto"
NOT_APPLICABLE: Final = "not_applicable"

DOCUMENTS_NEEDED: Final = "documents_needed"


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be done to a claim, and on whose word. `person` without `documents` is a bare approval."""

    denial: ClassifiedDenial
    profile: Profile
    edits: tuple[Edit, ...]
    person: bool = False
    documents: tuple[str, ...] = ()

    @property
    def claim(self) -> ClaimSubmitted | None:
        return self.denial.claim

    @property
    def documented(self) -> bool:
        """Whether a person answers for it with a document."""
        return self.person and bool(self.documents)

    def fields(self) -> list[tuple[Edit, Field | None]]:
        return [(edit, parse_field(edit.field)) for edit in self.edits]


@lru_cache(maxsize=256)
def _result(guard: str, result: str, reason: str) -> GuardResult:
    return GuardResult(id=guard, result=result, reason=reason)


def limited_set(change: Change) -> GuardResult:
    """G1: without a person and a document only administrative elements change: an authorization or referral number,
    an NPI that is missing or malformed. Nothing clinical, no change of provider."""
    if not change.edits:
        return _result("G1", NOT_APPLICABLE, "no_edits")
    for edit, field in change.fields():
        if field is None:
            return _result("G1", VETO, "field_not_editable")
        another = field.provider and isinstance(edit.before, str) and valid_npi(edit.before)
        if (field.clinical or another) and not change.documented:
            return _result("G1", VETO, DOCUMENTS_NEEDED)
    return _result("G1", PASS, "documented" if change.documented else "administrative_only")


def payment_rise(change: Change) -> GuardResult:
    """G2: what may raise the payment needs a person. Without a fee schedule every code and modifier may."""
    if not change.edits:
        return _result("G2", NOT_APPLICABLE, "no_edits")
    if any(field is not None and field.clinical for _, field in change.fields()):
        if change.person:
            return _result("G2", PASS, "signed_off")
        return _result("G2", VETO, "may_raise_payment")
    return _result("G2", PASS, "payment_unchanged")


def downward_change(change: Change) -> GuardResult:
    """G3: a change that lowers or drops something misstates facts as well, unless the record says so."""
    if not change.edits:
        return _result("G3", NOT_APPLICABLE, "no_edits")
    for edit, field in change.fields():
        if field is None or not field.clinical:
            continue
        before = set(edit.before) if isinstance(edit.before, tuple) else {edit.before} - {None}
        after = set(edit.after) if isinstance(edit.after, tuple) else {edit.after} - {None}
        if before - after and not change.documented:
            return _result("G3", VETO, DOCUMENTS_NEEDED)
    return _result("G3", PASS, "nothing_taken_away" if not change.documented else "documented")


def documented_diagnosis(change: Change) -> GuardResult:
    """G4: a diagnosis is on the claim already, or documented for this encounter. No document reference lifts it."""
    edits = [edit for edit, field in change.fields() if field is not None and field.part == "diagnoses"]
    if not edits or change.claim is None:
        return _result("G4", NOT_APPLICABLE, "no_diagnosis_edit")
    documented = change.denial.documented
    allowed = {d.code for d in change.claim.diagnoses}
    allowed |= {c.replace(".", "") for c in documented.documented_diagnoses} if documented else set()
    if any(edit.after not in allowed for edit in edits):
        return _result("G4", VETO, "diagnosis_not_documented")
    return _result("G4", PASS, "diagnosis_documented")


def one_attempt(change: Change) -> GuardResult:
    """G5: one machine resubmission per claim and cause; the same cause again is for a person. While an earlier
    generation is unanswered, no machine sends another."""
    if not change.edits:
        return _result("G5", NOT_APPLICABLE, "no_edits")
    if change.person:
        return _result("G5", PASS, "a_person_decides")
    attempts: tuple[Attempt, ...] = change.denial.attempts
    if any(attempt.outcome is None for attempt in attempts):
        return _result("G5", VETO, "generation_unanswered")
    causes = {cause.cause for cause in change.denial.causes}
    if any(causes & set(attempt.causes) for attempt in attempts):
        return _result("G5", VETO, "cause_attempted_before")
    return _result("G5", PASS, "first_attempt")


def no_code_from_hint(change: Change) -> GuardResult:
    """G6: codes never change to match an authorization or a payer's hint without the record: a person names it."""
    if not any(field is not None and field.clinical for _, field in change.fields()):
        return _result("G6", NOT_APPLICABLE, "no_code_edit")
    if change.documented:
        return _result("G6", PASS, "documented")
    if change.person:
        return _result("G6", VETO, DOCUMENTS_NEEDED)
    remarks = {r.code for r in change.denial.adjudication.remarks}
    if remarks & change.profile.payer_hints:
        return _result("G6", VETO, "payer_hints_at_a_code")
    if any(cause.cause == "auth" for cause in change.denial.causes):
        return _result("G6", VETO, "code_would_match_authorization")
    return _result("G6", PASS, "no_hint")


def stop_list(change: Change) -> GuardResult:
    """G7: where the payer says stop, or the matter is one of program integrity, nothing goes back from here."""
    adjudication = change.denial.adjudication
    for remark in adjudication.remarks:
        known = SHIPPED.remarks.get(remark_code(remark.code))
        if known is not None and known.directive in ("stop", "integrity"):
            return _result("G7", VETO, f"remark_{known.code}")
    for code in change.denial.directives:
        known = SHIPPED.remarks.get(remark_code(code))
        if known is not None and known.directive in ("stop", "integrity"):
            return _result("G7", VETO, f"remark_{known.code}")
    for adjustment in adjudication.adjustments:
        if adjustment.reason in change.profile.stop_reasons:
            return _result("G7", VETO, f"reason_{adjustment.reason}")
    return _result("G7", PASS, "not_on_the_stop_list")


def overpayment(change: Change) -> GuardResult:
    """G8: the reverse guard watches paid lines; a denial that is open is none."""
    return _result("G8", NOT_APPLICABLE, "no_paid_line_is_changed" if change.edits else "no_edits")


def evidence_named(change: Change) -> GuardResult:
    """G9: every edit says where it comes from."""
    if not change.edits:
        return _result("G9", NOT_APPLICABLE, "no_edits")
    if any(not edit.evidence for edit in change.edits):
        return _result("G9", VETO, "edit_without_evidence")
    return _result("G9", PASS, "evidence_named")


def whole_claim(change: Change) -> GuardResult:
    """G10: the whole claim goes back, changed only where an edit says so: the claim is known, every edit names a
    field that it has and what stands there, none twice. The resubmitter proves it on the segments again."""
    if not change.edits:
        return _result("G10", NOT_APPLICABLE, "no_edits")
    claim = change.claim
    if claim is None or not claim.segments or not claim.lines:
        return _result("G10", VETO, "claim_missing")
    if not claim.resubmittable:
        return _result("G10", VETO, "guide_not_supported")
    if len({edit.field for edit in change.edits}) != len(change.edits):
        return _result("G10", VETO, "field_edited_twice")
    for edit, field in change.fields():
        if field is None or not exists(claim, field) or edit.line != field.line:
            return _result("G10", VETO, "field_not_on_the_claim")
        if edit.before != current(claim, field):
            return _result("G10", VETO, "before_differs")
        removal = field.name == "modifiers" and edit.after is None
        if not removal and not well_formed(claim, field, edit.after):
            return _result("G10", VETO, "value_cannot_stand_in_the_claim")
        if edit.after == edit.before:
            return _result("G10", VETO, "nothing_changes")
    return _result("G10", PASS, "only_the_edits_differ")


GUARDS: Final[tuple[Callable[[Change], GuardResult], ...]] = (
    limited_set,
    payment_rise,
    downward_change,
    documented_diagnosis,
    one_attempt,
    no_code_from_hint,
    stop_list,
    overpayment,
    evidence_named,
    whole_claim,
)


def guard(change: Change) -> tuple[GuardResult, ...]:
    """What every guard says of a change, G1 first."""
    return tuple(check(change) for check in GUARDS)


def vetoes(results: tuple[GuardResult, ...]) -> tuple[GuardResult, ...]:
    return tuple(result for result in results if result.result == VETO)


def refusal(results: tuple[GuardResult, ...]) -> str | None:
    """Why a person's approval is refused: `documents_needed` where documents would lift all that stands against
    it, else guard and reason (`G7:remark_N185`); null where nothing does."""
    against = vetoes(results)
    hard = next((r for r in against if r.reason != DOCUMENTS_NEEDED), None)
    if hard is not None:
        return f"{hard.id}:{hard.reason}"
    return DOCUMENTS_NEEDED if against else None
