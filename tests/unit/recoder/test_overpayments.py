"""The reverse guard in the recoder: a paid line that looks overpaid is flagged once, with its clock."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from schemas.codes import Automation, LineState
from schemas.recoding import CaseFlagged
from schemas.remittance import RemittedLine
from tests.recoding import TODAY, Desk, context_of, denial_of, flags, proposals


def line(number: int, **changes: Any) -> RemittedLine:
    whole: dict[str, Any] = {
        "line": number,
        "procedure": "G0463",
        "charge": Decimal("100.00"),
        "paid": Decimal("80.00"),
        "units_paid": Decimal(1),
        "units_submitted": Decimal(1),
        "service_from": TODAY - timedelta(days=60),
        "state": LineState.PAID,
        **changes,
    }
    return RemittedLine(**whole)


OVER = line(1, units_paid=Decimal(3))


def suspicions(desk: Desk) -> list[CaseFlagged]:
    return [f for f in flags(desk.said) if f.flag == "overpayment_suspected"]


def test_a_paid_claim_with_more_units_than_submitted_is_flagged_with_evidence_and_sixty_days() -> None:
    desk = Desk()
    desk.change(revision=1, change="paid", paid_lines=(OVER,))
    (flag,) = suspicions(desk)
    assert (flag.reason, flag.amount, flag.due) == (
        "units_above_submitted",
        Decimal("80.00"),
        TODAY + timedelta(days=60),
    )
    assert flag.evidence


def test_two_paid_lines_that_nothing_tells_apart_are_flagged() -> None:
    desk = Desk()
    desk.change(revision=1, change="paid", paid_lines=(line(1), line(2)))
    assert [f.reason for f in suspicions(desk)] == ["duplicate_line"]


def test_lines_that_a_modifier_tells_apart_are_not() -> None:
    desk = Desk()
    desk.change(
        revision=1, change="paid", paid_lines=(line(1, modifiers=("76",)), line(2, modifiers=("76",)))
    )
    desk.change(revision=1, change="paid", paid_lines=(line(1), line(2, service_from=TODAY)))
    assert suspicions(desk) == []


def test_the_same_suspicion_is_said_once() -> None:
    desk = Desk()
    desk.change(revision=1, change="paid", paid_lines=(OVER,))
    desk.change(revision=2, change="paid", paid_lines=(OVER,))
    assert len(suspicions(desk)) == 1


def test_a_claim_that_was_paid_rightly_leaves_no_trace() -> None:
    desk = Desk()
    desk.change(revision=1, change="paid", paid_lines=(line(1),))
    assert desk.said == []
    assert desk.state is None


def test_beside_an_overpaid_line_the_machine_does_not_go_on() -> None:
    denial = denial_of()
    lines = (OVER, *(each for each in denial.adjudication.lines if each.line != 1))
    beside = denial.adjudication.model_copy(update={"lines": lines})
    desk = Desk(context_of("prior_authorization"))
    desk.deny()
    assert proposals(desk.said)[0].automation is Automation.A3
    other = Desk(replace(desk.context))
    other.deny(adjudication=beside)
    assert proposals(other.said)[0].automation is not Automation.A3
    assert [f.reason for f in suspicions(other)] == ["units_above_submitted"]
