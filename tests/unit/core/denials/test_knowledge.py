"""The code tables: whole, checked at load, and read in one form."""

from __future__ import annotations

import json
from importlib import resources

import pytest

from schemas.codes import Action, Automation
from services.core.denials.knowledge import SHIPPED, ReasonClass, load, reason_code

CARC = resources.files("services.core.denials").joinpath("carc.json").read_text(encoding="utf-8")
RARC = resources.files("services.core.denials").joinpath("rarc.json").read_text(encoding="utf-8")


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
        load(changed(CARC, "16", **{field: value}), RARC)


def test_a_code_named_twice_stops_the_load() -> None:
    table = json.loads(CARC)
    table["rows"].append(table["rows"][0])
    with pytest.raises(ValueError, match="twice"):
        load(json.dumps(table), RARC)


def test_a_remark_that_says_half_of_a_cause_stops_the_load() -> None:
    with pytest.raises(ValueError, match=r".+"):
        load(CARC, changed(RARC, "M76", says={"cause": "code_dx"}))


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
        *("17", "125"),
    }


def test_a_stopped_reason_leads_to_codes_that_are_in_the_table() -> None:
    for row in SHIPPED.reasons.values():
        assert all(code in SHIPPED.reasons for code in row.successors), row.code


@pytest.mark.parametrize(("sent", "code"), [("016", "16"), (" b7 ", "B7"), ("0", "0"), ("²", "²"), ("", "")])
def test_codes_have_one_form(sent: str, code: str) -> None:
    assert reason_code(sent) == code
