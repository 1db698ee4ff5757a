"""While the log is still being read, no page passes off what it has for all there is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from services.console.access.roles import Role
from services.console.follower import Follower
from services.console.read_model.store import Store
from tests.console.site import House, console

READING = "The log is still being read"
NOTHING = "Nothing waits here"


@pytest.fixture
def cold(house: House, tmp_path: Path) -> House:
    """The console with a read model that is made anew, of which nothing has been read yet."""
    log = house.site.deployment.log
    model = Store(tmp_path / "cold" / "read-model.sqlite3", log.identity)
    follower = Follower(log, model, page=100)
    site = replace(house.site, model=model, reached_end=follower.reached_end)
    return replace(house, site=site, follower=follower)


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[House]:
    with console(tmp_path / "empty") as made:
        yield made


def page_of(house: House, address: str) -> str:
    return house.client(Role.VIEWER).get(address).text


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
