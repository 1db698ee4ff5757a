"""The user's own lists of codes laid over the tables: dates and flags, and never the list's words."""

from __future__ import annotations

from datetime import date

import pytest

from schemas.codes import Automation
from services.core.codes.denial_lists import parse_carc, parse_rarc
from services.core.codes.tables import NO_TABLES, Edition, Tables
from tests.judged import Judged, claim, judge, remittances

NOW = date(2026, 6, 10)
WORDS = "words of a licensed list"
CARC = f"""Code,Description,Start Date,Last Modified,Stop Date,Notes
16,{WORDS},01/01/1995,11/01/2013,06/01/2026,{WORDS}
15,{WORDS},01/01/1995,09/30/2007,,
399,{WORDS},03/01/2026,,,
"""
RARC = f"Code,Description,Start Date,Last Modified,Stop Date,Notes\nN290,{WORDS},12/02/2003,,05/31/2026,\n"


def lists(effective: date = date(1900, 1, 1)) -> Tables:
    tables = NO_TABLES
    for kind, table in (("carc", parse_carc(CARC.encode())), ("rarc", parse_rarc(RARC.encode()))):
        tables = tables.with_edition(Edition(kind, "june", "0" * 64, effective, table))
    return tables


def one(*adjustments: str, remark: str = "N999", on: date = NOW, tables: Tables | None = None) -> Judged:
    body = claim("A1", *adjustments, remarks=[remark])
    return judge(remittances({on: body}), lists() if tables is None else tables)["A1"]


def quality(found: Judged) -> tuple[str, ...]:
    assert found.classified is not None
    return found.classified.remit_quality


@pytest.mark.parametrize(
    ("reason", "on", "said"),
    [
        ("16", date(2026, 6, 1), ()),
        ("16", date(2026, 6, 2), ("deactivated_carc",)),
        ("15", NOW, ()),
        ("62", NOW, ("deactivated_carc",)),
        ("399", NOW, ("unmapped_carc",)),
        ("399", date(2026, 2, 28), ("deactivated_carc", "unmapped_carc")),
        ("398", NOW, ("unknown_carc",)),
    ],
)
def test_the_list_has_the_last_word_on_the_codes_that_it_holds(
    reason: str, on: date, said: tuple[str, ...]
) -> None:
    assert quality(one(f"CO*{reason}*100", on=on)) == said


def test_one_reason_that_nobody_knows_stays_unknown_beside_one_that_the_list_knows() -> None:
    assert quality(one("CO*399*50", "CO*398*50")) == ("unknown_carc", "unmapped_carc")


def test_a_remark_that_the_list_has_stopped_is_flagged() -> None:
    assert quality(one("CO*50*100", remark="N290")) == ("deactivated_rarc",)


def test_without_a_list_in_force_on_the_day_what_ships_decides() -> None:
    assert quality(one("CO*399*100", tables=lists(effective=date(2026, 7, 1)))) == ("unknown_carc",)


def test_a_reason_that_only_the_list_knows_is_a_persons() -> None:
    found = one("CO*399*100").classified
    assert found is not None
    assert (found.primary_cause, found.causes[0].ceiling) == ("other", Automation.A1)


def test_evidence_names_the_edition_and_no_word_of_the_list() -> None:
    found = one("CO*16*100", remark="N290").classified
    assert found is not None
    sources = {(e.source, e.place) for cause in found.causes for e in cause.evidence}
    assert {("table:carc@june", "16"), ("table:rarc@june", "N290")} <= sources
    assert WORDS.encode() not in found.encode()
