"""The claim to the next payer: made from the claim to the first and its remittance, whole or not at all."""

from __future__ import annotations

import pytest

from schemas.case import ClassifiedDenial
from schemas.claim import ClaimSubmitted, Payer
from schemas.codes import ClaimState, Path
from schemas.recoding import Edit
from schemas.resubmission import OutgoingClaim
from services.core.recoding.cases import situation_of
from services.core.recoding.change import Change, facts_of
from services.core.resubmission.arrangement import arrange, change_reason
from services.core.resubmission.finished import guard_finished
from services.core.resubmission.next_payer import bill_next, billed_payer, left_to_next
from services.core.resubmission.profiles import Profile
from services.core.x12.balance import out_of_balance
from services.core.x12.difference import unexplained
from services.core.x12.editor import EditRefusedError, edit
from services.runtime.configuration import shipped_rules

(RULE,) = (r for r in shipped_rules().rules if r.id == "next-payer-after-first")
DENIAL: ClassifiedDenial = situation_of(RULE.cases.positive[0]).denial
assert DENIAL.claim is not None
CLAIM: ClaimSubmitted = DENIAL.claim
FIRST = Profile("11111", "commercial", "1")


def said(claim: ClaimSubmitted) -> ClassifiedDenial:
    return DENIAL.model_copy(update={"claim": claim})


def turned(old: str, new: str | None) -> ClaimSubmitted:
    """The claim with one segment instead of another, above or in it; null: without it."""
    changed = 0

    def each(segments: tuple[str, ...]) -> tuple[str, ...]:
        nonlocal changed
        changed += segments.count(old)
        return tuple(
            part for s in segments for part in ([s] if s != old else [] if new is None else new.split("~"))
        )

    segments, subscriber = each(CLAIM.segments), each(CLAIM.loops.subscriber)
    assert changed == 1, "no such segment"
    loops = CLAIM.loops.model_copy(update={"subscriber": subscriber})
    return CLAIM.model_copy(update={"segments": segments, "loops": loops})


SBR = "SBR*S*18*GROUP2******CI"
INSURED = "NM1*IL*1*TESTER*ANNA****MI*M2"
PLAN = "NM1*PR*2*SECOND PLAN*****PI*22222"
CLM = "CLM*CASE-1*100***11:B:1*Y*A*Y*Y"


@pytest.mark.parametrize(
    ("old", "new", "missing"),
    [
        (SBR, "SBR*T*18*GROUP2******CI", "order_of_payers"),
        (SBR, "SBR*S*18*GROUP2", "next_filing_indicator"),
        (SBR, "SBR*S*18*******MB", "next_insurance_type"),
        (SBR, "SBR*S*01*GROUP2******CI", "patient_is_insured_of_both"),
        ("SBR*P*18*******CI", "SBR*P*01*******CI", "patient_is_insured_of_both"),
        (INSURED, None, "next_subscriber_name"),
        (INSURED, "NM1*IL*1*TESTER*ANNA", "next_subscriber_id"),
        ("DMG*D8*19800101*F", None, "next_subscriber_birth_date"),
        ("N3*2 EXAMPLE STREET", None, "next_subscriber_address"),
        (PLAN, None, "next_payer_name"),
        (PLAN, "NM1*PR*2*SECOND PLAN", "next_payer_id"),
        ("OI***Y***Y", "OI***N***Y", "next_assignment"),
        ("OI***Y***Y", "OI***Y***I", "next_assignment"),
        (PLAN, f"{PLAN}~NM1*82*1~REF*G2*X1", "next_payer_providers"),
        (PLAN, f"{PLAN}~REF*F8*ITSICN", "next_payer_has_not_decided"),
        (SBR, f"{SBR}~AMT*D*0", "next_payer_has_not_decided"),
        ("REF*6R*L1", "REF*6R*L1~SVD*22222*0*HC:G0463**1", "next_payer_has_not_decided"),
        (CLM, f"{CLM}~CN1*09", "for_first_payer_only:CN1"),
        (CLM, f"{CLM}~PWK*OZ*EL***AC*DOC1", "for_first_payer_only:PWK"),
        (CLM, f"{CLM}~REF*4N*1", "for_first_payer_only:REF*4N"),
        ("REF*6R*L1", "REF*G1*LINEAUTH~REF*6R*L1", "for_first_payer_only:REF*G1"),
        (PLAN, f"{PLAN}~SBR*T*18*******CI", "one_next_payer"),
    ],
)
def test_what_is_missing_is_named_and_nothing_is_made(old: str, new: str | None, missing: str) -> None:
    made = bill_next(said(turned(old, new)))
    assert (made.edits, made.missing) == ((), (missing,))


