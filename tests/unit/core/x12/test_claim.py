"""837 claims: coded facts, lines, and the segments around a claim that a replacement needs."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from services.core.x12.facts import DiagnosisFacts, FindingFacts, ProviderFacts
from services.core.x12.items import SubmittedClaim, TransactionOpened
from tests.x12_text import (
    CLAIM_HEADER,
    institutional,
    interchange,
    items,
    professional,
    quarantine,
    submitted,
)

CLAIM = """
CLM*PT1*150***11:B:7*Y*A*Y*Y
REF*F8*ICN1
REF*G1*AUTH1
REF*9F*REFERRAL1
HI*ABK:J20.9*ABF:I10::::::Y
NM1*DN*1*ROE*ANN****XX*1993999998
NM1*82*1*POE*MAX****XX*1234567893
PRV*PE*PXC*207R00000X
SBR*S*18*******MB
NM1*PR*2*SECOND PAYER*****PI*PAYER2
REF*F8*OTHERICN
REF*G1*OTHERAUTH
NM1*82*1**
LX*1
SV1*HC:J1885:25:59:::: LABEL*100*UN*2*22**1:2
DTP*472*RD8*20260501-20260503
REF*6R*LINE1
REF*G1*LINEAUTH
NM1*82*1*LINE*DOC****XX*1003000126
SVD*PAYER2*50*HC:J1885**1
DTP*573*D8*20260601
LX*2
SV1*HC:G0008*50*UN*1***1
DTP*472*D8*20260504
"""

HOSPITAL = """
CLM*PT2*500***13:A:1**A*Y*Y
DTP*434*RD8*20260510-20260512
HI*ABK:J189:::::::N
HI*BH:11:D8:20260510
NM1*71*1*ROE*ANN****XX*1993999998
LX*1
SV2*0450*HC:G0380:25*300*UN*1
DTP*472*D8*20260511
LX*2
SV2*0250**200*UN*4
"""


def one(data: bytes) -> SubmittedClaim:
    (claim,) = submitted(data)
    return claim


def test_the_coded_facts_of_a_professional_claim_are_read() -> None:
    claim = one(professional(CLAIM)).claim
    assert (claim.claim_number, claim.transaction, claim.guide) == ("PT1", "837P", "005010X222A1")
    assert claim.total_charge == Decimal(150)
    assert (claim.place_of_service, claim.bill_type, claim.frequency_code) == ("11", None, "7")
    assert (claim.billing_npi, claim.billing_tax_id) == ("1234567893", "123456789")
    assert claim.billing_taxonomy == "207Q00000X"
    assert claim.payer == ("PAYER1", "EXAMPLE HEALTH")
    assert claim.payer_state == "OH"
    assert (claim.filing_indicator, claim.payer_responsibility, claim.member_id) == ("CI", "P", "MEMBER1")
    assert claim.diagnoses == (DiagnosisFacts("ABK", "J209"), DiagnosisFacts("ABF", "I10"))
    assert (claim.service_from, claim.service_to) == (date(2026, 5, 1), date(2026, 5, 4))
    assert (claim.submitted, claim.usage) == (date(2026, 6, 1), "T")
    assert claim.resubmittable


def test_references_of_another_payer_are_not_the_claims_own() -> None:
    claim = one(professional(CLAIM)).claim
    assert (claim.original_reference, claim.prior_authorization) == ("ICN1", "AUTH1")
    assert claim.referral_number == "REFERRAL1"
    assert one(professional(CLAIM.replace("REF*F8*ICN1\n", ""))).claim.original_reference is None


def test_providers_stand_with_their_role_and_line() -> None:
    assert one(professional(CLAIM)).claim.providers == (
        ProviderFacts("85", "1234567893", "123456789", "207Q00000X", "EXAMPLE CLINIC"),
        ProviderFacts("DN", "1993999998", None, None, "ROE ANN"),
        ProviderFacts("82", "1234567893", None, "207R00000X", "POE MAX"),
        ProviderFacts("82", "1003000126", None, None, "LINE DOC", 1),
    )


def test_a_pointer_beyond_the_twelve_places_is_read_as_it_stands() -> None:
    lines = one(professional(CLAIM.replace("1:2", "1:13"))).claim.lines
    assert lines[0].pointers == (1, 13)


def test_a_professional_line_is_read_with_its_modifiers_split_out() -> None:
    first, second = one(professional(CLAIM)).claim.lines
    assert (first.line, first.control_number) == (1, "LINE1")
    assert (first.procedure, first.procedure_qualifier, first.modifiers) == ("J1885", "HC", ("25", "59"))
    assert (first.charge, first.units, first.unit_basis) == (Decimal(100), Decimal(2), "UN")
    assert (first.place_of_service, first.pointers) == ("22", (1, 2))
    assert (first.service_from, first.service_to) == (date(2026, 5, 1), date(2026, 5, 3))
    assert (first.rendering_npi, first.prior_authorization) == ("1003000126", "LINEAUTH")
    assert (second.line, second.procedure, second.modifiers) == (2, "G0008", ())
    assert second.rendering_npi is None


def test_an_institutional_claim_has_bill_type_revenue_codes_and_poa() -> None:
    claim = one(institutional(HOSPITAL)).claim
    assert (claim.transaction, claim.bill_type, claim.place_of_service) == ("837I", "13", None)
    assert claim.diagnoses == (DiagnosisFacts("ABK", "J189", "N"),)
    first, second = claim.lines
    assert (first.revenue_code, first.procedure, first.modifiers) == ("0450", "G0380", ("25",))
    assert (second.revenue_code, second.procedure, second.units) == ("0250", None, Decimal(4))
    assert (claim.service_from, claim.service_to) == (date(2026, 5, 11), date(2026, 5, 11))


def test_the_statement_period_counts_where_no_line_has_a_date() -> None:
    claim = one(institutional(HOSPITAL.replace("DTP*472*D8*20260511\n", ""))).claim
    assert (claim.service_from, claim.service_to) == (date(2026, 5, 10), date(2026, 5, 12))


def test_a_claim_carries_its_own_segments_and_those_of_its_loops() -> None:
    claim = one(professional(CLAIM)).claim
    assert claim.segments == tuple(CLAIM.split("\n")[1:-1])
    assert claim.loops.interchange.startswith("ISA*")
    assert claim.loops.group.startswith("GS*HC")
    assert [s.split("*")[0] for s in claim.loops.transaction] == ["ST", "BHT", "NM1", "PER", "NM1"]
    assert [s.split("*")[0] for s in claim.loops.billing] == ["HL", "PRV", "NM1", "N3", "N4", "REF"]
    assert [s.split("*")[0] for s in claim.loops.subscriber] == ["HL", "SBR", "NM1", "NM1", "N4"]
    assert claim.loops.patient == ()


def test_a_patient_loop_belongs_to_the_claims_below_it_only() -> None:
    other = "HL*4*1*22*0\nSBR*P*18*******CI\nNM1*IL*1*ROE*SAM****MI*MEMBER2\nNM1*PR*2*P*****PI*P9\n"
    body = "HL*3*2*23*0\nPAT*19\nNM1*QC*1*DOE*KID\n" + CLAIM + other + CLAIM.replace("PT1", "PT2")
    first, second = submitted(professional(body))
    assert [s.split("*")[0] for s in first.claim.loops.patient] == ["HL", "PAT", "NM1"]
    assert (first.claim.member_id, second.claim.member_id) == ("MEMBER1", "MEMBER2")
    assert second.claim.loops.patient == ()
    assert second.claim.payer.id == "P9"
    assert second.claim.loops.billing == first.claim.loops.billing


def test_a_second_billing_provider_holds_for_what_follows_it() -> None:
    switch = "HL*3**20*1\nNM1*85*2*OTHER CLINIC*****XX*1993999998\nHL*4*3*22*0\nSBR*P*18*******MB\n"
    first, second = submitted(professional(CLAIM + switch + CLAIM.replace("PT1", "PT2")))
    assert (first.claim.billing_npi, second.claim.billing_npi) == ("1234567893", "1993999998")
    assert (second.claim.member_id, second.claim.filing_indicator) == (None, "MB")
    assert second.claim.billing_tax_id is None


def test_loops_are_found_where_a_sender_leaves_out_the_hl() -> None:
    body = """
    BHT*0019*00*REF1*20260601*1200*CH
    PRV*BI*PXC*207Q00000X
    NM1*85*2*FIRST*****XX*1234567893
    NM1*IL*1*DOE*JANE****MI*MEMBER1
    CLM*PT1*10***11:B:1
    SBR*S*18
    NM1*IL*1*OTHER*INSURED****MI*OTHER1
    LX*1
    SV1*HC:G0008*10*UN*1
    NM1*85*2*SECOND*****XX*1993999998
    NM1*IL*1*ROE*JOHN****MI*MEMBER2
    CLM*PT2*20***11:B:1
    """
    first, second = submitted(interchange(body, functional="HC", version="005010X222A1", transaction="837"))
    assert (first.claim.billing_npi, first.claim.member_id) == ("1234567893", "MEMBER1")
    assert (second.claim.billing_npi, second.claim.member_id) == ("1993999998", "MEMBER2")
    assert first.claim.segments[-1] == "SV1*HC:G0008*10*UN*1"


def test_an_hl_that_names_no_known_parent_is_a_finding() -> None:
    (claim,) = submitted(professional(CLAIM).replace(b"HL*2*1*22", b"HL*2*9*22"))
    assert FindingFacts("hl_parent", "HL", 2) in claim.claim.findings


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        ("CLM*PT1*150", "CLM*PT1*ABC", "amount_not_numeric"),
        ("CLM*PT1*150", "CLM*PT1*", "amount_missing"),
        ("CLM*PT1*", "CLM**", "claim_number_missing"),
        ("LABEL*100*", "LABEL*ABC*", "amount_not_numeric"),
        ("LABEL*100*", "LABEL**", "amount_missing"),
        ("UN*2*22", "UN*X*22", "quantity_not_numeric"),
    ],
)
def test_a_bad_element_costs_its_own_claim_only(before: str, after: str, reason: str) -> None:
    data = professional(
        CLAIM.replace("PT1", "PT0") + CLAIM.replace(before, after) + CLAIM.replace("PT1", "PT2")
    )
    assert [c.claim.claim_number for c in submitted(data)] == ["PT0", "PT2"]
    (bad,) = quarantine(data)
    assert (bad.reason, bad.index, bad.kind) == (reason, 2, "837P")


def test_the_last_claim_of_a_cut_file_keeps_its_loops_and_is_quarantined() -> None:
    body = CLAIM + "HL*3*1*22*0\nSBR*P*18*******CI\n" + CLAIM.replace("PT1", "PT2") + "HL*4*1*22*0\n"
    data = professional(body)
    cut = data[: data.index(b"SE*")]
    assert [c.claim.claim_number for c in submitted(cut)] == ["PT1"]
    assert [(q.claim_number, q.reason) for q in quarantine(cut)] == [("PT2", "truncated")]


@pytest.mark.parametrize(
    ("body", "finding"),
    [
        ("CLM*PT1*10***11:B:1\n", FindingFacts("claim_without_lines", "CLM")),
        ("CLM*PT1*10***11:B:1\nLX*1\n", FindingFacts("line_without_service", "LX", None, 1)),
        ("CLM*PT1*10***11:B:1\nSV1*HC:G0008*10*UN*1\n", FindingFacts("line_without_number", "SV1", None, 1)),
        ("CLM*PT1*10***11:B:1\nLX*1\nSV1*HC:G0008*9*UN*1\n", FindingFacts("balance_claim", "CLM", 2)),
        (
            "CLM*PT1*9***11:B:1\nLX*1\nSV1*HC:G0008*9*UN*1\nDTP*472*D8*20261301\n",
            FindingFacts("date_invalid", "DTP", 3, 1),
        ),
    ],
)
def test_what_is_odd_about_a_claim_is_a_finding(body: str, finding: FindingFacts) -> None:
    assert finding in one(professional(body)).claim.findings


@pytest.mark.parametrize("version", ["004010X098A1", "004010X098"])
def test_a_4010_claim_is_read_and_never_sent_back(version: str) -> None:
    claim = one(professional(CLAIM, version=version)).claim
    assert claim.transaction == "837P"
    assert not claim.resubmittable
    assert FindingFacts("guide_4010", "ST", 3) in claim.findings


@pytest.mark.parametrize("version", ["005010X222", "005010X222A2", "005010X222A1 "])
def test_the_family_of_the_guide_decides_not_its_addendum(version: str) -> None:
    assert one(professional(CLAIM, version=version)).claim.transaction == "837P"


@pytest.mark.parametrize(
    ("version", "kind"),
    [
        ("005010X224A2", "837D"),
        ("005010X298A1", "837 reporting"),
        ("005010X291", "837 predetermination"),
        ("005010X999A1", "837"),
    ],
)
def test_other_837s_are_recognized_counted_and_not_read(version: str, kind: str) -> None:
    read = items(professional(CLAIM, version=version))
    opened = next(i for i in read if isinstance(i, TransactionOpened))
    assert (opened.kind, opened.processed) == (kind, False)
    assert not [i for i in read if isinstance(i, SubmittedClaim)]


def test_a_claim_of_latin1_segments_gives_the_bytes_of_claim_and_loops_again() -> None:
    header = CLAIM_HEADER.replace("DOE*JANE", "DOE*JOS\u00c9")
    data = professional(CLAIM, header).replace("\u00c9".encode(), b"\xc9")
    claim = one(data).claim
    assert claim.encoding == "latin-1"
    assert "~\n".join(claim.segments).encode("latin-1") in data
    assert "~\n".join(claim.loops.subscriber).encode("latin-1") in data


def test_a_claim_under_latin1_loops_is_encoded_like_them() -> None:
    body = CLAIM.replace("ROE*ANN", "ROE*ANA\u00cfS")
    header = CLAIM_HEADER.replace("DOE*JANE", "DOE*JOS\u00c9")
    data = professional(body, header).replace("\u00c9".encode(), b"\xc9")
    claim = one(data).claim
    assert "~\n".join(claim.segments).encode("latin-1") in data, "UTF-8 bytes of the claim survive too"
