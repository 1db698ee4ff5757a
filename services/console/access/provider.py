"""Signing in through an OpenID Connect provider: discovery, the code flow with PKCE, state and nonce.

What is on its way lies in the state's own record for STARTED_SECONDS, used once. The identity token is checked against
the provider's published keys: signature, issuer, audience, time, nonce (OpenID Connect Core 1.0, 3.1.3.7).
"""

from __future__ import annotations

import hmac
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final
from urllib.parse import urlsplit

import httpx2 as httpx
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.httpx_client import OAuth2Client
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from services.console.access.roles import Role

STARTED_SECONDS: Final = 600.0
MOST_STARTED: Final = 1_000
LEEWAY_SECONDS: Final = 60
"""By how much the provider's clock may differ from ours."""

ALGORITHMS: Final = ("RS256", "PS256", "ES256", "EdDSA")
"""Signatures with a public key: `none`, and keys that both sides share, prove nothing here."""

SCOPE: Final = "openid profile email"


class ProviderError(Exception):
    """Signing in failed; the text says where and names no person."""


@dataclass(frozen=True, slots=True)
class Known:
    """Who the provider says it is."""

    user: str
    roles: frozenset[str]


@dataclass(frozen=True, slots=True)
class ProviderSettings:
    """One provider, as `[console.provider]` of the configuration names it."""

    name: str
    """what the button says"""
    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    user_claim: str = "preferred_username"
    roles_claim: str = "roles"
    roles: Mapping[str, Role] = field(default_factory=dict)
    """a value of the roles claim -> the role here; a value that is the name of a role needs no line"""


@dataclass(frozen=True, slots=True)
class _Started:
    browser: str
    nonce: str
    verifier: str
    back: str
    at: float


class Provider:
    """The provider, and the sign-ins that are on their way. May be shared between threads."""

    def __init__(self, settings: ProviderSettings, transport: httpx.BaseTransport | None = None) -> None:
        self.name = settings.name
        self._settings = settings
        self._transport = transport
        self._lock = threading.Lock()
        self._started: OrderedDict[str, _Started] = OrderedDict()
        self._metadata: dict[str, Any] | None = None

    def start(self, return_to: str, back: str) -> tuple[str, str]:
        """The address at the provider to send a browser to, and what the browser must bring back in a cookie. Raises
        ProviderError."""
        state, nonce, browser = (secrets.token_urlsafe(32) for _ in range(3))
        verifier = secrets.token_urlsafe(48)
        with self._client(return_to) as client:
            address, _ = client.create_authorization_url(
                self._found()["authorization_endpoint"],
                state=state,
                code_verifier=verifier,
                nonce=nonce,
                scope=SCOPE,
            )
        with self._lock:
            self._started[state] = _Started(_digest(browser), nonce, verifier, back, time.monotonic())
            while len(self._started) > MOST_STARTED:
                self._started.popitem(last=False)
        return str(address), browser

    def finish(self, return_to: str, state: str, code: str, browser: str) -> tuple[Known, str]:
        """Who came back, and where they wanted to go. Raises ProviderError."""
        with self._lock:
            started = self._started.pop(state, None)
        if started is None or time.monotonic() - started.at > STARTED_SECONDS:
            raise ProviderError("this sign-in was not begun here, or too long ago")
        if not hmac.compare_digest(started.browser, _digest(browser)):
            raise ProviderError("this sign-in was begun in another browser")
        try:
            with self._client(return_to) as client:
                token = client.fetch_token(
                    self._found()["token_endpoint"], code=code, code_verifier=started.verifier
                )
        except (httpx.HTTPError, AuthlibBaseError):
            raise ProviderError("the provider did not take the code") from None
        return self._known(self._checked(str(token.get("id_token", "")), started.nonce)), started.back

    def _checked(self, identity: str, nonce: str) -> dict[str, Any]:
        settings = self._settings
        try:
            keys = KeySet.import_key_set({"keys": self._fetch(self._found()["jwks_uri"])["keys"]})
            claims = jwt.decode(identity, keys, algorithms=list(ALGORITHMS)).claims
            registry = jwt.JWTClaimsRegistry(
                leeway=LEEWAY_SECONDS,
                iss={"essential": True, "value": settings.issuer},
                aud={"essential": True, "value": settings.client_id},
                exp={"essential": True},
                iat={"essential": True},
                sub={"essential": True},
                nonce={"essential": True, "value": nonce},
            )
            registry.validate(claims)
        except (JoseError, ValueError, KeyError, TypeError):
            raise ProviderError("the identity token does not hold") from None
        if (
            isinstance(claims["aud"], list)
            and len(claims["aud"]) > 1
            and claims.get("azp") != settings.client_id
        ):
            raise ProviderError("the identity token is for another application")
        return claims

    def _known(self, claims: Mapping[str, Any]) -> Known:
        user = claims.get(self._settings.user_claim) or claims["sub"]
        said: Any = claims
        for part in self._settings.roles_claim.split("."):
            said = said.get(part, ()) if isinstance(said, Mapping) else ()
        words = said.split() if isinstance(said, str) else [str(one) for one in said]
        roles = {self._settings.roles.get(word, word) for word in words}
        return Known(str(user)[:64], frozenset(roles & set(Role)))

    def _found(self) -> dict[str, Any]:
        """What the provider says of itself; its issuer must be the one that was configured."""
        if self._metadata is None:
            address = self._settings.issuer.rstrip("/") + "/.well-known/openid-configuration"
            metadata = self._fetch(address)
            if metadata.get("issuer") != self._settings.issuer:
                raise ProviderError("the provider calls itself something else")
            self._metadata = metadata
        return self._metadata

    def _fetch(self, address: str) -> dict[str, Any]:
        try:
            with httpx.Client(transport=self._transport, timeout=10) as client:
                found: dict[str, Any] = client.get(address).raise_for_status().json()
        except (httpx.HTTPError, ValueError):
            raise ProviderError("the provider cannot be reached") from None
        return found

    def _client(self, return_to: str) -> OAuth2Client:
        return OAuth2Client(
            client_id=self._settings.client_id,
            client_secret=self._settings.client_secret,
            redirect_uri=return_to,
            code_challenge_method="S256",
            transport=self._transport,
            timeout=10,
        )


def read_provider(document: Mapping[str, Any]) -> ProviderSettings:
    """The settings in `[console.provider]`, the secret among them. Raises ProviderError."""
    try:
        issuer, client_id = str(document["issuer"]), str(document["client_id"])
        roles = {str(word): Role(role) for word, role in document.get("roles", {}).items()}
    except (KeyError, ValueError, AttributeError):
        raise ProviderError(
            "[console.provider] needs issuer and client_id; roles name roles of the console"
        ) from None
    parts = urlsplit(issuer)
    if parts.scheme != "https" and parts.hostname not in ("127.0.0.1", "localhost", "::1"):
        raise ProviderError("[console.provider] issuer begins with https://")
    secret = document.get("client_secret")
    if not secret:
        raise ProviderError("RECLAIM_CONSOLE_CLIENT_SECRET (or ..._FILE) holds the client's secret")
    return ProviderSettings(
        name=str(document.get("name", "Single sign-on")),
        issuer=issuer,
        client_id=client_id,
        client_secret=str(secret),
        user_claim=str(document.get("user_claim", "preferred_username")),
        roles_claim=str(document.get("roles_claim", "roles")),
        roles=roles,
    )


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()
