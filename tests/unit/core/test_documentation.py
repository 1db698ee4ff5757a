"""Documentation out of files: both shapes say the same, and what is wrong is named by its place, never its value."""

from __future__ import annotations

import json
import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from schemas.documentation import ClaimDocumented
from services.core.documentation import HEADER, DocumentationError, read

PAGE = (Path(__file__).parents[3] / "docs" / "documentation.md").read_text(encoding="utf-8")


def example(language: str) -> bytes:
    found = re.search(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    return found[1].encode()


def test_the_json_of_the_page_is_read() -> None:
    (told,) = read(example("json"))
    assert told.documented_diagnoses == ("M5450",)
    assert told.documents[0].kind == "visit_note"
    assert [(one.line, one.level, one.minutes) for one in told.levels] == [
        (1, "moderate", None),
        (2, None, 35),
    ]
    assert (told.drugs[0].administered, told.drugs[0].wasted) == (Decimal(60), Decimal(40))
    assert told.authorizations[0].service_to == date(2026, 3, 31)


def test_the_csv_of_the_page_says_the_same_but_for_the_payer_and_the_question() -> None:
    (one,), (other,) = read(example("json")), read(example("csv"))
    different = {"authorizations", "answers"}
    assert one.model_dump(exclude=different) == other.model_dump(exclude=different)
    assert other.authorizations[0].number == one.authorizations[0].number
    assert other.answers[0].answer == one.answers[0].answer


def test_rows_of_two_days_are_two_events() -> None:
    rows = ["A,2026-01-01,diagnosis,,,,,,M545,,,,", "A,2026-01-02,diagnosis,,,,,,M545,,,,"]
    told = read("\n".join([",".join(HEADER), *rows]).encode())
    assert [event.documented.day for event in told] == [1, 2]


def test_an_object_a_line_is_a_list() -> None:
    one = {"claim_number": "A", "documented": "2026-01-01", "documented_diagnoses": ["M545"]}
    assert len(read("\n".join(json.dumps({**one, "claim_number": n}) for n in "ABC").encode())) == 3


BAD: tuple[tuple[dict[str, object], str], ...] = (
    ({"documented_diagnoses": ["SECRET"]}, "documented_diagnoses"),
    ({"documents": [{"id": "x", "kind": "SECRET", "date": "2026-01-01"}]}, "documents.kind"),
    ({"documents": [{"id": "x", "kind": "order", "date": "SECRET"}]}, "documents.0.date"),
    ({"levels": [{"line": 1, "basis": "mdm", "minutes": 3}]}, "levels"),
    ({"levels": [{"line": 1, "basis": "time", "level": "low"}]}, "levels"),
    ({"drugs": [{"line": 1, "administered": "-1", "unit": "MG"}]}, "drugs"),
    ({"counts": [{"line": 1, "units": "1", "modifiers": ["SECRET"]}]}, "counts.modifiers"),
    ({"surgeries": [{"procedure": "G0127", "performed": "2026-01-01", "npi": "SECRET"}]}, "surgeries.npi"),
    ({"unknown": "SECRET"}, "unknown"),
    ({}, "says nothing"),
)


@pytest.mark.parametrize(("more", "place"), BAD, ids=[place for _, place in BAD])
def test_what_is_wrong_is_named_by_its_place(more: dict[str, object], place: str) -> None:
    told = {"claim_number": "A", "documented": "2026-01-01", **more}
    with pytest.raises(DocumentationError) as failed:
        read(json.dumps([told]).encode())
    assert str(failed.value).startswith("claim 1: ")
    assert place in str(failed.value)
    assert "SECRET" not in str(failed.value)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\xff\xfe", "UTF-8"),
        (b"a,b\n1,2\n", "header"),
        ((",".join(HEADER) + "\nA,2026-01-01,secret,,,,,,,,,,\n").encode(), "row 2: what"),
        (b'{"claim_number": "A"}\n{"secret\n', "line 2"),
    ],
)
def test_a_file_of_another_shape_is_refused(data: bytes, said: str) -> None:
    with pytest.raises(DocumentationError, match=said):
        read(data)


def test_a_claim_with_every_kind_of_statement_goes_through_its_event() -> None:
    (told,) = read(example("json"))
    assert ClaimDocumented.parse(told.encode()) == told
