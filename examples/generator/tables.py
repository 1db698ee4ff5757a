"""The master data beside the claims: authorizations, providers, trading partners."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from examples.generator.claims import Claim
from examples.generator.people import HOSPITAL, PRACTICE, clinicians, draw
from examples.generator.scenarios import Payer
from examples.generator.x12 import SENDER

AUTHORIZATIONS = "authorization_number,payer_id,member_id,provider_npi,procedure,service_from,service_to,units_approved,units_used"
PROVIDERS = "npi,entity_type,name,first_name,tax_id,taxonomy,effective,ended"
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
