"""The compliance guard G1 to G10: each a function of its own, that can veto anything.

Source: domain reference 2.1. A guard sees one change of a claim, the facts around it, and who would be answerable:
the machine alone, or a person who names documents. They are run on every proposal, on every decision, and once more
on the finished 837 (services/core/resubmission/finished.py). `documents_needed` is the reason of a veto that
documents would lift.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from functools import lru_cache
from typing import Final

from schemas.claim import ClaimSubmitted
from schemas.recoding import Edit, EditValue, GuardResult
from services.core.codes.exclusions import KIND as EXCLUSIONS
from services.core.codes.npi import valid_npi
from services.core.denials.knowledge import SHIPPED, remark_code
from services.core.recoding.change import SAYS_NOTHING_OF_THE_RECORD, Change
from services.core.recoding.exclusion import claim_providers, excluded
from services.core.recoding.field_values import balanced, is_number, rewritten, valid_taxonomy, well_formed
from services.core.recoding.fields import Field, current, exists
from services.core.recoding.parts import parts_fault
from services.core.recoding.payment import Direction, direction
from services.core.recoding.sameness import renumbered, restating
from services.core.x12.line_copies import LINES

PASS: Final = "pass"
VETO: Final = "veto"
NOT_APPLICABLE: Final = "not_applicable"

DOCUMENTS_NEEDED: Final = "documents_needed"
SECOND_PERSON_NEEDED: Final = "second_person_needed"
GENERATION_UNANSWERED: Final = "generation_unanswered"

_STOPPING: Final = frozenset({"stop", "integrity"})
"""Directives of remarks with which nothing goes back (services/core/denials/rarc.json)."""

OPEN_MATTERS: Final = ("appeal", "dispute_resolution", "litigation")
"""A document of the kind `<matter>_opened` on file stops the claim until one of the kind `<matter>_closed` follows."""


@lru_cache(maxsize=256)
def _result(guard: str, result: str, reason: str) -> GuardResult:
    return GuardResult(id=guard, result=result, reason=reason)


def limited_set(change: Change) -> GuardResult:
    """G1: without a person and a document only administrative elements change: an authorization or referral number,
    an NPI or a taxonomy that is missing or malformed, the written form of a drug code or a certificate, one of the
    three things that tell who the subscriber is, a diagnosis that stood twice, what another payer decided by its own
    remittance. Nothing clinical, no change of provider, nobody else's subscriber."""
    if not change.edits:
        return _result("G1", NOT_APPLICABLE, "no_edits")
    restated = _restated(change)
    for edit, field in change.fields():
        if field is None:
            return _result("G1", VETO, "field_not_editable")
        clinical = field.clinical and edit.field not in restated
        typed = field.of_other_payer and all(e.source == "decision" for e in edit.evidence)
        if (clinical or typed or _another(edit, field)) and not change.documented:
            return _result("G1", VETO, DOCUMENTS_NEEDED)
    if _another_subscriber(change) and not change.documented:
        return _result("G1", VETO, DOCUMENTS_NEEDED)
    return _result("G1", PASS, "documented" if change.documented else "administrative_only")


def _another(edit: Edit, field: Field) -> bool:
    """Whether the value names another thing or person than before, and not the same written otherwise."""
    if field.provider:
        return isinstance(edit.before, str) and valid_npi(edit.before)
    if field.taxonomy:
        return isinstance(edit.before, str) and valid_taxonomy(edit.before)
    return field.of_something and not rewritten(edit.before, edit.after)


def _another_subscriber(change: Change) -> bool:
    """Whether fewer than two of member number, name and birth date stay what they were."""
    return sum(field is not None and field.of_subscriber for _, field in change.fields()) > 1


def _restated(change: Change) -> frozenset[str]:
    """The fields of clinical edits that say the same in another form."""
    if change.claim is None or not any(f is not None and f.restatable for _, f in change.fields()):
        return frozenset()
    return restating(change.claim, change.edits, change.profile, change.tables)


