"""Claims of invented people for every payer family, and what their payers say of them, as files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from zlib import crc32

DAY = "2026-02-10"
PROVIDER = "1234567893"


@dataclass(frozen=True)
class Line:
    """A billed line and what the payer makes of it. `adjusted`: CAS segments and remarks, `{charge}` filled in."""

    charge: int
    procedure: str = "HC:G0463"
    paid: int = 0
    adjusted: str = "CAS*CO*197*{charge}~"
    revenue: str = "0450"


@dataclass(frozen=True)
class Case:
    """One claim and its denial."""

    number: str
    payer: str
    indicator: str
    lines: Sequence[Line] = (Line(150),)
    transaction: str = "837P"
    served: str = "20251220"
    remitted: str = "20260115"
    frequency: str = "1"
    reference: str | None = None
    control: str = ""
    status: str = "1"
    responsibility: str = "P"
    state: str = "OH"
    remarks: str = ""
    """MOA remark codes, joined by `*`"""
    others: Sequence[str] = ()
    """loops 2320 and 2330"""
    head: Sequence[str] = ()
    """more segments of loop 2300, before HI"""
    claim_adjusted: str = ""
    member: str = "MEMBER0001"

    @property
    def charge(self) -> int:
        return sum(line.charge for line in self.lines)

    @property
    def paid(self) -> int:
        return sum(line.paid for line in self.lines)

    @property
    def icn(self) -> str:
        return self.control or f"ICN{self.number}"


def submitted(cases: Sequence[Case], transaction: str, control: int = 71) -> bytes:
    """One 837 with these claims, each with a subscriber of its own."""
    guide = {"837P": "005010X222A1", "837I": "005010X223A2"}[transaction]
    body = [
        f"ST*837*0001*{guide}",
        f"BHT*0019*00*B{control}*20260105*0900*CH",
        "NM1*41*2*EXAMPLE CLINIC*****46*CLINIC",
        "PER*IC*FRONT DESK*TE*5555550100",
        "NM1*40*2*EXAMPLE CLEARING HOUSE*****46*CLEARING",
        "HL*1**20*1",
        f"NM1*85*2*EXAMPLE CLINIC*****XX*{PROVIDER}",
        *("N3*1 EXAMPLE STREET", "N4*ALBANY*NY*122010000", "REF*EI*001234567"),
    ]
    for level, case in enumerate(cases, start=2):
        body += _subscriber(case, level)
        body += _claim(case)
    body.append(f"SE*{len(body) + 1}*0001")
    return _interchange("HC", "CLINIC", "CLEARING", control, guide, body)


def _subscriber(case: Case, level: int) -> list[str]:
    return [
        f"HL*{level}*1*22*0",
        f"SBR*{case.responsibility}*18*******{case.indicator}",
        f"NM1*IL*1*TESTER*ANNA****MI*{case.member}",
        *("N3*2 EXAMPLE STREET", "N4*ALBANY*NY*122010000", "DMG*D8*19800101*F"),
        f"NM1*PR*2*PLAN {case.payer}*****PI*{case.payer}",
        *("N3*1 PAYER ROAD", f"N4*TOWN*{case.state}*122010000"),
    ]


def _claim(case: Case) -> list[str]:
    institutional = case.transaction == "837I"
    place = "13:A" if institutional else "11:B"
    signed = "*A*Y*Y" if institutional else "Y*A*Y*Y"
    reference = [f"REF*F8*{case.reference}"] if case.reference else []
    segments = [f"CLM*{case.number}*{case.charge}***{place}:{case.frequency}*{signed}"]
    if institutional:
        segments += [f"DTP*434*RD8*{case.served}-{case.served}", "CL1*3*1*01"]
    segments += [*reference, *case.head, "HI*ABK:J0390"]
    segments += [f"NM1*{71 if institutional else 82}*1*TESTER*BEN****XX*{PROVIDER}", *case.others]
    for number, line in enumerate(case.lines, start=1):
        service = (
            f"SV2*{line.revenue}*{line.procedure}*{line.charge}*UN*1"
            if institutional
            else f"SV1*{line.procedure}*{line.charge}*UN*1***1"
        )
        segments += [f"LX*{number}", service, f"DTP*472*D8*{case.served}", f"REF*6R*L{number}"]
    return segments


def remitted(cases: Sequence[Case], trace: str, control: int = 900) -> bytes:
    """One 835 of one payer, state and day with these claims."""
    first = cases[0]
    paid = sum(case.paid for case in cases)
    method = "ACH*CCP*01*999999992*DA*1*1999999999**01*999999992*DA*2" if paid else "NON" + "*" * 11
    body = [
        "ST*835*0001",
        f"BPR*I*{paid}*C*{method}*{first.remitted}",
        f"TRN*1*{trace}*{_tax_id(first.payer)}",
        f"DTM*405*{first.remitted}",
        f"N1*PR*PLAN {first.payer}*XV*{first.payer}",
        *("N3*1 PAYER ROAD", f"N4*TOWN*{first.state}*122010000"),
        *("PER*BL*PROVIDER SERVICE*TE*5555550199", f"N1*PE*EXAMPLE CLINIC*XX*{PROVIDER}", "LX*1"),
    ]
    for case in cases:
        body += _payment(case)
    body.append(f"SE*{len(body) + 1}*0001")
    return _interchange("HP", "PAYER", "CLINIC", control, "005010X221A1", body)


def _payment(case: Case) -> list[str]:
    institutional = case.transaction == "837I"
    place = "13" if institutional else "11"
    segments = [
        f"CLP*{case.number}*{case.status}*{case.charge}*{case.paid}**{case.indicator}*{case.icn}*{place}*{case.frequency}",
        *(case.claim_adjusted.split("~")[:-1]),
        f"NM1*QC*1*TESTER*ANNA****MI*{case.member}",
    ]
    if case.remarks:
        segments.append(f"MOA***{case.remarks}")
    for number, line in enumerate(case.lines, start=1):
        units = 1 if line.paid else 0
        revenue = f"*{line.revenue}" if institutional else "*"
        segments += [
            f"SVC*{line.procedure}*{line.charge}*{line.paid}{revenue}*{units}",
            f"DTM*472*{case.served}",
        ]
        adjusted = (
            line.adjusted.format(charge=line.charge - line.paid).split("~")[:-1]
            if line.paid < line.charge
            else []
        )
        segments += [s for s in adjusted if s.startswith("CAS")]
        segments.append(f"REF*6R*L{number}")
        segments += [s for s in adjusted if not s.startswith("CAS")]
    return segments


def voided(case: Case, trace: str, day: str, control: int) -> bytes:
    """The 835 by which the payer takes the claim back."""
    body = [
        *(
            "ST*835*0001",
            f"BPR*I*0*C*NON{'*' * 11}*{day}",
            f"TRN*1*{trace}*{_tax_id(case.payer)}",
            f"DTM*405*{day}",
        ),
        *(f"N1*PR*PLAN {case.payer}*XV*{case.payer}", "N3*1 PAYER ROAD", f"N4*TOWN*{case.state}*122010000"),
        *("PER*BL*PROVIDER SERVICE*TE*5555550199", f"N1*PE*EXAMPLE CLINIC*XX*{PROVIDER}", "LX*1"),
        f"CLP*{case.number}*22*-{case.charge}*0**{case.indicator}*{case.icn}V*11*8",
        f"NM1*QC*1*TESTER*ANNA****MI*{case.member}",
        f"REF*F8*{case.icn}",
    ]
    for number, line in enumerate(case.lines, start=1):
        body += [f"SVC*{line.procedure}*-{line.charge}*0**0", f"DTM*472*{case.served}"]
        body += [f"CAS*CO*197*-{line.charge}", f"REF*6R*L{number}"]
    body.append(f"SE*{len(body) + 1}*0001")
    return _interchange("HP", "PAYER", "CLINIC", control, "005010X221A1", body)


def _tax_id(payer: str) -> str:
    """TRN03: a payer's own, as two payers of one claim are told apart by it."""
    return f"1{crc32(payer.encode()) % 10**9:09d}"


