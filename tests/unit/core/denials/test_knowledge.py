"""The code tables: whole, checked at load, and read in one form."""

from __future__ import annotations

import json
from datetime import date

import pytest

from schemas.codes import Action, Automation
from services.core.denials.knowledge import SHIPPED, Knowledge, ReasonClass, load, reason_code, shipped_text

CARC, RARC = shipped_text("carc.json"), shipped_text("rarc.json")
CARC_CASES, RARC_CASES = shipped_text("carc_cases.json"), shipped_text("rarc_cases.json")


def loaded(
    carc: str = CARC, rarc: str = RARC, of_carc: str = CARC_CASES, of_rarc: str = RARC_CASES
) -> Knowledge:
    return load(carc, rarc, of_carc, of_rarc)


def without(text: str, code: str) -> str:
    """The cases without those of one row."""
    return json.dumps({"cases": [case for case in json.loads(text)["cases"] if case["code"] != code]})


def changed(text: str, code: str, **values: object) -> str:
    table = json.loads(text)
    for row in table["rows"]:
        if row["code"] == code:
            row.update(values)
    return json.dumps(table)


@pytest.mark.parametrize(
    ("field", "value"),
    [("ceiling", "A4"), ("class", "maybe"), ("action", "resend"), ("colour", "red"), ("source", "S9")],
)
def test_a_row_that_does_not_fit_stops_the_load(field: str, value: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        loaded(carc=changed(CARC, "16", **{field: value}))


def test_a_code_named_twice_stops_the_load() -> None:
    table = json.loads(CARC)
    table["rows"].append(table["rows"][0])
    with pytest.raises(ValueError, match="twice"):
        loaded(carc=json.dumps(table))


def test_a_remark_that_says_half_of_a_cause_stops_the_load() -> None:
    with pytest.raises(ValueError, match=r".+"):
        loaded(rarc=changed(RARC, "M76", says={"cause": "code_dx"}))


def test_a_reason_without_a_case_stops_the_load() -> None:
    with pytest.raises(ValueError, match="carc: rows without a case: 197"):
        loaded(of_carc=without(CARC_CASES, "197"))


def test_a_remark_without_a_case_stops_the_load() -> None:
    with pytest.raises(ValueError, match="rarc: rows without a case: N290"):
        loaded(of_rarc=without(RARC_CASES, "N290"))


def test_a_case_without_a_row_stops_the_load() -> None:
    table = json.loads(CARC)
    table["rows"] = [row for row in table["rows"] if row["code"] != "197"]
    with pytest.raises(ValueError, match="carc: cases without a row: 197"):
        loaded(carc=json.dumps(table))


@pytest.mark.parametrize(
    ("code", "day", "stopped"),
    [
        ("125", date(2013, 11, 1), False),
        ("125", date(2013, 11, 2), True),
        ("125", None, True),
        ("15", date(2016, 3, 7), False),
        ("15", date(2026, 6, 10), True),
        ("16", date(2026, 6, 10), False),
    ],
)
def test_a_code_is_stopped_after_its_last_day(code: str, day: date | None, stopped: bool) -> None:
    assert SHIPPED.reasons[code].stopped_on(day) is stopped


def test_what_is_no_denial_needs_no_work_and_what_is_one_is_never_closed_silently() -> None:
    for row in SHIPPED.reasons.values():
        if row.class_ in (ReasonClass.DENIAL, ReasonClass.BY_REMARK) and row.ceiling is Automation.A0:
            assert row.action in (Action.WAIT, Action.NONE), row.code


def test_reductions_that_may_not_take_the_whole_charge_are_no_denials_themselves() -> None:
    masking = {code for code, row in SHIPPED.reasons.items() if row.whole_charge_is_denial}
    assert masking == {"45", "42", "A2", "59", "172"}
    assert all(SHIPPED.reasons[code].class_ is ReasonClass.NOT_DENIAL for code in masking)


def test_the_reasons_that_must_have_a_remark() -> None:
    asking = {code for code, row in SHIPPED.reasons.items() if row.needs_remark}
    assert asking == {
        *(
            "16",
            "96",
            "129",
            "148",
            "201",
            "226",
            "227",
            "234",
            "237",
            "250",
            "251",
            "252",
            "267",
            "307",
            "A1",
        ),
        *("17", "125", "D23"),
    }


def test_a_stopped_reason_leads_to_codes_that_are_in_the_table() -> None:
    for row in SHIPPED.reasons.values():
        assert all(code in SHIPPED.reasons for code in row.successors), row.code


@pytest.mark.parametrize(("sent", "code"), [("016", "16"), (" b7 ", "B7"), ("0", "0"), ("²", "²"), ("", "")])
def test_codes_have_one_form(sent: str, code: str) -> None:
    assert reason_code(sent) == code
