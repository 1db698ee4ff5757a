"""The difference check sees every change that no edit explains."""

from __future__ import annotations

import pytest

from schemas.claim import ClaimSubmitted
from schemas.recoding import Edit, EditValue
from schemas.resubmission import OutgoingClaim
from services.core.x12.difference import unexplained
from services.core.x12.editor import EditRefusedError, edit
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
    change("place_of_service", "11", "22"),
    change("lines[1].place_of_service", None, "19", 1),
    change("lines[1].units", "1", "2", 1),
    change("lines[2].charge", "100", "50.5", 2),
    change("total_charge", "250", "200"),
    change("lines[1].service_dates", ("20251220", "20251220"), ("20251220", "20251221"), 1),
    change("billing_taxonomy", "207Q00000X", "208D00000X"),
    change("rendering_taxonomy", "207Q00000X", "208D00000X"),
    change("lines[2].rendering_taxonomy", None, "208D00000X", 2),
    change("member_id", "MEMBER0001", "MEMBER0009"),
    change("subscriber_name", ("TESTER", "ANNA"), ("TESTER", "ANNE", "Q")),
    change("subscriber_birth_date", "19800101", "19800110"),
    change("attachment", None, ("OZ", "EL", "DOC1")),
    change("diagnoses[2].poa", None, "Y"),
)

LINES = (change("lines", ("1", "2"), ("2",)), change("total_charge", "250", "100"))
"""Two edits that leave the first line out."""


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


@pytest.mark.parametrize("loop", ["submitter", "patient"])
def test_a_change_of_the_loops_around_the_claim_is_found(loop: str) -> None:
    assert unexplained(CLAIM, tampered(**{loop: ("NM1*IL*1*OTHER",)}), []) == ("envelope or loops",)


@pytest.mark.parametrize("index", range(len(CLAIM.loops.subscriber)))
def test_every_change_of_the_subscriber_loop_is_found(index: int) -> None:
    changed = list(CLAIM.loops.subscriber)
    changed[index] += "X"
    assert unexplained(CLAIM, tampered(subscriber=tuple(changed)), []) != ()
    assert unexplained(CLAIM, tampered(subscriber=tuple(changed[:index])), []) != ()


def test_a_line_that_is_left_out_is_proven_with_the_edits_that_say_so() -> None:
    made = edit(CLAIM, LINES)
    assert [s for s in made.claim if s.startswith(("LX", "SV1"))] == ["LX*1", "SV1*HC:G0499*100*UN*1***1"]
    assert unexplained(CLAIM, made, LINES) == ()


@pytest.mark.parametrize("kept", [LINES[:1], LINES[1:], ()])
def test_a_line_that_is_left_out_without_saying_so_is_found(kept: tuple[Edit, ...]) -> None:
    assert unexplained(CLAIM, edit(CLAIM, LINES), kept) != ()


def test_another_line_than_the_approved_one_is_found() -> None:
    other = (change("lines", ("1", "2"), ("1",)), LINES[1])
    assert unexplained(CLAIM, edit(CLAIM, other), LINES) != ()


def test_a_line_that_stays_and_changes_beside_one_that_goes_is_named_by_its_first_number() -> None:
    more = (*LINES, change("lines[2].units", "1", "2", 2))
    assert unexplained(CLAIM, edit(CLAIM, more), more) == ()
    assert unexplained(CLAIM, edit(CLAIM, more), LINES) == ("2400 SV104",)


def test_a_line_that_keeps_its_old_number_is_found() -> None:
    made = edit(CLAIM, LINES)
    numbered = tuple("LX*2" if s == "LX*1" else s for s in made.claim)
    assert unexplained(CLAIM, made.model_copy(update={"claim": numbered}), LINES) == ("2400 LX01",)


def test_a_diagnosis_that_is_left_out_is_proven_with_the_edit_that_says_so() -> None:
    less = change("diagnoses", ("J0390", "R0981"), ("J0390",))
    made = edit(CLAIM, [less])
    assert "HI*ABK:J0390" in made.claim
    assert unexplained(CLAIM, made, [less]) == ()
    assert unexplained(CLAIM, made, []) == ("2300 HI",)


