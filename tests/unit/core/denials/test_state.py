"""What a denial is: each rule of docs/what-is-a-denial.md on the smallest remittance that shows it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from schemas.codes import ClaimState, LineState
from tests.remitted import Service, decided

DENIED = (ClaimState.DENIED_FULL, ClaimState.DENIED_PARTIAL)


@pytest.mark.parametrize(
    "taken",
    [
        "PR-1",
        "PR-2",
        "PR-3",
        "PR-66",
        "OA-23",
        "CO-44",
        "CO-104",
        "CO-131",
        "CO-246",
        "CO-253",
        "CO-303",
        "OA-209",
    ],
)
def test_cost_share_contract_and_prior_payer_are_no_denial(taken: str) -> None:
    result = decided(f"1 {taken} 100")
    assert (result.claim_state, result.denied_amount) == (ClaimState.ZERO_PAY_BENIGN, 0)


@pytest.mark.parametrize("reason", ["204", "96", "27", "31", "50"])
def test_a_denial_that_the_patient_bears_is_a_denial(reason: str) -> None:
    assert decided(f"1 PR-{reason} 100").claim_state is ClaimState.DENIED_FULL


def test_a_contractual_reduction_of_a_paid_line_is_no_denial() -> None:
    result = decided("1 CO-45 20", paid="80")
    assert result.claim_state is ClaimState.PAID
    assert result.line_states == (LineState.PAID,)


def test_sequestration_on_a_paid_line_is_no_denial() -> None:
    result = decided("1 CO-45 20", "1 CO-253 1.60", paid="78.40")
    assert (result.claim_state, result.denied_amount) == (ClaimState.PAID, 0)


def test_a_contractual_reduction_of_the_whole_charge_masks_a_denial() -> None:
    result = decided("1 CO-45 100")
    assert result.claim_state is ClaimState.DENIED_FULL
    assert result.denied_amount == Decimal(100)
    assert "masked_denial" in result.remit_quality


def test_a_masked_denial_is_found_at_claim_level_too() -> None:
    result = decided("CO-45 100", lines=())
    assert (result.claim_state, result.masked) == (ClaimState.DENIED_FULL, frozenset({0}))


def test_a_masked_line_beside_a_paid_one_is_a_partial_denial() -> None:
    lines = (Service(1, Decimal(60), Decimal(60)), Service(2, Decimal(40), Decimal(0), "G0499"))
    result = decided("2 CO-45 40", paid="60", lines=lines)
    assert result.claim_state is ClaimState.DENIED_PARTIAL
    assert result.line_states == (LineState.PAID, LineState.DENIED_FULL)


def test_a_line_written_off_under_a_case_rate_is_not_masked() -> None:
    lines = (Service(1, Decimal(60), Decimal(0)), Service(2, Decimal(40), Decimal(0), "G0499"))
    result = decided("1 CO-45 60", "2 CO-45 40", "CO-94 -80", paid="80", lines=lines)
    assert result.claim_state is ClaimState.PAID
    assert not result.masked


def test_reduction_and_deductible_that_use_up_the_charge_are_benign() -> None:
    assert decided("1 CO-45 60", "1 PR-1 40").claim_state is ClaimState.ZERO_PAY_BENIGN


def test_units_cut_on_a_paid_line_are_a_partial_denial() -> None:
    result = decided("1 CO-151 50", paid="50")
    assert (result.claim_state, result.denied_amount) == (ClaimState.DENIED_PARTIAL, Decimal(50))
    assert result.line_states == (LineState.DENIED_PARTIAL,)


def test_nothing_paid_is_a_full_denial_whatever_else_took_of_the_charge() -> None:
    assert decided("1 CO-45 60", "1 CO-97 40").claim_state is ClaimState.DENIED_FULL


def test_a_denial_beside_what_is_pended_is_partial() -> None:
    result = decided("1 CO-97 40", "1 OA-133 60")
    assert result.claim_state is ClaimState.DENIED_PARTIAL
    assert result.line_states == (LineState.DENIED_PARTIAL,)


def test_one_denied_line_of_two_is_a_partial_denial() -> None:
    lines = (Service(1, Decimal(60), Decimal(60)), Service(2, Decimal(40), Decimal(0), "G0499"))
    assert decided("2 CO-97 40", paid="60", lines=lines).claim_state is ClaimState.DENIED_PARTIAL


def test_a_denial_of_the_claim_is_not_inferred_for_its_lines() -> None:
    lines = (Service(1, Decimal(100), Decimal(0)),)
    result = decided("CO-29 100", lines=lines)
    assert result.claim_state is ClaimState.DENIED_FULL
    assert result.line_states == (LineState.ZERO_PAY_BENIGN,)


@pytest.mark.parametrize("reason", ["133", "143", "257", "277"])
def test_a_line_under_review_is_pended(reason: str) -> None:
    result = decided(f"1 OA-{reason} 100")
    assert (result.claim_state, result.pended_amount) == (ClaimState.PENDED, Decimal(100))
    assert result.line_states == (LineState.PENDED,)


@pytest.mark.parametrize("status", ["5", "10", "13", "15", "16", "17"])
def test_a_status_without_a_decision_of_the_4010_guides_is_pended(status: str) -> None:
    result = decided("1 CO-16 100", status=status)
    assert (result.claim_state, result.denied_amount) == (ClaimState.PENDED, 0)
    assert "legacy_status" in result.remit_quality


def test_a_status_of_denial_alone_denies_nothing() -> None:
    assert decided("1 PR-1 100", status="4").claim_state is ClaimState.ZERO_PAY_BENIGN


@pytest.mark.parametrize("status", ["1", "2", "3", "4", "19"])
def test_a_denial_is_one_under_every_status(status: str) -> None:
    assert decided("1 CO-50 100", status=status).claim_state is ClaimState.DENIED_FULL


def test_a_reversal_denies_nothing() -> None:
    result = decided("1 CO-97 -100", status="22", charge="-100")
    assert (result.claim_state, result.denied_amount) == (ClaimState.REVERSED, 0)


def test_a_negative_claim_without_the_status_is_a_reversal_and_said_so() -> None:
    result = decided("1 CO-45 -20", charge="-100", paid="-80")
    assert result.claim_state is ClaimState.REVERSED
    assert "reversal_without_status" in result.remit_quality


def test_a_predetermination_is_its_own_state() -> None:
    assert decided("1 CO-50 100", status="25").claim_state is ClaimState.PREDETERMINATION


def test_a_forwarded_claim_without_amounts_is_no_denial() -> None:
    assert decided(status="23").claim_state is ClaimState.ZERO_PAY_BENIGN


def test_nothing_paid_and_nothing_said_is_a_denial_for_a_person() -> None:
    result = decided(status="1")
    assert result.claim_state is ClaimState.DENIED_FULL
    assert result.line_states == (LineState.DENIED_FULL,)
    assert "unexplained_nonpayment" in result.remit_quality


def test_nothing_charged_and_nothing_paid_is_benign() -> None:
    assert decided(charge="0").claim_state is ClaimState.ZERO_PAY_BENIGN


def test_a_reporting_remark_makes_no_denial_of_a_code_that_leaves_it_open() -> None:
    assert decided("1 CO-96 100", said=["1 N620"]).claim_state is ClaimState.ZERO_PAY_BENIGN


def test_a_remark_with_a_cause_beside_it_keeps_the_denial() -> None:
    assert decided("1 CO-96 100", said=["1 N620", "1 N130"]).claim_state is ClaimState.DENIED_FULL


def test_an_unknown_reason_that_takes_money_is_a_denial() -> None:
    result = decided("1 CO-9Z9 100")
    assert result.claim_state is ClaimState.DENIED_FULL
    assert "unknown_carc" in result.remit_quality


def test_an_unknown_reason_that_takes_no_money_is_no_denial_but_said() -> None:
    result = decided("1 CO-9Z9 0", paid="100")
    assert result.claim_state is ClaimState.PAID
    assert "unknown_carc" in result.remit_quality


@pytest.mark.parametrize("taken", ["co-16", "CO-016", " CO - 16 ".replace(" ", "\t"), "Co-16"])
def test_codes_are_read_as_payers_write_them(taken: str) -> None:
    result = decided(f"1 {taken} 100", said=["1 m76"])
    assert result.claim_state is ClaimState.DENIED_FULL
    assert not result.remit_quality


def test_the_correction_group_of_4010_is_noise() -> None:
    result = decided("1 CR-97 20", paid="80")
    assert result.claim_state is ClaimState.PAID
    assert "group_cr" in result.remit_quality


def test_an_unknown_group_is_said_and_the_reason_still_counts() -> None:
    result = decided("1 ZZ-50 100")
    assert result.claim_state is ClaimState.DENIED_FULL
    assert "unknown_group" in result.remit_quality


def test_a_duplicate_under_co_is_taken_and_flagged() -> None:
    assert "group_mismatch" in decided("1 CO-18 100").remit_quality
    assert "group_mismatch" not in decided("1 OA-18 100").remit_quality


def test_a_duplicate_under_co_is_right_in_workers_compensation() -> None:
    assert "group_mismatch" not in decided("1 CO-18 100", filing="WC").remit_quality


def test_a_reason_without_the_remark_it_must_have_is_flagged() -> None:
    assert "remark_missing" in decided("1 CO-16 100").remit_quality
    assert "remark_missing" not in decided("1 CO-16 100", said=["1 M76"]).remit_quality


def test_an_alert_is_not_the_remark_that_a_reason_must_have() -> None:
    assert "remark_missing" in decided("1 CO-16 100", said=["1 N704"]).remit_quality


def test_a_remark_of_the_claim_counts_for_its_lines() -> None:
    assert "remark_missing" not in decided("1 CO-16 100", said=["MA130"]).remit_quality


def test_a_stopped_reason_is_flagged_except_in_what_repeats_an_older_decision() -> None:
    assert "deactivated_carc" in decided("1 CO-A2 20", paid="80").remit_quality
    assert (
        "deactivated_carc" not in decided("1 CO-A2 -20", status="22", charge="-100", paid="-80").remit_quality
    )


def test_amounts_that_do_not_add_up_are_said() -> None:
    assert "balance" in decided("1 CO-45 10", paid="80").remit_quality


def test_a_recoded_line_is_paid_and_named() -> None:
    lines = (Service(1, Decimal(100), Decimal(80), "G0463", "G0402"),)
    assert decided("1 CO-45 20", paid="80", lines=lines).line_states == (LineState.RECODED,)


def test_denials_that_cancel_out_are_no_denial() -> None:
    assert decided("1 CO-97 50", "1 CO-97 -50", "1 CO-45 20", paid="80").claim_state is ClaimState.PAID


def line(**values: Any) -> Service:
    return Service(**{"line": 1, "charge": Decimal(100), "paid": Decimal(60), **values})


@pytest.mark.parametrize(
    ("sent", "state"),
    [
        ({"units_paid": Decimal(2), "units_submitted": Decimal(3)}, LineState.RECODED),
        ({"units_submitted": Decimal(3)}, LineState.RECODED),
        ({"units_paid": Decimal(3), "units_submitted": Decimal(3)}, LineState.PAID),
        ({"submitted_procedure": "G0463", "submitted_modifiers": ("25",)}, LineState.RECODED),
        (
            {"submitted_procedure": "g0463 ", "modifiers": ("LT", "25"), "submitted_modifiers": ("25", "LT")},
            LineState.PAID,
        ),
        ({"procedure": None, "submitted_procedure": "1"}, LineState.PAID),
    ],
)
def test_a_paid_line_with_other_units_or_modifiers_is_recoded(sent: dict[str, Any], state: LineState) -> None:
    """Units cut without a denial are paid otherwise than billed; an SVC01 that cannot be read is no other code."""
    result = decided("1 CO-45 40", paid="60", lines=[line(**sent)])
    assert (result.line_states, result.claim_state) == ((state,), ClaimState.PAID)


def test_units_that_a_denial_cut_are_denied_and_not_recoded() -> None:
    cut = line(units_paid=Decimal(2), units_submitted=Decimal(4))
    assert decided("1 CO-151 40", paid="60", lines=[cut]).line_states == (LineState.DENIED_PARTIAL,)


@pytest.mark.parametrize("reason", ["237", "59", "144", "161", "245", "A5", "94", "172"])
def test_reductions_of_paid_lines_are_no_denial(reason: str) -> None:
    """MIPS, multiple procedures, incentives and withholds (domain reference 1.3, 7)."""
    result = decided(f"1 CO-{reason} 20", paid="80")
    assert (result.claim_state, result.denied_amount) == (ClaimState.PAID, 0)


@pytest.mark.parametrize("code", ["balance_claim", "balance_line", "balance_lines_paid", "balance_patient"])
def test_amounts_that_the_reader_could_not_balance_are_named(code: str) -> None:
    result = decided("1 CO-197 100", findings=[code])
    assert (result.claim_state, result.remit_quality) == (ClaimState.DENIED_FULL, ("balance",))


def test_a_managed_care_denial_is_a_denial_of_the_remittance_whoever_has_a_contract() -> None:
    """CO-24: what the contract makes of it is asked where the payer's profile is known."""
    assert decided("1 CO-24 100").claim_state is ClaimState.DENIED_FULL