def _interchange(
    code: str, sender: str, receiver: str, control: int, guide: str, body: Sequence[str]
) -> bytes:
    blank = " " * 10
    parties = f"ZZ*{sender.ljust(15)}*ZZ*{receiver.ljust(15)}"
    head = [
        f"ISA*00*{blank}*00*{blank}*{parties}*260105*0900*^*00501*{control:09d}*0*P*:",
        f"GS*{code}*{sender}*{receiver}*20260105*0900*{control}*X*{guide}",
    ]
    return "".join(f"{s}~\n" for s in (*head, *body, f"GE*1*{control}", f"IEA*1*{control:09d}")).encode(
        "ascii"
    )


def partners(payers: Sequence[str]) -> str:
    """A table of trading partners for these payers."""
    header = (
        "payer_id,sender_qualifier,sender_id,receiver_qualifier,receiver_id,group_sender,group_receiver,"
        "submitter_name,submitter_id,contact_name,contact_phone,receiver_name,receiver_number,usage"
    )
    rows = [
        f"{payer},ZZ,CLINIC,ZZ,CLEARING,CLINIC,CLEARING,EXAMPLE CLINIC,CLINIC,FRONT DESK,5555550100,"
        "EXAMPLE CLEARING HOUSE,CLEARING,P"
        for payer in payers
    ]
    return "\n".join([header, *rows]) + "\n"


