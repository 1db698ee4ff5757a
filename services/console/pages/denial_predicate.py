"""What a denial is: the predicate behind every number."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from services.console.access.gate import needs
from services.console.access.roles import Permission
from services.console.pages.rendering import render
from services.console.queries.measures import MEASURES

router = APIRouter(dependencies=[needs(Permission.READ)])


@router.get("/what-is-a-denial")
def what_is_a_denial(request: Request) -> HTMLResponse:
    """The predicate, and every number's own."""
    return render(request, "what_is_a_denial.html", measures=list(MEASURES.values()))