def payment_rise(change: Change) -> GuardResult:
    """G2: what may raise the payment needs a person, what is known to raise it two. Where the fees do not say, it
    counts as up; whether one person is then enough is the profile's word."""
    if not change.edits:
        return _result("G2", NOT_APPLICABLE, "no_edits")
    if change.claim is None:
        return _result("G2", VETO, "claim_missing")
    way = direction(change.claim, change.edits, change.profile, change.tables)
    if way in (Direction.SAME, Direction.DOWN):
        return _result("G2", PASS, "payment_unchanged" if way is Direction.SAME else "payment_not_raised")
    if not change.person:
        return _result("G2", VETO, "raises_payment" if way is Direction.UP else "may_raise_payment")
    if change.two_people:
        return _result("G2", PASS, "signed_off_by_two")
    if way is Direction.UP or change.profile.two_people_for_unknown:
        return _result("G2", VETO, SECOND_PERSON_NEEDED)
    return _result("G2", PASS, "signed_off")


def downward_change(change: Change) -> GuardResult:
    """G3: a change that lowers or drops something misstates facts as well, unless the record says so: a document is
    named, and the reason given is one that speaks of the record."""
    if not change.edits:
        return _result("G3", NOT_APPLICABLE, "no_edits")
    restated = _restated(change)
    lowered = any(
        field is not None and field.clinical and edit.field not in restated and _takes_away(edit, field)
        for edit, field in change.fields()
    )
    if not lowered:
        return _result("G3", PASS, "nothing_taken_away")
    if not change.documented:
        return _result("G3", VETO, DOCUMENTS_NEEDED)
    if change.reason in SAYS_NOTHING_OF_THE_RECORD:
        return _result("G3", VETO, "the_record_must_say_so")
    return _result("G3", PASS, "documented")


def _takes_away(edit: Edit, field: Field) -> bool:
    if field.number_like:
        old, new = (
            Decimal(v) if isinstance(v, str) and is_number(v) else None for v in (edit.before, edit.after)
        )
        return old is not None and (new is None or new < old)
    return bool(_values(edit.before) - _values(edit.after))


def _values(value: EditValue) -> set[str]:
    return set(value) if isinstance(value, tuple) else {value} if value is not None else set()


def documented_diagnosis(change: Change) -> GuardResult:
    """G4: a diagnosis is on the claim already, documented for this encounter, or the number that CMS gave to one that
    is on the claim. No document reference lifts it."""
    edits = [edit for edit, field in change.fields() if field is not None and field.diagnosis]
    if not edits or change.claim is None:
        return _result("G4", NOT_APPLICABLE, "no_diagnosis_edit")
    allowed = {_plain(d.code) for d in change.claim.diagnoses}
    allowed |= {_plain(code) for code in change.facts.documented_diagnoses}
    for edit in edits:
        if all(_plain(code) in allowed for code in _values(edit.after)):
            continue
        if not renumbered(change.claim, edit, change.tables):
            return _result("G4", VETO, "diagnosis_not_documented")
    return _result("G4", PASS, "diagnosis_documented")


def _plain(code: str) -> str:
    return code.replace(".", "").strip().upper()


def one_attempt(change: Change) -> GuardResult:
    """G5: one machine resubmission per claim and cause; the same cause again is for a person. While an earlier
    generation is unanswered, no machine sends another."""
    if not change.edits:
        return _result("G5", NOT_APPLICABLE, "no_edits")
    if change.person:
        return _result("G5", PASS, "a_person_decides")
    attempts = change.facts.attempts
    if any(attempt.outcome is None for attempt in attempts):
        return _result("G5", VETO, GENERATION_UNANSWERED)
    if any(set(change.facts.causes) & set(attempt.causes) for attempt in attempts):
        return _result("G5", VETO, "cause_attempted_before")
    return _result("G5", PASS, "first_attempt")


