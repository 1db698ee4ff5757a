"""Codes that no list knows, old codes and statuses, odd spelling: accepted, flagged, and a person's where open."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import pytest

from schemas.codes import Action, Automation, ClaimState, Fix
from tests.judged import Judged, claim, judge, remittances

NOW = date(2026, 6, 10)


def one(
    *adjustments: str,
    remarks: Sequence[str] = (),
    status: str = "1",
    on: date = NOW,
    paid: Decimal = Decimal(0),
) -> Judged:
    body = claim("A1", *adjustments, remarks=remarks, status=status, paid=paid)
    return judge(remittances({on: body}))["A1"]


def primary(found: Judged) -> tuple[str, Action, Automation]:
    assert found.classified is not None
    cause = found.classified.causes[0]
    return cause.cause, cause.action, cause.ceiling


def test_an_unknown_reason_is_a_denial_for_a_person() -> None:
    found = one("CO*9Z9*100")
    assert found.remitted.claim_state is ClaimState.DENIED_FULL
    assert found.remitted.remit_quality == ("unknown_carc",)
    assert primary(found) == ("other", Action.NONE, Automation.A1)


def test_a_known_remark_does_not_explain_an_unknown_reason() -> None:
    found = one("CO*9Z9*100", remarks=["N290"])
    assert primary(found) == ("other", Action.NONE, Automation.A1)
    assert found.classified is not None
    assert found.classified.causes[0].fix is Fix.NONE


def test_an_unknown_remark_of_the_right_form_is_new_and_no_fault() -> None:
    found = one("CO*16*100", remarks=["N999"])
    assert found.remitted.remit_quality == ()
    assert primary(found)[2] is Automation.A1


@pytest.mark.parametrize("remark", ["ZZ99", "N1234", "M", "290"])
def test_a_remark_of_no_known_form_is_flagged(remark: str) -> None:
    assert one("CO*50*100", remarks=[remark]).remitted.remit_quality == ("unknown_rarc",)


@pytest.mark.parametrize(
    ("sent", "cause"),
    [
        ("co*b7*100", "provider_elig"),
        ("CO*00197*100", "auth"),
        ("CO* 197 *100", "auth"),
        (" PR*204*100", "non_covered"),
    ],
)
def test_lower_case_and_padding_change_no_meaning(sent: str, cause: str) -> None:
    found = one(sent)
    assert primary(found)[0] == cause
    assert found.remitted.remit_quality == ()


@pytest.mark.parametrize("remark", ["n290", " N290", "N290 "])
def test_a_remark_is_read_in_any_case_and_with_blanks(remark: str) -> None:
    assert primary(one("CO*16*100", remarks=[remark])) == (
        "provider_id",
        Action.CORRECTED_CLAIM,
        Automation.A3,
    )


@pytest.mark.parametrize("status", ["5", "10", "13", "15", "16", "17"])
def test_a_status_of_the_4010_guides_without_a_decision_pends_the_claim(status: str) -> None:
    found = one("CO*197*100", status=status)
    assert (found.remitted.claim_state, found.remitted.remit_quality) == (
        ClaimState.PENDED,
        ("legacy_status",),
    )
    assert found.remitted.pended_amount == 100
    assert found.classified is None


def test_the_4010_status_of_a_denied_claim_is_read_by_its_adjustments() -> None:
    found = one("CO*197*100", status="27")
    assert found.remitted.claim_state is ClaimState.DENIED_FULL
    assert found.remitted.remit_quality == ("legacy_status",)
    assert primary(found)[0] == "auth"


@pytest.mark.parametrize("status", ["99", "X", ""])
def test_a_status_that_no_guide_knows_is_flagged_and_the_adjustments_decide(status: str) -> None:
    found = one("CO*197*100", status=status)
    assert found.remitted.claim_state is ClaimState.DENIED_FULL
    assert found.remitted.remit_quality == ("unknown_status",)


def test_a_padded_status_is_the_status() -> None:
    assert one("CO*197*100", status="01").remitted.remit_quality == ()


def test_the_removed_group_cr_is_noise_where_something_was_paid() -> None:
    found = one("CR*197*40", paid=Decimal(60))
    assert found.remitted.denied_amount == 0
    assert found.remitted.remit_quality == ("group_cr",)


@pytest.mark.parametrize("group", ["CR", "ZZ"])
def test_a_group_without_a_meaning_over_an_unpaid_claim_is_a_persons(group: str) -> None:
    found = one(f"{group}*197*100")
    assert found.remitted.claim_state is ClaimState.DENIED_FULL
    assert found.classified is not None
    assert [cause.ceiling for cause in found.classified.causes] == [Automation.A1]


def test_group_cr_does_not_hide_a_denial_beside_it() -> None:
    found = one("CR*45*40", "CO*197*60")
    assert (found.remitted.claim_state, found.remitted.denied_amount) == (
        ClaimState.DENIED_FULL,
        Decimal(60),
    )


def test_an_unknown_group_is_flagged_and_the_reason_decides() -> None:
    found = one("ZZ*197*100")
    assert primary(found)[0] == "auth"
    assert found.remitted.remit_quality == ("unknown_group",)


@pytest.mark.parametrize(
    ("reason", "day", "flagged"),
    [
        ("15", date(2015, 5, 1), False),
        ("15", NOW, True),
        ("62", date(2006, 5, 1), False),
        ("62", NOW, True),
        ("125", date(2013, 10, 31), False),
        ("125", date(2013, 11, 2), True),
        ("17", date(2009, 6, 30), False),
        ("17", NOW, True),
    ],
)
def test_the_day_of_the_payment_decides_whether_a_reason_is_deactivated(
    reason: str, day: date, flagged: bool
) -> None:
    found = one(f"CO*{reason}*100", remarks=["N999"], on=day)
    assert ("deactivated_carc" in found.remitted.remit_quality) is flagged
    assert found.remitted.claim_state is ClaimState.DENIED_FULL


def test_a_deactivated_remark_is_flagged_by_the_day_too() -> None:
    assert one("CO*16*100", remarks=["M78"]).remitted.remit_quality == ("deactivated_rarc",)
    assert one("CO*16*100", remarks=["M78"], on=date(2006, 5, 1)).remitted.remit_quality == ()


def test_a_reversal_may_repeat_codes_that_were_stopped_since() -> None:
    body = [
        "CLP*R1*22*-100*0**12*ICN1*11*1",
        "SVC*HC:G0463*-100*0**1",
        "CAS*CO*62*-100",
        "LQ*HE*M78",
    ]
    found = judge(remittances({NOW: body}))["R1"]
    assert (found.remitted.claim_state, found.remitted.remit_quality) == (ClaimState.REVERSED, ())
