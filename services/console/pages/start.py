"""The address itself leads to the worklist."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from fastapi.responses import RedirectResponse

from services.console.access.gate import needs
from services.console.access.roles import Permission
from services.console.access.sessions import Session

router = APIRouter()


@router.get("/")
def start(_: Annotated[Session, needs(Permission.READ)]) -> RedirectResponse:
    """To the worklist."""
    return RedirectResponse("/work", 303)
