"""The id of a resubmission names what is sent, and only that."""

from __future__ import annotations

import re

import pytest

from schemas.case import Evidence
from schemas.recoding import Edit
from services.core.resubmission.identity import outbound_key, payer_slug, resubmission_id

EDITS = (
    Edit(line=None, field="prior_authorization", before=None, after="AUTH1"),
    Edit(line=1, field="lines[1].modifiers", before=(), after=("25",)),
)
SAME: dict[str, object] = {
    "payer_id": "EHP01",
    "claim_key": "t|aa",
    "lineage": "l1",
    "payer_control_number": "PCN1",
    "causes": ("auth", "code_mod"),
    "edits": EDITS,
    "generation": 1,
}


def identity(**changed: object) -> str:
    return resubmission_id(**{**SAME, **changed})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "changed",
    [
        {"payer_id": "EHP02"},
        {"claim_key": "t|bb"},
        {"lineage": "l2"},
        {"payer_control_number": "PCN2"},
        {"causes": ("auth",)},
        {"edits": EDITS[:1]},
        {"generation": 2},
    ],
    ids=lambda c: next(iter(c)),
)
def test_each_part_makes_another_resubmission(changed: dict[str, object]) -> None:
    assert identity(**changed) != identity()


def test_the_order_of_causes_and_edits_does_not_matter() -> None:
    assert identity(causes=("code_mod", "auth"), edits=EDITS[::-1]) == identity()


def test_the_evidence_of_an_edit_does_not_matter() -> None:
    evidence = (Evidence(source="table:authorizations@1", place="row 1"),)
    proven = tuple(e.model_copy(update={"evidence": evidence}) for e in EDITS)
    assert identity(edits=proven) == identity()


@pytest.mark.parametrize("payer", ["EHP01", "../../etc", "A B/C", "", "ÄÖ", "x" * 200])
def test_a_slug_is_safe_in_a_path(payer: str) -> None:
    assert re.fullmatch(r"[a-z0-9]{0,24}-[0-9a-f]{8}", payer_slug(payer))


def test_payers_that_differ_only_in_signs_have_different_slugs() -> None:
    assert payer_slug("EHP-01") != payer_slug("EHP01")


def test_case_and_blanks_of_a_payer_id_do_not_matter() -> None:
    assert payer_slug(" ehp01 ") == payer_slug("EHP01")


def test_outbound_meets_by_payer_and_kind() -> None:
    assert outbound_key("t", "EHP01", "837P") == f"t|payer|{payer_slug('EHP01')}|837P"
