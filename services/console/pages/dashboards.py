"""The numbers: HFMA's denial metrics and the charts, each with its predicate and the claims behind it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse

from services.account.quantities import dollars
from services.console.access.gate import needs
from services.console.access.roles import Permission
from services.console.pages.board_figures import figures, payer_words, percent, share_words
from services.console.pages.rendering import render
from services.console.queries.board import (
    Days,
    MoneyRate,
    Numbers,
    Rate,
    claims,
    counted_within,
    numbers,
    payer_names,
    payers,
)
from services.console.queries.filters import Filter
from services.console.queries.measures import (
    MEASURES,
    NO_PAYER,
    Selection,
    SelectionError,
    address,
    read_selection,
)
from services.console.queries.meta import today as business_day
from services.console.queries.worklist import totals
from services.console.references import reference
from services.console.site import Model
from services.monitor.outcomes import TOO_FEW

router = APIRouter(dependencies=[needs(Permission.READ)])

PAGE: Final = 100
"""Claims on a page of the list behind a mark."""

TOO_FEW_WORDS: Final = "too few to say"


@dataclass(frozen=True, slots=True)
class Tile:
    """One number. `value` is the number itself or why there is none, `note` its part and whole."""

    id: str
    label: str
    value: str
    note: str
    predicate: str
    href: str | None


@router.get("/board")
def board(request: Request, model: Model) -> HTMLResponse:
    """Every number and chart over a selection of claims."""
    chosen = chosen_of(request)
    today = business_day(model)
    names = payer_names(model)
    drawn = {figure.id: figure for figure in figures(model, chosen, today, names)}
    return render(
        request,
        "board.html",
        day=today,
        tiles=tiles(numbers(model, chosen), chosen),
        figures=drawn,
        payers=[
            (row, payer_words(row.payer, names), chosen.under(payer=row.payer))
            for row in payers(model, chosen)
        ],
        chosen=chosen,
        options=sorted((payer or NO_PAYER, payer_words(payer, names)) for payer in names),
        address=address,
        share_words=share_words,
        too_few=TOO_FEW,
    )


@router.get("/board/claims")
def claims_behind(
    request: Request, model: Model, measure: str = "adjudicated", page: int = 1
) -> HTMLResponse:
    """The claims that a number or a mark counts."""
    found = MEASURES.get(measure)
    if found is None or page < 1:
        raise HTTPException(404, "There is no such number.")
    chosen = chosen_of(request)
    today = business_day(model)
    total = counted_within(model, found, chosen)
    work = Filter(behind=chosen.query(measure=measure))
    rows = [
        (row, reference(row.key, row.lineage))
        for row in claims(model, found, chosen, (page - 1) * PAGE, PAGE)
    ]
    return render(
        request,
        "board_claims.html",
        day=today,
        measure=found,
        chosen=chosen,
        words=list(selection_words(chosen, payer_names(model))),
        total=total,
        rows=rows,
        worked=totals(model, work).claims,
        work=f"/work?{work.query()}",
        page=page,
        pages=max(1, -(-total.count // PAGE)),
        address=lambda number: f"/board/claims?{chosen.query(measure=measure, page=number)}",
        back=f"/board?{Selection(chosen.payer, chosen.place, chosen.since, chosen.until).query()}",
    )


def chosen_of(request: Request) -> Selection:
    """The selection of a page's address."""
    try:
        return read_selection(request.query_params)
    except SelectionError as error:
        raise HTTPException(422, f"This cannot be read: {error}.") from None


def selection_words(chosen: Selection, names: dict[str, str]) -> list[tuple[str, str]]:
    """What a selection selects, for a person."""
    said: dict[str, Any] = {
        "payer": payer_words(chosen.payer, names) if chosen.payer is not None else None,
        "place": chosen.place,
        "first decided from": chosen.since,
        "first decided through": chosen.until,
        "cause": chosen.cause,
        "clock": chosen.clock,
        "clock ends on": chosen.due,
        "clock ended before": chosen.due_before,
        "clock ends from": chosen.due_from,
        "age in days": chosen.age,
        "recovered within days": chosen.within,
    }
    return [(name, str(value)) for name, value in said.items() if value is not None]


