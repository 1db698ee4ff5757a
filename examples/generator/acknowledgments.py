"""277CA (005010X214) and 999 (005010X231A1): what a payer says before it adjudicates."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from examples.generator.claims import SUBMITTED, Claim
from examples.generator.people import Organization
from examples.generator.scenarios import Payer
from examples.generator.x12 import SENDER, amount, interchange, segment, ymd


def group(payer: Payer, version: str, group_number: int, day: date, number: int) -> bytes:
    """A 999 that accepts a functional group with one transaction set."""
    body = [
        segment("AK1", "HC", group_number, version),
        segment("AK2", "837", "0001", version),
        segment("IK5", "A"),
        segment("AK9", "A", 1, 1, 1),
    ]
    return interchange(
        [body],
        functional="FA",
        version="005010X231A1",
        sender=payer.receiver,
        receiver=SENDER,
        day=day,
        number=number,
        transaction_set="999",
    )


def claims(payer: Payer, of: tuple[Claim, ...], batch: int, day: date, number: int) -> bytes:
    """A 277CA on every claim of one 837."""
    return interchange(
        [list(_body(payer, of, batch, day))],
        functional="HN",
        version="005010X214",
        sender=payer.receiver,
        receiver=SENDER,
        day=day,
        number=number,
        transaction_set="277",
    )


def _body(payer: Payer, of: tuple[Claim, ...], batch: int, day: date) -> Iterable[str]:
    provider: Organization = of[0].provider
    total = amount(sum((_charge(c) for c in of), start=Decimal(0)))
    yield segment("BHT", "0085", "08", f"ACK{batch}", ymd(day), "0900", "TH")
    yield segment("HL", 1, None, "20", "1")
    yield segment("NM1", "PR", "2", payer.name, None, None, None, None, "PI", payer.id)
    yield segment("TRN", "1", f"ACK{batch}")
    yield segment("DTP", "050", "D8", ymd(SUBMITTED))
    yield segment("DTP", "009", "D8", ymd(day))
    yield segment("HL", 2, 1, "21", "1")
    yield segment("NM1", "41", "2", "CEDAR GROVE HEALTH", None, None, None, None, "46", SENDER)
    yield segment("TRN", "2", f"BATCH{batch}")
    yield segment("STC", "A1:19", ymd(day), "WQ", total)
    yield segment("HL", 3, 2, "19", "1")
    yield segment("NM1", "85", "2", provider.name, None, None, None, None, "XX", provider.npi)
    yield segment("TRN", "1", "0")
    for n, claim in enumerate(of, 4):
        rejected = claim.scenario.rejected
        patient = claim.patient
        yield segment("HL", n, 3, "PT")
        yield segment("NM1", "QC", "1", patient.last, patient.first, None, None, None, "MI", claim.member_id)
        yield segment("TRN", "2", claim.number)
        status, action = (f"A7:{rejected}", "U") if rejected else ("A2:20", "WQ")
        yield segment("STC", status, ymd(day), action, amount(_charge(claim)))
        if not rejected:
            yield segment("REF", "1K", claim.control_number)
        yield segment("DTP", "472", "D8", ymd(claim.served))


def _charge(claim: Claim) -> Decimal:
    return sum((line.charge for line in claim.lines), start=Decimal(0))
