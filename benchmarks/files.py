"""Generated 835 and 837P files of any size for benchmarks and tests: seeded, synthetic, and in balance.

Every claim number, name and identifier is made up; the NPIs pass the check digit and belong to nobody known.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

CLAIMS_PER_TRANSACTION: Final = 1_000
"""Real 835s and 837s hold some hundred to some thousand claims an ST (the guides advise at most 5,000)."""

FIRST_DAY: Final = date(2026, 1, 5)
NPI: Final = "1234567893"
DENIALS: Final = (
    ("CO", "4", ""),
    ("CO", "197", ""),
    ("CO", "16", "MA130"),
    ("PR", "204", ""),
    ("CO", "50", "N115"),
)


def envelope(version: str, functional: str, body: Iterator[list[str]], kind: str) -> Iterator[bytes]:
    """ISA to IEA around transactions, as chunks of bytes."""
    isa = "ISA*00*          *00*          *ZZ*PAYERSENDER    *ZZ*CLINICRECEIVER *260105*0900*^*00501*000000001*0*P*:~"
    yield isa.encode()
    yield f"GS*{functional}*PAYERSENDER*CLINICRECEIVER*20260105*0900*1*X*{version}~".encode()
    count = 0
    for count, segments in enumerate(body, 1):
        number = f"{count:04d}"
        third = "" if kind == "835" else f"*{version}"
        text = [f"ST*{kind}*{number}{third}", *segments, f"SE*{len(segments) + 2}*{number}"]
        yield ("~".join(text) + "~").encode()
    yield f"GE*{count}*1~IEA*1*000000001~".encode()


def remittance_file(
    claims: int, seed: int = 1, *, per_transaction: int = CLAIMS_PER_TRANSACTION, lines: int = 2
) -> Iterator[bytes]:
    """An 835 (005010X221A1) of so many claims of so many lines; one in five denied; a PLB at each transaction's
    end."""
    chance = random.Random(seed)

    def transactions() -> Iterator[list[str]]:
        for first in range(0, claims, per_transaction):
            numbers = range(first, min(first + per_transaction, claims))
            bodies = [_remitted_claim(number, lines, chance) for number in numbers]
            paid = sum(amount for amount, _ in bodies) - 10
            yield [
                f"BPR*I*{_money(paid)}*C*ACH*CCP*01*999999992*DA*123456*1512345678**01*999988880*DA*98765*20260105",
                f"TRN*1*TRACE{first:08d}*1512345678",
                "DTM*405*20260105",
                "N1*PR*SYNTHETIC HEALTH PLAN*XV*PLAN01",
                "N3*1 PLAN STREET",
                "N4*SPRINGFIELD*IL*62701",
                "REF*2U*PLAN01",
                "PER*BL*PROVIDER SERVICE*TE*8005550100",
                f"N1*PE*EXAMPLE CLINIC*XX*{NPI}",
                "REF*TJ*123456789",
                "LX*1",
                *(segment for _, segments in bodies for segment in segments),
                f"PLB*{NPI}*20261231*WO:PCN{first:08d}*{_money(10)}",
            ]

    return envelope("005010X221A1", "HP", transactions(), "835")


def _remitted_claim(number: int, lines: int, chance: random.Random) -> tuple[int, list[str]]:
    """Dollars paid, and the segments from CLP on."""
    day = FIRST_DAY - timedelta(days=chance.randrange(10, 60))
    denied = chance.random() < 0.2
    group, reason, remark = chance.choice(DENIALS)
    segments: list[str] = []
    charge_total = paid_total = patient = 0
    for line in range(1, lines + 1):
        charge = chance.randrange(60, 400)
        procedure = chance.choice(("G0463", "G0402", "G0279", "G0471", "G0480"))
        if denied:
            paid, adjustments = 0, [f"CAS*{group}*{reason}*{_money(charge)}"]
            patient += charge if group == "PR" else 0
        else:
            contractual, coinsurance = charge // 4, charge // 10
            paid = charge - contractual - coinsurance
            adjustments = [f"CAS*CO*45*{_money(contractual)}", f"CAS*PR*2*{_money(coinsurance)}"]
            patient += coinsurance
        segments += [
            f"SVC*HC:{procedure}*{_money(charge)}*{_money(paid)}**1",
            f"DTM*472*{day:%Y%m%d}",
            *adjustments,
            f"REF*6R*{number:08d}{line}",
            f"AMT*B6*{_money(charge - charge // 4)}",
            *([f"LQ*HE*{remark}"] if denied and remark else []),
        ]
        charge_total += charge
        paid_total += paid
    head = [
        f"CLP*CLM{number:08d}*1*{_money(charge_total)}*{_money(paid_total)}*{_money(patient)}*12*PCN{number:08d}*11*1",
        f"NM1*QC*1*SYNTH*PAT{number % 977}****MI*MBR{number:09d}",
        f"NM1*82*1*EXAMPLE*RENDERING****XX*{NPI}",
        "MOA***MA01",
        f"DTM*232*{day:%Y%m%d}",
        f"DTM*050*{day + timedelta(days=3):%Y%m%d}",
    ]
    return paid_total, head + segments


def claim_file(
    claims: int, seed: int = 1, *, per_transaction: int = CLAIMS_PER_TRANSACTION
) -> Iterator[bytes]:
    """An 837P (005010X222A1) of so many claims of two lines; five claims a subscriber."""
    chance = random.Random(seed)

    def transactions() -> Iterator[list[str]]:
        for first in range(0, claims, per_transaction):
            last = min(first + per_transaction, claims)
            segments = [
                f"BHT*0019*00*BATCH{first:08d}*20260105*0900*CH",
                "NM1*41*2*EXAMPLE CLINIC*****46*SUB01",
                "PER*IC*BILLING OFFICE*TE*8005550100",
                "NM1*40*2*SYNTHETIC HEALTH PLAN*****46*PLAN01",
                "HL*1**20*1",
                "PRV*BI*PXC*207Q00000X",
                f"NM1*85*2*EXAMPLE CLINIC*****XX*{NPI}",
                "N3*1 CLINIC STREET",
                "N4*SPRINGFIELD*IL*627010000",
                "REF*EI*123456789",
            ]
            for number in range(first, last):
                if (number - first) % 5 == 0:
                    segments += [
                        f"HL*{(number - first) // 5 + 2}*1*22*0",
                        "SBR*P*18*******CI",
                        f"NM1*IL*1*SYNTH*PAT{number % 977}****MI*MBR{number:09d}",
                        "N3*1 PATIENT STREET",
                        "N4*SPRINGFIELD*IL*627010000",
                        "DMG*D8*19700101*F",
                        "NM1*PR*2*SYNTHETIC HEALTH PLAN*****PI*PLAN01",
                    ]
                segments += _submitted_claim(number, chance)
            yield segments

    return envelope("005010X222A1", "HC", transactions(), "837")


def _submitted_claim(number: int, chance: random.Random) -> list[str]:
    day = FIRST_DAY - timedelta(days=chance.randrange(10, 60))
    lines: list[str] = []
    total = 0
    for line in (1, 2):
        charge = chance.randrange(60, 400)
        procedure = chance.choice(("G0463", "G0402", "G0279", "G0471", "G0480"))
        lines += [
            f"LX*{line}",
            f"SV1*HC:{procedure}*{_money(charge)}*UN*1***1:2",
            f"DTP*472*D8*{day:%Y%m%d}",
            f"REF*6R*{number:08d}{line}",
        ]
        total += charge
    return [
        f"CLM*CLM{number:08d}*{_money(total)}***11:B:1*Y*A*Y*Y",
        f"REF*D9*TRACE{number:08d}",
        "HI*ABK:J069*ABF:I10",
        f"NM1*82*1*EXAMPLE*RENDERING****XX*{NPI}",
        "PRV*PE*PXC*207Q00000X",
        *lines,
    ]


def _money(amount: int) -> str:
    return f"{amount}.00"