def no_code_from_hint(change: Change) -> GuardResult:
    """G6: codes never change to match an authorization, a remittance or a payer's hint without the record: a person
    names a document that is more than these."""
    if not any(field is not None and field.clinical for _, field in change.fields()):
        return _result("G6", NOT_APPLICABLE, "no_code_edit")
    if change.recorded:
        return _result("G6", PASS, "documented")
    if change.person:
        return _result("G6", VETO, "record_needed" if change.documents else DOCUMENTS_NEEDED)
    if set(change.facts.remarks) & change.profile.payer_hints:
        return _result("G6", VETO, "payer_hints_at_a_code")
    if "auth" in change.facts.causes:
        return _result("G6", VETO, "code_would_match_authorization")
    return _result("G6", PASS, "no_hint")


def stop_list(change: Change) -> GuardResult:
    """G7: where the payer says stop, where the matter is one of program integrity, of an open appeal, dispute or
    lawsuit, or a provider is excluded, nothing goes back from here."""
    for remark in change.facts.remarks:
        known = SHIPPED.remarks.get(remark_code(remark))
        if known is not None and known.directive in _STOPPING:
            return _result("G7", VETO, f"remark_{known.code}")
    for reason in change.facts.reasons:
        if reason in change.profile.stop_reasons:
            return _result("G7", VETO, f"reason_{reason}")
    for matter in OPEN_MATTERS if change.facts.documents else ():
        days = {
            end: [d.date for d in change.facts.documents if d.kind == f"{matter}_{end}"]
            for end in ("opened", "closed")
        }
        if days["opened"] and (not days["closed"] or max(days["closed"]) < max(days["opened"])):
            return _result("G7", VETO, f"{matter}_open")
    if _excluded(change):
        return _result("G7", VETO, "provider_excluded")
    return _result("G7", PASS, "not_on_the_stop_list")


def _excluded(change: Change) -> bool:
    """Whether the profile or the loaded list excludes a provider of the claim on its days of service."""
    claim, own = change.claim, change.profile.excluded_providers
    if not own and not change.tables.has(EXCLUSIONS):
        return False
    providers = _providers(change)
    if own & providers:
        return True
    return claim is not None and bool(
        excluded(providers, claim.service_from, claim.service_to, change.tables)[0]
    )


def _providers(change: Change) -> set[str]:
    """The NPIs of the claim, before and after."""
    found = {e.after for e, f in change.fields() if f is not None and f.provider and isinstance(e.after, str)}
    return found | claim_providers(change.claim) if change.claim is not None else found


def overpayment(change: Change) -> GuardResult:
    """G8: no machine sends a claim again of which a paid line is suspected to be overpaid: what is known must be
    looked at first. The suspicion itself is a flag of its own (services/core/recoding/overpayment.py)."""
    if not change.edits:
        return _result("G8", NOT_APPLICABLE, "no_edits")
    if not change.facts.overpaid:
        return _result("G8", PASS, "no_paid_line_suspected")
    if change.documented:
        return _result("G8", PASS, "documented")
    return _result("G8", VETO, DOCUMENTS_NEEDED if change.person else "paid_line_overpaid")


def evidence_named(change: Change) -> GuardResult:
    """G9: every edit says where it comes from."""
    if not change.edits:
        return _result("G9", NOT_APPLICABLE, "no_edits")
    if any(not edit.evidence for edit in change.edits):
        return _result("G9", VETO, "edit_without_evidence")
    return _result("G9", PASS, "evidence_named")


