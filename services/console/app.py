"""The web application: middleware, pages, the JSON API, and what an error looks like."""

from __future__ import annotations

import sqlite3
from http import HTTPStatus
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware

from services.console.access.gate import API, Gate, NotSignedInError
from services.console.api import board as board_api
from services.console.api import health, single_sign_on
from services.console.api import work as work_api
from services.console.pages import ROUTERS
from services.console.pages.rendering import render
from services.console.site import Site
from services.runtime.log import TransientLogError

AWAY: Final = (
    "The log or a file of the console cannot be reached just now. Nothing was done; try again in a moment."
)

STATIC: Final = Path(__file__).parent / "static"


def create_app(site: Site) -> FastAPI:
    """The application over a site. The caller keeps the read model up to date (`follower`)."""
    app = FastAPI(title="Reclaim", openapi_url=None, docs_url=None, redoc_url=None)
    app.state.site = site
    for router in (*ROUTERS, work_api.router, board_api.router, single_sign_on.router, health.router):
        app.include_router(router)
    # Pages go out as they are: packed, the length of one that holds the session's token would tell of it (BREACH).
    app.mount("/static", GZipMiddleware(StaticFiles(directory=STATIC)), name="static")
    app.add_exception_handler(NotSignedInError, _to_sign_in)
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(RequestValidationError, _unreadable)
    for away in (TransientLogError, sqlite3.OperationalError):
        app.add_exception_handler(away, _away)
    app.add_middleware(Gate, sessions=site.sessions, secure=site.secure)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(site.hosts))
    return app


def _to_sign_in(request: Request, _: Exception) -> Response:
    if request.url.path.startswith(API):
        return JSONResponse(
            {"error": "Sign in, or send a bearer token."}, 401, {"www-authenticate": "Bearer"}
        )
    back = request.url.path if request.method == "GET" else "/"
    if request.method == "GET" and request.url.query:
        back += f"?{request.url.query}"
    return RedirectResponse(f"/sign-in?{urlencode({'next': back})}", 303)


def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return _error(request, error.status_code, str(error.detail))


def _unreadable(request: Request, error: Exception) -> Response:
    """Names the fields, never what stood in them."""
    assert isinstance(error, RequestValidationError)
    fields = sorted({str(one["loc"][-1]) for one in error.errors() if one["loc"]})
    return _error(request, 422, f"This cannot be read: {', '.join(fields)}.")


def _away(request: Request, _: Exception) -> Response:
    answer = _error(request, 503, AWAY)
    answer.headers["retry-after"] = "5"
    return answer


def _error(request: Request, status: int, words: str) -> Response:
    if request.url.path.startswith(API):
        return JSONResponse({"error": words}, status)
    title = HTTPStatus(status).phrase
    return render(request, "errors.html", status=status, title=title, words="" if words == title else words)
