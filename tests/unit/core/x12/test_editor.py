"""The editor changes what it must, where the guide wants it, and nothing else."""

from __future__ import annotations

import pytest

from schemas.claim import ClaimSubmitted
from schemas.recoding import Edit, EditValue
from services.core.x12.editor import EditRefusedError, edit
from tests.submitted import submitted_claims
from tests.synthetic_837 import INSTITUTIONAL, PROFESSIONAL, file_bytes, with_delimiters


def professional() -> ClaimSubmitted:
    return next(submitted_claims(file_bytes(PROFESSIONAL)))


def dependent() -> ClaimSubmitted:
    return list(submitted_claims(file_bytes(PROFESSIONAL)))[1]


def institutional() -> ClaimSubmitted:
    return next(submitted_claims(file_bytes(INSTITUTIONAL)))


def change(field: str, before: EditValue, after: EditValue, line: int | None = None) -> Edit:
    return Edit(line=line, field=field, before=before, after=after)


def refusal(claim: ClaimSubmitted, each: Edit) -> str:
    with pytest.raises(EditRefusedError) as refused:
        edit(claim, [each])
    return refused.value.code


def test_no_edit_gives_every_segment_back() -> None:
    claim = professional()
    outgoing = edit(claim, [])
    assert outgoing.claim == claim.segments
    assert (outgoing.billing, outgoing.subscriber) == (claim.loops.billing, claim.loops.subscriber)
    assert [s.split("*")[0] for s in outgoing.submitter] == ["NM1", "PER", "NM1"]


def test_frequency_code_is_the_third_component_of_clm05() -> None:
    outgoing = edit(professional(), [change("frequency_code", "1", "7")])
    assert outgoing.claim[0] == "CLM*PATACC1*250***11:B:7*Y*A*Y*Y"
    assert outgoing.claim[1:] == professional().segments[1:]


def test_new_references_of_a_professional_claim_stand_in_the_order_of_the_guide() -> None:
    edits = [
        change("original_reference", None, "PCN1"),
        change("prior_authorization", None, "AUTH1"),
        change("referral_number", None, "REFER1"),
    ]
    references = [s for s in edit(professional(), edits).claim if s.startswith("REF")]
    assert references[:4] == ["REF*9F*REFER1", "REF*G1*AUTH1", "REF*F8*PCN1", "REF*EA*RECORD1"]


def test_a_new_reference_of_an_institutional_claim_stands_after_cl1_and_before_other_references() -> None:
    outgoing = edit(institutional(), [change("original_reference", None, "PCN1")])
    assert outgoing.claim[2:5] == ("CL1*3*1*01", "REF*F8*PCN1", "REF*LU*NY")


def test_a_reference_that_is_there_is_replaced_in_its_place() -> None:
    outgoing = edit(dependent(), [change("prior_authorization", "AUTH0002", "AUTH9")])
    assert outgoing.claim[1] == "REF*G1*AUTH9"
    assert len(outgoing.claim) == len(dependent().segments)


def test_a_reference_edited_to_null_is_taken_out() -> None:
    outgoing = edit(dependent(), [change("prior_authorization", "AUTH0002", None)])
    assert outgoing.claim == tuple(s for s in dependent().segments if not s.startswith("REF*G1"))


def test_a_reference_of_a_line_is_not_the_reference_of_the_claim() -> None:
    claim = professional()
    with_line = claim.model_copy(update={"segments": (*claim.segments, "REF*G1*LINEAUTH")})
    outgoing = edit(with_line, [change("prior_authorization", None, "AUTH1")])
    assert "REF*G1*LINEAUTH" in outgoing.claim
    assert outgoing.claim.index("REF*G1*AUTH1") < outgoing.claim.index("HI*ABK:J0390*ABF:R0981")


def test_procedure_and_modifiers_of_a_professional_line_stand_in_sv101() -> None:
    edits = [
        change("lines[2].procedure", "G0499", "G0472", 2),
        change("lines[2].modifiers", (), ("QW", "59"), 2),
    ]
    outgoing = edit(professional(), edits)
    assert "SV1*HC:G0472:QW:59*100*UN*1***1" in outgoing.claim
    assert "SV1*HC:G0463:25*150*UN*1***1:2" in outgoing.claim


