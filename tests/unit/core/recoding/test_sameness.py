"""What says the same in another form, and what the guard makes of it: repairs of the structure, renumbered codes, the
subscriber, counts, places."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from schemas.case import Evidence
from schemas.claim import ClaimSubmitted, Diagnosis
from schemas.recoding import Edit, EditValue
from services.core.codes.loading import parse_table
from services.core.codes.tables import NO_TABLES, Edition, Tables
from services.core.recoding.change import Change, facts_of
from services.core.recoding.guards import DOCUMENTS_NEEDED, guard, vetoes
from services.core.recoding.proposal import profile_of
from services.core.recoding.sameness import RENUMBERING, restating
from services.runtime.configuration import shipped_profiles
from tests.recoding import denial_of

A, B, C = "R6889", "M545", "J0390"


def edit(field: str, before: EditValue, after: EditValue, line: int | None = None) -> Edit:
    return Edit(
        line=line, field=field, before=before, after=after, evidence=(Evidence(source="x", place="y"),)
    )


def claim(*codes: str, pointers: tuple[int, ...] = (1,), **more: Any) -> ClaimSubmitted:
    """A claim with these diagnoses, the first one principal, and one line that points so."""
    found = denial_of().claim
    assert found is not None
    diagnoses = tuple(Diagnosis(qualifier="ABF" if n else "ABK", code=code) for n, code in enumerate(codes))
    line = found.lines[0].model_copy(update={"pointers": pointers})
    return found.model_copy(update={"diagnoses": diagnoses, "lines": (line,), **more})


def conversion(*rows: str) -> Tables:
    data = "\n".join(("code,effective,previous", *rows)).encode()
    table = parse_table("icd10cm_conversion", data)
    return NO_TABLES.with_edition(Edition("icd10cm_conversion", "1", "0" * 64, date(2020, 1, 1), table))


def said(of: ClaimSubmitted, *edits: Edit, tables: Tables = NO_TABLES, renumbers: bool = False) -> set[str]:
    """The guards that veto a machine."""
    denial = denial_of(claim=of)
    profile = profile_of(denial, shipped_profiles())
    if renumbers:
        profile = replace(profile, automation=frozenset({RENUMBERING}))
    facts = facts_of(denial).model_copy(update={"causes": ("data",)})
    change = Change(of, edits, facts, profile, tables)
    return {result.id for result in vetoes(guard(change))}


LIST = edit("diagnoses", (A, A, B), (A, B))
POINTERS = edit("lines[1].pointers", ("2", "3"), ("1", "2"), 1)


def test_a_diagnosis_that_stood_twice_goes_with_its_pointers_unattended() -> None:
    assert said(claim(A, A, B, pointers=(2, 3)), LIST, POINTERS) == set()


@pytest.mark.parametrize(
    ("of", "edits"),
    [
        (claim(A, A, B, pointers=(2, 3)), (LIST,)),
        (claim(A, A, B, pointers=(2, 3)), (LIST, edit("lines[1].pointers", ("2", "3"), ("2",), 1))),
        (claim(A, A, B, pointers=(2, 3)), (LIST, edit("lines[1].pointers", ("2", "3"), ("2", "1"), 1))),
        (claim(A, B, C), (edit("diagnoses", (A, B, C), (A, B)),)),
        (claim(A, A, B), (edit("diagnoses", (A, A, B), (A,)),)),
        (claim(A, B, pointers=(1,)), (edit("lines[1].pointers", ("1",), ("2",), 1),)),
    ],
)
def test_a_list_that_says_something_else_waits_for_a_person(
    of: ClaimSubmitted, edits: tuple[Edit, ...]
) -> None:
    assert {"G1", "G2"} <= said(of, *edits)


def test_the_same_code_with_another_mark_is_not_the_same() -> None:
    twice = claim(A, A)
    marked = tuple(d.model_copy(update={"poa": m}) for d, m in zip(twice.diagnoses, "YN", strict=True))
    other = twice.model_copy(update={"diagnoses": marked})
    profile = profile_of(denial_of(), shipped_profiles())
    assert restating(other, (edit("diagnoses", (A, A), (A,)),), profile, NO_TABLES) == frozenset()


NEW = edit("diagnoses[1].code", A, "R6890")


def test_a_renumbered_code_passes_where_the_profile_switches_it_on() -> None:
    table = conversion(f"R6890,2025-10-01,{A}")
    assert said(claim(A), NEW, tables=table, renumbers=True) == set()
    assert said(claim(A), NEW, tables=table) == {"G1", "G2", "G3"}


@pytest.mark.parametrize(
    "rows",
    [
        (),
        (f"R6891,2025-10-01,{A}",),
        (f"R6890,2030-10-01,{A}",),
        (f"R6890,2025-10-01,{A}", f"R6891,2025-10-01,{A}"),
        (f"R6890,2025-10-01,{A}", "R6890,2025-10-01,R6888"),
    ],
)
def test_a_code_that_is_not_renumbered_one_to_one_is_vetoed_for_everybody(rows: tuple[str, ...]) -> None:
    assert {"G1", "G4"} <= said(claim(A), NEW, tables=conversion(*rows), renumbers=True)


def subscriber() -> ClaimSubmitted:
    found = claim(A)
    segments = ("HL*2*1*22*0", "SBR*P*18", "NM1*IL*1*DOE*JANE****MI*M100", "DMG*D8*19800101*F")
    return found.model_copy(
        update={"loops": found.loops.model_copy(update={"subscriber": segments}), "member_id": "M100"}
    )


NUMBER = edit("member_id", "M100", "M200")
NAME = edit("subscriber_name", ("DOE", "JANE"), ("DOW", "JANE"))
BORN = edit("subscriber_birth_date", "19800101", "19800110")


@pytest.mark.parametrize("one", [NUMBER, NAME, BORN])
def test_one_of_three_identifiers_is_repaired_unattended(one: Edit) -> None:
    assert said(subscriber(), one) == set()


@pytest.mark.parametrize("two", [(NUMBER, NAME), (NUMBER, BORN), (NAME, BORN)])
def test_two_of_three_would_be_another_subscriber(two: tuple[Edit, ...]) -> None:
    assert said(subscriber(), *two) == {"G1"}


@pytest.mark.parametrize(
    ("made", "guards"),
    [
        (edit("lines[1].units", "1", "2", 1), {"G1", "G2"}),
        (edit("lines[1].units", "1", "0.5", 1), {"G1", "G2", "G3"}),
        (edit("place_of_service", "11", "22"), {"G1", "G2", "G3"}),
        (edit("lines[1].service_dates", ("20260302", "20260302"), ("20260302", "20260303"), 1), {"G1", "G2"}),
        (edit("diagnoses[1].poa", None, "Y"), {"G1", "G2"}),
        (edit("billing_taxonomy", None, "207Q00000X"), set()),
        (edit("attachment", None, ("OZ", "EL", "N1")), {"G1"}),
        (edit("total_charge", "100", "99"), {"G1", "G2", "G3", "G10"}),
    ],
)
def test_each_field_is_held_by_its_guards(made: Edit, guards: set[str]) -> None:
    assert said(claim(A), made) == guards


def test_a_taxonomy_that_is_another_needs_a_document() -> None:
    other = claim(A, billing_taxonomy="208D00000X")
    assert said(other, edit("billing_taxonomy", "208D00000X", "207Q00000X")) == {"G1"}
    change = Change(
        other,
        (edit("billing_taxonomy", "208D00000X", "207Q00000X"),),
        facts_of(denial_of(claim=other)),
        profile_of(denial_of(), shipped_profiles()),
        person=True,
    )
    assert [r.reason for r in vetoes(guard(change))] == [DOCUMENTS_NEEDED]
