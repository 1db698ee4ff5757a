"""The master data beside the claims: authorizations, providers, fees, documentation, trading partners."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal

from examples.generator.claims import ANSWERED, Claim
from examples.generator.people import HOSPITAL, PRACTICE, clinicians, draw, excluded
from examples.generator.remittance import ALLOWED, cents
from examples.generator.scenarios import Payer
from examples.generator.x12 import SENDER

AUTHORIZATIONS = "authorization_number,payer_id,member_id,provider_npi,procedure,service_from,service_to,units_approved,units_used"
PROVIDERS = "npi,entity_type,name,first_name,tax_id,taxonomy,effective,ended"
FEES = "payer_id,code,modifiers,amount,effective,ended"
REGISTRY = "npi,entity_type,taxonomies,primary,deactivated,reactivated"
LEIE = (
    "LASTNAME,FIRSTNAME,MIDNAME,BUSNAME,GENERAL,SPECIALTY,UPIN,NPI,DOB,ADDRESS,CITY,STATE,ZIP,EXCLTYPE,EXCLDATE,"
    "REINDATE,WAIVERDATE,WVRSTATE"
)
PARTNERS = (
    "payer_id,sender_qualifier,sender_id,receiver_qualifier,receiver_id,group_sender,group_receiver,submitter_name,"
    "submitter_id,contact_name,contact_phone,receiver_name,receiver_number,usage"
)


def _csv(header: str, rows: Iterable[Iterable[object]]) -> bytes:
    return "".join(f"{line}\n" for line in (header, *(",".join(map(str, row)) for row in rows))).encode()


def authorizations(claims: Iterable[Claim]) -> bytes:
    """A row for each claim that names one, as its scenario wants it."""
    rows: list[tuple[object, ...]] = []
    for claim in claims:
        kind = claim.scenario.authorization
        if kind is None:
            continue
        denied = next(line for line in claim.lines if "denied" in line.answer)
        first, last = claim.served - timedelta(days=10), claim.served + timedelta(days=50)
        if kind == "other_dates":
            first, last = first - timedelta(days=200), last - timedelta(days=200)
        used = denied.units if kind == "used_up" else 0
        for n in range(2 if kind == "twice" else 1):
            number = f"AUTH{draw(f'authorization|{claim.number}|{n}', 10**6):06}"
            where = (claim.payer.id, claim.member_id, claim.provider.npi, denied.procedure)
            rows.append((number, *where, first, last, denied.units, used))
    return _csv(AUTHORIZATIONS, rows)


def providers() -> bytes:
    """The practice, the hospital, and the people of the practice."""
    rows: list[tuple[object, ...]] = [
        (o.npi, "2", o.name, "", o.tax_id, o.taxonomy, "2015-01-01", "") for o in (PRACTICE, HOSPITAL)
    ]
    rows += [
        (c.npi, "1", c.last, c.first, PRACTICE.tax_id, c.taxonomy, "2018-01-01", "") for c in clinicians()
    ]
    return _csv(PROVIDERS, rows)


def registry() -> bytes:
    """The same, as the national registry has them."""
    rows: list[tuple[object, ...]] = [
        (o.npi, "2", o.taxonomy, o.taxonomy, "", "") for o in (PRACTICE, HOSPITAL)
    ]
    rows += [(c.npi, "1", c.taxonomy, c.taxonomy, "", "") for c in (*clinicians(), excluded())]
    return _csv(REGISTRY, sorted(rows))


def exclusions() -> bytes:
    """The exclusion list as it is published: one whose NPI it knows, and one of before there were NPIs."""
    one = excluded()
    rows = (
        (one.last, one.first, "", "", "IND- LIC HC SERV PRO", "FAMILY PRACTICE", "", one.npi, "19700101"),
        (
            "OLDENWICK",
            "OTTO",
            "",
            "",
            "IND- LIC HC SERV PRO",
            "NURSE/NURSES AIDE",
            "",
            "0000000000",
            "19500101",
        ),
    )
    place, never = ("1 EXAMPLE WAY", "ALBANY", "NY", "12207"), ("00000000", "00000000", "")
    dates = (("1128a1", "20250620"), ("1128b4", "19990318"))
    return _csv(LEIE, ((*row, *place, *since, *never) for row, since in zip(rows, dates, strict=True)))


def fees(claims: Iterable[Claim]) -> bytes:
    """What each payer allows for a unit of what was billed to it."""
    found: dict[tuple[str, str, str], Decimal] = {}
    for claim in claims:
        for line in claim.lines:
            key = (claim.payer.id, line.procedure, ";".join(sorted(line.modifiers)))
            found.setdefault(key, cents(line.charge * ALLOWED / line.units))
    return _csv(FEES, ((*key, amount, "2026-01-01", "") for key, amount in sorted(found.items())))


def documentation(claims: Iterable[Claim]) -> bytes:
    """What the practice has on file of some encounters."""
    told = [
        {
            "claim_number": claim.number,
            "documented": ANSWERED.isoformat(),
            **claim.scenario.documented,
            "documents": [
                {**document, "id": f"{document['id']}-{claim.number}", "date": claim.served.isoformat()}
                for document in claim.scenario.documented.get("documents", ())
            ],
        }
        for claim in claims
        if claim.scenario.documented
    ]
    return (json.dumps(told, indent=1) + "\n").encode()


def partners(payers: Iterable[Payer]) -> bytes:
    """How outgoing interchanges to each payer are signed."""
    return _csv(
        PARTNERS,
        (
            (
                *(p.id, "ZZ", SENDER, "ZZ", p.receiver, SENDER, p.receiver),
                *("CEDAR GROVE HEALTH", SENDER, "BILLING OFFICE", "5185550100", p.name, p.receiver, "T"),
            )
            for p in payers
        ),
    )
