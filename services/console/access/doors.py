"""Signing in and out: from a name and password, or a provider's word, to a cookie, and back."""

from __future__ import annotations

from urllib.parse import urlsplit

from fastapi import Request
from fastapi.responses import RedirectResponse

from services.console.access.gate import cookie_name
from services.console.access.sessions import ABSOLUTE, Session
from services.console.site import site_of

WRONG = "That name and password do not belong together."
TOO_MANY = "Too many attempts; wait a minute."
NO_ROLE = "You are known, but have no role here; ask the operator."


class TurnedAwayError(Exception):
    """Nobody was signed in; the text may be shown. `status` is that of the answer."""

    def __init__(self, words: str, status: int) -> None:
        super().__init__(words)
        self.status = status


def sign_in(request: Request, name: str, password: str) -> str:
    """The token of a new session for a local user. Raises TurnedAwayError. Slow on purpose (Argon2)."""
    site = site_of(request)
    address = request.client.host if request.client is not None else ""
    if not (
        site.sign_ins.take(f"name {name.strip().lower()[:64]}") and site.sign_ins.take(f"from {address}")
    ):
        raise TurnedAwayError(TOO_MANY, 429)
    user = site.users.check(name, password)
    if user is None:
        raise TurnedAwayError(WRONG, 401)
    return site.sessions.open(user.name, user.roles, "local")


def welcome(request: Request, token: str, back: str) -> RedirectResponse:
    """The answer that signs in: the cookie, and the way to where the person wanted to go."""
    site = site_of(request)
    old: Session | None = request.state.session
    if old is not None:
        site.sessions.end(old.id)
    response = RedirectResponse(local_path(back), 303)
    response.set_cookie(
        cookie_name(site.secure),
        token,
        max_age=int(ABSOLUTE.total_seconds()),
        secure=site.secure,
        httponly=True,
        samesite="lax",
        path="/",
    )
    return response


def farewell(request: Request) -> RedirectResponse:
    """The answer that signs out."""
    site = site_of(request)
    session: Session | None = request.state.session
    if session is not None:
        site.sessions.end(session.id)
    response = RedirectResponse("/sign-in", 303)
    response.delete_cookie(
        cookie_name(site.secure), secure=site.secure, httponly=True, samesite="lax", path="/"
    )
    return response


def local_path(back: str) -> str:
    """`back` where it is a path of ours, else the start: a link must not lead elsewhere after signing in."""
    parts = urlsplit(back)
    ours = back.startswith("/") and not back.startswith(("//", "/\\")) and not (parts.scheme or parts.netloc)
    return back if ours and back.isprintable() else "/"
