"""Audit: who or what changed which code, why and on which evidence; what people did and opened; whether the chain holds."""

from __future__ import annotations

import json
from typing import Final
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from services.audit.trail import check_trail
from services.console.access.gate import needs
from services.console.access.roles import Permission
from services.console.pages.asked import page_of
from services.console.pages.rendering import render
from services.console.queries import operations
from services.console.queries.meta import today
from services.console.queries.operations import TrailFilter
from services.console.site import Model, ThisSite

router = APIRouter(dependencies=[needs(Permission.AUDIT)])

_FIELDS: Final = ("actor", "action", "since", "until", "subject")


@router.get("/audit")
def audit(request: Request, model: Model, site: ThisSite, verify: str = "", page: str = "1") -> HTMLResponse:
    """The trail, the last entry first. `verify`: check every partition's chain now."""
    given = {name: request.query_params.get(name, "") for name in _FIELDS}
    listing = operations.trail(model, TrailFilter(**given), page_of(page))
    numbers = operations.claim_numbers(model, {row["subject"] for row in listing.rows})
    return render(
        request,
        "audit.html",
        day=today(model),
        listing=listing,
        entries=[
            (row, operations.edits(row), json.loads(row["evidence"]), numbers.get(row["subject"]))
            for row in listing.rows
        ],
        given=given,
        actors=[(each, each) for each in operations.trail_words(model, "actor")],
        actions=[
            (each, each.replace("_", " ").replace("-", " "))
            for each in operations.trail_words(model, "action")
        ],
        checked=check_trail(site.deployment.log, {}) if verify else None,
        address=lambda number: (
            f"/audit?{urlencode({k: v for k, v in given.items() if v} | {'page': number})}"
        ),
    )


@router.get("/audit/people")
def people(request: Request, model: Model, by: str = "", action: str = "", page: str = "1") -> HTMLResponse:
    """What people did to the system, or opened."""
    listing = operations.actions(model, by, action, page_of(page))
    return render(
        request,
        "audit_people.html",
        day=today(model),
        listing=listing,
        claims=operations.claim_numbers(model, {row["subject"] for row in listing.rows}),
        people=[(each, each) for each in operations.action_words(model, "by")],
        deeds=[
            (each, each.replace("_", " ").replace("-", " "))
            for each in operations.action_words(model, "action")
        ],
        by=by,
        action=action,
        seen=operations.moment,
        address=lambda number: f"/audit/people?{urlencode({'by': by, 'action': action, 'page': number})}",
    )
