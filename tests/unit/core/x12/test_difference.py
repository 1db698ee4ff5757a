"""The difference check sees every change that no edit explains."""

from __future__ import annotations

import pytest

from schemas.claim import ClaimSubmitted
from schemas.recoding import Edit, EditValue
from schemas.resubmission import OutgoingClaim
from services.core.x12.difference import unexplained
from services.core.x12.editor import edit
from tests.submitted import submitted_claims
from tests.synthetic_837 import PROFESSIONAL, file_bytes

CLAIM: ClaimSubmitted = next(submitted_claims(file_bytes(PROFESSIONAL)))


def change(field: str, before: EditValue, after: EditValue, line: int | None = None) -> Edit:
    return Edit(line=line, field=field, before=before, after=after)


EDITS = (
    change("frequency_code", "1", "7"),
    change("original_reference", None, "PCN1"),
    change("prior_authorization", None, "AUTH1"),
    change("billing_npi", "1234567893", "1245319599"),
    change("rendering_npi", "1234567893", "1245319599"),
    change("diagnoses[2].code", "R0981", "R059"),
    change("lines[1].modifiers", ("25",), ("57", "59"), 1),
    change("lines[2].procedure", "G0499", "G0472", 2),
    change("lines[1].pointers", ("1", "2"), ("1",), 1),
    change("clia_number", None, "01D2345678"),
    change("lines[2].rendering_npi", "1234567893", "1245319599", 2),
)


def tampered(**parts: object) -> OutgoingClaim:
    return edit(CLAIM, []).model_copy(update=parts)


def test_an_unchanged_claim_is_proven_without_edits() -> None:
    assert unexplained(CLAIM, edit(CLAIM, []), []) == ()


@pytest.mark.parametrize("each", EDITS, ids=lambda e: e.field)
def test_each_edit_is_proven_by_itself(each: Edit) -> None:
    assert unexplained(CLAIM, edit(CLAIM, [each]), [each]) == ()


def test_all_edits_together_are_proven() -> None:
    assert unexplained(CLAIM, edit(CLAIM, EDITS), EDITS) == ()


@pytest.mark.parametrize("each", EDITS, ids=lambda e: e.field)
def test_a_change_without_its_edit_is_found(each: Edit) -> None:
    assert unexplained(CLAIM, edit(CLAIM, [each]), []) != ()


@pytest.mark.parametrize("each", EDITS, ids=lambda e: e.field)
def test_an_edit_that_was_not_made_is_found(each: Edit) -> None:
    assert unexplained(CLAIM, edit(CLAIM, []), [each]) == (f"edit {each.field}",)


def test_another_value_than_the_approved_one_is_found() -> None:
    made = change("prior_authorization", None, "AUTH2")
    approved = change("prior_authorization", None, "AUTH1")
    assert unexplained(CLAIM, edit(CLAIM, [made]), [approved]) == ("2300 REF*G1",)


@pytest.mark.parametrize("index", range(len(CLAIM.segments)))
def test_every_dropped_segment_is_found(index: int) -> None:
    less = (*CLAIM.segments[:index], *CLAIM.segments[index + 1 :])
    assert unexplained(CLAIM, tampered(claim=less), []) != ()


@pytest.mark.parametrize("index", range(len(CLAIM.segments)))
def test_every_doubled_segment_is_found(index: int) -> None:
    more = (*CLAIM.segments[: index + 1], *CLAIM.segments[index:])
    assert unexplained(CLAIM, tampered(claim=more), []) != ()


@pytest.mark.parametrize("index", range(len(CLAIM.segments)))
def test_every_changed_last_element_is_found(index: int) -> None:
    changed = list(CLAIM.segments)
    changed[index] += "X"
    assert unexplained(CLAIM, tampered(claim=tuple(changed)), []) != ()


@pytest.mark.parametrize("index", range(len(CLAIM.segments)))
def test_every_added_empty_element_is_found(index: int) -> None:
    changed = list(CLAIM.segments)
    changed[index] += "*"
    assert unexplained(CLAIM, tampered(claim=tuple(changed)), []) != ()


def test_a_reference_added_to_a_line_is_not_one_of_the_claim() -> None:
    approved = change("prior_authorization", None, "AUTH1")
    at = CLAIM.segments.index("SV1*HC:G0499*100*UN*1***1")
    segments = (*CLAIM.segments[:at], "REF*G1*AUTH1", *CLAIM.segments[at:])
    assert unexplained(CLAIM, tampered(claim=segments), [approved]) != ()


def test_a_charge_that_changed_with_an_approved_edit_is_found() -> None:
    approved = change("lines[1].modifiers", ("25",), ("57",), 1)
    made = edit(CLAIM, [approved])
    dearer = tuple(s.replace("*150*UN", "*950*UN") for s in made.claim)
    assert unexplained(CLAIM, made.model_copy(update={"claim": dearer}), [approved]) == ("2400 SV102",)


@pytest.mark.parametrize(
    ("loop", "place"),
    [
        ("submitter", "envelope or loops"),
        ("subscriber", "subscriber HL"),
        ("patient", "envelope or loops"),
    ],
)
def test_a_change_of_the_loops_around_the_claim_is_found(loop: str, place: str) -> None:
    assert unexplained(CLAIM, tampered(**{loop: ("NM1*IL*1*OTHER",)}), []) == (place,)


def test_a_change_of_the_billing_loop_beside_its_npi_is_found() -> None:
    billing = tuple(s.replace("1 EXAMPLE STREET", "9 OTHER STREET") for s in CLAIM.loops.billing)
    assert unexplained(CLAIM, tampered(billing=billing), []) == ("billing N301",)


def test_places_carry_no_values() -> None:
    secret = tuple(s.replace("TESTER", "SECRETNAME") for s in CLAIM.segments)
    assert "SECRETNAME" not in " ".join(unexplained(CLAIM, tampered(claim=secret), []))


def test_a_drug_code_is_proven_and_found() -> None:
    drug = CLAIM.model_copy(update={"segments": (*CLAIM.segments, "LIN**N4*0002-1433-80")})
    each = change("lines[2].drug_code", "0002-1433-80", "00002143380", 2)
    assert unexplained(drug, edit(drug, [each]), [each]) == ()
    assert unexplained(drug, edit(drug, [each]), []) == ("2400 LIN03",)
    assert unexplained(drug, edit(drug, []), [each]) == ("edit lines[2].drug_code",)
