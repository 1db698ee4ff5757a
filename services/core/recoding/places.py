"""The place of service: where the claim contradicts itself, or the record (domain reference 2.4)."""

from __future__ import annotations

from typing import Final

from schemas.case import Evidence
from schemas.recoding import Edit
from services.core.codes.pos import PlacesOfService
from services.core.recoding.check import Check, Parameters
from services.core.recoding.lookups import opened
from services.core.recoding.offers import field_edit
from services.core.recoding.situation import Situation
from services.core.recoding.verdicts import Outcome, Verdict, fails, lacks, offers

_FACILITY: Final = "77"
"""NM101 of loop 2310C: where the service was given, if not at the billing provider's own address."""


def place_disagrees(situation: Situation, _: Parameters) -> Verdict:
    """A denied line names another place (SV105) than the claim (CLM05-1), or the record another one than both. Each
    place that is named is offered; which one is true is in the record."""
    claim, lines = situation.claim, situation.lines()
    if claim is None or not lines:
        return lacks("claim")
    if claim.transaction != "837P":
        return fails("no_place_of_service_on_this_claim")
    told = situation.denial.documented
    recorded = {place.line: place.place_of_service for place in told.places} if told is not None else {}
    found: list[Edit] = []
    named: list[str] = []
    for line in lines:
        own = line.place_of_service
        record = recorded.get(line.line, recorded.get(None))
        path, place = f"lines[{line.line}].place_of_service", f"LX {line.line} SV105"
        if record is not None:
            proof = Evidence(source="claim-documented", place=f"place of line {line.line}", value=record)
            here = (path, place) if own is not None else ("place_of_service", "CLM05-1")
            edit = field_edit(situation, *here[:1], record, here[1], (proof,))
        elif own is not None and claim.place_of_service is not None and own != claim.place_of_service:
            proof = situation.from_claim("CLM05-1", claim.place_of_service)
            edit = field_edit(situation, path, claim.place_of_service, place, (proof,))
        else:
            continue
        found += [edit] if edit is not None and edit not in found else []
        named.append(own or claim.place_of_service or "none")
    if not found:
        return (
            fails("the_claim_names_one_place") if not recorded else fails("the_record_names_the_same_place")
        )
    verdict = offers("places_disagree", found)
    facts = (("place", named[0]), ("other", str(found[0].after)))
    return Verdict(
        Outcome.PASSES, verdict.reason, candidates=verdict.candidates, ceiling=verdict.ceiling, facts=facts
    )


def place_without_its_facility(situation: Situation, _: Parameters) -> Verdict:
    """The place of service is one outside a facility, and the claim names a service facility all the same."""
    claim, day = situation.claim, situation.day
    if claim is None or claim.transaction != "837P":
        return lacks("claim") if claim is None else fails("no_place_of_service_on_this_claim")
    table = opened(situation, "pos", PlacesOfService, day)
    if table is None:
        return lacks("table:pos")
    row = table.table.find(claim.place_of_service or "")
    if row is None or row.facility is None:
        return lacks("table:pos.row")
    elsewhere = any(p.role == _FACILITY and p.npi and p.npi != claim.billing_npi for p in claim.providers)
    if row.facility or not elsewhere:
        return fails("place_and_facility_agree")
    proof = table.evidence(row.code, "no facility")
    return Verdict(
        Outcome.PASSES,
        "a_facility_is_named",
        missing=("documented.places",),
        evidence=(proof, situation.from_claim("2310C NM1*77")),
        facts=(("place", row.code),),
    )


CHECKS: Final = {
    "place_disagrees": Check(Parameters, place_disagrees, ("place", "other")),
    "place_without_its_facility": Check(Parameters, place_without_its_facility, ("place",)),
}
