"""What the national provider file says of the NPIs of a claim (domain reference 2.6)."""

from __future__ import annotations

from typing import Final

from schemas.claim import ClaimSubmitted
from services.core.codes.npi import valid_npi
from services.core.codes.nppes import NationalProviders
from services.core.recoding.check import Check, Parameters
from services.core.recoding.fields import RENDERING
from services.core.recoding.lookups import opened
from services.core.recoding.situation import Situation
from services.core.recoding.verdicts import Verdict, fails, lacks, passes

_ORGANIZATION: Final = "2"

_PLACES: Final = {
    "85": "billing provider",
    "82": "rendering provider",
    "DN": "referring provider",
    "DK": "ordering provider",
    "DQ": "supervising provider",
    "71": "attending provider",
    "72": "operating provider",
    "77": "service facility",
}
"""NM101 of the loops that name a provider."""


def npi_out_of_use(situation: Situation, _: Parameters) -> Verdict:
    """An NPI of the claim was deactivated on the date of service. One that the edition does not have says nothing."""
    claim, day = situation.claim, situation.day
    if claim is None or day is None:
        return lacks("claim" if claim is None else "claim.service_from")
    table = opened(situation, "nppes", NationalProviders, day)
    if table is None:
        return lacks("table:nppes")
    unknown = False
    for role, npi in _named(claim):
        found = table.table.find(npi)
        unknown = unknown or found is None
        if found is not None and not found.active_on(day):
            ended = found.deactivated.isoformat() if found.deactivated is not None else "unknown"
            return passes(
                "deactivated", (table.evidence(npi, f"until {ended}"),), role=_PLACES.get(role, role)
            )
    return lacks("table:nppes.row") if unknown else fails("every_npi_was_in_use")


def organization_renders(situation: Situation, _: Parameters) -> Verdict:
    """The rendering NPI is that of an organization."""
    claim, day = situation.claim, situation.day
    if claim is None or day is None:
        return lacks("claim" if claim is None else "claim.service_from")
    table = opened(situation, "nppes", NationalProviders, day)
    if table is None:
        return lacks("table:nppes")
    rendering = [npi for role, npi in _named(claim) if role == RENDERING]
    if not rendering:
        return fails("no_rendering_provider")
    for npi in rendering:
        found = table.table.find(npi)
        if found is None or found.entity_type is None:
            return lacks("table:nppes.row")
        if found.entity_type == _ORGANIZATION:
            return passes("an_organization", (table.evidence(npi, "entity type 2"),))
    return fails("a_person_renders")


def _named(claim: ClaimSubmitted) -> list[tuple[str, str]]:
    """Role and NPI of every provider that the claim names with a well-formed one."""
    named = [("85", claim.billing_npi), *((p.role, p.npi) for p in claim.providers)]
    return list(dict.fromkeys((role, npi) for role, npi in named if npi is not None and valid_npi(npi)))


CHECKS: Final = {
    "npi_out_of_use": Check(Parameters, npi_out_of_use, ("role",)),
    "organization_renders": Check(Parameters, organization_renders),
}
