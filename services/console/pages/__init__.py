"""The pages. One file a page, each with a `router`; ROUTERS is the list of those that the application has."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter

from services.console.pages import dashboards, start

ROUTERS: Final[tuple[APIRouter, ...]] = (start.router, dashboards.router)