def test_a_first_taxonomy_stands_behind_the_level_of_the_billing_provider() -> None:
    billing = tuple(s for s in CLAIM.loops.billing if not s.startswith("PRV"))
    loops = CLAIM.loops.model_copy(update={"billing": billing})
    without = CLAIM.model_copy(update={"loops": loops, "billing_taxonomy": None})
    each = change("billing_taxonomy", None, "207Q00000X")
    assert edit(without, [each]).billing == CLAIM.loops.billing
    assert unexplained(without, edit(without, [each]), [each]) == ()


def test_the_count_of_a_drug_is_added_behind_its_code() -> None:
    drug = CLAIM.model_copy(update={"segments": (*CLAIM.segments, "LIN**N4*00002143380")})
    edits = (
        change("lines[2].drug_quantity", None, "2.5", 2),
        change("lines[2].drug_unit", None, "ML", 2),
    )
    made = edit(drug, edits)
    assert made.claim[-1] == "CTP****2.5*ML"
    assert unexplained(drug, made, edits) == ()
    assert unexplained(drug, made, edits[:1]) == ("2400 CTP05",)


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


PARTS = (
    change("lines", ("1", "2"), ("1", "2", "1")),
    change("lines[1].units", "1", "0.5", 1),
    change("lines[1].charge", "150", "75", 1),
    change("lines[3].units", "1", "0.5", 3),
    change("lines[3].charge", "150", "75", 3),
    change("lines[3].modifiers", ("25",), ("25", "76"), 3),
)
"""The first line in two parts, the second of them behind the last line."""


def test_a_line_in_two_parts_is_proven() -> None:
    made = edit(CLAIM, PARTS)
    assert [s for s in made.claim if s.startswith("LX")] == ["LX*1", "LX*2", "LX*3"]
    assert unexplained(CLAIM, made, PARTS) == ()


def test_a_part_has_no_line_item_control_number() -> None:
    made = edit(CLAIM, PARTS)
    behind = made.claim[made.claim.index("LX*3") :]
    assert not any(s.startswith("REF*6R") for s in behind)
    assert sum(s.startswith("REF*6R") for s in made.claim) == sum(
        s.startswith("REF*6R") for s in CLAIM.segments
    )


@pytest.mark.parametrize("place", range(len(PARTS)))
def test_each_edit_of_a_part_is_needed(place: int) -> None:
    approved = (*PARTS[:place], *PARTS[place + 1 :])
    assert unexplained(CLAIM, edit(CLAIM, PARTS), approved) != ()


def test_a_line_that_nobody_approved_is_found() -> None:
    assert unexplained(CLAIM, edit(CLAIM, PARTS[:1]), []) != ()


def test_a_part_of_another_line_is_found() -> None:
    other = (change("lines", ("1", "2"), ("1", "2", "2")), *PARTS[1:3])
    assert unexplained(CLAIM, edit(CLAIM, other), (PARTS[0], *PARTS[1:3])) != ()


@pytest.mark.parametrize("segment", ["LX*3", "LX*4"])
def test_a_part_under_another_number_is_found(segment: str) -> None:
    made = edit(CLAIM, PARTS)
    at = made.claim.index("LX*3")
    numbered = (*made.claim[:at], segment, *made.claim[at + 1 :])
    found = unexplained(CLAIM, made.model_copy(update={"claim": numbered}), PARTS)
    assert found == (() if segment == "LX*3" else ("2400 LX01",))


@pytest.mark.parametrize("after", [("1", "2", "7"), ("2", "1", "1"), ("1", "2")])
def test_lines_that_cannot_be_added_are_refused(after: tuple[str, ...]) -> None:
    with pytest.raises(EditRefusedError):
        edit(CLAIM, [change("lines", ("1", "2"), after)])


def test_a_claim_with_what_another_payer_paid_of_a_line_keeps_its_lines() -> None:
    paid = CLAIM.model_copy(update={"segments": (*CLAIM.segments, "SVD*99999*10*HC:G0463**1")})
    with pytest.raises(EditRefusedError):
        edit(paid, PARTS)
