"""Signing in and out, and the choice of colours."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from services.console.access import doors
from services.console.access.gate import Reader
from services.console.pages.rendering import THEME_COOKIE, THEMES, render
from services.console.site import ThisSite

router = APIRouter()

YEAR_SECONDS: Final = 365 * 24 * 3600


@router.get("/sign-in")
def sign_in_page(request: Request, site: ThisSite, next: str = "/") -> HTMLResponse:
    """The form; the way to a provider where one is set."""
    return _page(request, site, next, "", 200)


@router.post("/sign-in")
def sign_in(
    request: Request,
    site: ThisSite,
    name: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "/",
) -> Response:
    """Sign a local user in."""
    try:
        token = doors.sign_in(request, name, password)
    except doors.TurnedAwayError as error:
        return _page(request, site, next, str(error), error.status)
    return doors.welcome(request, token, next)


@router.post("/sign-out")
def sign_out(request: Request, _: Reader) -> RedirectResponse:
    """Sign out."""
    return doors.farewell(request)


@router.post("/preferences/theme")
def theme(
    request: Request, _: Reader, site: ThisSite, theme: Annotated[str, Form()] = ""
) -> RedirectResponse:
    """Light, dark, or as the system has it; kept in the browser."""
    back = request.headers.get("referer", "/")
    response = RedirectResponse(doors.local_path("/" + back.partition("://")[2].partition("/")[2]), 303)
    if theme in THEMES:
        response.set_cookie(
            THEME_COOKIE, theme, max_age=YEAR_SECONDS, httponly=True, samesite="lax", secure=site.secure
        )
    else:
        response.delete_cookie(THEME_COOKIE)
    return response


def _page(request: Request, site: ThisSite, back: str, wrong: str, status: int) -> HTMLResponse:
    provider = getattr(site, "provider", None)
    return render(
        request,
        "sign_in.html",
        status=status,
        next=doors.local_path(back),
        wrong=wrong,
        provider=provider.name if provider is not None else "",
    )
