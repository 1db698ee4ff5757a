"""While the log is still being read, or cannot be followed, no page passes off what it has for all there is."""

from __future__ import annotations

import re
import sqlite3
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from schemas.recoding import DecisionRequested
from services.console import follower as follower_module
from services.console.access.roles import Role
from services.console.follower import Follower
from services.console.read_model.store import Store
from services.runtime.log import TransientLogError
from services.runtime.records import UndecodableError
from tests.console.site import House, console
from tests.console.test_deciding import said, signed_in, wish, work

READING = "The log is still being read"
NOTHING = "Nothing waits here"


@pytest.fixture
def cold(house: House, tmp_path: Path) -> House:
    """The console with a read model that is made anew, of which nothing has been read yet."""
    log = house.site.deployment.log
    model = Store(tmp_path / "cold" / "read-model.sqlite3", log.identity)
    follower = Follower(log, model, page=100)
    site = replace(house.site, model=model, reached_end=follower.reached_end, standstill=follower.standstill)
    return replace(house, site=site, follower=follower)


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[House]:
    with console(tmp_path / "empty") as made:
        yield made


def page_of(house: House, address: str) -> str:
    return house.client(Role.VIEWER).get(address).text


def claims_of(house: House) -> list[str]:
    """The claims of the worklist's first page, in their order."""
    return re.findall(r'data-open href="(/claims/[^"?]+)', page_of(house, "/work"))


@pytest.mark.parametrize("address", ["/work", "/board", "/files", "/payers"])
def test_before_the_first_record_pages_say_that_the_log_is_being_read(cold: House, address: str) -> None:
    assert READING in page_of(cold, address)


def test_the_worklist_does_not_say_that_nothing_waits(cold: House) -> None:
    assert NOTHING not in page_of(cold, "/work")


def test_half_way_it_is_still_said(cold: House) -> None:
    assert cold.follower.step()
    assert READING in page_of(cold, "/work")


def test_once_the_end_was_reached_it_is_said_no_more(cold: House) -> None:
    cold.follower.catch_up()
    assert READING not in page_of(cold, "/work")
    assert "data-row" in page_of(cold, "/work")


def test_following_reaches_the_end_too(cold: House) -> None:
    while cold.follower.step():
        pass
    assert cold.follower.reached_end()


def test_an_empty_log_has_been_read(empty: House) -> None:
    assert NOTHING in page_of(empty, "/work")
    assert READING not in page_of(empty, "/work")


def test_a_log_that_was_set_back_is_read_anew(cold: House) -> None:
    cold.follower.catch_up()
    before = claims_of(cold)
    with cold.site.model.writing() as sql:
        sql.execute("update place set offset = offset + 1000 where topic = 'work-items'")
        sql.execute("delete from work")
    assert claims_of(cold) == []
    cold.follower.catch_up()
    assert claims_of(cold) == before


def test_a_damaged_file_is_made_anew(cold: House) -> None:
    cold.follower.catch_up()
    before = claims_of(cold)
    path = cold.site.model.path
    path.write_bytes(b"\0" * 65_536)
    for ending in ("-wal", "-shm"):
        path.with_name(path.name + ending).unlink(missing_ok=True)
    while cold.follower.try_step():
        pass
    assert claims_of(cold) == before


@pytest.mark.parametrize(
    ("error", "why", "says"),
    [
        (sqlite3.OperationalError("database or disk is full"), "file", "is the disk full?"),
        (TransientLogError("away"), "log", "The log cannot be reached"),
        (UndecodableError("type"), "record", "of an older release"),
    ],
)
def test_while_it_cannot_follow_pages_and_health_say_so(
    cold: House, monkeypatch: pytest.MonkeyPatch, error: Exception, why: str, says: str
) -> None:
    stop = threading.Event()
    follower = cold.follower
    monkeypatch.setattr(follower_module, "AGAIN_SECONDS", 0.0)

    def fails() -> int:
        if follower.standstill() is not None:
            stop.set()
        raise error

    with monkeypatch.context() as broken:
        broken.setattr(follower, "step", fails)
        follower.follow(stop)
    assert says in page_of(cold, "/work")
    assert cold.client().get("/healthz").json() == {"state": "standing_still", "why": why}
    follower.try_step()
    assert says not in page_of(cold, "/work")
    assert cold.client().get("/healthz").json() == {"state": "up"}


def test_a_page_that_cannot_reach_the_log_says_to_try_again(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise TransientLogError("away")

    client = signed_in(house, Role.CODER)
    row = work(client)[0]
    asked = {"wish": "reject", "reason": "other", "once": "a form"}
    with monkeypatch.context() as broken:
        broken.setattr(house.site.deployment.log, "appender", away)
        refused = wish(client, row, **asked)
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
    assert "try again" in refused.json()["error"]
    assert wish(client, row, **asked).status_code == 202
    assert len(said(house, "decision-requested", DecisionRequested)) == 1
