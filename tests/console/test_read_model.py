"""The read model: made from the log alone, the same each time, and quick to ask."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from decimal import Decimal
from pathlib import Path
from urllib.parse import parse_qsl

import pytest

from services.console.follower import Follower
from services.console.queries.filters import Filter, read_filter
from services.console.queries.worklist import neighbours, options, rows, rows_after, totals
from services.console.read_model.store import Store
from services.console.read_model.work import INSERT, STORED
from services.core.worklist import work_rows
from services.deployment.opening import opened
from services.runtime.settings import load_settings
from tests.console.site import House
from tests.e2e.installation import Installation

MANY = 10_000


def dump(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as sql:
        return sorted(line for line in sql.iterdump() if line.startswith("INSERT"))


def build(examples: Installation, path: Path, steps: bool = False) -> Store:
    with opened(load_settings({}, data=examples.data)) as deployment:
        store = Store(path, deployment.log.identity)
        follower = Follower(deployment.log, store, page=7 if steps else 2_000)
        follower.catch_up()
    return store


@pytest.fixture(scope="module")
def built(examples: Installation, tmp_path_factory: pytest.TempPathFactory) -> Store:
    return build(examples, tmp_path_factory.mktemp("model") / "model.sqlite3")


def test_deleted_and_made_anew_it_holds_the_same(
    examples: Installation, built: Store, tmp_path: Path
) -> None:
    again = build(examples, tmp_path / "model.sqlite3")
    assert dump(again.path) == dump(built.path)


def test_read_in_small_steps_it_holds_the_same(examples: Installation, built: Store, tmp_path: Path) -> None:
    again = build(examples, tmp_path / "model.sqlite3", steps=True)
    assert dump(again.path) == dump(built.path)


def test_a_file_of_another_release_or_log_is_made_anew(built: Store, tmp_path: Path) -> None:
    path = tmp_path / "model.sqlite3"
    path.write_bytes(built.path.read_bytes())
    with Store(path, "another log").reading() as model:
        assert totals(model, Filter()).claims == 0


def test_it_is_for_its_owner_alone(built: Store) -> None:
    assert built.path.stat().st_mode & 0o777 == 0o600


def test_the_worklist_is_that_of_the_command_line(examples: Installation, built: Store) -> None:
    with opened(load_settings({}, data=examples.data)) as deployment:
        latest = {k: r.value for k, r in deployment.latest("work-items").items() if r.value is not None}
    with built.reading() as model:
        shown = rows(model, Filter(), limit=1_000)
        (day,) = model.execute("select max(day) from opened_day").fetchone()
    said = work_rows(latest, date.fromisoformat(day))
    assert {(r.claim_number, r.proposal, r.amount, r.days_left, r.priority) for r in shown} == {
        (r.claim_number, r.proposal_id, r.amount, r.days_left, r.priority) for r in said
    }
    assert [r.priority for r in shown] == sorted((r.priority for r in said), reverse=True)


def test_no_patient_stands_in_it(examples: Installation, built: Store) -> None:
    names = set()
    with opened(load_settings({}, data=examples.data)) as deployment:
        for record in deployment.log.read("claim-submitted"):
            for segment in (record.value or b"").decode().split('"'):
                if segment.startswith(("NM1*IL", "NM1*QC")):
                    names.add(segment.split("*")[3])
    held = "\n".join(dump(built.path))
    assert len(names) > 20
    assert not [name for name in names if f"'{name}'" in held]


def test_totals_are_those_of_the_rows(built: Store) -> None:
    with built.reading() as model:
        asked = Filter(cause="auth")
        found = rows(model, asked, limit=1_000)
        told = totals(model, asked)
    assert (told.claims, told.denied) == (len(found), sum((r.amount for r in found), Decimal(0)))
    assert found


def test_each_value_that_is_offered_finds_as_many_claims_as_it_says(built: Store) -> None:
    with built.reading() as model:
        offered = options(model)
        for name in ("payer", "cause", "action", "clock", "rule", "carc", "rarc", "group", "procedure"):
            assert offered[name]
            for value, count in offered[name]:
                assert totals(model, Filter(**{name: value})).claims == count, (name, value)


def test_neighbours_stand_beside_a_row(built: Store) -> None:
    with built.reading() as model:
        found = rows(model, Filter(sort="due"), limit=1_000)
        beside = neighbours(model, Filter(sort="due"), found[5].ref)
    assert beside is not None
    assert (beside.previous, beside.next, beside.position) == (found[4].ref, found[6].ref, 6)


@pytest.mark.parametrize("sort", ["priority", "-priority", "due", "payer", "dollars", "age", "claim"])
def test_pages_by_key_are_the_whole_list(built: Store, sort: str) -> None:
    with built.reading() as model:
        whole = rows(model, Filter(sort=sort), limit=1_000)
        paged, after = [], None
        while page := rows_after(model, Filter(sort=sort), after, 7):
            paged += page
            after = f"{page[-1].ref}.{page[-1].proposal}"
    assert paged == whole


def test_an_address_and_its_filter_are_the_same(built: Store) -> None:
    asked = Filter(payer="SMA16", days="0-60", carc="197", served_from="2026-03-01", sort="-due", page=2)
    assert read_filter(parse_qsl(asked.at(2))) == asked


@pytest.fixture(scope="module")
def crowded(built: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    """The read model with the examples' rows again and again under other names."""
    path = tmp_path_factory.mktemp("crowded") / "model.sqlite3"
    path.write_bytes(built.path.read_bytes())
    with closing(sqlite3.connect(path)) as sql:
        sql.row_factory = sqlite3.Row
        originals = sql.execute("select * from work where waits = 1").fetchall()
        number = 0
        while number < MANY:
            for row in originals:
                values = {name: row[name] for name in STORED}
                values |= {"id": f"{number:032}.{row['id']}", "ref": f"{number:032}.{row['ref']}"}
                sql.execute(INSERT, tuple(values[name] for name in STORED))
                number += 1
        sql.execute("update work set priority = abs(random()) % 100000, amount = abs(random()) % 1000000")
        sql.execute("analyze")
        sql.commit()
        yield sql


@pytest.mark.parametrize(
    ("sort", "index"),
    [
        ("priority", "work_priority"),
        ("dollars", "work_amount"),
        ("due", "work_due"),
        ("payer", "work_payer"),
        ("claim", "work_claim"),
        ("cause", "work_cause"),
        ("owner", "work_owner"),
        ("age", "work_age"),
    ],
)
def test_each_order_of_ten_thousand_rows_comes_from_an_index(
    crowded: sqlite3.Connection, sort: str, index: str
) -> None:
    asked: list[str] = []
    crowded.set_trace_callback(asked.append)
    rows(crowded, Filter(sort=sort))
    crowded.set_trace_callback(None)
    (select,) = (one for one in asked if "order by" in one and "from work" in one)
    plans = [row["detail"] for row in crowded.execute(f"explain query plan {select}")]
    assert any(index in plan for plan in plans), plans
    assert not any("TEMP B-TREE" in plan for plan in plans), plans


def test_what_was_asked_at_the_console_reaches_the_read_model_once(house: House) -> None:
    before = dump(house.site.model.path)
    house.follower.catch_up()
    assert dump(house.site.model.path) == before
