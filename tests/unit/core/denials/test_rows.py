"""Every row of the code tables by its own cases: an 835 as text, read, taken in and classified."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any

import pytest

from schemas.codes import ClaimState
from services.core.denials.knowledge import SHIPPED, shipped_text
from services.core.denials.row_cases import RowCase, parse_cases
from tests.judged import Judged, claim_of, judge, remittances

CASES: dict[str, RowCase] = {
    f"{kind}{n}-{case.code}": case
    for kind in ("carc", "rarc")
    for n, case in enumerate(parse_cases(shipped_text(f"{kind}_cases.json")))
}


@pytest.fixture(scope="module")
def judged() -> dict[str, Judged]:
    claims: defaultdict[date, list[str]] = defaultdict(list)
    for number, case in CASES.items():
        claims[case.on] += claim_of(number, case)
    return judge(remittances(dict(claims)))


def expected(case: RowCase) -> dict[str, Any]:
    return {
        "state": case.state,
        "denied": case.amount if case.state.denied else 0,
        "pended": case.amount if case.state is ClaimState.PENDED else 0,
        "cause": case.cause,
        "fix": case.fix,
        "action": case.action,
        "ceiling": case.ceiling,
        "recoverability": case.recoverability,
        "directives": case.directives,
        "quality": case.quality,
    }


def said(found: Judged) -> dict[str, Any]:
    remitted, denial = found.remitted, found.classified
    amounts = {"denied": remitted.denied_amount, "pended": remitted.pended_amount}
    if denial is None:
        nothing = dict.fromkeys(("cause", "fix", "action", "ceiling", "recoverability"))
        quality = remitted.remit_quality
        return {"state": remitted.claim_state, **amounts, **nothing, "directives": (), "quality": quality}
    primary = denial.causes[0]
    return {
        "state": remitted.claim_state,
        **amounts,
        "cause": denial.primary_cause,
        "fix": primary.fix,
        "action": primary.action,
        "ceiling": primary.ceiling,
        "recoverability": primary.recoverability,
        "directives": denial.directives,
        "quality": denial.remit_quality,
    }


@pytest.mark.parametrize("number", CASES)
def test_the_event_says_what_the_case_of_the_row_says(number: str, judged: dict[str, Judged]) -> None:
    assert said(judged[number]) == expected(CASES[number])


@pytest.mark.parametrize("number", [n for n, case in CASES.items() if case.code in SHIPPED.remarks])
def test_a_remark_directs_what_its_case_says(number: str) -> None:
    case = CASES[number]
    assert SHIPPED.remarks[case.code].directive == case.directs


@pytest.mark.parametrize("number", [n for n, case in CASES.items() if case.hint is not None])
def test_a_remark_that_decides_no_cause_hints_at_what_its_case_says(number: str) -> None:
    says = SHIPPED.remarks[CASES[number].code].says
    assert says is not None
    assert (says.cause, says.fix, says.action, says.ceiling, says.recoverability) == CASES[number].hint


def test_every_remark_that_never_decides_has_a_hint_in_its_case() -> None:
    hinted = {case.code for case in CASES.values() if case.hint is not None}
    quiet = {
        code
        for code, row in SHIPPED.remarks.items()
        if row.says is not None and (row.alert or row.says.cause == "pricing")
    }
    assert quiet == hinted