def whole_claim(change: Change) -> GuardResult:
    """G10: the whole claim goes back, changed only where an edit says so: the claim is known, every edit names a
    field that it has and what stands there, none twice; lines that are added are parts of lines that were billed."""
    if not change.edits:
        return _result("G10", NOT_APPLICABLE, "no_edits")
    claim = change.claim
    if claim is None or not claim.segments or not claim.lines:
        return _result("G10", VETO, "claim_missing")
    if not claim.resubmittable:
        return _result("G10", VETO, "guide_not_supported")
    if len({edit.field for edit in change.edits}) != len(change.edits):
        return _result("G10", VETO, "field_edited_twice")
    grown = change.with_added_lines or claim
    for edit, field in change.fields():
        against = _misfit(claim if edit.field == LINES else grown, edit, field)
        if against is not None:
            return _result("G10", VETO, against)
    if (against := parts_fault(claim, change.edits)) is not None:
        return _result("G10", VETO, against)
    if not balanced(claim, change.edits):
        return _result("G10", VETO, "charges_do_not_add_up")
    return _result("G10", PASS, "only_the_edits_differ")


def _misfit(claim: ClaimSubmitted, edit: Edit, field: Field | None) -> str | None:
    """Why an edit does not fit the claim; null where it does."""
    if field is None or not exists(claim, field) or edit.line != field.line:
        return "field_not_on_the_claim"
    if edit.before != current(claim, field):
        return "before_differs"
    removal = field.removable and edit.after is None
    if not removal and not well_formed(claim, field, edit.after):
        return "value_cannot_stand_in_the_claim"
    return "nothing_changes" if edit.after == edit.before else None


Guard = Callable[[Change], GuardResult]

GUARDS: Final[dict[str, Guard]] = {
    "G1": limited_set,
    "G2": payment_rise,
    "G3": downward_change,
    "G4": documented_diagnosis,
    "G5": one_attempt,
    "G6": no_code_from_hint,
    "G7": stop_list,
    "G8": overpayment,
    "G9": evidence_named,
    "G10": whole_claim,
}


STOP_LIST: Final = "G7"

_OF_NO_EDIT: Final = tuple(
    _result(name, NOT_APPLICABLE, {"G4": "no_diagnosis_edit", "G6": "no_code_edit"}.get(name, "no_edits"))
    for name in GUARDS
    if name != STOP_LIST
)
"""What all but the stop list say where nothing is changed."""
_PLACES: Final = {name: place for place, name in enumerate(GUARDS)}
_STOP: Final = _PLACES[STOP_LIST]

UNLIFTABLE: Final = ("G1", "G4", "G9", "G10")
"""What these veto, but for a document that is missing, no person can make lawful."""


def barred(change: Change) -> GuardResult | None:
    """The veto that no person with a document could lift; null where there is none. The stop list is no part of it:
    what it stops stays in sight, for the appeal."""
    return first_barring(GUARDS[name](change) for name in UNLIFTABLE)


def first_barring(results: Iterable[GuardResult]) -> GuardResult | None:
    """The first of these results that no person with a document could lift."""
    for result in results:
        if result.result == VETO and result.id in UNLIFTABLE and result.reason != DOCUMENTS_NEEDED:
            return result
    return None


def guard(change: Change) -> tuple[GuardResult, ...]:
    """What every guard says of a change, G1 first."""
    if not change.edits:
        return (*_OF_NO_EDIT[:_STOP], stop_list(change), *_OF_NO_EDIT[_STOP:])
    return tuple([check(change) for check in GUARDS.values()])


def said_by(name: str, results: tuple[GuardResult, ...]) -> GuardResult:
    """What the guard of this name says, of what every guard says."""
    return results[_PLACES[name]]


def vetoes(results: tuple[GuardResult, ...]) -> tuple[GuardResult, ...]:
    return tuple([result for result in results if result.result == VETO])


def refusal(results: tuple[GuardResult, ...]) -> str | None:
    """Why a person's approval is refused: `documents_needed` where documents would lift all that stands against
    it, else guard and reason (`G7:remark_N185`); null where nothing does."""
    against = vetoes(results)
    hard = next((r for r in against if r.reason != DOCUMENTS_NEEDED), None)
    if hard is not None:
        return f"{hard.id}:{hard.reason}"
    return DOCUMENTS_NEEDED if against else None
