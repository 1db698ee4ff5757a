"""What a way changes is looked at in the finished text: no more than it may, and not less than it must."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from schemas.case import Evidence
from schemas.claim import ClaimSubmitted
from schemas.codes import Path
from schemas.recoding import Edit, EditValue, GuardFacts
from services.core.recoding.change import Change
from services.core.recoding.guards import limited_set
from services.core.resubmission.finished import guard_finished
from services.core.resubmission.outgoing import Built, Refusal, build
from services.core.resubmission.profiles import Profile
from services.core.x12.editor import edit
from tests.decisions import AUTHORIZATION, CLAIM, PARTNER, PROFILES, approval
from tests.submitted import submitted_claims
from tests.synthetic_837 import INSTITUTIONAL, file_bytes

BILL: ClaimSubmitted = next(submitted_claims(file_bytes(INSTITUTIONAL)))
DAY = date(2026, 2, 3)
PART_A = Profile("EHP01", "medicare_part_a", "1", claim_change_codes=True)


def change(field: str, before: EditValue, after: EditValue, line: int | None = None) -> Edit:
    return Edit(line=line, field=field, before=before, after=after)


LINES = change("lines", ("1", "2"), ("2",))
TOTAL = change("total_charge", "250", "100")


def vetoed(path_edits: tuple[Edit, ...], unprocessable: tuple[int, ...]) -> set[str]:
    facts = GuardFacts(causes=("auth",), unprocessable=unprocessable)
    approved = Change(CLAIM, (AUTHORIZATION,), facts, PROFILES.of("EHP01"))
    made = edit(CLAIM, (AUTHORIZATION, *path_edits))
    return {
        f"{r.id}:{r.reason}"
        for r in guard_finished(approved, CLAIM, made, path_edits)
        if r.result == "veto" and r.id == "G10"
    }


def test_lines_that_the_payer_decided_may_be_left_out() -> None:
    assert vetoed((LINES, TOTAL), (2,)) == set()


@pytest.mark.parametrize("unprocessable", [(), (1,), (1, 2)])
def test_a_line_that_the_payer_did_not_decide_stays(unprocessable: tuple[int, ...]) -> None:
    assert vetoed((LINES, TOTAL), unprocessable) == {"G10:left_out_lines_were_not_decided"}


def test_the_charge_is_that_of_the_lines_that_stay() -> None:
    assert vetoed((LINES, change("total_charge", "250", "150")), (2,)) == {"G10:charge_of_other_lines"}


def test_a_charge_alone_is_no_change_of_the_way() -> None:
    assert vetoed((TOTAL,), (2,)) == {"G10:charge_without_lines"}


def test_a_code_is_no_change_of_the_way() -> None:
    recoded = change("lines[1].modifiers", ("25",), ("59",), 1)
    facts = GuardFacts(causes=("auth",))
    approved = Change(CLAIM, (AUTHORIZATION,), facts, PROFILES.of("EHP01"))
    made = edit(CLAIM, (AUTHORIZATION, recoded))
    against = [r.id for r in guard_finished(approved, CLAIM, made, (recoded,)) if r.result == "veto"]
    assert {"G1", "G9"} <= set(against)


def built(*path_edits: Edit, **changed: Any) -> Built | Refusal:
    decision = approval(claim=BILL, path_edits=path_edits, **changed)
    return build(decision, PART_A, PARTNER, DAY, lambda _: ())


def test_a_bill_of_part_a_leaves_with_its_change_reason() -> None:
    made = built(change("condition_codes", None, ("D9",)))
    assert isinstance(made, Built)
    assert "HI*BG:D9" in made.x12.claim


@pytest.mark.parametrize("codes", [None, ("09",), ("D1", "D9"), ("D5",)])
def test_a_bill_of_part_a_without_exactly_one_does_not(codes: EditValue) -> None:
    made = built(*([change("condition_codes", None, codes)] if codes else []))
    assert made == Refusal("claim_change_code")


def test_a_reopening_without_its_reason_does_not_leave() -> None:
    late = {"path": Path.REOPENING, "frequency_code": "Q"}
    assert built(change("condition_codes", None, ("D9",)), **late) == Refusal("reopening_reason")


def test_a_prior_decision_that_does_not_add_up_does_not_leave() -> None:
    loop = (
        *("SBR*P*18*******CI", "AMT*D*70", "OI***Y***Y", "NM1*IL*1*TESTER*ANNA****MI*M1"),
        "NM1*PR*2*FIRST PLAN*****PI*FP1",
    )
    told = Evidence(source="fact", place="CLP")
    wrong = Edit(line=None, field="other_payers[1].decision", before=None, after=loop, evidence=(told,))
    decision = approval(edits=(wrong,))
    made = build(decision, PROFILES.of("EHP01"), PARTNER, DAY, lambda _: ())
    assert made == Refusal("other_payer_out_of_balance", detail=("2320[1] CAS",))


@pytest.mark.parametrize(
    ("source", "reason"), [("decision", "documents_needed"), ("fact1", "administrative_only")]
)
def test_what_a_prior_payer_decided_is_typed_with_a_document_only(source: str, reason: str) -> None:
    told = (Evidence(source=source, place="confirmed_in_record"),)
    typed = Edit(line=None, field="payer_responsibility", before="P", after="S", evidence=told)
    said = limited_set(Change(CLAIM, (typed,), GuardFacts(), PROFILES.of("EHP01"), person=True))
    assert said.reason == reason
