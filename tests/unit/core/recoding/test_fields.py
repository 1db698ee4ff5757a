"""Field paths: only what an edit may name parses, and what stands there is read and altered in one place."""

from __future__ import annotations

import pytest

from schemas.claim import ClaimSubmitted
from schemas.recoding import Edit
from services.core.recoding.fields import altered, current, exists, parse_field, well_formed
from tests.recoding import denial_of


def claim() -> ClaimSubmitted:
    found = denial_of().claim
    assert found is not None
    return found


PATHS = {
    "prior_authorization": None,
    "referral_number": None,
    "billing_npi": "1234567893",
    "rendering_npi": None,
    "lines[1].modifiers": None,
    "lines[1].procedure": "G0463",
    "lines[1].rendering_npi": None,
    "lines[1].pointers": ("1",),
    "lines[1].drug_code": None,
    "clia_number": None,
    "diagnoses[1].code": "R6889",
}


@pytest.mark.parametrize("path", PATHS)
def test_a_path_reads_what_stands_there(path: str) -> None:
    field = parse_field(path)
    assert field is not None
    assert exists(claim(), field) is (path not in NOT_NAMED)
    assert current(claim(), field) == PATHS[path]


@pytest.mark.parametrize(
    "path",
    [
        *("", "total_charge", "lines[1].charge", "lines[1].units", "lines[0].modifiers", "lines.modifiers"),
        *(
            "lines[1]modifiers",
            "diagnoses[1].poa",
            "modifiers",
            "lines[1].modifiers ",
            "lines[1].code",
            "member_id",
        ),
        *("frequency_code", "original_reference", "lines[01].modifiers", "lines[1].modifiers\n"),
    ],
)
def test_nothing_else_may_be_edited(path: str) -> None:
    assert parse_field(path) is None


@pytest.mark.parametrize("path", ["lines[2].modifiers", "diagnoses[2].code"])
def test_what_the_claim_does_not_have_does_not_exist(path: str) -> None:
    field = parse_field(path)
    assert field is not None
    assert not exists(claim(), field)


NOT_NAMED = {"rendering_npi", "lines[1].rendering_npi"}
"""the standard claim names no rendering provider"""
ONLY_IN_SEGMENTS = {"clia_number", "lines[1].drug_code"}


@pytest.mark.parametrize("path", sorted(PATHS.keys() - ONLY_IN_SEGMENTS - NOT_NAMED))
def test_an_edit_alters_its_field_and_nothing_else(path: str) -> None:
    field = parse_field(path)
    assert field is not None
    after = {"modifiers": ("59",), "pointers": ("1", "2")}.get(field.name, "X1")
    changed = altered(claim(), Edit(line=field.line, field=path, before=PATHS[path], after=after))
    assert current(changed, field) == after
    others = [parse_field(p) for p in PATHS if p != path]
    assert [current(changed, f) for f in others if f] == [current(claim(), f) for f in others if f]


@pytest.mark.parametrize(
    ("path", "value", "fits"),
    [
        ("prior_authorization", "AUTH-77", True),
        ("prior_authorization", "A*B", False),
        ("prior_authorization", "A:B", False),
        ("prior_authorization", "A~B", False),
        ("prior_authorization", "A^B", False),
        ("prior_authorization", "A\nB", False),
        ("prior_authorization", "É", False),
        ("prior_authorization", " ", False),
        ("prior_authorization", "A" * 51, False),
        ("prior_authorization", ("A",), False),
        ("lines[1].modifiers", ("59", "LT"), True),
        ("lines[1].modifiers", ("591",), False),
        ("lines[1].modifiers", "59", False),
        ("lines[1].modifiers", ("A1", "A2", "A3", "A4", "A5"), False),
    ],
)
def test_a_value_that_would_break_the_segment_does_not_fit(path: str, value: object, fits: bool) -> None:
    field = parse_field(path)
    assert field is not None
    assert well_formed(claim(), field, value) is fits  # type: ignore[arg-type]


def test_certificate_and_drug_code_are_read_from_their_own_places() -> None:
    lines = tuple(claim().lines[0].model_copy(update={"line": n}) for n in (1, 2))
    segments = ("CLM*1*1", "REF*X4*01D2345678", "LX*1", "REF*X4*09D0000000", "LX*2", "LIN**N4*0002-1433-80")
    whole = claim().model_copy(update={"segments": segments, "lines": lines})
    paths = ("clia_number", "lines[1].drug_code", "lines[2].drug_code")
    fields = [parse_field(path) for path in paths]
    assert [current(whole, field) for field in fields if field is not None] == [
        "01D2345678",
        None,
        "0002-1433-80",
    ]


@pytest.mark.parametrize(
    ("pointers", "well"), [(("1",), True), (("2",), False), ((), False), (("A",), False)]
)
def test_pointers_point_to_diagnoses_of_the_claim(pointers: tuple[str, ...], well: bool) -> None:
    field = parse_field("lines[1].pointers")
    assert field is not None
    assert well_formed(claim(), field, pointers) is well
