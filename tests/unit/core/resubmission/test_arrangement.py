"""What the way itself changes: one change reason, a note without values, the lines that were not processed."""

from __future__ import annotations

import pytest

from schemas.case import ClassifiedDenial, LineMatch
from schemas.claim import ClaimSubmitted
from schemas.codes import Action, Path
from schemas.recoding import Edit, EditValue
from services.core.resubmission.arrangement import (
    arrange,
    change_codes_fault,
    change_reason,
    note_text,
    unprocessable_lines,
)
from services.core.resubmission.profiles import Profile
from tests.recoding import denial_of
from tests.remitted import remittance_lines_of
from tests.submitted import submitted_claims
from tests.synthetic_837 import INSTITUTIONAL, PROFESSIONAL, file_bytes

PROFESSIONAL_CLAIM: ClaimSubmitted = next(submitted_claims(file_bytes(PROFESSIONAL)))
BILL: ClaimSubmitted = next(submitted_claims(file_bytes(INSTITUTIONAL)))
PART_A = Profile("A", "medicare_part_a", "1", claim_change_codes=True)
PART_B = Profile("B", "medicare_part_b", "1", unprocessable_lines_only=True)


def edit(field: str, line: int | None = None, after: EditValue = "X") -> Edit:
    return Edit(line=line, field=field, before=None, after=after)


AUTHORIZATION = edit("prior_authorization")


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        (("lines[1].service_dates",), "D0"),
        (("lines[1].charge", "total_charge"), "D1"),
        (("lines[1].procedure", "lines[2].modifiers", "lines[1].revenue_code"), "D2"),
        (("diagnoses[1].code", "diagnoses[2].poa"), "D4"),
        (("other_payers[1].decision", "lines[1].other_payers", "payer_responsibility"), "D7"),
        (("prior_authorization",), "D9"),
        (("lines[1].procedure", "diagnoses[1].code"), "D9"),
        ((), "D9"),
    ],
)
def test_the_change_reason_is_that_of_what_changes(fields: tuple[str, ...], reason: str) -> None:
    assert change_reason(edit(field) for field in fields) == reason


@pytest.mark.parametrize(
    ("codes", "frequency", "fault"),
    [
        (("09", "D9"), "7", None),
        (("09",), "7", "claim_change_code"),
        (("D1", "D9"), "7", "claim_change_code"),
        (("D5",), "7", "claim_change_code"),
        (("D5",), "8", None),
        (("D9",), "8", "claim_change_code"),
        (("D9",), "Q", "reopening_reason"),
        (("D9", "R1", "R2"), "Q", "reopening_reason"),
        (("D9", "R1", "W2"), "Q", None),
    ],
)
def test_exactly_one_change_reason_that_fits_the_bill(
    codes: tuple[str, ...], frequency: str, fault: str | None
) -> None:
    assert change_codes_fault(codes, frequency) == fault


def test_an_adjustment_bill_gets_its_code_and_its_remarks() -> None:
    made = arrange(denied(BILL), Path.REPLACEMENT, "7", PART_A, (AUTHORIZATION,))
    assert [(e.field, e.after) for e in made.edits] == [
        ("condition_codes", ("D9",)),
        ("note", ("ADD", "CORRECTION OF PRIOR AUTHORIZATION")),
    ]
    assert made.missing == ()


@pytest.mark.parametrize(("frequency", "missing"), [("8", "claim_change_code"), ("Q", "reopening_reason")])
def test_what_only_a_person_can_say_is_missing(frequency: str, missing: str) -> None:
    path = Path.VOID if frequency == "8" else Path.REOPENING
    assert arrange(denied(BILL), path, frequency, PART_A, (AUTHORIZATION,)).missing == (missing,)


def test_a_persons_own_codes_stand() -> None:
    own = edit("condition_codes", after=("D9", "R1"))
    made = arrange(denied(BILL), Path.REOPENING, "Q", PART_A, (AUTHORIZATION, own))
    assert [e.field for e in made.edits] == ["note"]
    assert made.missing == ()


