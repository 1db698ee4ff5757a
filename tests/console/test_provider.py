"""Signing in through OpenID Connect, against a provider with signed tokens; and what must not sign anybody in."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import RSAKey
from starlette.testclient import TestClient

from services.console.access.limits import SIGN_IN, Buckets
from services.console.access.provider import Provider, ProviderError, ProviderSettings, read_provider
from services.console.access.roles import Role
from services.console.app import create_app
from services.runtime.settings import load_settings
from tests.console.provider import CLIENT, ISSUER, SECRET, SmallProvider
from tests.console.site import ADDRESS, House, console

SETTINGS = ProviderSettings("Example login", ISSUER, CLIENT, SECRET, roles={"billing-coders": Role.CODER})


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with console(tmp_path_factory.mktemp("provider") / "data") as made:
        yield made


def browser(house: House, provider: SmallProvider) -> TestClient:
    site = replace(house.site, sign_ins=Buckets(SIGN_IN), provider=Provider(SETTINGS, provider.transport()))
    return TestClient(create_app(site), base_url=ADDRESS, follow_redirects=False)


def come_back(client: TestClient, provider: SmallProvider, **changed: str) -> Any:
    out = client.get("/sign-in/provider", params={"next": "/work?payer=X"})
    assert out.status_code == 303
    return client.get(
        "/sign-in/provider/back", params={**provider.approve(out.headers["location"]), **changed}
    )


def test_who_the_provider_knows_is_signed_in_with_the_roles_of_its_claim(empty: House) -> None:
    provider = SmallProvider()
    client = browser(empty, provider)
    answer = come_back(client, provider)
    assert (answer.status_code, answer.headers["location"]) == (303, "/work?payer=X")
    session = empty.site.sessions.find(client.cookies["reclaim_session"])
    assert session is not None
    assert (session.user, session.roles, session.login) == ("dora", {"coder"}, "oidc:dora")


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(empty: House) -> None:
    provider = SmallProvider()
    answer = come_back(browser(empty, provider), provider)
    (cookie,) = (c for c in answer.headers.get_list("set-cookie") if c.startswith("reclaim_session"))
    assert "httponly" in cookie.lower()
    assert "samesite=lax" in cookie.lower()


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://other.example"},
        {"aud": "another-application"},
        {"nonce": "another"},
        {"exp": int(time.time()) - 3600},
        {"aud": [CLIENT, "another"]},
    ],
    ids=["issuer", "audience", "nonce", "expired", "several audiences"],
)
def test_an_identity_token_that_does_not_hold_signs_in_nobody(empty: House, claims: dict[str, Any]) -> None:
    provider = SmallProvider(claims=claims)
    client = browser(empty, provider)
    assert come_back(client, provider).status_code == 401
    assert "reclaim_session" not in client.cookies


def test_a_token_signed_with_another_key_signs_in_nobody(empty: House) -> None:
    provider = SmallProvider(signs_with=RSAKey.generate_key(2048))
    assert come_back(browser(empty, provider), provider).status_code == 401


def test_a_state_that_was_not_given_out_signs_in_nobody(empty: House) -> None:
    provider = SmallProvider()
    assert come_back(browser(empty, provider), provider, state="made-up").status_code == 401


def test_a_state_is_good_once(empty: House) -> None:
    provider = SmallProvider()
    client = browser(empty, provider)
    out = client.get("/sign-in/provider")
    back = provider.approve(out.headers["location"])
    assert client.get("/sign-in/provider/back", params=back).status_code == 303
    again = provider.approve(out.headers["location"])
    assert client.get("/sign-in/provider/back", params=again).status_code == 401


def test_another_browser_cannot_finish_the_sign_in(empty: House) -> None:
    provider = SmallProvider()
    client = browser(empty, provider)
    back = provider.approve(client.get("/sign-in/provider").headers["location"])
    client.cookies.clear()
    assert client.get("/sign-in/provider/back", params=back).status_code == 401


def test_who_has_no_role_here_is_turned_away(empty: House) -> None:
    provider = SmallProvider(claims={"roles": ["cafeteria"]})
    client = browser(empty, provider)
    assert come_back(client, provider).status_code == 403
    assert "reclaim_session" not in client.cookies


def test_the_sign_in_never_leads_to_another_site(empty: House) -> None:
    provider = SmallProvider()
    client = browser(empty, provider)
    out = client.get("/sign-in/provider", params={"next": "//evil.example/"})
    answer = client.get("/sign-in/provider/back", params=provider.approve(out.headers["location"]))
    assert answer.headers["location"] == "/"


CONFIGURED = """
[console.provider]
issuer = "https://login.example"
client_id = "reclaim-console"
roles_claim = "realm.roles"
[console.provider.roles]
billing-leads = "approver"
"""


def test_the_configuration_names_a_provider_and_the_environment_its_secret(tmp_path: Path) -> None:
    (tmp_path / "reclaim.toml").write_text(CONFIGURED)
    settings = load_settings({"RECLAIM_CONSOLE_CLIENT_SECRET": "s"}, data=tmp_path)
    read = read_provider(settings.provider)
    assert (read.issuer, read.client_secret, read.roles_claim) == (
        "https://login.example",
        "s",
        "realm.roles",
    )
    assert read.roles == {"billing-leads": Role.APPROVER}
    assert "secret='s'" not in repr((settings, read))


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        (CONFIGURED, ""),
        (CONFIGURED.replace("https:", "http:"), "s"),
        (CONFIGURED.replace('"approver"', '"king"'), "s"),
    ],
    ids=["no secret", "no TLS", "no such role"],
)
def test_a_provider_that_cannot_be_trusted_is_refused(tmp_path: Path, text: str, secret: str) -> None:
    (tmp_path / "reclaim.toml").write_text(text)
    settings = load_settings({"RECLAIM_CONSOLE_CLIENT_SECRET": secret}, data=tmp_path)
    with pytest.raises(ProviderError):
        read_provider(settings.provider)
