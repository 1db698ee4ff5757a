"""Every row of the code tables by its own cases: an 835 as text, read, taken in and classified."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any

import pytest

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
    if denial is None:
        nothing = dict.fromkeys(("cause", "fix", "action", "ceiling", "recoverability"))
        quality = remitted.remit_quality
        return {"state": remitted.claim_state, **nothing, "directives": (), "quality": quality}
    primary = denial.causes[0]
    return {
        "state": remitted.claim_state,
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
