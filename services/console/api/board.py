"""The numbers as JSON: the same counts as the page, and the table of every chart."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from decimal import Decimal
from typing import Any

from fastapi import APIRouter, HTTPException, Request
from pydantic import BaseModel

from services.console.access.gate import needs
from services.console.access.roles import Permission
from services.console.pages.board_figures import figures
from services.console.pages.dashboards import PAGE, chosen_of
from services.console.queries.board import (
    Numbers,
    PayerRow,
    claims,
    counted_within,
    numbers,
    payer_names,
    payers,
)
from services.console.queries.measures import MEASURES
from services.console.queries.meta import today
from services.console.references import reference
from services.console.site import Model

router = APIRouter(prefix="/api/v1", tags=["numbers"], dependencies=[needs(Permission.READ)])


class Series(BaseModel):
    """A chart as a table. `rows`: as the page says them, each with the address of its claims where it has one."""

    id: str
    title: str
    counts: str
    head: tuple[str, ...]
    rows: list[list[dict[str, str | None]]]


class Board(BaseModel):
    """Every number of the dashboard, over the claims that the address selects (`payer`, `place`, `since`, `until`)."""

    today: date | None
    numbers: Numbers
    payers: list[PayerRow]
    series: list[Series]


class Behind(BaseModel):
    """The claims that a number counts. Dollars as the measure counts them."""

    measure: str
    counts: str
    count: int
    amount: Decimal
    claims: list[dict[str, Any]]


@router.get("/board")
def board(request: Request, model: Model) -> Board:
    """The numbers and the series of the charts."""
    chosen, day = chosen_of(request), today(model)
    return Board(
        today=day,
        numbers=numbers(model, chosen),
        payers=payers(model, chosen),
        series=[
            Series(
                id=figure.id,
                title=figure.title,
                counts=figure.says,
                head=figure.head,
                rows=[[{"said": cell.said, "href": cell.href} for cell in row] for row in figure.rows],
            )
            for figure in figures(model, chosen, day, payer_names(model))
        ],
    )


@router.get("/board/claims")
def behind(request: Request, model: Model, measure: str, page: int = 1) -> Behind:
    """The claims that a number counts, most dollars first, a hundred a page."""
    found = MEASURES.get(measure)
    if found is None or page < 1:
        raise HTTPException(404, "There is no such number.")
    chosen = chosen_of(request)
    total = counted_within(model, found, chosen)
    rows = claims(model, found, chosen, (page - 1) * PAGE, PAGE)
    return Behind(
        measure=found.id,
        counts=found.words,
        count=total.count,
        amount=total.amount,
        claims=[{"ref": reference(row.key, row.lineage), **_without_key(asdict(row))} for row in rows],
    )


def _without_key(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in ("key", "lineage")}
