"""Every route needs a sign-in and the permission that it says; what is open is named here."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final, get_type_hints

import pytest
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.routing import APIRoute
from starlette.routing import Mount

from services.console.access.gate import CSRF_HEADER, SAFE, Needs
from services.console.access.roles import PERMISSIONS, Permission, Role
from services.console.app import create_app
from tests.browser.screens import PIECES, SCREENS, SIGNED_OUT
from tests.console.site import House, console

OPEN: Final = {"/healthz", "/sign-in", "/sign-in/provider", "/sign-in/provider/back"}
"""Reached without a sign-in, because it is how one signs in, or says nothing."""


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with console(tmp_path_factory.mktemp("routes") / "data") as made:
        yield made


def routes(house: House) -> list[APIRoute]:
    return list(_flat(create_app(house.site).routes))


def _flat(found: Any) -> Iterator[APIRoute]:
    for route in found:
        if isinstance(route, APIRoute):
            yield route
        elif not isinstance(route, Mount):
            inner = getattr(route, "routes", None) or getattr(
                getattr(route, "original_router", None), "routes", None
            )
            assert inner is not None, f"a route that this test cannot look into: {route!r}"
            yield from _flat(inner)


def permissions(route: APIRoute) -> set[Permission]:
    """What the route, or its router, asks for."""

    def within(dependant: Any) -> Iterator[Permission]:
        if isinstance(dependant.call, Needs):
            yield dependant.call.permission
        for inner in dependant.dependencies:
            yield from within(inner)

    return set(within(route.dependant))


def address(route: APIRoute) -> str:
    """The route's address with something in its places."""
    return "/".join("x" if part.startswith("{") else part for part in route.path.split("/"))


def test_every_route_says_what_it_needs(empty: House) -> None:
    silent = {route.path for route in routes(empty) if not permissions(route)}
    assert silent - OPEN == set()
    assert len(routes(empty)) > 10


def test_every_page_is_looked_at_with_the_accessibility_engine(empty: House) -> None:
    """A page: what is read and leads nowhere else, and what a change answers with a page of its own."""
    pages = set()
    for route in routes(empty):
        returned = get_type_hints(route.endpoint)["return"]
        read = "GET" in route.methods and returned is not RedirectResponse
        if returned is HTMLResponse or (read and not route.path.startswith(("/api/", "/healthz"))):
            pages.add(route.path)
    assert pages == {*SCREENS, *SIGNED_OUT, *PIECES}
    assert set(PIECES.values()) <= set(SCREENS)


def test_without_a_sign_in_every_route_is_closed(empty: House) -> None:
    client = empty.client()
    for route in routes(empty):
        for method in route.methods - {"HEAD", "OPTIONS"} if route.path not in OPEN else ():
            answer = client.request(method, address(route))
            told = (answer.status_code, answer.headers.get("location", "").partition("?")[0])
            closed = (401, "") if route.path.startswith("/api/") else (303, "/sign-in")
            assert told == closed, (method, route.path, told)


def test_who_lacks_the_role_is_refused(empty: House) -> None:
    """Each role alone against each route that none of its permissions opens."""
    refused = 0
    for role in Role:
        client = empty.client(role, name=role.value)
        session = empty.site.sessions.find(client.cookies["reclaim_session"])
        assert session is not None
        client.headers[CSRF_HEADER] = session.csrf
        for route in routes(empty):
            if all(role in PERMISSIONS[permission] for permission in permissions(route)):
                continue
            for method in route.methods - {"HEAD", "OPTIONS"}:
                answer = client.request(method, address(route))
                assert answer.status_code == 403, (role, method, route.path, answer.status_code)
                refused += 1
    assert refused > 5


def test_a_change_without_the_page_s_token_is_refused(empty: House) -> None:
    client = empty.client(*Role)
    for route in routes(empty):
        for method in route.methods - SAFE if route.path not in OPEN else ():
            answer = client.request(method, address(route), data={"csrf": "guessed"})
            assert answer.status_code == 403, (method, route.path, answer.status_code)


def test_a_change_from_another_site_is_refused(empty: House) -> None:
    client = empty.client(Role.CODER)
    session = empty.site.sessions.find(client.cookies["reclaim_session"])
    assert session is not None
    headers = {CSRF_HEADER: session.csrf, "origin": "https://evil.example"}
    answer = client.post("/api/v1/claims/x/decisions", headers=headers, json={})
    assert answer.status_code == 403


def test_a_bearer_token_opens_the_api_under_the_same_roles(empty: House) -> None:
    client = empty.client()
    client.headers["authorization"] = (
        f"Bearer {empty.site.sessions.issue('robot', ['viewer'], timedelta(days=1))}"
    )
    assert client.get("/api/v1/work").status_code == 200
    assert client.post("/api/v1/files", files={"file": b"x"}).status_code == 403


def test_the_api_describes_itself(empty: House) -> None:
    described = empty.client(Role.VIEWER).get("/api/v1/openapi.json").json()
    paths = {
        route.path for route in routes(empty) if route.path.startswith("/api/v1") and route.include_in_schema
    }
    assert set(described["paths"]) == paths
    assert described["openapi"].startswith("3.1")