def test_procedure_and_modifiers_of_an_institutional_line_stand_in_sv202() -> None:
    edits = [
        change("lines[1].procedure", "G0382", "G0383", 1),
        change("lines[1].modifiers", None, ("25",), 1),
    ]
    assert "SV2*0450*HC:G0383:25*500*UN*1" in edit(institutional(), edits).claim


def test_a_description_behind_the_modifiers_stays_in_its_place() -> None:
    claim = professional()
    described = tuple(s.replace("HC:G0463:25", "HC:G0463:25::::VISIT") for s in claim.segments)
    outgoing = edit(
        claim.model_copy(update={"segments": described}),
        [change("lines[1].modifiers", ("25",), ("24", "57"), 1)],
    )
    assert "SV1*HC:G0463:24:57:::VISIT*150*UN*1***1:2" in outgoing.claim


def test_removed_modifiers_leave_no_empty_components() -> None:
    outgoing = edit(professional(), [change("lines[1].modifiers", ("25",), (), 1)])
    assert "SV1*HC:G0463*150*UN*1***1:2" in outgoing.claim


def test_a_diagnosis_is_counted_over_the_diagnosis_composites_only() -> None:
    outgoing = edit(professional(), [change("diagnoses[2].code", "R0981", "R059")])
    assert "HI*ABK:J0390*ABF:R059" in outgoing.claim


def test_billing_npi_is_nm109_of_loop_2010aa() -> None:
    outgoing = edit(professional(), [change("billing_npi", "1234567893", "1245319599")])
    assert "NM1*85*2*EXAMPLE CLINIC*****XX*1245319599" in outgoing.billing
    assert outgoing.claim == professional().segments


def test_rendering_npi_of_the_claim_is_not_that_of_a_line() -> None:
    outgoing = edit(professional(), [change("rendering_npi", "1234567893", "1245319599")])
    changed = [s for s in outgoing.claim if s.startswith("NM1*82")]
    assert changed == ["NM1*82*1*TESTER*BEN****XX*1245319599", "NM1*82*1*TESTER*CARA****XX*1234567893"]


def test_rendering_npi_of_a_line_is_not_that_of_the_claim() -> None:
    outgoing = edit(professional(), [change("lines[2].rendering_npi", "1234567893", "1245319599", 2)])
    changed = [s for s in outgoing.claim if s.startswith("NM1*82")]
    assert changed == ["NM1*82*1*TESTER*BEN****XX*1234567893", "NM1*82*1*TESTER*CARA****XX*1245319599"]


def test_an_absent_npi_is_set_with_its_qualifier() -> None:
    claim = professional()
    without = tuple(s.replace("BEN****XX*1234567893", "BEN") for s in claim.segments)
    outgoing = edit(
        claim.model_copy(update={"segments": without}), [change("rendering_npi", None, "1245319599")]
    )
    assert "NM1*82*1*TESTER*BEN****XX*1245319599" in outgoing.claim


def test_the_rendering_provider_of_another_payer_is_not_touched() -> None:
    claim = institutional()
    at = claim.segments.index("LX*1")
    other = ("SBR*S*18*******CI", "NM1*82*1", "REF*G2*1")
    segments = (*claim.segments[:at], *other, *claim.segments[at:])
    outgoing = edit(
        claim.model_copy(update={"segments": segments}), [change("rendering_npi", "1234567893", "1245319599")]
    )
    assert "NM1*82*1" in outgoing.claim
    assert "NM1*82*1*TESTER*CARA****XX*1245319599" in outgoing.claim


def test_a_claim_with_other_delimiters_keeps_them() -> None:
    claim = next(submitted_claims(with_delimiters(PROFESSIONAL, "|", "^", ">", "'")))
    outgoing = edit(claim, [change("lines[1].modifiers", ("25",), ("57",), 1)])
    assert "SV1|HC>G0463>57|150|UN|1|||1>2" in outgoing.claim
    assert (outgoing.element, outgoing.component, outgoing.terminator) == ("|", ">", "'")


@pytest.mark.parametrize("value", ["A*B", "A:B", "A^B", "A~B"])
def test_a_value_with_an_outgoing_delimiter_is_refused(value: str) -> None:
    assert refusal(professional(), change("prior_authorization", None, value)) == "delimiter_in_value"


