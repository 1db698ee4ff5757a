"""The compliance guard: each invariant vetoes what it is there for, and passes what it is not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from schemas.case import Attempt, ClassifiedDenial, Evidence
from schemas.documentation import ClaimDocumented, DocumentReference
from schemas.recoding import Edit, GuardResult
from schemas.remittance import Adjustment, Remark
from services.core.codes.loading import parse_table
from services.core.codes.tables import NO_TABLES, Edition, Tables
from services.core.recoding import guards
from services.core.recoding.change import Change, facts_of
from services.core.recoding.guards import guard, refusal
from services.core.recoding.parts import parts_fault
from services.core.recoding.proposal import profile_of
from services.runtime.configuration import shipped_profiles
from tests.recoding import denial_of
from tests.submitted import submitted_claims
from tests.unit.core.recoding.fee_tables import with_fees
from tests.x12_text import professional

EVIDENCE = (Evidence(source="table:authorizations@x", place="row 2"),)


def edit(
    field: str, after: Any, before: Any = None, line: int | None = None, evidence: Any = EVIDENCE
) -> Edit:
    return Edit(line=line, field=field, before=before, after=after, evidence=evidence)


AUTHORIZATION = edit("prior_authorization", "AUTH-77")
MODIFIER = edit("lines[1].modifiers", ("59",), line=1)
REMOVAL = edit("lines[1].modifiers", None, before=("59",), line=1)
PROCEDURE = edit("lines[1].procedure", "G0480", before="G0463", line=1)
NPI_OF_ANOTHER = edit("billing_npi", "1245319599", before="1234567893")
NPI_MALFORMED = edit("billing_npi", "1245319599", before="1234567890")
DIAGNOSIS = edit("diagnoses[1].code", "M545", before="R6889")


def change(*edits: Edit, person: bool = False, documents: tuple[str, ...] = (), **denial: Any) -> Change:
    whole: ClassifiedDenial = denial_of(**denial)
    profile = profile_of(whole, shipped_profiles())
    return Change(whole.claim, edits, facts_of(whole), profile, person=person, documents=documents)


def result(check: Callable[[Change], GuardResult], *edits: Edit, **rest: Any) -> str:
    return check(change(*edits, **rest)).result


@pytest.mark.parametrize("name", [name for name in guards.GUARDS if name != guards.STOP_LIST])
def test_where_nothing_is_changed_a_guard_says_what_is_said_for_it(name: str) -> None:
    unchanged = change()
    (said,) = (each for each in guard(unchanged) if each.id == name)
    assert guards.GUARDS[name](unchanged) == said


@pytest.mark.parametrize("remark", ["N185", "N4"])
def test_the_stop_list_is_asked_also_where_nothing_is_changed(remark: str) -> None:
    adjudication = denial_of().adjudication
    remarked = adjudication.model_copy(update={"remarks": (Remark(line=None, code=remark, place="MOA03"),)})
    unchanged = change(adjudication=remarked)
    results = guard(unchanged)
    assert [each.id for each in results] == list(guards.GUARDS)
    assert guards.stop_list(unchanged) in results


LINE_TWICE = edit("lines", ("1", "1"), before=("1",))
PARTS = (
    LINE_TWICE,
    edit("lines[1].units", "1", before="2", line=1),
    edit("lines[1].charge", "40", before="80", line=1),
    edit("lines[2].units", "1", before="2", line=2),
    edit("lines[2].charge", "40", before="80", line=2),
    edit("lines[2].modifiers", ("RT",), line=2),
)


def of_two_units() -> Any:
    claim = denial_of().claim
    assert claim is not None
    line = claim.lines[0].model_copy(update={"units": Decimal(2), "charge": Decimal(80)})
    return claim.model_copy(update={"lines": (line,), "total_charge": Decimal(80)})


def test_a_line_in_parts_is_the_claim_with_nothing_more() -> None:
    assert result(guards.whole_claim, *PARTS, claim=of_two_units()) == "pass"


@pytest.mark.parametrize(
    ("place", "instead", "reason"),
    [
        (1, edit("lines[1].units", "3", before="2", line=1), "parts_are_more_units_than_the_line"),
        (3, edit("lines[2].units", "2", before="2", line=2), "nothing_changes"),
        (4, edit("lines[2].charge", "41", before="80", line=2), "parts_are_charged_more_than_the_line"),
        (4, edit("lines[2].charge", "39", before="80", line=2), "charges_do_not_add_up"),
        (
            5,
            edit("lines[2].procedure", "G0480", before="G0463", line=2),
            "added_line_says_more_than_its_part",
        ),
        (0, edit("lines", ("1", "9"), before=("1",)), "value_cannot_stand_in_the_claim"),
        (
            5,
            edit("lines[2].service_dates", ("20261231", "20261231"), before=("20260302", "20260302"), line=2),
            "a_part_lies_outside_of_the_days_of_the_line",
        ),
    ],
)
def test_a_part_that_is_more_than_its_line_goes_nowhere(place: int, instead: Edit, reason: str) -> None:
    edits = [*PARTS]
    edits[place] = instead
    assert guards.whole_claim(change(*edits, claim=of_two_units())).reason == reason


OF_A_DRUG = """CLM*C1*100***11:B:1*Y*A*Y*Y
HI*ABK:R6889
LX*1
SV1*HC:J9035*100*UN*2***1
DTP*472*D8*20260520
LIN**N4*00002143380
CTP****2*ML"""


@pytest.mark.parametrize(
    ("first", "reason"), [("1", None), ("2", "parts_are_more_of_the_drug_than_the_line")]
)
def test_the_parts_of_a_line_hold_no_more_of_the_drug_than_it_did(first: str, reason: str | None) -> None:
    (claim,) = submitted_claims(professional(OF_A_DRUG))
    told = [edit(f"lines[{n}].units", "1", before="2", line=n) for n in (1, 2)]
    told += [edit(f"lines[{n}].charge", "50", before="100", line=n) for n in (1, 2)]
    told += [edit("lines[2].drug_quantity", "1", before="2", line=2)]
    told += [edit("lines[1].drug_quantity", first, before="2", line=1)]
    assert parts_fault(claim, (LINE_TWICE, *told)) == reason


def test_a_line_in_parts_is_for_a_person_with_a_document() -> None:
    claim = of_two_units()
    assert result(guards.limited_set, *PARTS, claim=claim) == "veto"
    assert result(guards.limited_set, *PARTS, claim=claim, person=True, documents=("MR-1",)) == "pass"


@pytest.mark.parametrize(
    ("check", "edits"),
    [
        (guards.limited_set, (MODIFIER,)),
        (guards.limited_set, (PROCEDURE,)),
        (guards.limited_set, (DIAGNOSIS,)),
        (guards.limited_set, (NPI_OF_ANOTHER,)),
        (guards.limited_set, (edit("lines[1].drug_code", "00002143381", before="0002-1433-80", line=1),)),
        (guards.limited_set, (edit("lines[1].drug_code", "00002143380", line=1),)),
        (guards.limited_set, (edit("clia_number", "01D2345679", before="01D2345678"),)),
        (guards.limited_set, (edit("total_charge", "1"),)),
        (guards.limited_set, (AUTHORIZATION, MODIFIER)),
        (guards.payment_rise, (MODIFIER,)),
        (guards.payment_rise, (PROCEDURE,)),
        (guards.downward_change, (REMOVAL,)),
        (guards.downward_change, (PROCEDURE,)),
        (guards.documented_diagnosis, (DIAGNOSIS,)),
        (guards.evidence_named, (edit("prior_authorization", "A", evidence=()),)),
        (guards.whole_claim, (edit("prior_authorization", "A", before="B"),)),
        (guards.whole_claim, (edit("lines[7].modifiers", ("59",), line=7),)),
        (guards.whole_claim, (edit("lines[1].modifiers", ("59",), line=2),)),
        (guards.whole_claim, (AUTHORIZATION, AUTHORIZATION)),
        (guards.whole_claim, (edit("prior_authorization", "A*B"),)),
        (guards.whole_claim, (edit("prior_authorization", None),)),
        (guards.whole_claim, (edit("billing_npi", "1234567893", before="1234567893"),)),
    ],
)
def test_a_machine_alone_is_vetoed(check: Callable[[Change], GuardResult], edits: tuple[Edit, ...]) -> None:
    assert result(check, *edits) == "veto"


@pytest.mark.parametrize(
    "edits", [(AUTHORIZATION,), (NPI_MALFORMED,), (AUTHORIZATION, edit("referral_number", "R1"))]
)
def test_administrative_repairs_pass_g1_to_g3(edits: tuple[Edit, ...]) -> None:
    checks = (guards.limited_set, guards.payment_rise, guards.downward_change)
    assert [result(check, *edits) for check in checks] == ["pass"] * 3


@pytest.mark.parametrize("edits", [(MODIFIER,), (REMOVAL,), (NPI_OF_ANOTHER,)])
def test_a_person_with_a_document_passes_g1_to_g3_and_a_bare_approval_does_not(
    edits: tuple[Edit, ...],
) -> None:
    bare, documented = change(*edits, person=True), change(*edits, person=True, documents=("d",))
    assert guards.limited_set(bare).reason == "documents_needed"
    for check in (guards.limited_set, guards.payment_rise, guards.downward_change):
        assert check(documented).result == "pass"


def test_no_document_reference_makes_an_undocumented_diagnosis_lawful() -> None:
    assert result(guards.documented_diagnosis, DIAGNOSIS, person=True, documents=("d",)) == "veto"


def test_a_diagnosis_that_is_on_the_claim_may_take_another_place() -> None:
    claim = denial_of().claim
    assert claim is not None
    two = claim.model_copy(
        update={"diagnoses": (*claim.diagnoses, claim.diagnoses[0].model_copy(update={"code": "M545"}))}
    )
    assert result(guards.documented_diagnosis, DIAGNOSIS, claim=two) == "pass"


def attempt(cause: str, outcome: str | None) -> Attempt:
    return Attempt(
        resubmission_id="s",
        proposal_id="p",
        generation=1,
        causes=(cause,),
        path="replacement",
        outcome=outcome,
    )


@pytest.mark.parametrize(
    ("attempts", "expected"),
    [
        ((), "pass"),
        ((attempt("auth", "denied_again"),), "veto"),
        ((attempt("data", "denied_again"),), "pass"),
        ((attempt("data", None),), "veto"),
        ((attempt("data", "denied_again"), attempt("auth", "rejected")), "veto"),
    ],
)
def test_one_machine_attempt_for_claim_and_cause(attempts: tuple[Attempt, ...], expected: str) -> None:
    assert result(guards.one_attempt, AUTHORIZATION, attempts=attempts) == expected
    assert result(guards.one_attempt, AUTHORIZATION, attempts=attempts, person=True) == "pass"


def test_a_code_never_changes_to_match_an_authorization_without_the_record() -> None:
    assert guards.no_code_from_hint(change(PROCEDURE)).reason == "code_would_match_authorization"
    assert result(guards.no_code_from_hint, PROCEDURE, person=True, documents=("d",)) == "pass"
    assert result(guards.no_code_from_hint, AUTHORIZATION) == "not_applicable"


def test_a_code_never_changes_after_a_payers_hint_without_the_record() -> None:
    remarks = (Remark(line=1, code="N657", place="LQ"),)
    hinted = denial_of().adjudication.model_copy(update={"remarks": remarks})
    assert guards.no_code_from_hint(change(PROCEDURE, adjudication=hinted)).reason == "payer_hints_at_a_code"


@pytest.mark.parametrize("code", ["N185", "N938", "N35", "M87"])
def test_a_stop_remark_vetoes_everybody(code: str) -> None:
    remarks = (Remark(line=None, code=code, place="MOA03"),)
    stopped = denial_of().adjudication.model_copy(update={"remarks": remarks})
    assert result(guards.stop_list, AUTHORIZATION, adjudication=stopped) == "veto"
    assert (
        result(guards.stop_list, AUTHORIZATION, adjudication=stopped, person=True, documents=("d",)) == "veto"
    )


@pytest.mark.parametrize("code", ["213", "216", "224", "P8"])
def test_a_stop_reason_vetoes_everybody(code: str) -> None:
    adjustments = (Adjustment(line=1, group="CO", reason=code, amount=denial_of().denied_amount),)
    stopped = denial_of().adjudication.model_copy(update={"adjustments": adjustments})
    assert result(guards.stop_list, AUTHORIZATION, adjudication=stopped) == "veto"


def test_without_its_claim_nothing_goes_back() -> None:
    assert result(guards.whole_claim, AUTHORIZATION, claim=None) == "veto"


def test_every_guard_answers_in_its_order_and_without_edits_only_the_stop_list_applies() -> None:
    results = guard(change())
    assert [r.id for r in results] == [f"G{n}" for n in range(1, 11)]
    assert {r.id for r in results if r.result != "not_applicable"} == {"G7"}


def test_a_refusal_names_what_no_document_lifts_before_what_one_does() -> None:
    assert refusal(guard(change(MODIFIER, person=True))) == "documents_needed"
    assert refusal(guard(change(DIAGNOSIS, person=True))) == "G4:diagnosis_not_documented"
    assert refusal(guard(change(AUTHORIZATION, person=True))) is None


# Direction of payment


def fees(before: str, after: str) -> Tables:
    return with_fees(NO_TABLES, [("G0463", (), before), ("G0463", ("59",), after)])


@pytest.mark.parametrize(
    ("tables", "person", "two", "said"),
    [
        (fees("50", "50"), False, False, ("pass", "payment_unchanged")),
        (fees("50", "40"), False, False, ("pass", "payment_not_raised")),
        (fees("50", "60"), False, False, ("veto", "raises_payment")),
        (NO_TABLES, False, False, ("veto", "may_raise_payment")),
        (NO_TABLES, True, False, ("pass", "signed_off")),
        (fees("50", "60"), True, False, ("veto", "second_person_needed")),
        (fees("50", "60"), True, True, ("pass", "signed_off_by_two")),
    ],
)
def test_the_direction_of_payment_needs_fees_and_unknown_counts_as_up(
    tables: Tables, person: bool, two: bool, said: tuple[str, str]
) -> None:
    wanted = replace(change(MODIFIER, person=person), tables=tables, two_people=two)
    result_ = guards.payment_rise(wanted)
    assert (result_.result, result_.reason) == said


def test_two_fees_of_one_day_that_differ_tell_nothing() -> None:
    two = with_fees(NO_TABLES, [("G0463", (), "50"), ("G0463", ("59",), "40"), ("G0463", ("59",), "60")])
    assert guards.payment_rise(replace(change(MODIFIER), tables=two)).reason == "may_raise_payment"


def test_a_profile_may_want_two_people_also_where_the_fees_say_nothing() -> None:
    wanted = change(MODIFIER, person=True)
    strict = replace(wanted, profile=replace(wanted.profile, two_people_for_unknown=True))
    assert guards.payment_rise(strict).reason == "second_person_needed"


# What a document is good for


def documented(*kinds: str, **more: Any) -> ClaimDocumented:
    documents = tuple(
        DocumentReference(id=f"D{n}", kind=kind, date=date(2026, 3, n)) for n, kind in enumerate(kinds, 1)
    )
    return ClaimDocumented(claim_number="A", documents=documents, documented=date(2026, 3, 1), **more)


def test_what_the_payer_got_wrong_takes_nothing_off_the_claim() -> None:
    lowered = replace(change(REMOVAL, person=True, documents=("D1",)), reason="payer_error")
    assert guards.downward_change(lowered).reason == "the_record_must_say_so"
    assert guards.downward_change(replace(lowered, reason="documented")).result == "pass"


@pytest.mark.parametrize("kind", ["authorization", "remittance", "payer_letter"])
def test_a_payers_own_paper_is_not_the_record(kind: str) -> None:
    on_file = documented(kind, "visit_note")
    only_payers = change(PROCEDURE, person=True, documents=("D1",), documented=on_file)
    with_record = change(PROCEDURE, person=True, documents=("D1", "D2"), documented=on_file)
    assert guards.no_code_from_hint(only_payers).reason == "record_needed"
    assert guards.no_code_from_hint(with_record).result == "pass"


@pytest.mark.parametrize("matter", guards.OPEN_MATTERS)
def test_an_open_matter_stops_everybody_until_it_is_closed(matter: str) -> None:
    opened = change(AUTHORIZATION, person=True, documented=documented(f"{matter}_opened"))
    closed = change(AUTHORIZATION, documented=documented(f"{matter}_opened", f"{matter}_closed"))
    assert guards.stop_list(opened).reason == f"{matter}_open"
    assert guards.stop_list(closed).result == "pass"


def test_a_matter_that_is_opened_again_stops_again() -> None:
    again = documented("appeal_opened", "appeal_closed", "appeal_opened")
    assert guards.stop_list(change(AUTHORIZATION, documented=again)).reason == "appeal_open"


def test_nothing_goes_out_for_an_excluded_provider() -> None:
    wanted = change(AUTHORIZATION, person=True, documents=("d",))
    assert wanted.claim is not None
    excluded = frozenset({wanted.claim.billing_npi or ""})
    stopped = replace(wanted, profile=replace(wanted.profile, excluded_providers=excluded))
    assert guards.stop_list(stopped).reason == "provider_excluded"


def listed(excluded: str, reinstated: str = "") -> Change:
    """A change of a claim whose billing provider the list names."""
    wanted = change(AUTHORIZATION, person=True, documents=("d",))
    assert wanted.claim is not None
    rows = f"npi,authority,excluded,reinstated,waived,waiver_state\n{wanted.claim.billing_npi},1128a1,{excluded},{reinstated},,\n"
    table = parse_table("exclusions", rows.encode())
    edition = Edition("exclusions", "t", "0" * 64, date(1900, 1, 1), table)
    return replace(wanted, tables=Tables((edition,)))


def test_the_exclusion_list_is_read_for_the_days_of_service() -> None:
    claim = listed("2000-01-01").claim
    assert claim is not None
    assert claim.service_from is not None
    last = claim.service_to or claim.service_from
    day, after, before = claim.service_from, last + timedelta(days=1), claim.service_from - timedelta(days=1)
    assert guards.stop_list(listed(last.isoformat())).reason == "provider_excluded"
    assert guards.stop_list(listed(after.isoformat())).result == "pass"
    assert guards.stop_list(listed(before.isoformat(), day.isoformat())).result == "pass"
    assert guards.stop_list(listed(before.isoformat(), after.isoformat())).reason == "provider_excluded"


def test_an_excluded_provider_does_not_come_in_by_an_edit() -> None:
    other = listed("2000-01-01")
    assert other.claim is not None
    excluded = other.claim.billing_npi or ""
    claim = other.claim.model_copy(update={"billing_npi": "1234567890", "providers": ()})
    wanted = edit("billing_npi", excluded, before="1234567890")
    assert guards.stop_list(replace(other, claim=claim, edits=(wanted,))).reason == "provider_excluded"
    assert guards.stop_list(replace(other, claim=claim, edits=(AUTHORIZATION,))).result == "pass"


def test_no_machine_sends_a_claim_again_beside_a_line_that_looks_overpaid() -> None:
    alone = change(AUTHORIZATION)
    suspected = replace(alone, facts=alone.facts.model_copy(update={"overpaid": (1,)}))
    assert guards.overpayment(suspected).reason == "paid_line_overpaid"
    assert guards.overpayment(replace(suspected, person=True, documents=("d",))).result == "pass"
    assert guards.overpayment(alone).result == "pass"


def test_a_provider_loop_that_the_claim_has_not_cannot_be_filled() -> None:
    assert guards.whole_claim(change(edit("rendering_npi", "1234567893"))).reason == "field_not_on_the_claim"


@pytest.mark.parametrize(
    "repair",
    [
        edit("lines[1].drug_code", "00002143380", before="0002-1433-80", line=1),
        edit("lines[1].drug_code", "50242006001", before="50242-060-01", line=1),
        edit("lines[1].drug_code", "12345678901", before="12345-6789-1", line=1),
        edit("clia_number", "01D2345678", before="01-d2345678"),
    ],
    ids=lambda e: e.before,
)
def test_the_same_number_in_another_form_is_no_other_thing(repair: Edit) -> None:
    assert result(guards.limited_set, repair) == "pass"