def test_a_dependent_is_a_persons_work() -> None:
    loops = CLAIM.loops.model_copy(update={"patient": ("HL*3*2*23*0", "PAT*19")})
    made = bill_next(said(CLAIM.model_copy(update={"loops": loops})))
    assert made.missing == ("patient_is_insured_of_both",)


@pytest.mark.parametrize("state", [ClaimState.PENDED, ClaimState.REVERSED])
def test_a_payer_that_has_not_decided_sends_nobody_on(state: ClaimState) -> None:
    made = bill_next(DENIAL.model_copy(update={"claim_state": state}))
    assert made.missing == ("prior_payer_has_decided",)


def test_what_the_remittance_does_not_add_up_to_is_missing() -> None:
    (adjustment,) = DENIAL.adjudication.adjustments
    less = adjustment.model_copy(update={"amount": adjustment.amount / 2})
    adjudication = DENIAL.adjudication.model_copy(update={"adjustments": (less,)})
    made = bill_next(DENIAL.model_copy(update={"adjudication": adjudication}))
    assert made.missing == ("prior_amounts_balance",)


def test_what_the_next_payer_has_is_not_made_a_second_time() -> None:
    made = bill_next(DENIAL.model_copy(update={"later_payers": (Payer(id="22222", name="SECOND PLAN"),)}))
    assert (made.edits, made.missing) == ((), ("next_payer_has_the_claim",))


@pytest.mark.parametrize(
    ("group", "reason", "left"),
    [("CO", "119", True), ("PR", "204", True), ("CO", "204", False), ("PR", "1", False), ("OA", "22", True)],
)
def test_a_denial_is_for_the_next_payer_by_its_reason_or_as_the_patients_share(
    group: str, reason: str, left: bool
) -> None:
    (adjustment,) = DENIAL.adjudication.adjustments
    said = adjustment.model_copy(update={"group": group, "reason": reason})
    adjudication = DENIAL.adjudication.model_copy(update={"adjustments": (said,)})
    assert left_to_next(adjudication) is left


NUMBERED = turned(CLM, f"{CLM}~REF*9F*REFERRAL1~REF*G1*AUTH1").model_copy(
    update={"referral_number": "REFERRAL1", "prior_authorization": "AUTH1"}
)


def outgoing(claim: ClaimSubmitted) -> tuple[OutgoingClaim, tuple[Edit, ...], tuple[Edit, ...]]:
    """The finished claim, the edits of the rule, and what the way changes beside them."""
    edits = bill_next(said(claim)).edits
    way = arrange(said(claim), Path.SECONDARY_CLAIM, "1", FIRST, edits).edits
    return edit(claim, (*edits, *way)), edits, way


def test_the_two_payers_change_places() -> None:
    made, _, _ = outgoing(CLAIM)
    assert made.subscriber == (
        *("HL*2*1*22*0", SBR, INSURED, "N3*2 EXAMPLE STREET", "N4*ALBANY*NY*122010000"),
        *("DMG*D8*19800101*F", PLAN),
    )
    assert [s for s in made.claim if s.startswith(("SBR", "NM1", "SVD", "CAS", "AMT", "REF*F8"))] == [
        *("SBR*P*18*******CI", "AMT*D*0", "AMT*EAF*100", "NM1*IL*1*TESTER*ANNA****MI*M1"),
        *("NM1*PR*2*FIRST PLAN*****PI*11111", "REF*F8*ICN1"),
        *("SVD*11111*0*HC:G0463**1", "CAS*PR*119*100"),
    ]


