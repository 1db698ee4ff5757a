"""A clinic of invented people: a claim of two lines, how its payer denies it, and what is on file for it."""

from __future__ import annotations

from typing import Final

from tests.e2e.installation import Installation
from tests.synthetic_837 import PROFESSIONAL, file_bytes

DAY: Final = "2026-02-10"
CLAIM: Final = "PATACC1"
CONTROL_NUMBER: Final = "EHPCLM0001"
AUTHORIZATION: Final = "AUTH-2025-77"

AUTHORIZATIONS: Final = f"""\
authorization_number,payer_id,member_id,provider_npi,procedure,service_from,service_to,units_approved,units_used
{AUTHORIZATION},EHP01,MEMBER0001,1234567893,G0463,2025-12-01,2025-12-31,1,0
{AUTHORIZATION},EHP01,MEMBER0001,1234567893,G0499,2025-12-01,2025-12-31,1,0
"""

PARTNERS: Final = """\
payer_id,sender_qualifier,sender_id,receiver_qualifier,receiver_id,group_sender,group_receiver,submitter_name,\
submitter_id,contact_name,contact_phone,receiver_name,receiver_number,usage
EHP01,ZZ,CLINIC,ZZ,CLEARING,CLINIC,CLEARING,EXAMPLE CLINIC,CLINIC,FRONT DESK,5555550100,\
EXAMPLE CLEARING HOUSE,CLEARING,P
"""

PROFILE: Final = """\
kind: profile
level: payer
name: EHP01
aliases: ["EHP-OLD"]
inherits: commercial
values:
  automation: {value: [prior_authorization], source: "the clinic's decision", date: 2026-01-05, example: true}
cases:
  - {name: a replacement, filing_indicator: CI, path: replacement}
"""


def submitted() -> bytes:
    """The clinic's 837P: PATACC1 with two lines, PATACC2 with one."""
    return file_bytes(PROFESSIONAL)


def remittance(
    adjustments: str = "CAS*CO*197*{charge}~",
    *,
    claim: str = CLAIM,
    control_number: str = CONTROL_NUMBER,
    trace: str = "EFT900",
    day: str = "20260201",
    status: str = "1",
    lines: tuple[tuple[str, str], ...] = (("HC:G0463:25", "150"), ("HC:G0499", "100")),
    paid: bool = False,
) -> bytes:
    """An 835 with one claim; each line is adjusted by `adjustments` in full, or paid in full."""
    charge = sum(int(amount) for _, amount in lines)
    total = charge if paid else 0
    service = "".join(
        f"SVC*{procedure}*{amount}*{amount if paid else 0}**{1 if paid else 0}~DTM*472*20251220~"
        f"{'' if paid else adjustments.format(charge=amount)}REF*6R*LINE{number}~"
        for number, (procedure, amount) in enumerate(lines, 1)
    )
    method = "ACH*CCP*01*999999992*DA*1*1999999999**01*999999992*DA*2" if paid else "NON" + "*" * 11
    body = (
        f"ST*835*0001~BPR*I*{total}*C*{method}*{day}~"
        f"TRN*1*{trace}*1999999999~DTM*405*{day}~"
        "N1*PR*EXAMPLE HEALTH PLAN*XV*EHP01~N3*1 PAYER ROAD~N4*ALBANY*NY*122010000~"
        "PER*BL*PROVIDER SERVICE*TE*5555550199~N1*PE*EXAMPLE CLINIC*XX*1234567893~LX*1~"
        f"CLP*{claim}*{status}*{charge}*{total}**12*{control_number}*11*1~"
        "NM1*QC*1*TESTER*ANNA****MI*MEMBER0001~"
        f"{service}"
    )
    segments = body.count("~") + 1
    number = trace.removeprefix("EFT").zfill(9)
    return (
        f"ISA*00*          *00*          *ZZ*EHP            *ZZ*CLINIC         *260201*0900*^*00501*{number}*0*P*:~"
        f"GS*HP*EHP*CLINIC*{day}*0900*{int(number)}*X*005010X221A1~"
        f"{body}SE*{segments}*0001~GE*1*{int(number)}~IEA*1*{number}~"
    ).encode()


def load_master_data(reclaim: Installation, profile: str = PROFILE) -> None:
    """The authorization on file, the identifiers of the clearing house, and the payer's automation switched on."""
    reclaim.home.mkdir(parents=True, exist_ok=True)
    for kind, name, text in (
        ("authorizations", "authorizations.csv", AUTHORIZATIONS),
        ("trading_partners", "partners.csv", PARTNERS),
        ("payer_profiles", "EHP01.yaml", profile),
    ):
        file = reclaim.home / name
        file.write_text(text)
        reclaim.ok("load", kind, file)
