"""The editions of ICD-10-CM that ship: whole, in their ranges, and what their publishers say."""

from __future__ import annotations

from datetime import date
from string import ascii_uppercase, digits

import pytest

from services.core.codes.icd10cm import DiagnosisCodes
from services.runtime.blobs import Blobs
from services.runtime.shipped_editions import shipped_editions, shipped_on, store

LETTERS = ascii_uppercase
PLACES = digits + ascii_uppercase

BILLABLE = {"2021-january": 72_621, "2025-october-codes": 74_260, "2026-april": 74_719}
"""Counts that NCHS published with the releases."""


@pytest.fixture(scope="module")
def blobs(tmp_path_factory: pytest.TempPathFactory) -> Blobs:
    return Blobs(tmp_path_factory.mktemp("blobs"))


def codes(day: date, blobs: Blobs) -> DiagnosisCodes:
    edition = shipped_on("icd10cm", day, blobs)
    assert edition is not None
    assert isinstance(edition.table, DiagnosisCodes)
    return edition.table


@pytest.mark.parametrize("edition", shipped_editions(), ids=lambda edition: edition.name)
def test_what_ships_has_the_digest_that_its_list_says(edition: object, blobs: Blobs) -> None:
    assert store(edition, blobs) == blobs.put(bytes(blobs.map(edition.digest)))  # type: ignore[arg-type, attr-defined]


@pytest.mark.parametrize(
    "edition", [e for e in shipped_editions() if e.name in BILLABLE], ids=lambda e: e.name
)
def test_as_many_codes_are_billable_as_were_published(edition: object, blobs: Blobs) -> None:
    table = codes(edition.effective, blobs)  # type: ignore[attr-defined]
    first_places = [f"{letter}{digit}{last}" for letter in LETTERS for digit in PLACES for last in PLACES]
    whole = [c for c in first_places if (found := table.find(c)) is not None and found.billable]
    below = sum(len(table.billable_under(category)) for category in first_places)
    assert len(whole) + below == BILLABLE[edition.name]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("day", "ships"),
    [
        (date(2020, 12, 31), False),
        (date(2021, 1, 1), True),
        (date(2021, 10, 1), False),
        (date(2024, 9, 30), False),
        (date(2024, 10, 1), True),
        (date(2025, 10, 1), True),
        (date(2026, 9, 30), True),
        (date(2026, 10, 1), False),
    ],
)
def test_no_edition_answers_outside_of_its_days(day: date, ships: bool, blobs: Blobs) -> None:
    assert (shipped_on("icd10cm", day, blobs) is not None) == ships


def test_a_code_is_valid_in_the_releases_that_have_it(blobs: Blobs) -> None:
    g35 = [codes(date(year, 5, 1), blobs).find("G35") for year in (2025, 2026)]
    assert [code.billable for code in g35 if code is not None] == [True, False]
    assert codes(date(2026, 5, 1), blobs).billable_under("G35")


def test_notes_are_those_of_the_april_release_and_missing_before_it(blobs: Blobs) -> None:
    april, october = codes(date(2026, 5, 1), blobs), codes(date(2025, 11, 1), blobs)
    assert (april.has_notes, october.has_notes) == (True, False)
    assert april.excluded("E11.65", "E10.9") is not None
    assert october.excluded("E11.65", "E10.9") is None


def test_a_seventh_character_names_its_encounter(blobs: Blobs) -> None:
    table = codes(date(2026, 5, 1), blobs)
    found = table.find("W19.XXXA")
    assert found is not None
    assert (found.title, found.parent) == ("Unspecified fall, initial encounter", "W19")
    assert [character for character, _ in found.seventh] == ["A", "D", "S"]
    # The list says in prose that D and S do not apply after a sixth character 7 or 8 in S06.
    assert table.find("S06.1X7A") is not None
    assert table.find("S06.1X7D") is None


def test_a_manifestation_is_never_first(blobs: Blobs) -> None:
    found = codes(date(2026, 5, 1), blobs).find("F02.80")
    assert found is not None
    assert found.manifestation
