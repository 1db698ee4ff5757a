"""What a machine can propose, through a real 837 and 835: classifier and recoder, the decision, the editor, the guard
of the finished text, the outbound gate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

import pytest

from schemas.codes import Decision, Wish
from schemas.documentation import ClaimDocumented, DocumentReference, DrugAmount, ServiceCount, ServicePlace
from schemas.envelope import Event, business_time
from schemas.recoding import DecisionRequested, EditValue, RecodingDecided, RecodingProposed
from services.core.codes.loading import parse_table
from services.core.codes.tables import Edition
from services.resubmitter import gate
from services.resubmitter import processor as resubmitter
from services.runtime.configuration import shipped_rules
from tests import decisions, pools
from tests.chain import Chain
from tests.recoding import profiles_with
from tests.unit.recoder.test_playbook import HEADER, denial, events, submission
from tests.x12_text import institutional, professional, remittance

SERVICE = date(2026, 5, 20)
SUBSCRIBER = "NM1*IL*1*DOE*JANE****MI*MEMBER1"
BORN = "N3*2 MAIN ST\nN4*COLUMBUS*OH*43004\nDMG*D8*19800101*F"

Answers = dict[str, EditValue]


@dataclass(frozen=True)
class Row:
    """One denial, what is loaded and on file, what is proposed of it, on which rung, and the segment that it makes."""

    said: str
    rule: str
    automation: str
    wanted: Answers
    segment: str
    tables: Mapping[str, str] = field(default_factory=dict)
    claim: bytes = submission()
    documented: Mapping[str, object] = field(default_factory=dict)
    denied: bytes | None = None
    profile: Mapping[str, object] = field(default_factory=dict)
    family: str = "commercial"
    """what the payer's profile inherits"""
    control: tuple[str, ...] = ("frequency_code", "original_reference")
    """what the way sets on the claim: a new claim is as it was"""
    by_document: bool = True
    """whether a person must name one"""


def claim(body: str, replaced: Mapping[str, str] | None = None) -> bytes:
    data = professional(body)
    for old, new in (replaced or {}).items():
        data = data.replace(old.encode(), new.replace("\n", "~\n").encode())
    return data


def one_line(
    *more: str, head: str = "", line: str = "SV1*HC:G0463*100*UN*1***1", days: str = "D8*20260520"
) -> str:
    return "\n".join(
        [
            f"CLM*C1*100***11:B:1*Y*A*Y*Y{head}",
            "HI*ABK:R6889",
            "LX*1",
            line,
            f"DTP*472*{days}",
            "REF*6R*L1",
            *more,
        ]
    )


WITH_BIRTH = {SUBSCRIBER: f"{SUBSCRIBER}\n{BORN}"}
ELIGIBLE = (
    "payer_id,member_id,last_name,first_name,middle_name,birth_date,coverage_from,coverage_to\n"
    "PAYER1,{member},{name},1980-01-01,2026-01-01,\n"
)
DRUG = ("LIN**N4*00002143380", "CTP****2*ML")
CROSSWALK = "ndc,procedure,ndc_unit,units_per_ndc_unit,dose,dose_unit\n00002143380,J9035,ML,5,10,MG\n"
TWO_DIAGNOSES = "HI*ABK:R6889*ABF:R6889*ABF:M545"
TWO_LINES = "CLM*C1*200***11:B:1*Y*A*Y*Y\nHI*ABK:R6889\n" + "\n".join(
    f"LX*{n}\nSV1*HC:G0463*100*UN*1***1\nDTP*472*D8*{day}\nREF*6R*L{n}"
    for n, day in ((1, "20251231"), (2, "20260102"))
)
TWO_DENIED = remittance(
    "\n".join(
        [
            "CLP*C1*4*200*0*0*CI*ICN1*11*1",
            *("SVC*HC:G0463*100*0**1", "DTM*472*20251231", "CAS*CO*268*100", "REF*6R*L1"),
            *("SVC*HC:G0463*100*0**1", "DTM*472*20260102", "CAS*CO*268*100", "REF*6R*L2"),
        ]
    ),
    HEADER,
)
BOTH = "CLM*C1*200***11:B:1*Y*A*Y*Y\nHI*ABK:R6889\n" + "\n".join(
    f"LX*{n}\nSV1*HC:G0463:{side}*100*UN*1***1\nDTP*472*D8*20260520\nREF*6R*L{n}"
    for n, side in ((1, "RT"), (2, "LT"))
)
BOTH_DENIED = (
    TWO_DENIED.replace(b"CO*268", b"CO*4").replace(b"20251231", b"20260520").replace(b"20260102", b"20260520")
)
HOSPITAL = (
    "CLM*C1*100***13:A:1**A*Y*Y\nDTP*434*RD8*20260520-20260520\nCL1*3*1*01\nHI*ABK:R6889\nNM1*71*1*TESTER*BEN****XX*1245319599\n"
    "LX*1\nSV2*0450*HC:G0463*100*UN*1\nDTP*472*D8*20260520\nREF*6R*L1"
)


