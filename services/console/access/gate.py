"""The way in: every request passes here. Headers, size, who is asking; and what a route asks of them."""

from __future__ import annotations

import hmac
import re
from collections.abc import MutableMapping
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

from fastapi import Depends, HTTPException, Request
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.console.access.roles import Permission
from services.console.access.sessions import Session, Sessions

CSRF_FIELD: Final = "csrf"
CSRF_HEADER: Final = "x-csrf-token"
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
API: Final = "/api/"

MOST_BODY: Final = 1 << 20
"""Bytes of a form."""

MOST_UPLOAD: Final = 256 << 20
"""Bytes of an uploaded file with what is around it; larger ones go into the inbox folder itself."""

UPLOADS: Final = ("/upload", "/api/v1/files")

HEADERS: Final = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
"""On every answer."""

BY_ITSELF: Final = "x-reclaim-by-itself"
"""The header of a page that brings itself up to date."""

_BEARER: Final = re.compile(r"Bearer ([A-Za-z0-9_-]{20,})")


def cookie_name(secure: bool) -> str:
    """With the prefix that a browser takes from TLS and for this host alone, where there is TLS."""
    return "__Host-reclaim" if secure else "reclaim_session"


class TooLargeError(Exception):
    """More bytes came than the route takes."""


class Gate:
    """ASGI middleware: finds the session, bounds the body, sets the headers. Decides nothing about roles."""

    def __init__(self, app: ASGIApp, sessions: Sessions, *, secure: bool) -> None:
        self._app = app
        self._sessions = sessions
        self._secure = secure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        limit = MOST_UPLOAD if scope["path"] in UPLOADS else MOST_BODY
        started = False

        async def dressed(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                self._dress(scope, MutableHeaders(scope=message))
            await send(message)

        if _announced(headers) > limit:
            await _too_large(scope, receive, dressed)
            return
        state: MutableMapping[str, Any] = scope.setdefault("state", {})
        state["session"] = self._session(Request(scope))
        try:
            await self._app(scope, _bounded(receive, limit), dressed)
        except TooLargeError:
            if not started:
                await _too_large(scope, receive, dressed)

    def _session(self, request: Request) -> Session | None:
        if bearer := _BEARER.fullmatch(request.headers.get("authorization", "")):
            return self._sessions.find(bearer[1], bearer=True)
        token = request.cookies.get(cookie_name(self._secure))
        return self._sessions.find(token, by_itself=BY_ITSELF in request.headers) if token else None

    def _dress(self, scope: Scope, headers: MutableHeaders) -> None:
        for name, value in HEADERS.items():
            headers[name] = value
        if self._secure:
            headers["strict-transport-security"] = "max-age=31536000"
        if not scope["path"].startswith("/static/"):
            headers["cache-control"] = "no-store"


def _announced(headers: Headers) -> int:
    said = headers.get("content-length", "0")
    return int(said) if said.isdecimal() else 0


def _bounded(receive: Receive, limit: int) -> Receive:
    taken = 0

    async def counted() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > limit:
            raise TooLargeError
        return message

    return counted


async def _too_large(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse("This is larger than the console takes.", status_code=413)(scope, receive, send)


class NotSignedInError(Exception):
    """A page that needs a sign-in was asked for without one."""


class Needs:
    """A dependency: somebody is signed in and has the permission, and a change comes from our own page."""

    def __init__(self, permission: Permission) -> None:
        self.permission = permission

    async def __call__(self, request: Request) -> Session:
        session: Session | None = request.state.session
        if session is None:
            raise NotSignedInError
        if request.method not in SAFE:
            await check_origin(request, session)
            if not request.app.state.site.posts.take(session.user):
                raise HTTPException(429, "That was too much at once; try again in a minute.")
        if not session.may(self.permission):
            raise HTTPException(403, f"Your roles do not include this ({self.permission.replace('_', ' ')}).")
        return session


def needs(permission: Permission) -> Any:
    """For a route or a router: `dependencies=[needs(Permission.READ)]`, or the default of a parameter's type."""
    return Depends(Needs(permission))


Reader = Annotated[Session, needs(Permission.READ)]
"""A parameter of a page that everybody who is signed in may see: the session."""


async def check_origin(request: Request, session: Session) -> None:
    """Raises 403 where a change does not come from a page that we gave to this session. A bearer token is proof
    enough: no browser sends it by itself."""
    if session.bearer:
        return
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        raise HTTPException(403, "This came from another site.")
    said = request.headers.get(CSRF_HEADER)
    if said is None:
        said = str((await request.form()).get(CSRF_FIELD, ""))
    if not hmac.compare_digest(said.encode(), session.csrf.encode()):
        raise HTTPException(403, "This page is from before you signed in; load it again.")
