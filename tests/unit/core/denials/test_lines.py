"""Which submitted line a remitted line answers."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from schemas.claim import ClaimLine
from schemas.codes import LineState
from schemas.remittance import Remark, RemittedLine
from services.core.denials.lines import match_lines

DAY = date(2025, 12, 20)


def theirs(line: int, procedure: str | None = "G0463", charge: str = "100", **values: Any) -> RemittedLine:
    return RemittedLine(
        **{
            "line": line,
            "procedure": procedure,
            "charge": Decimal(charge),
            "paid": Decimal(0),
            "state": LineState.DENIED_FULL,
            "service_from": DAY,
            **values,
        }
    )


def ours(line: int, procedure: str | None = "G0463", charge: str = "100", **values: Any) -> ClaimLine:
    return ClaimLine(
        **{
            "line": line,
            "control_number": None,
            "procedure": procedure,
            "charge": Decimal(charge),
            "units": Decimal(1),
            "service_from": DAY,
            **values,
        }
    )


def answered(
    remitted: list[RemittedLine], submitted: list[ClaimLine], *said: tuple[int | None, str]
) -> dict[int, int | None]:
    remarks = [Remark(line=line, code=code, place="LQ") for line, code in said]
    return {m.remitted_line: m.submitted_line for m in match_lines(remitted, submitted, remarks)}


def test_by_line_control_number_whatever_else_differs() -> None:
    assert answered(
        [theirs(1, "G0402", "7", control_number="B"), theirs(2, control_number="A")],
        [ours(1, control_number="A"), ours(2, control_number="B")],
    ) == {1: 2, 2: 1}


def test_a_line_that_the_payer_split_is_answered_by_both_parts() -> None:
    parts = [theirs(1, charge="60", control_number="A"), theirs(2, charge="40", control_number="A")]
    assert answered(parts, [ours(1, control_number="A")]) == {1: 1, 2: 1}


def test_the_line_number_where_the_claim_had_no_control_numbers() -> None:
    assert answered([theirs(1, control_number="2")], [ours(1), ours(2)]) == {1: 2}


def test_by_code_and_charge_where_no_control_number_came_back() -> None:
    assert answered(
        [theirs(1, "G0499", "40"), theirs(2, "G0463", "60")], [ours(1, "G0463", "60"), ours(2, "G0499", "40")]
    ) == {1: 2, 2: 1}


def test_equal_lines_are_answered_one_to_one_in_order() -> None:
    assert answered([theirs(1), theirs(2)], [ours(1), ours(2)]) == {1: 1, 2: 2}


def test_modifiers_tell_equal_codes_apart() -> None:
    assert answered(
        [theirs(1, modifiers=("RT",)), theirs(2, modifiers=("LT",))],
        [ours(1, modifiers=("LT",)), ours(2, modifiers=("RT",))],
    ) == {1: 2, 2: 1}


def test_the_submitted_code_counts_where_the_payer_changed_it() -> None:
    assert answered([theirs(1, "G0101", submitted_procedure="G0463")], [ours(1)]) == {1: 1}


def test_another_code_is_no_match_whatever_the_charge() -> None:
    assert answered([theirs(1, "G0101")], [ours(1)]) == {1: None}


def test_a_revenue_code_line_matches_by_revenue_code() -> None:
    assert answered([theirs(1, None, revenue_code="0450")], [ours(1, None, revenue_code="0450")]) == {1: 1}


def test_more_lines_than_were_submitted_stay_unmatched() -> None:
    assert answered([theirs(1), theirs(2)], [ours(1)]) == {1: 1, 2: None}


PARTS = [theirs(1, charge="60"), theirs(2, charge="30"), theirs(3, charge="10")]


@pytest.mark.parametrize("said", [(2, "N21"), (1, "n123 "), (None, "N21")])
def test_parts_of_a_line_without_control_numbers_answer_it_where_a_remark_says_so(
    said: tuple[int | None, str],
) -> None:
    assert answered(PARTS[:2], [ours(1)], said) == {1: 1, 2: 1}
    assert answered(PARTS[:2], [ours(1)]) == {1: 1, 2: None}


def test_parts_never_charge_more_than_their_line() -> None:
    assert answered([*PARTS, theirs(4, charge="10")], [ours(1)], (None, "N21")) == {1: 1, 2: 1, 3: 1, 4: None}


def test_a_part_of_another_procedure_answers_nothing() -> None:
    assert answered([PARTS[0], theirs(2, "G0101", "40")], [ours(1)], (None, "N21")) == {1: 1, 2: None}


def test_parts_go_to_the_line_that_has_room_for_them() -> None:
    lines = [ours(1, charge="60"), ours(2, charge="100")]
    assert answered(
        [theirs(1, charge="60"), theirs(2, charge="70"), theirs(3, charge="30")], lines, (3, "N21")
    ) == {
        1: 1,
        2: 2,
        3: 2,
    }


def test_the_score_says_how_a_line_was_found() -> None:
    remitted = [
        theirs(1, control_number="A"),
        theirs(2, "G0101", modifiers=("LT",)),
        theirs(3, "G0402", "99", service_from=None),
    ]
    submitted = [
        ours(1, control_number="A"),
        ours(2, "G0101", modifiers=("LT",)),
        ours(3, "G0402"),
    ]
    # By number; by procedure, charge, date and modifiers; a procedure alone, without date and charge, is none.
    assert [(m.submitted_line, m.score) for m in match_lines(remitted, submitted)] == [
        (1, 100),
        (2, 90),
        (None, 0),
    ]
