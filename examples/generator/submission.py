"""837P (005010X222A1) and 837I (005010X223A2): the claims of one payer in one file."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from itertools import groupby

from examples.generator.claims import SUBMITTED, Claim
from examples.generator.people import Organization, Person
from examples.generator.scenarios import Line, Payer
from examples.generator.x12 import SENDER, amount, interchange, segment, ymd

PROFESSIONAL = "005010X222A1"
INSTITUTIONAL = "005010X223A2"


def file(payer: Payer, claims: tuple[Claim, ...], number: int) -> bytes:
    """One 837 for one payer; all claims are professional, or all institutional."""
    version = INSTITUTIONAL if claims[0].scenario.institutional else PROFESSIONAL
    return interchange(
        [list(_transaction(payer, claims, number))],
        functional="HC",
        version=version,
        sender=SENDER,
        receiver=payer.receiver,
        day=SUBMITTED,
        number=number,
        transaction_set="837",
    )


def _transaction(payer: Payer, claims: tuple[Claim, ...], number: int) -> Iterable[str]:
    yield segment("BHT", "0019", "00", f"BATCH{number}", ymd(SUBMITTED), "0900", "CH")
    yield segment("NM1", "41", "2", "CEDAR GROVE HEALTH", None, None, None, None, "46", SENDER)
    yield segment("PER", "IC", "BILLING OFFICE", "TE", "5185550100")
    yield segment("NM1", "40", "2", payer.name, None, None, None, None, "46", payer.receiver)
    level = 0
    for billing_npi, of_provider in groupby(
        sorted(claims, key=lambda c: c.billing_npi), lambda c: c.billing_npi
    ):
        group = list(of_provider)
        level += 1
        parent = level
        yield from _billing(group[0].provider, billing_npi, level)
        for claim in group:
            level += 1
            dependent = claim.scenario.dependent
            yield segment("HL", level, parent, "22", "1" if dependent else "0")
            yield from _subscriber(payer, claim)
            if dependent:
                yield segment("HL", level + 1, level, "23", "0")
                yield segment("PAT", "19")
                yield from _person("QC", claim.patient, None)
                level += 1
            yield from _claim(claim)


def _billing(provider: Organization, npi: str, level: int) -> Iterable[str]:
    yield segment("HL", level, None, "20", "1")
    yield segment("PRV", "BI", "PXC", provider.taxonomy)
    yield segment("NM1", "85", "2", provider.name, None, None, None, None, "XX", npi)
    yield segment("N3", provider.street)
    yield segment("N4", provider.city, provider.state, provider.zip)
    yield segment("REF", "EI", provider.tax_id)


def _subscriber(payer: Payer, claim: Claim) -> Iterable[str]:
    own = "18" if not claim.scenario.dependent else None
    yield segment("SBR", "P", own, None, None, None, None, None, None, payer.filing)
    yield from _person("IL", claim.subscriber, claim.member_id)
    yield segment("NM1", "PR", "2", payer.name, None, None, None, None, "PI", payer.id)
    yield segment("N4", payer.city, payer.state, payer.zip)


def _person(role: str, person: Person, member_id: str | None) -> Iterable[str]:
    names = ("NM1", role, "1", person.last, person.first)
    yield segment(*names, None, None, None, "MI", member_id) if member_id else segment(*names)
    yield segment("N3", person.street)
    yield segment("N4", "ALBANY", "NY", "122070000")
    yield segment("DMG", "D8", ymd(person.born), person.sex)


def _claim(claim: Claim) -> Iterable[str]:
    scenario = claim.scenario
    total = amount(sum((line.charge for line in claim.lines), start=claim.lines[0].charge * 0))
    facility = ":".join((*claim.facility, "1"))
    if scenario.institutional:
        last = claim.served + timedelta(days=2 if scenario.bill_type == "11" else 0)
        yield segment("CLM", claim.number, total, None, None, facility, None, "A", "Y", "Y")
        yield segment("DTP", "434", "RD8", f"{ymd(claim.served)}-{ymd(last)}")
        if scenario.bill_type == "11":
            yield segment("DTP", "435", "DT", f"{ymd(claim.served)}0800")
        yield segment("CL1", "1" if scenario.bill_type == "11" else "3", "1", "01")
    else:
        yield segment("CLM", claim.number, total, None, None, facility, "Y", "A", "Y", "Y")
    if scenario.clia:
        yield segment("REF", "X4", scenario.clia)
    principal, *others = scenario.diagnoses
    poa = "::::::::Y" if scenario.bill_type == "11" and scenario.institutional else ""
    if scenario.institutional:
        yield segment("HI", f"ABK:{principal}{poa[1:]}")
        if scenario.bill_type == "11":
            yield segment("HI", f"ABJ:{principal}")
        if others:
            yield segment("HI", *(f"ABF:{code}{poa[1:]}" for code in others))
        yield segment(
            "NM1", "71", "1", claim.clinician.last, claim.clinician.first, *_xx(claim.rendering_npi)
        )
    else:
        yield segment("HI", f"ABK:{principal}", *(f"ABF:{code}" for code in others))
        if scenario.referring:
            yield segment("NM1", "DN", "1", "REFERRER", "RIA", *_xx(claim.clinician.npi))
        yield segment(
            "NM1", "82", "1", claim.clinician.last, claim.clinician.first, *_xx(claim.rendering_npi)
        )
        yield segment("PRV", "PE", "PXC", claim.clinician.taxonomy)
    for n, line in enumerate(claim.lines, 1):
        yield segment("LX", n)
        yield from _line(claim, n, line)


def _xx(npi: str | None) -> tuple[str | None, ...]:
    return (None, None, None, "XX", npi) if npi else ()


def _line(claim: Claim, n: int, line: Line) -> Iterable[str]:
    service = ":".join(("HC", line.procedure, *line.modifiers))
    if claim.scenario.institutional:
        yield segment("SV2", line.revenue, service, amount(line.charge), "UN", line.units)
    else:
        pointers = ":".join(str(k) for k in range(1, min(len(claim.scenario.diagnoses), 4) + 1))
        yield segment("SV1", service, amount(line.charge), "UN", line.units, None, None, pointers)
    yield segment("DTP", "472", "D8", ymd(claim.served))
    yield segment("REF", "6R", f"{claim.number}L{n}")
    if line.ndc:
        yield segment("LIN", None, "N4", line.ndc)
        yield segment("CTP", None, None, None, line.units, "ML")