def authorizations(
    payers: Sequence[str], codes: Sequence[str] = ("G0463", "G0499"), member: str = "MEMBER0001"
) -> str:
    """A table of authorizations of 2025 for these codes, `AUTH-<payer>` by each payer."""
    header = (
        "authorization_number,payer_id,member_id,provider_npi,procedure,service_from,service_to,"
        "units_approved,units_used"
    )
    rows = [
        f"AUTH-{payer},{payer},{member},{PROVIDER},{code},2025-01-01,2025-12-31,9,0"
        for payer in payers
        for code in codes
    ]
    return "\n".join([header, *rows]) + "\n"


def statuses(
    payer: str,
    reference: str,
    cases: Sequence[Case],
    day: str,
    control: int,
    *,
    against: str | None = None,
    status: str = "A7:562:85",
) -> bytes:
    """A 277CA of one transaction set. `reference`: its BHT03; `against`: the level that is turned away, `claim` (with
    `status`), `provider` or `receiver`, and null where all is taken."""
    charge = sum(case.charge for case in cases)
    all_of_it = (
        f"STC*A3:21:41*{day}*U*{charge}" if against == "receiver" else f"STC*A1:19:PR*{day}*WQ*{charge}"
    )
    body = [
        "ST*277*0001*005010X214",
        f"BHT*0085*08*ACK{control}*{day}*0900*TH",
        *("HL*1**20*1", f"NM1*PR*2*PLAN {payer}*****PI*{payer}", f"TRN*1*ACK{control}"),
        *(f"DTP*050*D8*{day}", f"DTP*009*D8*{day}"),
        *(f"HL*2*1*21*{int(against != 'receiver')}", "NM1*41*2*EXAMPLE CLINIC*****46*CLINIC"),
        *(f"TRN*2*{reference}", all_of_it),
    ]
    if against != "receiver":
        provider = "A3:21:85" if against == "provider" else "A1:19:PR"
        whole = "U" if against == "provider" else "WQ"
        body += [
            *("HL*3*2*19*1", f"NM1*85*2*EXAMPLE CLINIC*****XX*{PROVIDER}", "TRN*1*0"),
            f"STC*{provider}*{day}*{whole}*{charge}",
        ]
        for level, case in enumerate(cases if against != "provider" else (), start=4):
            said = status if against == "claim" else "A2:20:PR"
            body += [
                *(f"HL*{level}*3*PT", f"NM1*QC*1*TESTER*ANNA****MI*{case.member}", f"TRN*2*{case.number}"),
                f"STC*{said}*{day}*{'U' if against == 'claim' else 'WQ'}*{case.charge}",
                f"DTP*472*D8*{case.served}",
            ]
    body.append(f"SE*{len(body) + 1}*0001")
    return _interchange("HN", "CLEARING", "CLINIC", control, "005010X214", body)


def interchange_acknowledged(
    acknowledged: int, status: str, control: int, day: str, note: str = "000"
) -> bytes:
    """An interchange with a TA1 and nothing else. `acknowledged`: ISA13 of what it speaks of; `day`: as ISA09."""
    blank = " " * 10
    parties = f"ZZ*{'CLEARING'.ljust(15)}*ZZ*{'CLINIC'.ljust(15)}"
    segments = (
        f"ISA*00*{blank}*00*{blank}*{parties}*{day}*0900*^*00501*{control:09d}*0*P*:",
        f"TA1*{acknowledged:09d}*260105*0900*{status}*{note}",
        f"IEA*0*{control:09d}",
    )
    return "".join(f"{s}~\n" for s in segments).encode("ascii")


def group_acknowledged(acknowledged: int, control: int, *, of_its_claims: bool) -> bytes:
    """A 999 that takes nothing of a group of one transaction set. `acknowledged`: GS06 of what it speaks of; it says so
    of the transaction set, with what is wrong in it, or (not `of_its_claims`) of the group alone."""
    transaction = ("AK2*837*0001*005010X222A1", "IK3*CLM*18*2300*8", "IK4*1*1028*1", "IK5*R*5")
    body = [
        "ST*999*0001*005010X231A1",
        f"AK1*HC*{acknowledged}*005010X222A1",
        *(transaction if of_its_claims else ()),
        "AK9*R*1*1*0" if of_its_claims else "AK9*R*1*1*0*2",
    ]
    body.append(f"SE*{len(body) + 1}*0001")
    return _interchange("FA", "CLEARING", "CLINIC", control, "005010X231A1", body)