@pytest.mark.parametrize("value", ["A|B", "A>B", "A'B"])
def test_a_value_with_a_delimiter_of_the_claim_is_refused(value: str) -> None:
    claim = next(submitted_claims(with_delimiters(PROFESSIONAL, "|", "^", ">", "'")))
    assert refusal(claim, change("prior_authorization", None, value)) == "delimiter_in_value"


@pytest.mark.parametrize("value", ["", " A", "A ", "A\nB", "Ä", ("A",)])
def test_a_value_that_is_no_plain_text_is_refused(value: EditValue) -> None:
    assert refusal(professional(), change("prior_authorization", None, value)) == "value_not_allowed"


@pytest.mark.parametrize(
    ("field", "before", "after"),
    [
        ("prior_authorization", "AUTH1", "AUTH2"),
        ("frequency_code", "7", "1"),
        ("billing_npi", None, "1245319599"),
        ("diagnoses[1].code", "J0391", "J029"),
        ("lines[1].procedure", "G0402", "G0438"),
        ("lines[1].modifiers", (), ("57",)),
    ],
)
def test_an_edit_whose_before_is_not_what_the_segments_say_is_refused(
    field: str, before: EditValue, after: EditValue
) -> None:
    assert refusal(professional(), change(field, before, after)) == "before_differs"


@pytest.mark.parametrize(
    ("field", "code"),
    [
        ("patient_name", "field_unknown"),
        ("lines[1].tooth", "field_unknown"),
        ("diagnoses[1].qualifier", "field_unknown"),
        ("lines[1].drug_quantity", "place_missing"),
        ("lines[1].revenue_code", "field_unknown"),
        ("referring_name", "place_missing"),
        ("lines[2].ordering_name", "place_missing"),
        ("lines[3].procedure", "place_missing"),
        ("diagnoses[3].code", "place_missing"),
    ],
)
def test_a_field_without_a_place_is_refused(field: str, code: str) -> None:
    assert refusal(professional(), change(field, None, "X1")) == code


def test_a_provider_that_is_not_named_cannot_be_given_an_npi() -> None:
    assert refusal(dependent(), change("rendering_npi", None, "1245319599")) == "place_missing"


def test_a_claim_without_segments_is_refused() -> None:
    assert refusal(
        professional().model_copy(update={"segments": ()}), change("frequency_code", None, "7")
    ) == ("place_missing")


def test_two_segments_for_one_field_are_refused() -> None:
    claim = dependent()
    twice = (*claim.segments[:2], "REF*G1*AUTH0003", *claim.segments[2:])
    doubled = claim.model_copy(update={"segments": twice})
    assert refusal(doubled, change("prior_authorization", "AUTH0002", "AUTH9")) == "place_ambiguous"


def test_an_edit_for_one_line_of_a_field_of_another_is_refused() -> None:
    assert refusal(professional(), change("lines[1].modifiers", ("25",), (), 2)) == "line_conflict"


def test_five_modifiers_are_refused() -> None:
    five = change("lines[1].modifiers", ("25",), ("1A", "2A", "3A", "4A", "5A"), 1)
    assert refusal(professional(), five) == "value_not_allowed"


def test_pointers_are_sv107() -> None:
    outgoing = edit(professional(), [change("lines[1].pointers", ("1", "2"), ("2",), 1)])
    assert "SV1*HC:G0463:25*150*UN*1***2" in outgoing.claim


@pytest.mark.parametrize("after", [None, (), ("1", "2", "3", "4", "5"), "1"])
def test_pointers_are_one_to_four(after: EditValue) -> None:
    assert refusal(professional(), change("lines[1].pointers", ("1", "2"), after, 1)) == "value_not_allowed"


def test_an_institutional_line_has_no_pointers() -> None:
    assert refusal(institutional(), change("lines[1].pointers", None, ("1",), 1)) == "field_unknown"


def test_a_laboratory_certificate_stands_behind_the_payers_number_and_on_no_institutional_claim() -> None:
    edits = [change("clia_number", None, "01D2345678"), change("original_reference", None, "PCN1")]
    references = [s for s in edit(professional(), edits).claim if s.startswith("REF")]
    assert references[:3] == ["REF*F8*PCN1", "REF*X4*01D2345678", "REF*EA*RECORD1"]
    assert refusal(institutional(), edits[0]) == "place_missing"


