"""Payers: each profile with where every value comes from; two sets compared, with the open claims that differ."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from services.account.payer import KEY_WORDS, appeal_rows, clock_rows, profile_rows, value_rows
from services.account.words import CLOCK_WORDS, said_of
from services.console.access.gate import needs
from services.console.access.roles import Permission
from services.console.pages.asked import refused_in_words
from services.console.pages.board_figures import share_words
from services.console.pages.rendering import render
from services.console.queries.board import PayerRow, payer_names, payers
from services.console.queries.measures import NO_PAYER, Selection, address
from services.console.queries.meta import today
from services.console.references import reference
from services.console.site import Model, Site, ThisSite
from services.core.profile_difference import difference, touched
from services.deployment.control import latest_day
from services.deployment.faults import Failure
from services.deployment.profile_sets import ACTIVE, active_profiles, find_profile, find_set
from services.runtime.configuration import SHIPPED

router = APIRouter(dependencies=[needs(Permission.READ)])

SET_WORDS: Final = {ACTIVE: "in force", SHIPPED: "as shipped"}

MOST_TOUCHED: Final = 200
"""Claims that a comparison lists."""


@router.get("/payers")
def all_payers(request: Request, model: Model, site: ThisSite) -> HTMLResponse:
    """The payers that answered, and every profile and family that is in force."""
    profiles = active_profiles(site.deployment)
    day = today(model)
    documents = profile_rows(profiles)
    own = {name for row in documents if row["level"] == "payer" for name in (row["name"], *row["aliases"])}
    return render(
        request,
        "payers.html",
        day=day,
        seen=[(row, row.payer in own) for row in payers(model, Selection())],
        documents=documents,
        version=f"{profiles.name}@{profiles.version}",
        sets=set_names(site),
        address=address,
        selection=Selection,
    )


@router.get("/payers/compare")
def compare(
    request: Request, model: Model, site: ThisSite, old: str = SHIPPED, new: str = ACTIVE
) -> HTMLResponse:
    """What changed between two sets of profiles, and which open claims it touches. Nothing is loaded."""
    names = set_names(site)
    old, new = (each if each in names else ACTIVE for each in (old, new))
    with refused_in_words():
        before, after = find_set(site.deployment, old), find_set(site.deployment, new)
    records = site.deployment.latest("work-items")
    items = {key: record.value for key, record in records.items() if record.value is not None}
    keys = {(lineage, number): key for key, lineage, number in _open_claims(model)}
    claims = touched(items, before, after, latest_day(site.deployment))
    return render(
        request,
        "payers_compare.html",
        day=today(model),
        old=old,
        new=new,
        sets=[(name, SET_WORDS.get(name, name)) for name in names],
        changes=difference(before, after),
        touched=[
            (claim, reference(keys[claim.lineage, claim.claim_number], claim.lineage))
            if (claim.lineage, claim.claim_number) in keys
            else (claim, None)
            for claim in claims[:MOST_TOUCHED]
        ],
        count=len(claims),
        words=KEY_WORDS,
        clock=lambda word: said_of(CLOCK_WORDS, word),
    )


@router.get("/payers/{payer}")
def one_payer(
    request: Request, model: Model, site: ThisSite, payer: str, indicator: str = "", state: str = ""
) -> HTMLResponse:
    """Each value of a payer or a family, with its source; what nobody says stands there too."""
    day = today(model)
    profiles = active_profiles(site.deployment)
    try:
        profile = find_profile(profiles, payer, indicator or None, state or None)
    except Failure:
        profile = None
    values = value_rows(profile) if profile is not None else []
    return render(
        request,
        "payer.html",
        day=day,
        payer=payer,
        name=payer_names(model).get(payer, ""),
        profile=profile,
        version=f"{profiles.name}@{profiles.version}",
        known=[row for row in values if row["from"]],
        unknown=[row["key"] for row in values if not row["from"]],
        words=KEY_WORDS,
        clocks=clock_rows(profile) if profile is not None else [],
        appeals=appeal_rows(profile, None) if profile is not None else [],
        numbers=_numbers(model, payer),
        narrow=Selection(payer=payer),
        address=address,
        share_words=share_words,
        indicator=indicator,
        state=state,
    )


def _numbers(model: Model, payer: str) -> PayerRow | None:
    chosen = Selection(payer="" if payer == NO_PAYER else payer)
    return next(iter(payers(model, chosen)), None)


def _open_claims(model: Model) -> list[tuple[str, str, str]]:
    return model.execute("select key, lineage, claim_number from work where kind = 'proposal'").fetchall()


def set_names(site: Site) -> list[str]:
    """The sets that can be compared: in force, shipped, and every one that was loaded."""
    return [ACTIVE, SHIPPED, *sorted(site.deployment.latest("payer-profiles"))]
