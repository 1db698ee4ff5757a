"""The clinic: invented patients, their claims, what it has on file, and its own 837P files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Final

from tests.payer.x12 import interchange, money, segment, ymd

SENDER: Final = "SIMCLINIC"
NAME: Final = "SIMULATED CLINIC"
NPI: Final = "1234567893"
TAX_ID: Final = "990000001"
CLINICIAN: Final = "1245319599"
VERSION: Final = "005010X222A1"

PROCEDURES: Final = ("G0463", "G0499", "L1833", "E0601", "G0101", "A4253")


@dataclass(frozen=True, slots=True)
class Plan:
    """A payer as the clinic knows it. `denied_as`: the frequency in which it takes a denied claim back."""

    id: str
    name: str
    receiver: str
    filing: str
    denied_as: str


PLANS: Final = (
    Plan("SIMCO", "SIMULATED COMMERCIAL", "SIMCOMM", "CI", "7"),
    Plan("SIMOR", "SIMULATED ORIGINALS", "SIMORIG", "CI", "1"),
)


@dataclass(frozen=True, slots=True)
class Line:
    number: int
    procedure: str
    charge: Decimal


@dataclass(frozen=True, slots=True)
class Claim:
    """What the clinic bills. `authorization`: the number that the payer gave, which the first claim leaves out."""

    number: str
    plan: Plan
    member: str
    served: date
    lines: tuple[Line, ...]
    authorization: str
    on_claim: str | None = None

    @property
    def charge(self) -> Decimal:
        return sum((line.charge for line in self.lines), Decimal(0))


def claims(seed: int, count: int, first: date) -> tuple[Claim, ...]:
    """`count` claims of the fortnight before `first`. The same for a seed every time."""
    made = []
    for n in range(1, count + 1):
        draw = Random(f"{seed}|claim|{n}")
        lines = tuple(
            Line(k, procedure, Decimal(draw.randint(4_000, 60_000)) / 100)
            for k, procedure in enumerate(draw.sample(PROCEDURES, draw.choice((1, 1, 2, 2, 3))), 1)
        )
        made.append(
            Claim(
                number=f"SIM{n:06}",
                plan=PLANS[draw.random() < 0.25],
                member=f"MBR{n:07}",
                served=first - timedelta(days=draw.randint(2, 14)),
                lines=lines,
                authorization=f"PA{draw.randint(10**6, 10**7 - 1)}{n}",
            )
        )
    return tuple(made)


def with_authorization(claim: Claim) -> Claim:
    """The claim as the clinic sends it once it has put the number on."""
    return replace(claim, on_claim=claim.authorization)


def submission(claims: Sequence[Claim], day: date, number: int) -> bytes:
    """One 837P of claims to one payer."""
    return interchange(
        "HC",
        VERSION,
        [_transaction(claims, day, number)],
        sender=SENDER,
        receiver=claims[0].plan.receiver,
        day=day,
        number=number,
    )


def _transaction(claims: Sequence[Claim], day: date, number: int) -> Iterable[str]:
    plan = claims[0].plan
    yield segment("BHT", "0019", "00", f"CLINIC{number}", ymd(day), "0900", "CH")
    yield segment("NM1", "41", "2", NAME, None, None, None, None, "46", SENDER)
    yield segment("PER", "IC", "FRONT DESK", "TE", "5555550100")
    yield segment("NM1", "40", "2", plan.name, None, None, None, None, "46", plan.receiver)
    yield segment("HL", 1, None, "20", 1)
    yield segment("PRV", "BI", "PXC", "207Q00000X")
    yield segment("NM1", "85", "2", NAME, None, None, None, None, "XX", NPI)
    yield segment("N3", "1 EXAMPLE STREET")
    yield segment("N4", "ALBANY", "NY", "122010000")
    yield segment("REF", "EI", TAX_ID)
    for level, claim in enumerate(claims, 2):
        yield segment("HL", level, 1, "22", 0)
        yield segment("SBR", "P", "18", None, None, None, None, None, None, plan.filing)
        yield segment("NM1", "IL", "1", "SAMPLE", f"P{claim.member}", None, None, None, "MI", claim.member)
        yield segment("N3", "2 EXAMPLE STREET")
        yield segment("N4", "ALBANY", "NY", "122010000")
        yield segment("DMG", "D8", "19800101", "F")
        yield segment("NM1", "PR", "2", plan.name, None, None, None, None, "PI", plan.id)
        yield segment("CLM", claim.number, money(claim.charge), None, None, "11:B:1", "Y", "A", "Y", "Y")
        if claim.on_claim is not None:
            yield segment("REF", "G1", claim.on_claim)
        yield segment("HI", "ABK:J0390")
        yield segment("NM1", "82", "1", "SAMPLE", "BEN", None, None, None, "XX", CLINICIAN)
        yield segment("PRV", "PE", "PXC", "207Q00000X")
        for line in claim.lines:
            yield segment("LX", line.number)
            yield segment("SV1", f"HC:{line.procedure}", money(line.charge), "UN", 1, None, None, 1)
            yield segment("DTP", "472", "D8", ymd(claim.served))
            yield segment("REF", "6R", f"{claim.number}L{line.number}")


def authorizations(claims: Iterable[Claim]) -> str:
    """What the clinic has on file, as CSV."""
    header = (
        "authorization_number,payer_id,member_id,provider_npi,procedure,"
        "service_from,service_to,units_approved,units_used\n"
    )
    return header + "".join(
        f"{c.authorization},{c.plan.id},{c.member},{NPI},{line.procedure},{c.served},{c.served},1,0\n"
        for c in claims
        for line in c.lines
    )


def partners() -> str:
    header = (
        "payer_id,sender_qualifier,sender_id,receiver_qualifier,receiver_id,group_sender,group_receiver,"
        "submitter_name,submitter_id,contact_name,contact_phone,receiver_name,receiver_number,usage\n"
    )
    return header + "".join(
        f"{p.id},ZZ,{SENDER},ZZ,{p.receiver},{SENDER},{p.receiver},{NAME},{SENDER},FRONT DESK,5555550100,"
        f"{p.name},{p.receiver},P\n"
        for p in PLANS
    )


def profile(plan: Plan) -> str:
    """The clinic's own decision about a payer: authorizations on file may be put on without asking."""
    said = 'source: "the simulated clinic", date: 2026-01-05, example: true'
    return (
        f"kind: profile\nlevel: payer\nname: {plan.id}\ninherits: commercial\nvalues:\n"
        f"  automation: {{value: [prior_authorization], {said}}}\n"
        f'  denied_claim_freq: {{value: "{plan.denied_as}", {said}}}\n'
        f"  sendable_paths: {{value: [replacement, new_claim], {said}}}\n"
        f"  partner_empties_folder: {{value: false, {said}}}\n"
        f"cases: [{{name: as it is denied, path: {'new_claim' if plan.denied_as == '1' else 'replacement'}}}]\n"
    )
