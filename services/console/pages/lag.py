"""Lag: what waits in each stage and for each payer, since when and for how many dollars."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from services.account.quantities import minutes_words
from services.console.access.gate import needs
from services.console.access.roles import Permission
from services.console.pages.asked import refused_in_words
from services.console.pages.rendering import render
from services.console.queries.meta import today
from services.console.site import Model, ThisSite
from services.monitor.lag import CAUSE_WINDOWS
from services.monitor.objectives import ALL
from services.monitor.stages import STAGES

router = APIRouter(dependencies=[needs(Permission.READ)])


@router.get("/lag")
def lag(request: Request, model: Model, site: ThisSite, stage: str = "", payer: str = "") -> HTMLResponse:
    """The document of `reclaim lag`, stage by stage."""
    with refused_in_words():
        found = site.live.lag(site.deployment)
    rows = [
        row
        for row in found.stages
        if stage in ("", row.stage)
        and (payer == row.payer or (not payer and (row.payer == ALL or row.waiting or row.breached)))
    ]
    return render(
        request,
        "lag.html",
        day=today(model),
        lag=found,
        rows=rows,
        all_payers=ALL,
        stage=stage,
        payer=payer,
        stages=[(each.value, each.value) for each in STAGES],
        payers=sorted({(row.payer, row.payer) for row in found.stages if row.payer != ALL}),
        causes=[cause for cause in found.causes if cause.minutes == CAUSE_WINDOWS[-1]],
        window=CAUSE_WINDOWS[-1],
        minutes=minutes_words,
    )
