"""The two addresses of signing in through a provider: out to it, and back."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import RedirectResponse

from services.console.access.doors import NO_ROLE, TOO_MANY, local_path, welcome
from services.console.access.provider import STARTED_SECONDS, Provider, ProviderError
from services.console.site import Site, ThisSite

router = APIRouter()

OUT: Final = "/sign-in/provider"
BACK: Final = "/sign-in/provider/back"
_BROWSER: Final = "reclaim_provider"


@router.get(OUT)
def out(
    request: Request, site: ThisSite, back: Annotated[str, Query(alias="next", max_length=2_000)] = "/"
) -> RedirectResponse:
    """To the provider."""
    provider = _provider(site)
    address = request.client.host if request.client is not None else ""
    if not site.sign_ins.take(f"from {address}"):
        raise HTTPException(429, TOO_MANY)
    try:
        there, browser = provider.start(_return_to(request, site), local_path(back))
    except ProviderError as error:
        raise HTTPException(502, f"Signing in is not possible: {error}.") from None
    response = RedirectResponse(there, 303)
    response.set_cookie(
        _BROWSER,
        browser,
        max_age=int(STARTED_SECONDS),
        path=OUT,
        secure=site.secure,
        httponly=True,
        samesite="lax",
    )
    return response


@router.get(BACK)
def back(
    request: Request,
    site: ThisSite,
    state: Annotated[str, Query(max_length=200)] = "",
    code: Annotated[str, Query(max_length=4_000)] = "",
) -> RedirectResponse:
    """Back from the provider, signed in."""
    provider = _provider(site)
    try:
        known, there = provider.finish(
            _return_to(request, site), state, code, request.cookies.get(_BROWSER, "")
        )
    except ProviderError as error:
        raise HTTPException(401, f"Signing in failed: {error}.") from None
    if not known.roles:
        raise HTTPException(403, NO_ROLE)
    response = welcome(request, site.sessions.open(known.user, known.roles, "oidc"), there)
    response.delete_cookie(_BROWSER, path=OUT, secure=site.secure, httponly=True, samesite="lax")
    return response


def _provider(site: Site) -> Provider:
    if site.provider is None:
        raise HTTPException(404, "No provider is configured.")
    return site.provider


def _return_to(request: Request, site: Site) -> str:
    return (site.public_url or str(request.base_url)).rstrip("/") + BACK
