"""Who gets in, and what a page is dressed in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.console.access.roles import Role
from tests.console.site import House, console


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with console(tmp_path_factory.mktemp("console") / "data") as made:
        yield made


def test_a_page_leads_who_is_not_signed_in_to_the_sign_in(house: House) -> None:
    answer = house.client().get("/?a=1")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=%2F%3Fa%3D1")


def test_who_is_signed_in_gets_the_page(house: House) -> None:
    answer = house.client(Role.VIEWER).get("/")
    assert (answer.status_code, answer.headers["location"]) == (303, "/work")


def test_an_unknown_cookie_signs_in_nobody(house: House) -> None:
    client = house.client()
    client.cookies.set("reclaim_session", "x" * 43)
    assert client.get("/").headers["location"].startswith("/sign-in")


def test_every_answer_forbids_frames_and_foreign_scripts(house: House) -> None:
    policy = house.client().get("/healthz").headers["content-security-policy"]
    assert "frame-ancestors 'none'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy


def test_a_host_that_is_not_ours_is_refused(house: House) -> None:
    assert house.client().get("/healthz", headers={"host": "evil.example"}).status_code == 400


def test_the_files_of_the_console_are_for_their_owner_alone(house: House) -> None:
    modes: set[tuple[Path, int]] = {
        (file, file.stat().st_mode & 0o777) for file in (house.data / "console").iterdir()
    }
    assert modes
    assert all(mode == 0o600 for _, mode in modes), modes