@pytest.mark.parametrize(
    ("claim", "profile"), [(PROFESSIONAL_CLAIM, PART_A), (BILL, Profile("C", "commercial", "1"))]
)
def test_nobody_else_gets_a_change_reason(claim: ClaimSubmitted, profile: Profile) -> None:
    assert arrange(denied(claim), Path.REPLACEMENT, "7", profile, (AUTHORIZATION,)).edits == ()


@pytest.mark.parametrize(
    ("claim", "wanted", "qualifier"),
    [(PROFESSIONAL_CLAIM, None, "ADD"), (PROFESSIONAL_CLAIM, "UPI", "ADD"), (BILL, "UPI", "UPI")],
)
def test_a_note_stands_under_the_qualifier_that_payer_and_guide_take(
    claim: ClaimSubmitted, wanted: str | None, qualifier: str
) -> None:
    profile = Profile("N", "commercial", "1", requires_note=True, note_qualifier=wanted)
    (note,) = arrange(denied(claim), Path.REPLACEMENT, "7", profile, (AUTHORIZATION,)).edits
    assert note.after == (qualifier, "CORRECTION OF PRIOR AUTHORIZATION")


def test_a_note_names_places_and_no_values() -> None:
    said = note_text([edit("lines[2].modifiers", 2, ("59",)), edit("member_id", after="SECRET1")])
    assert said == "CORRECTION OF MODIFIERS LINE 2, MEMBER IDENTIFIER"
    many = [edit(f"lines[{n}].service_dates", n) for n in range(1, 9)]
    assert len(note_text(many)) <= 80


def denied(
    claim: ClaimSubmitted, *remarks: tuple[int | None, str], paid: tuple[int, ...] = ()
) -> ClassifiedDenial:
    """A denial of the claim; each remark stands on a line, or on the claim."""
    denial = denial_of()
    said = denial.adjudication.model_copy(update=remittance_lines_of(claim, remarks, paid))
    matches = tuple(
        LineMatch(remitted_line=n, submitted_line=line.line, score=100)
        for n, line in enumerate(claim.lines, start=1)
    )
    causes = (denial.causes[0].model_copy(update={"action": Action.CORRECTED_CLAIM, "lines": ()}),)
    return denial.model_copy(
        update={"claim": claim, "adjudication": said, "matches": matches, "causes": causes}
    )


def test_part_b_gets_the_lines_under_the_remark_alone() -> None:
    denial = denied(PROFESSIONAL_CLAIM, (2, "MA130"), paid=(1,))
    assert unprocessable_lines(denial) == (2,)
    made = arrange(denial, Path.NEW_CLAIM, "1", PART_B, (AUTHORIZATION,))
    assert [(e.field, e.before, e.after) for e in made.edits] == [
        ("lines", ("1", "2"), ("2",)),
        ("total_charge", "250", "100"),
    ]


def test_a_remark_on_the_claim_leaves_out_what_was_decided() -> None:
    denial = denied(PROFESSIONAL_CLAIM, (None, "MA130"))
    appealed = denial.causes[0].model_copy(update={"action": Action.APPEAL, "lines": (1,)})
    denial = denial.model_copy(update={"causes": (*denial.causes, appealed)})
    assert unprocessable_lines(denial) == (2,)


def test_a_claim_that_was_not_processed_at_all_goes_whole() -> None:
    denial = denied(PROFESSIONAL_CLAIM, (None, "MA130"))
    assert arrange(denial, Path.NEW_CLAIM, "1", PART_B, (AUTHORIZATION,)).edits == ()


def test_which_lines_were_not_processed_must_be_known() -> None:
    denial = denied(PROFESSIONAL_CLAIM, (2, "MA130"), paid=(1,)).model_copy(update={"matches": ()})
    assert arrange(denial, Path.NEW_CLAIM, "1", PART_B, ()).missing == ("unprocessable_lines",)


def test_everybody_else_keeps_every_line() -> None:
    denial = denied(PROFESSIONAL_CLAIM, (2, "MA130"), paid=(1,))
    assert arrange(denial, Path.NEW_CLAIM, "1", Profile("C", "commercial", "1"), ()).edits == ()