def test_a_drug_code_is_lin03_of_its_line() -> None:
    claim = professional()
    drug = claim.model_copy(update={"segments": (*claim.segments, "LIN**N4*0002-1433-80", "CTP****1*ML")})
    each = change("lines[2].drug_code", "0002-1433-80", "00002143380", 2)
    assert edit(drug, [each]).claim == (*claim.segments, "LIN**N4*00002143380", "CTP****1*ML")
    assert refusal(claim, each) == "place_missing"


def test_revenue_code_units_and_charge_of_an_institutional_line_stand_in_sv2() -> None:
    edits = [
        change("lines[1].revenue_code", "0450", "0456", 1),
        change("lines[1].units", "1", "2", 1),
        change("lines[1].charge", "500", "250.5", 1),
    ]
    assert "SV2*0456*HC:G0382*250.5*UN*2" in edit(institutional(), edits).claim


def test_a_bill_type_is_no_place_of_service() -> None:
    assert refusal(institutional(), change("place_of_service", "13", "22")) == "place_missing"


def test_one_day_and_several_have_their_own_format() -> None:
    several = change("lines[1].service_dates", ("20251220", "20251220"), ("20251220", "20251222"), 1)
    assert "DTP*472*RD8*20251220-20251222" in edit(professional(), [several]).claim
    one = change("lines[1].service_dates", ("20251220", "20251220"), ("20251221", "20251221"), 1)
    assert "DTP*472*D8*20251221" in edit(professional(), [one]).claim


def test_a_present_on_admission_mark_is_the_ninth_component_and_leaves_no_empty_ones() -> None:
    marked = edit(professional(), [change("diagnoses[1].poa", None, "Y")])
    assert "HI*ABK:J0390:::::::Y*ABF:R0981" in marked.claim
    claim = professional().model_copy(update={"segments": marked.claim})
    assert edit(claim, [change("diagnoses[1].poa", "Y", None)]).claim == professional().segments


def test_an_attachment_stands_in_front_of_the_references() -> None:
    attached = change("attachment", None, ("OZ", "EL", "DOC1"))
    assert edit(professional(), [attached]).claim[1] == "PWK*OZ*EL***AC*DOC1"
    again = professional().model_copy(update={"segments": edit(professional(), [attached]).claim})
    other = change("attachment", ("OZ", "EL", "DOC1"), ("OZ", "FX", "DOC2"))
    assert edit(again, [other]).claim[1] == "PWK*OZ*FX***AC*DOC2"


def test_names_change_part_by_part_and_keep_their_number() -> None:
    claim = professional()
    referred = claim.model_copy(
        update={"segments": (*claim.segments[:3], "NM1*DN*1*DEO*JAN****XX*1245319599", *claim.segments[3:])}
    )
    outgoing = edit(referred, [change("referring_name", ("DEO", "JAN"), ("DOE", "JANE"))])
    assert "NM1*DN*1*DOE*JANE****XX*1245319599" in outgoing.claim


def test_the_subscriber_changes_in_the_loop_around_the_claim() -> None:
    edits = [
        change("member_id", "MEMBER0001", "MEMBER0009"),
        change("subscriber_birth_date", "19800101", "19810101"),
    ]
    subscriber = edit(professional(), edits).subscriber
    assert "NM1*IL*1*TESTER*ANNA****MI*MEMBER0009" in subscriber
    assert "DMG*D8*19810101*F" in subscriber


def test_what_stays_of_the_lines_is_numbered_anew() -> None:
    kept = [change("lines", ("1", "2"), ("2",)), change("lines[2].units", "1", "2", 2)]
    claim = edit(professional(), kept).claim
    assert claim[claim.index("LX*1") :][:2] == ("LX*1", "SV1*HC:G0499*100*UN*2***1")


@pytest.mark.parametrize("after", [(), ("1", "2"), ("2", "1"), ("3",)])
def test_lines_stay_in_their_order_and_one_at_least_goes(after: tuple[str, ...]) -> None:
    assert refusal(professional(), change("lines", ("1", "2"), after)) == "value_not_allowed"


def test_a_count_is_compared_as_a_number() -> None:
    claim = professional()
    padded = tuple(s.replace("*150*UN*1*", "*150*UN*1.0*") for s in claim.segments)
    outgoing = edit(claim.model_copy(update={"segments": padded}), [change("lines[1].units", "1", "2", 1)])
    assert "SV1*HC:G0463:25*150*UN*2***1:2" in outgoing.claim
