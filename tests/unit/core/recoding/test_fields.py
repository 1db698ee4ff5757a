"""Field paths: only what an edit may name parses, and what stands there is read and altered in one place."""

from __future__ import annotations

import pytest

from schemas.claim import ClaimSubmitted
from schemas.recoding import Edit, EditValue
from services.core.recoding.field_values import balanced, well_formed
from services.core.recoding.fields import altered, current, exists, parse_field
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
    "diagnoses[1].poa": None,
    "diagnoses": ("R6889",),
    "lines": ("1",),
    "total_charge": "100",
    "place_of_service": "11",
    "member_id": "M100",
    "subscriber_name": None,
    "subscriber_birth_date": None,
    "billing_taxonomy": None,
    "rendering_taxonomy": None,
    "referring_name": None,
    "attachment": None,
    "lines[1].units": "1",
    "lines[1].charge": "100",
    "lines[1].place_of_service": None,
    "lines[1].revenue_code": None,
    "lines[1].service_dates": ("20260302", "20260302"),
    "lines[1].rendering_taxonomy": None,
    "lines[1].ordering_name": None,
    "lines[1].drug_quantity": None,
    "lines[1].drug_unit": None,
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
        *("", "charge", "lines[1].line", "lines[1].control_number", "lines[0].modifiers", "lines.modifiers"),
        *("lines[1]modifiers", "diagnoses[1].qualifier", "modifiers", "lines[1].modifiers ", "lines[1].code"),
        *("claim_number", "subscriber_sex", "patient_name"),
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


NOT_NAMED = {
    *("rendering_npi", "lines[1].rendering_npi", "rendering_taxonomy", "lines[1].rendering_taxonomy"),
    *("referring_name", "lines[1].ordering_name", "subscriber_name", "subscriber_birth_date"),
    *("lines[1].revenue_code", "lines[1].drug_quantity", "lines[1].drug_unit"),
}
"""the standard claim is a professional one that names no provider but the billing one, and no drug"""
ONLY_IN_SEGMENTS = {"clia_number", "attachment", "lines[1].drug_code"}
LISTS = {"lines", "diagnoses"}
"""what stays of a list; tests of their own"""

AFTER: dict[str, EditValue] = {
    "modifiers": ("59",),
    "pointers": ("1", "2"),
    "units": "3",
    "charge": "12.5",
    "total_charge": "12.5",
    "service_dates": ("20260302", "20260304"),
}


@pytest.mark.parametrize("path", sorted(PATHS.keys() - ONLY_IN_SEGMENTS - NOT_NAMED - LISTS))
def test_an_edit_alters_its_field_and_nothing_else(path: str) -> None:
    field = parse_field(path)
    assert field is not None
    after = AFTER.get(field.name, "X1")
    changed = altered(claim(), Edit(line=field.line, field=path, before=PATHS[path], after=after))
    assert current(changed, field) == after
    others = [parse_field(p) for p in PATHS if p not in (path, *LISTS)]
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
        ("lines[1].units", "2", True),
        ("lines[1].units", "2.5", True),
        ("lines[1].units", "2.0", False),
        ("lines[1].units", "-2", False),
        ("lines[1].units", ("2",), False),
        ("lines[1].service_dates", ("20260302", "20260301"), False),
        ("lines[1].service_dates", ("20260302", "20260399"), False),
        ("lines[1].service_dates", ("20260302",), False),
        ("subscriber_birth_date", "19800101", True),
        ("subscriber_birth_date", "1980-01-01", False),
        ("subscriber_name", ("EXAMPLE", "PAT"), True),
        ("subscriber_name", "EXAMPLE", False),
        ("subscriber_name", (), False),
        ("billing_taxonomy", "207Q00000X", True),
        ("billing_taxonomy", "207Q00000", False),
        ("diagnoses[1].poa", "Y", True),
        ("diagnoses[1].poa", "X", False),
        ("attachment", ("OZ", "EL", "DOC-1"), True),
        ("attachment", ("OZ", "EL"), False),
        ("lines", ("1",), False),
        ("lines", (), False),
        ("lines", ("2",), False),
        ("diagnoses", ("R6889",), False),
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


def several(count: int) -> ClaimSubmitted:
    line = claim().lines[0]
    lines = tuple(line.model_copy(update={"line": n}) for n in range(1, count + 1))
    return claim().model_copy(update={"lines": lines, "total_charge": line.charge * count})


def made(field: str, after: EditValue, line: int | None = None) -> Edit:
    return Edit(line=line, field=field, before=None, after=after)


def test_lines_that_stay_are_those_that_the_edit_names() -> None:
    assert [line.line for line in altered(several(3), made("lines", ("1", "3"))).lines] == [1, 3]


def test_of_a_diagnosis_that_stands_twice_the_first_stays() -> None:
    first = claim().diagnoses[0].model_copy(update={"poa": "Y"})
    twice = claim().model_copy(update={"diagnoses": (first, first.model_copy(update={"poa": None}))})
    assert altered(twice, made("diagnoses", (first.code,))).diagnoses == (first,)


@pytest.mark.parametrize(
    ("edits", "adds_up"),
    [
        ((), True),
        ((made("lines", ("1",)), made("total_charge", "100")), True),
        ((made("lines", ("1",)),), False),
        ((made("total_charge", "100"),), False),
        ((made("lines[2].charge", "50", 2), made("total_charge", "150")), True),
        ((made("lines[2].charge", "x", 2),), False),
    ],
)
def test_charges_add_up_as_they_did_or_the_edit_is_none(edits: tuple[Edit, ...], adds_up: bool) -> None:
    assert balanced(several(2), edits) is adds_up