def hospital(place: str = "13:A:1") -> bytes:
    """The hospital's claim: its guide takes a billing provider's postal code of nine digits alone."""
    return institutional(HOSPITAL.replace("13:A:1", place)).replace(b"*OH*43004", b"*OH*430040001")


REFERRED = one_line().replace("LX*1", "NM1*DN*1*EXAMPEL*ANN****XX*1245319599\nLX*1", 1)
ORDERING = "npi,last_name,first_name,partb,dme,hha,pmd,hospice\n1245319599,EXAMPLE,ANN,Y,Y,Y,Y,Y\n"
WITHOUT_TAXONOMY = submission().replace(b"PRV*BI*PXC*207Q00000X~\n", b"")
MASTER = (
    "npi,entity_type,name,first_name,tax_id,taxonomy,effective,ended\n"
    "1234567893,2,EXAMPLE CLINIC,,123456789,208D00000X,,\n"
)

ROWS = {
    "units by the record": Row(
        "CO*16*100 M53", "units-by-record", "A2", {"lines[1].units": "3"}, "SV1*HC:G0463*100*UN*3***1",
        documented={"counts": (ServiceCount(line=1, units=Decimal(3)),)},
    ),
    "a misstated count above a limit": Row(
        "CO*151*100 N362", "unit-count-misstated", "A2", {"lines[1].units": "2"}, "SV1*HC:G0463*100*UN*2***1",
        claim=claim(one_line(line="SV1*HC:G0463*100*UN*3***1")),
        documented={"counts": (ServiceCount(line=1, units=Decimal(2)),)},
        tables={"mue_practitioner": "code,units,indicator,rationale\nG0463,2,2,x\n"},
    ),
    "units of a dose": Row(
        "CO*16*100 M53", "drug-units", "A2", {"lines[1].units": "5"}, "SV1*HC:J9035*100*UN*5***1",
        claim=claim(one_line(*DRUG, line="SV1*HC:J9035*100*UN*1***1")),
        documented={"drugs": (DrugAmount(line=1, administered=Decimal(45), wasted=Decimal(0), unit="MG"),)},
        tables={"drugs": CROSSWALK},
        denied=denial("CO*16*100 M53").replace(b"G0463", b"J9035"),
    ),
    "the quantity of a drug": Row(
        "CO*16*100 N815", "drug-quantity", "A2",
        {"lines[1].drug_quantity": "4.5", "lines[1].drug_unit": "ML"}, "CTP****4.5*ML",
        claim=claim(one_line(DRUG[0], line="SV1*HC:J9035*100*UN*1***1")),
        documented={"drugs": (DrugAmount(line=1, administered=Decimal("4.5"), unit="ML"),)},
        denied=denial("CO*16*100 N815").replace(b"G0463", b"J9035"),
    ),
    "the unit of a drug in small letters": Row(
        "CO*16*100 N816", "drug-unit-form", "A3", {"lines[1].drug_unit": "ML"}, "CTP****2*ML",
        claim=claim(one_line(DRUG[0], "CTP****2*ml", line="SV1*HC:J9035*100*UN*1***1")),
        denied=denial("CO*16*100 N816").replace(b"G0463", b"J9035"),
    ),
    "the place of a line": Row(
        "CO*5*100", "place-of-service-disagrees", "A2", {"lines[1].place_of_service": "11"},
        "SV1*HC:G0463*100*UN*1*11**1", claim=claim(one_line(line="SV1*HC:G0463*100*UN*1*22**1")),
    ),
    "the place of the record": Row(
        "CO*5*100", "place-of-service-disagrees", "A2", {"place_of_service": "19"}, "CLM*C1*100***19:B:7*Y*A*Y*Y",
        documented={"places": (ServicePlace(place_of_service="19"),)},
    ),
    "a taxonomy that is missing": Row(
        "CO*16*100 N255", "taxonomy-on-file", "A3", {"billing_taxonomy": "208D00000X"}, "PRV*BI*PXC*208D00000X",
        claim=WITHOUT_TAXONOMY, tables={"providers": MASTER},
    ),
    "a taxonomy that is another": Row(
        "CO*16*100 N255", "taxonomy-on-file", "A2", {"billing_taxonomy": "208D00000X"}, "PRV*BI*PXC*208D00000X",
        tables={"providers": MASTER},
    ),
    "a member number": Row(
        "CO*31*100", "subscriber-by-eligibility", "A3", {"member_id": "MEMBER9"}, "NM1*IL*1*DOE*JANE****MI*MEMBER9",
        claim=claim(one_line(), WITH_BIRTH),
        tables={"eligibility": ELIGIBLE.format(member="MEMBER9", name="DOE,JANE,")},
    ),
    "a subscriber's name": Row(
        "CO*31*100", "subscriber-by-eligibility", "A3", {"subscriber_name": ("DOW", "JANE")},
        "NM1*IL*1*DOW*JANE****MI*MEMBER1",
        claim=claim(one_line(), WITH_BIRTH),
        tables={"eligibility": ELIGIBLE.format(member="MEMBER1", name="DOW,JANE,")},
    ),
    "a birth date": Row(
        "CO*16*100 N329", "subscriber-by-eligibility", "A3", {"subscriber_birth_date": "19800101"}, "DMG*D8*19800101*F",
        claim=claim(one_line(), {SUBSCRIBER: f"{SUBSCRIBER}\n{BORN.replace('19800101', '19810101')}"}),
        tables={"eligibility": ELIGIBLE.format(member="MEMBER1", name="DOE,JANE,")},
    ),
    "a misspelt referring practitioner": Row(
        "CO*183*100", "name-by-enrolment", "A2", {"referring_name": ("EXAMPLE", "ANN")},
        "NM1*DN*1*EXAMPLE*ANN****XX*1245319599", claim=claim(REFERRED), tables={"ordering": ORDERING},
    ),
    "a diagnosis that stands twice": Row(
        "CO*16*100 M64", "repeated-diagnosis", "A3",
        {"diagnoses": ("R6889", "M545"), "lines[1].pointers": ("1", "2")}, "HI*ABK:R6889*ABF:M545",
        claim=claim(one_line(line="SV1*HC:G0463*100*UN*1***2:3").replace("HI*ABK:R6889", TWO_DIAGNOSES)),
    ),
    "a renumbered diagnosis": Row(
        "CO*146*100", "renumbered-diagnosis", "A3", {"diagnoses[1].code": "R6890"}, "HI*ABK:R6890",
        tables={
            "icd10cm": "code,billable,title,part_of,seventh,excludes1,excludes2,code_first,use_additional,code_also\n"
            "R6890,1,Example,,,,,,,\n",
            "icd10cm_conversion": "code,effective,previous\nR6890,2025-10-01,R6889\n",
        },
    ),
    "dates of two years": Row(
        "", "dates-of-two-years", "A2", {"lines": ("1",), "total_charge": "100"}, "CLM*C1*100***11:B:7*Y*A*Y*Y",
        claim=claim(TWO_LINES), denied=TWO_DENIED,
    ),
    "dates of two months on two lines": Row(
        "CO*267*100 N63", "months-on-separate-lines", "A2",
        {
            "lines": ("1", "1"),
            "lines[1].units": "2", "lines[1].charge": "50", "lines[1].service_dates": ("20260530", "20260531"),
            "lines[2].units": "2", "lines[2].charge": "50", "lines[2].service_dates": ("20260601", "20260602"),
        },
        "DTP*472*RD8*20260601-20260602",
        claim=claim(one_line(line="SV1*HC:G0463*100*UN*4***1").replace("D8*20260520", "RD8*20260530-20260602")),
        denied=denial("CO*267*100 N63").replace(b"20260520", b"20260530"),
    ),
    "what was thrown away of a drug": Row(
        "CO*16*100 MA130 N822", "drug-waste", "A2",
        {
            "lines": ("1", "1"),
            "lines[1].units": "9", "lines[1].charge": "90", "lines[1].drug_quantity": "1.8",
            "lines[2].units": "1", "lines[2].charge": "10", "lines[2].drug_quantity": "0.2",
            "lines[2].modifiers": ("JW",),
        },
        "SV1*HC:J9035:JW*10*UN*1***1",
        claim=claim(one_line(*DRUG, line="SV1*HC:J9035*100*UN*10***1").replace("*CI~", "*MB~")),
        documented={"drugs": (DrugAmount(line=1, administered=Decimal(85), wasted=Decimal(15), unit="MG"),)},
        tables={"drugs": CROSSWALK},
        denied=denial("CO*16*100 MA130 N822").replace(b"G0463", b"J9035").replace(b"*CI*ICN1", b"*MB*ICN1"),
        family="medicare_part_b",
        control=(),
    ),
    "units on two lines": Row(
        "CO*151*100 N362", "units-on-separate-lines", "A2",
        {
            "lines": ("1", "1"),
            "lines[1].units": "1", "lines[1].charge": "50", "lines[1].modifiers": ("LT",),
            "lines[2].units": "1", "lines[2].charge": "50", "lines[2].modifiers": ("RT",),
        },
        "SV1*HC:G0463:RT*50*UN*1***1",
        claim=claim(one_line(line="SV1*HC:G0463*100*UN*2***1")),
        documented={
            "counts": (
                ServiceCount(line=1, units=Decimal(1), modifiers=("LT",)),
                ServiceCount(line=1, units=Decimal(1), modifiers=("RT",)),
            )
        },
        tables={"mue_practitioner": "code,units,indicator,rationale\nG0463,1,1,x\n"},
    ),
    "both sides on one line": Row(
        "", "both-sides", "A2", {"lines[1].modifiers": ("50",), "lines[1].charge": "200", "lines": ("1",)},
        "SV1*HC:G0463:50*200*UN*1***1", claim=claim(BOTH), denied=BOTH_DENIED,
        tables={"mpfs": "code,modifier,status,pctc,global_days,preoperative,intraoperative,postoperative,multiple,"
                "bilateral,assistant,cosurgeons,team\nG0463,,A,0,000,0,0,0,0,1,0,0,0\n"},
        profile={"bilateral_style": "one_line"},
    ),
    "a revenue code": Row(
        "CO*199*100", "revenue-code-on-file", "A2", {"lines[1].revenue_code": "0510"}, "SV2*0510*HC:G0463*100*UN*1",
        claim=hospital(),
        tables={"chargemaster": "procedure,revenue_code,effective,ended\nG0463,0510,,\n"},
        denied=denial("CO*199*100").replace(b"CI*ICN1*11*1", b"CI*ICN1*13*1"),
    ),
    "an admission mark": Row(
        "CO*16*100 N434", "admission-marks", "A2", {"diagnoses[1].poa": "Y"}, "HI*ABK:R6889:::::::Y",
        claim=hospital("11:A:1"),
        tables={"poa_exempt": "code\nZ8249\n"},
        denied=denial("CO*16*100 N434").replace(b"CI*ICN1*11*1", b"CI*ICN1*11*1"),
    ),
    "a referral": Row(
        "CO*288*100",
        "referral-on-file",
        "A2",
        {"referral_number": "REF-9"},
        "REF*9F*REF-9",
        tables={
            "referrals": "referral_number,payer_id,member_id,provider_npi,procedure,service_from,service_to,"
            "units_approved,units_used\nREF-9,PAYER1,MEMBER1,1234567893,G0463,2026-01-01,2026-12-31,4,0\n"
        },
        by_document=False,
    ),
    "a record that goes with the claim": Row(
        "CO*252*100 N706", "document-with-claim", "A2", {"attachment": ("OZ", "EL", "NOTE-1")}, "PWK*OZ*EL***AC*NOTE-1",
        documented={"documents": (DocumentReference(id="NOTE-1", kind="visit_note", date=SERVICE),)},
        profile={"attachment_with_claim": True},
    ),
}  # fmt: skip

