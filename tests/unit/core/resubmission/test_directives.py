"""Every row of section 1.7a of the domain reference: what a remark directs overrides profile and family."""

from __future__ import annotations

from datetime import date
from typing import Final

import pytest

from schemas.codes import Action, Automation, Path
from schemas.recoding import RecodingProposed
from schemas.remittance import Remark
from services.core.denials.knowledge import SHIPPED
from services.core.recoding.cases import situation_of
from services.core.recoding.change import facts_of
from services.core.recoding.proposal import propose
from services.core.recoding.situation import Situation
from services.core.resubmission.finality import NOT_FINAL_REMARKS
from services.core.resubmission.path import asks_for_a_person
from services.runtime.configuration import shipped_profiles, shipped_rules

TODAY: Final = date(2026, 4, 10)

REPAIRS: Final = next(r for r in shipped_rules().rules if r.id == "authorization-on-file")
NECESSITY: Final = next(r for r in shipped_rules().rules if r.id == "medical-necessity")


def proposed(situation: Situation, code: str | None) -> RecodingProposed:
    """The proposal for a denial with this remark of the whole claim."""
    said = situation.denial.adjudication
    remarks = (*said.remarks, *((Remark(line=None, code=code, place="MOA03"),) if code else ()))
    directs = (
        code is not None and (row := SHIPPED.remarks.get(code)) is not None and row.directive is not None
    )
    denial = situation.denial.model_copy(
        update={
            "adjudication": said.model_copy(update={"remarks": remarks}),
            "directives": (code,) if directs and code is not None else (),
        }
    )
    return propose(denial, shipped_rules(), shipped_profiles(), situation.tables, TODAY).proposal


def corrected(code: str | None) -> RecodingProposed:
    return proposed(situation_of(REPAIRS.cases.positive[0]), code)


def appealed(code: str | None) -> RecodingProposed:
    return proposed(situation_of(NECESSITY.cases.positive[0]), code)


@pytest.mark.parametrize(
    ("code", "path", "frequency"),
    [
        *((code, Path.NEW_CLAIM, "1") for code in ("MA130", "N142", "N517")),
        *((code, Path.REPLACEMENT, "7") for code in ("N380", "N152", "M47", "N704")),
        ("N798", Path.VOID_THEN_NEW, "8"),
        ("N779", Path.WAIT, None),
        *((code, Path.NONE, None) for code in ("N547", "N185", "N938", "N921")),
        *((code, Path.WAIT, None) for code in ("N618", "N202", "N581", "N582", "N611")),
        *((code, Path.RECORDS_RESPONSE, None) for code in ("N366", "N886", "N888")),
        ("N368", Path.PROVIDER_DISPUTE, None),
        *((code, Path.NONE, None) for code in ("N876", "N877", "N859", "N830", "N864", "N865", "N866")),
    ],
)
def test_the_way_of_a_claim_that_could_be_corrected(code: str, path: Path, frequency: str | None) -> None:
    found = corrected(code)
    assert (found.path, found.frequency_code) == (path, frequency)


def test_without_a_remark_it_is_a_replacement() -> None:
    assert corrected(None).path is Path.REPLACEMENT


@pytest.mark.parametrize("code", ["N152", "M47", "N880"])
def test_what_names_the_wrong_number_goes_again_under_the_latest_one(code: str) -> None:
    denial = situation_of(REPAIRS.cases.positive[0]).denial
    assert corrected(code).original_reference == denial.adjudication.payer_control_number


@pytest.mark.parametrize("code", ["N211", "MA44", "N83", "N704"])
def test_where_there_is_no_right_of_appeal_none_is_proposed(code: str) -> None:
    found = appealed(code)
    assert (found.path, "appeal_right" in found.missing) == (Path.NONE, True)


@pytest.mark.parametrize("code", ["N210", "N1", "N187", "MA01", "MA02", "N469", "N220", "N137", "N887", None])
def test_where_there_is_one_its_clock_runs(code: str | None) -> None:
    found = appealed(code)
    assert found.action is Action.APPEAL
    assert "appeal" in {d.clock for d in found.deadlines}


@pytest.mark.parametrize("code", ["N618", "N202", "N581", "N582", "N611"])
def test_while_the_payer_is_to_act_nobody_appeals(code: str) -> None:
    assert (appealed(code).action, appealed(code).path) == (Action.WAIT, Path.WAIT)


@pytest.mark.parametrize("code", ["N876", "N877", "N859", "N830", "N864", "N865", "N866"])
def test_a_surprise_bill_is_negotiated_by_a_person_on_its_own_clock(code: str) -> None:
    found = corrected(code)
    assert found.automation is Automation.A1
    assert "open_negotiation" in found.missing
    assert {"negotiation", "dispute_resolution"} <= {d.clock for d in found.deadlines}


@pytest.mark.parametrize("code", ["N35", "M87", "M85", "N10", "N109", "N432"])
def test_a_matter_of_program_integrity_has_no_edit_of_a_machine(code: str) -> None:
    found = corrected(code)
    assert found.automation is Automation.A1
    assert ("G7", "veto") in {(g.id, g.result) for g in found.guards}


def test_records_that_reopen_a_claim_have_a_year() -> None:
    assert "records" in {d.clock for d in corrected("N366").deadlines}


@pytest.mark.parametrize(("code", "asks"), [("N939", True), ("N704", False)])
def test_a_talk_of_two_clinicians_leaves_the_way_and_asks_for_a_person(code: str, asks: bool) -> None:
    """That the policy then sends nothing alone: tests/unit/recoder/test_automation.py."""
    assert corrected(code).path is Path.REPLACEMENT
    assert asks_for_a_person([code]) is asks


def test_a_claim_that_is_not_final_waits_in_the_ledger_too() -> None:
    assert "N779" in NOT_FINAL_REMARKS
    denial = situation_of(REPAIRS.cases.positive[0]).denial
    said = denial.adjudication.model_copy(
        update={"remarks": (Remark(line=None, code="N779", place="MOA03"),)}
    )
    assert "N779" in facts_of(denial.model_copy(update={"adjudication": said})).remarks


@pytest.mark.parametrize(
    "code",
    ["N377", "N770", "N22", "N837", "N21", "N123", *("N694", "N693", "N690", "N688", "N696", "N698", "N687")],
)
def test_what_only_tells_changes_no_way(code: str) -> None:
    """What our replacement came to, why a payer took something back, recoded or split lines."""
    assert SHIPPED.remarks[code].alert or SHIPPED.remarks[code].directive is None
    assert corrected(code).path is Path.REPLACEMENT


def test_a_code_for_reporting_only_denies_nothing() -> None:
    row = SHIPPED.remarks["N620"]
    assert row.class_ is not None
    assert row.class_.value == "not_denial"
