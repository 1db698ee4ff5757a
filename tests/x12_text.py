"""Small X12 files for tests, written the way a person reads them: one segment a line, synthetic people only."""

from __future__ import annotations

from services.core.x12.items import Item, QuarantinedClaim, RemittedClaim, SubmittedClaim, TransactionClosed
from services.core.x12.reader import read

ISA = "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *260601*1200*^*00501*000000007*0*T*:"


def interchange(body: str, *, functional: str, version: str, transaction: str, end: str = "~\n") -> bytes:
    """One ST around the lines of `body`, with a right envelope."""
    lines = [line.strip() for line in body.strip().splitlines() if line.strip()]
    return end.join(
        [
            ISA,
            f"GS*{functional}*SENDER*RECEIVER*20260601*1200*7*X*{version}",
            f"ST*{transaction}*0001" + ("" if transaction == "835" else f"*{version}"),
            *lines,
            f"SE*{len(lines) + 2}*0001",
            "GE*1*7",
            "IEA*1*000000007",
            "",
        ]
    ).encode()


REMITTANCE_HEADER = """
BPR*I*80*C*ACH*CCP*01*999999999*DA*1*1512345678**01*999999998*DA*2*20260610
TRN*1*TRACE1*1512345678
DTM*405*20260609
N1*PR*EXAMPLE HEALTH*XV*PAYER1
N4*COLUMBUS*OH*43004
REF*2U*OTHERID
N1*PE*EXAMPLE CLINIC*XX*1234567893
REF*TJ*123456789
LX*1
"""

CLAIM_HEADER = """
BHT*0019*00*REF1*20260601*1200*CH
NM1*41*2*SUBMITTER*****46*SUB1
PER*IC*OFFICE*TE*5555550100
NM1*40*2*EXAMPLE HEALTH*****46*PAYER1
HL*1**20*1
PRV*BI*PXC*207Q00000X
NM1*85*2*EXAMPLE CLINIC*****XX*1234567893
N3*1 MAIN ST
N4*COLUMBUS*OH*43004
REF*EI*123456789
HL*2*1*22*0
SBR*P*18*GROUP******CI
NM1*IL*1*DOE*JANE****MI*MEMBER1
NM1*PR*2*EXAMPLE HEALTH*****PI*PAYER1
N4*COLUMBUS*OH*43004
"""


def remittance(body: str, header: str = REMITTANCE_HEADER, end: str = "~\n") -> bytes:
    """An 835 with these claims."""
    return interchange(header + body, functional="HP", version="005010X221A1", transaction="835", end=end)


def professional(body: str, header: str = CLAIM_HEADER, version: str = "005010X222A1") -> bytes:
    """An 837P with these claims."""
    return interchange(header + body, functional="HC", version=version, transaction="837")


def institutional(body: str, header: str = CLAIM_HEADER) -> bytes:
    """An 837I with these claims."""
    return interchange(header + body, functional="HC", version="005010X223A2", transaction="837")


def items(data: bytes) -> list[Item]:
    return list(read([data]))


def remitted(data: bytes) -> list[RemittedClaim]:
    return [item for item in read([data]) if isinstance(item, RemittedClaim)]


def submitted(data: bytes) -> list[SubmittedClaim]:
    return [item for item in read([data]) if isinstance(item, SubmittedClaim)]


def quarantine(data: bytes) -> list[QuarantinedClaim]:
    return [item for item in read([data]) if isinstance(item, QuarantinedClaim)]


def closed(data: bytes) -> list[TransactionClosed]:
    return [item for item in read([data]) if isinstance(item, TransactionClosed)]