FAMILIES = ("format", "taxonomy", "subscriber", "structure", "renumbering")
PAYER = "99999"
RESUBMITTER = resubmitter.processor(gate.findings)


def made(row: Row) -> Chain:
    """The whole way of the row, outbound gate included, to a payer who takes replacements and automates repairs."""
    more = "\n  ".join(
        f'{key}: {{value: {value}, source: "a test", date: 2026-01-01, example: true}}'
        for key, value in row.profile.items()
    )
    tables = decisions.partner_tables(replace(decisions.PARTNER, payer_id=PAYER))
    for kind, text in row.tables.items():
        table = parse_table(kind, text.replace("PAYER1", PAYER).encode())
        tables = tables.with_edition(Edition(kind, "1", "0" * 64, date(2020, 1, 1), table))
    context = decisions.context(
        tenant=pools.TENANT,
        today=date(2026, 7, 1),
        rules=shipped_rules(),
        profiles=profiles_with(*FAMILIES, inherits=row.family, more=more),
        tables=tables,
    )
    found = Chain((pools.CLASSIFIER, pools.RECODER, RESUBMITTER), context)
    found.publish(list(events(whole(row.claim))))
    if row.documented:
        told = ClaimDocumented(claim_number="C1", documented=SERVICE, **dict(row.documented))  # type: ignore[arg-type]
        time, key = business_time(SERVICE), found.topics["claim-submitted"][0].key
        found.publish([Event("told-1", "claim-documented.v1", "/t", time, key, told, "claim-documented")])
    found.publish(list(events(whole(row.denied or denial(row.said)))))
    found.drain(lambda turns: turns[0])
    return found


