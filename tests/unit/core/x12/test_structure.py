"""Whole segments on a claim: put where the guide wants them, proven, and balanced; anything else is refused."""

from __future__ import annotations

import pytest

from schemas.claim import ClaimSubmitted
from schemas.recoding import Edit, EditValue
from schemas.resubmission import OutgoingClaim
from services.core.x12.balance import out_of_balance
from services.core.x12.difference import unexplained
from services.core.x12.editor import EditRefusedError, edit
from tests.submitted import submitted_claims
from tests.synthetic_837 import INSTITUTIONAL, PROFESSIONAL, file_bytes, with_delimiters

CLAIM: ClaimSubmitted = next(submitted_claims(file_bytes(PROFESSIONAL)))
BILL: ClaimSubmitted = next(submitted_claims(file_bytes(INSTITUTIONAL)))
ODD: ClaimSubmitted = next(submitted_claims(with_delimiters(PROFESSIONAL, "|", "!", ">", "\x1c")))


def change(field: str, after: EditValue, before: EditValue = None, line: int | None = None) -> Edit:
    return Edit(line=line, field=field, before=before, after=after)


CODES = change("condition_codes", ("09", "D9"))
NOTE = change("note", ("ADD", "CORRECTION OF MODIFIERS LINE 1"))
SECOND = change("payer_responsibility", "S", "P")
DECISION = change(
    "other_payers[1].decision",
    (
        *("SBR*P*18*******CI", "CAS*CO*45*30", "AMT*D*170", "OI***Y***Y"),
        *("NM1*IL*1*TESTER*ANNA****MI*M1", "NM1*PR*2*FIRST PLAN*****PI*FP1"),
    ),
)
LINES = (
    change(
        "lines[1].other_payers", ("SVD*FP1*100*HC:G0463:25**1", "CAS*PR*1*50", "DTP*573*D8*20260101"), line=1
    ),
    change("lines[2].other_payers", ("SVD*FP1*70*HC:G0499**1", "CAS*PR*2*30", "DTP*573*D8*20260101"), line=2),
)
WHOLE = (
    SECOND,
    change("other_payers[1].decision", tuple(s for s in DECISION.after or () if s[:3] != "CAS")),
    *LINES,
)


@pytest.mark.parametrize(("claim", "each"), [(BILL, CODES), (CLAIM, NOTE), (CLAIM, SECOND), (CLAIM, DECISION), (CLAIM, LINES[1]), (ODD, DECISION), (ODD, LINES[0])])  # fmt: skip
def test_each_is_proven_by_itself_and_found_without_its_edit(claim: ClaimSubmitted, each: Edit) -> None:
    made = edit(claim, [each])
    assert unexplained(claim, made, [each]) == ()
    assert unexplained(claim, made, []) != ()
    assert unexplained(claim, edit(claim, []), [each]) != ()


def test_condition_codes_stand_behind_the_other_codes_and_before_the_providers() -> None:
    made = edit(BILL, [CODES]).claim
    at = made.index("HI*BG:09*BG:D9")
    assert made[at - 1].startswith("HI*BH")
    assert made[at + 1].startswith("NM1*71")


def test_condition_codes_are_set_as_a_whole() -> None:
    first = BILL.model_copy(update={"segments": edit(BILL, [CODES]).claim})
    again = change("condition_codes", ("09", "D2"), ("09", "D9"))
    assert [s for s in edit(first, [again]).claim if s.startswith("HI*BG")] == ["HI*BG:09*BG:D2"]
    assert unexplained(first, edit(first, [again]), [again]) == ()


def test_a_note_stands_before_the_diagnoses() -> None:
    made = edit(CLAIM, [NOTE]).claim
    assert made[made.index("NTE*ADD*CORRECTION OF MODIFIERS LINE 1") + 1].startswith("HI")


@pytest.mark.parametrize(
    ("claim", "each", "code"),
    [
        (CLAIM, CODES, "place_missing"),
        (BILL, change("condition_codes", ("9",)), "value_not_allowed"),
        (BILL, change("condition_codes", ("D9", "D9")), "value_not_allowed"),
        (BILL, change("condition_codes", ("D9",), ("09",)), "before_differs"),
        (CLAIM, change("note", ("UPI", "TEXT")), "value_not_allowed"),
        (CLAIM, change("note", ("ADD", "A*B")), "value_not_allowed"),
        (CLAIM, change("note", ("ADD", "lower case")), "value_not_allowed"),
        (CLAIM, change("payer_responsibility", "S", "T"), "before_differs"),
        (CLAIM, change("payer_responsibility", "X", "P"), "value_not_allowed"),
        (CLAIM, change("other_payers[3].decision", DECISION.after), "place_missing"),
        (CLAIM, change("other_payers[1].decision", ("CLM*1",)), "value_not_allowed"),
        (CLAIM, change("other_payers[1].decision", ("SBR*P~",)), "delimiter_in_value"),
        (CLAIM, change("lines[9].other_payers", LINES[0].after), "place_missing"),
    ],
)
def test_what_cannot_stand_there_is_refused(claim: ClaimSubmitted, each: Edit, code: str) -> None:
    with pytest.raises(EditRefusedError) as refused:
        edit(claim, [each])
    assert refused.value.code == code


def test_a_note_of_a_person_is_never_taken_out() -> None:
    noted = CLAIM.model_copy(update={"segments": edit(CLAIM, [NOTE]).claim})
    with pytest.raises(EditRefusedError, match="place_taken"):
        edit(noted, [NOTE])
    lost = edit(noted, []).model_copy(update={"claim": CLAIM.segments})
    assert unexplained(noted, lost, []) == ("2300 NTE",)


def with_text(made: OutgoingClaim, old: str, new: str) -> OutgoingClaim:
    return made.model_copy(update={"claim": tuple(s.replace(old, new) for s in made.claim)})


def test_what_the_payers_before_said_adds_up() -> None:
    assert out_of_balance(CLAIM, edit(CLAIM, WHOLE)) == ()


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("CAS*PR*1*50", "CAS*PR*1*49", "2430 of line 1"),
        ("SVD*FP1*70*", "SVD*FP1*71*", "2430 of line 2"),
        ("AMT*D*170", "AMT*D*171", "2320[1] AMT*D"),
        ("SVD*FP1*70*", "SVD*FP2*70*", "2430 SVD01"),
    ],
)
def test_what_does_not_add_up_is_named(old: str, new: str, place: str) -> None:
    assert place in out_of_balance(CLAIM, with_text(edit(CLAIM, WHOLE), old, new))


def test_a_payer_that_explains_less_than_the_charge_is_named() -> None:
    assert "2320[1] CAS" in out_of_balance(CLAIM, edit(CLAIM, [SECOND, DECISION]))
