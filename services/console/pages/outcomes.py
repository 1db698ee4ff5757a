"""Outcomes: what came of each rule version, by payer and path, with its denominators."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from services.account.rule import outcome_words
from services.console.access.gate import needs
from services.console.access.roles import Permission
from services.console.pages.rendering import render
from services.console.queries.board import payer_names
from services.console.queries.meta import today
from services.console.site import Model, ThisSite
from services.monitor.outcomes import TOO_FEW, Outcome

router = APIRouter(dependencies=[needs(Permission.READ)])


@router.get("/outcomes")
def outcomes(
    request: Request,
    model: Model,
    site: ThisSite,
    rule: str = "",
    payer: str = "",
    path: str = "",
    all: str = "",
) -> HTMLResponse:
    """Per rule version, payer and path; what was not sent only where asked for."""
    known = site.live.outcomes(site.deployment)
    fitting = [r for r in known if rule in ("", r.rule) and payer in ("", r.payer) and path in ("", r.path)]
    shown = fitting if all else [row for row in fitting if row.tried]
    names = payer_names(model)
    return render(
        request,
        "outcomes.html",
        day=today(model),
        rows=shown,
        unsent=[row for row in fitting if not row.tried],
        said=outcome_words,
        given={"rule": rule, "payer": payer, "path": path, "all": all},
        rules=choices(row.rule for row in known),
        payers=[(each, names.get(each) or each) for each, _ in choices(row.payer or "" for row in known)],
        paths=[(each, each.replace("_", " ")) for each, _ in choices(row.path for row in known)],
        together=together(fitting),
        too_few=TOO_FEW,
    )


def choices(words: Iterable[str]) -> list[tuple[str, str]]:
    return [(word, word) for word in sorted(set(words)) if word]


def together(rows: Iterable[Outcome]) -> dict[str, int | Decimal]:
    """What rows come to: each number with what it is of."""
    listed = list(rows)
    return {
        "proposed": sum(row.proposed for row in listed),
        "tried": sum(row.tried for row in listed),
        "answered": sum(row.chance.of for row in listed),
        "paid": sum(row.chance.paid for row in listed),
        "pending": sum(row.pending for row in listed),
        "recovered": sum((row.recovered for row in listed), Decimal("0.00")),
        "asked": sum((row.asked for row in listed), Decimal("0.00")),
    }