def tiles(found: Numbers, chosen: Selection) -> list[Tile]:
    """The numbers as a person reads them."""

    def behind(measure: str) -> str:
        return address(measure, chosen)

    write_offs = found.write_offs
    return [
        Tile(
            "initial_claims",
            "Initial denial rate, claims",
            _share(found.initial_claims.share),
            _of(found.initial_claims, "claims"),
            f"{MEASURES['initial_denials'].words} Of: {MEASURES['adjudicated'].words}",
            behind("initial_denials"),
        ),
        Tile(
            "initial_lines",
            "Initial denial rate, lines",
            _share(found.initial_lines.share),
            _of(found.initial_lines, "lines"),
            "Service lines that the first adjudication denies, in full or in part, of its lines. A denial of the "
            "whole claim without a word about its lines denies none.",
            behind("denied_lines"),
        ),
        Tile(
            "initial_dollars",
            "Initial denial rate, dollars",
            _share(found.initial_dollars.share),
            _dollars_of(found.initial_dollars),
            "Dollars denied by the first adjudication, of the charges of all decided claims. By the whole charge of "
            f"the denied claims, as HFMA divides: {_share(found.initial_charges.share)}, "
            f"{_dollars_of(found.initial_charges)}.",
            behind("initial_denials"),
        ),
        Tile(
            "primary_claims",
            "Primary denial rate",
            _share(found.primary_claims.share),
            _of(found.primary_claims, "claims"),
            f"{MEASURES['primary_denials'].words} Of: {MEASURES['primary_adjudicated'].words} Not known of "
            f"{found.place_unsaid:,}, which are not counted.",
            behind("primary_denials"),
        ),
        Tile(
            "write_offs",
            "Denial write-offs, of net patient revenue",
            "not known",
            f"{dollars(write_offs.amount)} written off, {_counted(write_offs.count)}",
            f"{MEASURES['written_off'].words} The share needs {write_offs.missing}.",
            behind("written_off"),
        ),
        Tile(
            "to_appeal",
            "First denial to appeal",
            _days(found.to_appeal),
            _known_of(found.to_appeal),
            f"{MEASURES['appealed'].words} From the date of the first remittance to the day of the approval.",
            behind("appealed"),
        ),
        Tile(
            "to_corrected",
            "First denial to corrected claim",
            _days(found.to_corrected),
            _known_of(found.to_corrected),
            f"{MEASURES['sent_back'].words} From the date of the first remittance to the day of the file.",
            behind("sent_back"),
        ),
        Tile(
            "to_resolution",
            "First denial to resolution",
            _days(found.to_resolution),
            _known_of(found.to_resolution),
            f"{MEASURES['resolved'].words} Not resolved yet: {found.unresolved:,}, which are not counted.",
            behind("resolved"),
        ),
        Tile(
            "overturned",
            "Initial denials overturned",
            _share(found.overturned.share),
            _of(found.overturned, "resolved"),
            f"{MEASURES['overturned'].words} Of those that were resolved; {found.unresolved:,} are not.",
            behind("overturned"),
        ),
        Tile(
            "recovered",
            "Dollars recovered",
            _share(found.recovered.share),
            _dollars_of(found.recovered),
            f"{MEASURES['recovered'].words} Of the dollars denied at first.",
            behind("recovered"),
        ),
    ]


def _share(share: Decimal | None) -> str:
    return TOO_FEW_WORDS if share is None else percent(share)


def _of(found: Rate, words: str) -> str:
    return f"{found.part:,} of {found.whole:,} {words}"


def _dollars_of(found: MoneyRate) -> str:
    return f"{dollars(found.part)} of {dollars(found.whole)}"


def _days(found: Days) -> str:
    return TOO_FEW_WORDS if found.mean is None else f"{found.mean} days"


def _counted(count: int) -> str:
    return f"{count:,} {'claim' if count == 1 else 'claims'}"


def _known_of(found: Days) -> str:
    middle = f", median {found.median} days" if found.median is not None else ""
    return f"mean of {_counted(found.of)}{middle}" if found.mean is not None else _counted(found.of)