def test_the_numbers_of_the_first_payer_do_not_go_with_it() -> None:
    made, _, way = outgoing(NUMBERED)
    assert {e.field: (e.before, e.after) for e in way} == {
        "prior_authorization": ("AUTH1", None),
        "referral_number": ("REFERRAL1", None),
    }
    assert [s for s in made.claim if s.startswith(("REF*G1", "REF*9F"))] == []


def test_the_next_payers_own_number_takes_their_place() -> None:
    at = NUMBERED.segments.index(PLAN)
    segments = (*NUMBERED.segments[: at + 1], "REF*G1*AUTH2", *NUMBERED.segments[at + 1 :])
    made, _, _ = outgoing(NUMBERED.model_copy(update={"segments": segments}))
    assert [s for s in made.claim if s.startswith(("REF*G1", "REF*9F"))] == ["REF*G1*AUTH2"]


@pytest.mark.parametrize("claim", [CLAIM, NUMBERED])
def test_the_finished_claim_is_balanced_explained_and_guarded(claim: ClaimSubmitted) -> None:
    made, edits, way = outgoing(claim)
    assert out_of_balance(claim, made) == ()
    assert unexplained(claim, made, (*edits, *way)) == ()
    approved = Change(claim, edits, facts_of(said(claim)), FIRST, person=True)
    assert [r for r in guard_finished(approved, claim, made, way) if r.result == "veto"] == []


@pytest.mark.parametrize(
    ("loop", "old", "new"),
    [
        ("subscriber", INSURED, "NM1*IL*1*TESTER*ANNA****MI*M9"),
        ("subscriber", "DMG*D8*19800101*F", "DMG*D8*19800101*M"),
        ("billing", "HL", "HL*9"),
        ("claim", "SV1*HC:G0463*100*UN*1***1", "SV1*HC:G0463*100*UN*2***1"),
        ("claim", "SVD*11111*0*HC:G0463**1", "SVD*11111*1*HC:G0463**1"),
        ("claim", "NM1*IL*1*TESTER*ANNA****MI*M1", "NM1*IL*1*TESTER*ANNA****MI*M9"),
    ],
)
def test_anything_else_that_differs_is_found(loop: str, old: str, new: str) -> None:
    made, edits, way = outgoing(CLAIM)
    text: tuple[str, ...] = getattr(made, loop)
    assert old in text
    other = made.model_copy(update={loop: tuple(new if s == old else s for s in text)})
    assert unexplained(CLAIM, other, (*edits, *way)) != ()


def test_a_swap_that_nobody_approved_is_found() -> None:
    made, edits, way = outgoing(CLAIM)
    assert "2000B" in unexplained(CLAIM, made, (*edits[1:], *way))


def test_an_authorization_that_goes_without_a_swap_is_vetoed() -> None:
    _, _, way = outgoing(NUMBERED)
    approved = Change(NUMBERED, (), facts_of(said(NUMBERED)), FIRST, person=True, documents=("D1",))
    results = guard_finished(approved, NUMBERED, edit(NUMBERED, way), way)
    assert [r for r in results if r.result == "veto"] != []


@pytest.mark.parametrize("value", ["CLM*1", "LX*1"])
def test_only_the_segments_of_a_subscriber_may_stand_there(value: str) -> None:
    edits = bill_next(DENIAL).edits
    after = (*(edits[0].after or ()), value)
    with pytest.raises(EditRefusedError, match="value_not_allowed"):
        edit(CLAIM, (edits[0].model_copy(update={"after": after}),))


def test_who_is_billed_is_read_from_the_edit_else_from_the_claim() -> None:
    edits = bill_next(DENIAL).edits
    payer, indicator, _ = billed_payer(CLAIM, edits)
    assert (payer.id, payer.name, indicator) == ("22222", "SECOND PLAN", "CI")
    assert billed_payer(CLAIM, edits[1:]) == (CLAIM.payer, CLAIM.filing_indicator, CLAIM.payer_state)


def test_the_change_reason_of_a_bill_is_that_another_payer_is_concerned() -> None:
    assert change_reason(bill_next(DENIAL).edits) == "D7"
