"""The editions in force: named alike for all denials of the same days, in an order that nothing moves."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from services.core.codes.tables import Edition, Tables
from services.core.recoding.in_force import TABLE_KINDS, editions_in_force
from services.core.recoding.situation import service_day
from tests.recoding import denial_of

DAY = date(2026, 3, 2)


def loaded(*kinds: str, name: str = "one") -> Tables:
    return Tables(tuple(Edition(kind, name, "ab" * 32, date(2020, 1, 1), object()) for kind in kinds))


def test_the_names_of_an_id_stand_in_order_whatever_is_loaded() -> None:
    for kinds in ((), ("authorizations",), ("ptp_practitioner",), ("zz",), TABLE_KINDS, TABLE_KINDS[::-1]):
        found = editions_in_force(denial_of(), DAY, loaded(*kinds))
        names = [text.split("=")[0] for text in found.identity("rules@1", "profiles@2")]
        assert names == sorted({*found.named, "profile", "rule_set"})


def test_a_line_of_another_day_names_the_edition_of_its_day() -> None:
    denial = denial_of()
    assert denial.claim is not None
    line = denial.claim.lines[0].model_copy(update={"line": 2, "service_from": date(2026, 4, 2)})
    claim = denial.claim.model_copy(update={"lines": (*denial.claim.lines, line)})
    denial = denial.model_copy(update={"claim": claim})
    tables = loaded("mpfs").with_edition(
        replace(loaded("mpfs", name="two").editions[0], effective=date(2026, 4, 1))
    )
    found = editions_in_force(denial, service_day(denial), tables)
    assert found.named == {"mpfs": "one@abababababab two@abababababab"}


def test_denials_of_the_same_days_share_one() -> None:
    tables = loaded("mpfs")
    assert editions_in_force(denial_of(), DAY, tables) is editions_in_force(denial_of(), DAY, tables)


def test_what_tables_remember_is_bounded_and_made_again() -> None:
    tables = loaded("mpfs")
    made = [tables.remembered(("test", n), lambda n=n: n) for n in range(20_000)]
    assert made == list(range(20_000))
    assert len(tables._remembered) < 10_000
    assert tables.remembered(("test", 0), lambda: 0) == 0
