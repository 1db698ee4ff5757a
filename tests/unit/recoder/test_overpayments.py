"""The reverse guard in the recoder: a paid line that looks overpaid is flagged once, with its clock."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from schemas.codes import Automation, LineState
from schemas.recoding import CaseFlagged
from schemas.remittance import RemittedLine
from services.core.codes.hcpcs import HEADER
from services.core.codes.loading import parse_table
from services.core.codes.tables import NO_TABLES, Edition
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


TABLES = {
    "mue_practitioner": "code,units,indicator,rationale\nG0463,2,1,r\nG0480,1,2,r\nG0499,1,3,r\n",
    "ptp_practitioner": "column1,column2,effective,deleted,indicator,rationale\n"
    "G0463,G0101,2020-01-01,,0,r\nG0463,G0499,2020-01-01,,1,r\n",
    "hcpcs": ",".join(HEADER) + "\nG0446,,s,l,2010-01-01,,2025-12-31,,,,,,\n",
}


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        ((line(1, units_paid=Decimal(2), units_submitted=Decimal(2)),), []),
        ((line(1, units_paid=Decimal(3), units_submitted=Decimal(3)),), [("units_above_mue", "80.00")]),
        (
            (line(1, procedure="G0480"), line(2, procedure="G0480", modifiers=("91",))),
            [("units_above_mue", "160.00")],
        ),
        ((line(1, procedure="G0499", units_paid=Decimal(9), units_submitted=Decimal(9)),), []),
        ((line(1), line(2, procedure="G0101", modifiers=("59",))), [("pair_never_together", "80.00")]),
        ((line(1), line(2, procedure="G0499")), [("pair_without_modifier", "80.00")]),
        ((line(1), line(2, procedure="G0499", modifiers=("XU",))), []),
        ((line(1, revenue_code="0510"), line(2, procedure="G0499")), []),
        ((line(1, procedure="G0446"),), [("code_not_valid_on_date", "80.00")]),
    ],
)
def test_loaded_tables_show_what_was_paid_too_much(
    lines: tuple[RemittedLine, ...], found: list[tuple[str, str]]
) -> None:
    tables = NO_TABLES
    for kind, text in TABLES.items():
        edition = Edition(kind, "t", "0" * 64, date(2020, 1, 1), parse_table(kind, text.encode()))
        tables = tables.with_edition(edition)
    desk = Desk(context_of(tables=tables))
    desk.change(revision=1, change="paid", paid_lines=lines)
    assert [(f.reason, str(f.amount)) for f in suspicions(desk)] == found


EXCLUDED = "1234567893"
LISTED = f"npi,authority,excluded,reinstated,waived,waiver_state\n{EXCLUDED},1128a1,2025-06-20,,,\n"


def suspected_of(tables: dict[str, str], **paid: Any) -> list[tuple[str, str]]:
    """What is said of a paid claim under these tables."""
    loaded = NO_TABLES
    for kind, text in tables.items():
        edition = Edition(kind, "t", "0" * 64, date(2020, 1, 1), parse_table(kind, text.encode()))
        loaded = loaded.with_edition(edition)
    desk = Desk(context_of(tables=loaded))
    desk.change(revision=1, change="paid", **paid)
    return [(f.reason, str(f.amount)) for f in suspicions(desk)]


PAIR = (line(1), line(2, procedure="G0499", modifiers=("76",)))


def test_a_repeat_separates_no_pair() -> None:
    """Domain reference 2.2: 76 and 77 do not bypass a code pair."""
    assert suspected_of(TABLES, paid_lines=PAIR) == [("pair_without_modifier", "80.00")]


def test_medicaid_is_not_held_to_medicares_pairs() -> None:
    assert suspected_of(TABLES, paid_lines=PAIR, filing_indicator="MC") == []


def test_an_inpatient_claim_is_under_no_pairs() -> None:
    pairs = {"ptp_outpatient": TABLES["ptp_practitioner"]}
    stay = tuple(each.model_copy(update={"revenue_code": "0250"}) for each in PAIR)
    assert suspected_of(pairs, paid_lines=stay, facility_type="13") == [("pair_without_modifier", "80.00")]
    assert suspected_of(pairs, paid_lines=stay, facility_type="11") == []


def test_what_a_federal_program_paid_for_an_excluded_provider_is_flagged() -> None:
    paid = {"paid_lines": (line(1), line(2, procedure="G0499")), "paid_providers": (EXCLUDED,)}
    tables = {"exclusions": LISTED}
    assert suspected_of(tables, filing_indicator="MB", **paid) == [("provider_excluded", "160.00")]
    assert suspected_of(tables, filing_indicator="12", **paid) == []
    assert suspected_of({}, filing_indicator="MB", **paid) == []


def test_what_was_paid_before_the_exclusion_is_not() -> None:
    before = line(1, service_from=date(2025, 6, 19))
    paid = {"paid_lines": (before,), "paid_providers": (EXCLUDED,), "filing_indicator": "MB"}
    assert suspected_of({"exclusions": LISTED}, **paid) == []


def test_a_claim_that_was_paid_twice_is_flagged_with_what_was_paid_last() -> None:
    assert suspected_of({}, paid_lines=(line(1),), paid_before=Decimal("80.00")) == [("paid_twice", "80.00")]
