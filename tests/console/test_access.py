"""Users, sessions, limits: what signs somebody in, and what ends it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from services.console.access.doors import local_path
from services.console.access.limits import Buckets, Rate
from services.console.access.roles import PERMISSIONS, Permission, Role, allowed
from services.console.access.sessions import ABSOLUTE, IDLE, Sessions
from services.console.access.users import UserFileError, Users
from services.console.app import create_app
from tests.console.site import ADDRESS, PASSWORD, console

START = datetime(2026, 5, 29, 8, tzinfo=UTC)


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.moment = START

    def __call__(self) -> datetime:
        return self.moment


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sessions(tmp_path: Path, clock: Clock) -> Sessions:
    return Sessions(tmp_path / "sessions.sqlite3", clock)


def test_a_session_knows_who_and_what_they_are(sessions: Sessions) -> None:
    found = sessions.find(sessions.open("ana", [Role.CODER, "king"], "local"))
    assert found is not None
    assert (found.user, found.roles, found.login) == ("ana", {"coder"}, "local:ana")


def test_a_session_that_is_used_goes_on(sessions: Sessions, clock: Clock) -> None:
    token = sessions.open("ana", [Role.CODER], "local")
    for _ in range(5):
        clock.moment += IDLE - timedelta(minutes=1)
        assert sessions.find(token) is not None


def test_a_session_that_nobody_uses_ends(sessions: Sessions, clock: Clock) -> None:
    token = sessions.open("ana", [Role.CODER], "local")
    clock.moment += IDLE + timedelta(seconds=1)
    assert sessions.find(token) is None


def test_a_page_that_looks_by_itself_keeps_no_session_alive(sessions: Sessions, clock: Clock) -> None:
    token = sessions.open("ana", [Role.CODER], "local")
    clock.moment += IDLE - timedelta(minutes=1)
    assert sessions.find(token, by_itself=True) is not None
    clock.moment += timedelta(minutes=2)
    assert sessions.find(token, by_itself=True) is None


def test_a_session_ends_however_much_it_is_used(sessions: Sessions, clock: Clock) -> None:
    token = sessions.open("ana", [Role.CODER], "local")
    while clock.moment < START + ABSOLUTE - timedelta(minutes=20):
        clock.moment += timedelta(minutes=20)
        assert sessions.find(token) is not None
    clock.moment = START + ABSOLUTE
    assert sessions.find(token) is None


def test_revoking_a_user_ends_sessions_and_tokens_of_that_user_alone(sessions: Sessions) -> None:
    ana = sessions.open("ana", [Role.CODER], "local")
    robot = sessions.issue("ana", [Role.VIEWER], timedelta(days=1))
    ben = sessions.open("ben", [Role.CODER], "local")
    assert sessions.revoke("ana") == 2
    assert (sessions.find(ana), sessions.find(robot, bearer=True)) == (None, None)
    assert sessions.find(ben) is not None


def test_a_cookie_is_no_bearer_token_and_the_other_way_round(sessions: Sessions) -> None:
    assert sessions.find(sessions.open("ana", [Role.CODER], "local"), bearer=True) is None
    assert sessions.find(sessions.issue("ana", [Role.CODER], timedelta(days=1))) is None


def test_the_file_of_sessions_holds_no_token(sessions: Sessions, tmp_path: Path) -> None:
    token = sessions.open("ana", [Role.CODER], "local")
    sessions.close()
    assert token.encode() not in b"".join(file.read_bytes() for file in tmp_path.iterdir())


def test_a_password_is_known_by_its_hash_alone(tmp_path: Path) -> None:
    users = Users(tmp_path / "users.json")
    users.add("ana", [Role.CODER], PASSWORD)
    assert PASSWORD not in users.path.read_text()
    assert users.path.stat().st_mode & 0o777 == 0o600
    found = users.check("Ana ", PASSWORD)
    assert found is not None
    assert found.roles == (Role.CODER,)
    assert users.check("ana", PASSWORD + "!") is None
    assert users.check("ben", PASSWORD) is None


@pytest.mark.parametrize(("name", "password"), [("ana", "short"), ("a b", PASSWORD), ("", PASSWORD)])
def test_a_weak_password_or_an_odd_name_is_refused(tmp_path: Path, name: str, password: str) -> None:
    with pytest.raises(UserFileError):
        Users(tmp_path / "users.json").add(name, [Role.CODER], password)


def test_a_bucket_lets_a_burst_through_and_then_its_rate() -> None:
    moment = 0.0
    buckets = Buckets(Rate(burst=3, seconds=10), lambda: moment)
    assert [buckets.take("ana") for _ in range(4)] == [True, True, True, False]
    assert buckets.take("ben")
    moment = 10.0
    assert [buckets.take("ana") for _ in range(2)] == [True, False]


def test_only_approvers_approve_and_a_viewer_changes_nothing() -> None:
    assert PERMISSIONS[Permission.APPROVE] == {Role.APPROVER}
    assert {p for p in Permission if allowed([Role.VIEWER], p)} == {Permission.READ}
    assert not any(allowed(["king"], permission) for permission in Permission)


@pytest.mark.parametrize(
    "back", ["https://evil.example/", "//evil.example", "/\\evil.example", "work", "/a\nb", ""]
)
def test_the_way_back_is_ours(back: str) -> None:
    assert local_path(back) == "/"


def test_signing_in_with_the_right_password_and_not_with_guesses(tmp_path: Path) -> None:
    with console(tmp_path / "data") as house:
        house.site.users.add("ana", [Role.CODER], PASSWORD)
        client = house.client()
        wrong = client.post("/sign-in", data={"name": "ana", "password": "a wrong password"})
        assert wrong.status_code == 401
        right = client.post("/sign-in", data={"name": "ana", "password": PASSWORD, "next": "/work"})
        assert (right.status_code, right.headers["location"]) == (303, "/work")
        assert client.get("/work").status_code == 200
        guesses = [
            client.post("/sign-in", data={"name": "ana", "password": "guess"}).status_code for _ in range(6)
        ]
        assert guesses[-1] == 429


def test_behind_a_proxy_with_tls_the_cookie_belongs_to_this_host_alone(tmp_path: Path) -> None:
    with console(tmp_path / "data") as house:
        house.site.users.add("ana", [Role.CODER], PASSWORD)
        site = replace(house.site, secure=True)
        client = TestClient(
            create_app(site), base_url=ADDRESS.replace("http:", "https:"), follow_redirects=False
        )
        answer = client.post("/sign-in", data={"name": "ana", "password": PASSWORD})
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith("__Host-reclaim=")
        assert {"Secure", "HttpOnly", "Path=/"} <= set(cookie.split("; "))
        assert "max-age" in answer.headers["strict-transport-security"]