def whole(data: bytes) -> bytes:
    """The file of this payer, with the address and birth date that a patient has."""
    data = data.replace(b"PAYER1", PAYER.encode())
    return data if b"DMG*" in data else data.replace(b"****MI*MEMBER1~\n", BORN_BEHIND)


BORN_BEHIND = f"****MI*MEMBER1\n{BORN}\n".replace("\n", "~\n").encode()


def proposal(found: Chain) -> RecodingProposed:
    """The one that stands: documentation that comes later makes it anew."""
    last: RecodingProposed = found.topics["recoding-proposed"][-1].data
    return last


def approve(found: Chain, *documents: str) -> RecodingDecided:
    """The recoder's answer to a person who approves the proposal, or its first candidate."""
    event, proposed = found.topics["recoding-proposed"][-1], proposal(found)
    request = DecisionRequested(
        claim_number=proposed.claim_number,
        lineage=proposed.lineage,
        proposal_id=proposed.proposal_id,
        revision=proposed.revision,
        wish=Wish.APPROVE,
        by="ann",
        os_user="ann",
        reason="documented",
        documents=documents,
        requested=f"r{len(documents)}",
    )
    time = business_time(date(2026, 7, 1))
    found.publish(
        [
            Event(
                request.requested,
                "decision-requested.v1",
                "/t",
                time,
                event.key,
                request,
                "decision-requested",
            )
        ]
    )
    found.drain(lambda turns: turns[0])
    decided: RecodingDecided = found.topics["recoding-decided"][-1].data
    return decided


@pytest.mark.parametrize("name", ROWS)
def test_a_repair_is_proposed_approved_made_and_leaves(name: str) -> None:
    row = ROWS[name]
    found = made(row)
    proposed = proposal(found)
    assert (proposed.rule.id, proposed.automation) == (row.rule, row.automation)
    offered = {e.field: e.after for e in (*proposed.edits, *(c.edit for c in proposed.candidates[:1]))}
    assert offered == row.wanted
    if row.automation != "A3":
        if row.by_document:
            refusals = ("documents_needed", *(f"never:{word}" for word in proposed.never))
            assert approve(found).reason in refusals
        documents = ("note-1",) if row.by_document else ()
        assert approve(found, *documents).decision is Decision.APPROVED
    assert [event.data.detail for event in found.topics["resubmission-refused"]] == []
    (sent,) = (event.data for event in found.topics["claim-resubmitted"])
    text = (*sent.x12.billing, *sent.x12.subscriber, *sent.x12.claim)
    assert row.segment in text
    assert {e.field for e in sent.edits} == {*row.wanted, *row.control}
