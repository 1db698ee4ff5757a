"""The pages. One file a page, each with a `router`; ROUTERS is the list of those that the application has."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter

from services.console.pages import (
    audit,
    dashboards,
    deliveries,
    denial_predicate,
    files,
    holds,
    lag,
    letters,
    outcomes,
    payers,
    rules,
    start,
)

ROUTERS: Final[tuple[APIRouter, ...]] = (
    start.router,
    dashboards.router,
    audit.router,
    deliveries.router,
    denial_predicate.router,
    files.router,
    holds.router,
    lag.router,
    letters.router,
    outcomes.router,
    payers.router,
    rules.router,
)
