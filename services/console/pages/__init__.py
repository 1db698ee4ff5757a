"""The pages. One file a page, each with a `router`; ROUTERS is the list of those that the application has."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter

from services.console.pages import (
    audit,
    bulk,
    claims,
    dashboards,
    decisions,
    deliveries,
    denial_predicate,
    files,
    holds,
    lag,
    letters,
    links,
    outcomes,
    payers,
    rules,
    sign_in,
    start,
    uploads,
    worklist,
)

ROUTERS: Final[tuple[APIRouter, ...]] = (
    start.router,
    sign_in.router,
    worklist.router,
    bulk.router,
    uploads.router,
    claims.router,
    decisions.router,
    dashboards.router,
    audit.router,
    deliveries.router,
    denial_predicate.router,
    files.router,
    holds.router,
    lag.router,
    letters.router,
    links.router,
    outcomes.router,
    payers.router,
    rules.router,
)
