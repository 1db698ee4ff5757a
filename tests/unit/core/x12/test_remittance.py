"""835 claims: everything that other readers are known to lose, and what the balance says."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from services.core.x12.facts import AdjustmentFacts, FindingFacts, PolicyFacts, RemarkFacts
from services.core.x12.items import ProviderAdjustment, QuarantinedRecord, RemittedClaim
from tests.x12_text import closed, items, quarantine, remittance, remitted

CLAIM = """
CLP*PT1*1*100*80*15*12*ICN1*11*1
CAS*CO*45*5
"""

LINES = """
CLP*PT1*1*300*80*20*12*ICN1*11*7
NM1*QC*1*DOE*JANE****MI*PATIENTID
NM1*IL*1*DOE*JOHN****MI*MEMBER1
NM1*82*1*ROE*ANN****XX*1234567893
NM1*TT*2*NEXT PAYER*****PI*NEXT1
REF*F8*ICN0
DTM*232*20260501
DTM*233*20260502
DTM*050*20260520
SVC*HC:J1885:25:59*200*80**2*HC:J1100:25*4
DTM*472*20260501
CAS*PR*1*20
CAS*CO*45*100
REF*6R*LINE1
REF*0K*L35000
AMT*B6*100
LQ*HE*N115
LQ*HE*M25
LQ*RX*75
SVC*NU:0450*100*0
CAS*CO*97*100*1
"""


def one(body: str) -> RemittedClaim:
    (claim,) = remitted(remittance(body))
    return claim


def codes(body: str) -> set[str]:
    return {finding.code for finding in one(body).claim.findings}


def test_all_fields_of_a_claim_are_read() -> None:
    claim = one(LINES).claim
    assert (claim.claim_number, claim.status_code, claim.filing_indicator) == ("PT1", "1", "12")
    assert (claim.charge, claim.paid, claim.patient_responsibility) == (
        Decimal(300),
        Decimal(80),
        Decimal(20),
    )
    assert (claim.payer_control_number, claim.original_reference) == ("ICN1", "ICN0")
    assert (claim.facility_type, claim.frequency_code) == ("11", "7")
    assert (claim.member_id, claim.rendering_npi, claim.crossover_payer) == ("MEMBER1", "1234567893", "NEXT1")
    assert (claim.service_from, claim.service_to) == (date(2026, 5, 1), date(2026, 5, 2))
    assert claim.received == date(2026, 5, 20)
    assert claim.guide == "005010X221A1"
    assert claim.segments[0] == "CLP*PT1*1*300*80*20*12*ICN1*11*7"
    assert claim.segments[-1] == "CAS*CO*97*100*1"


def test_the_payment_and_its_parties_are_read_from_the_header() -> None:
    claim = one(LINES).claim
    assert claim.payer == ("PAYER1", "EXAMPLE HEALTH")
    assert claim.payer_state == "OH"
    assert claim.payee == ("1234567893", "123456789")
    assert claim.remittance == (
        "TRACE1",
        "1512345678",
        date(2026, 6, 10),
        date(2026, 6, 9),
        Decimal(80),
        "ACH",
    )


def test_the_payer_is_named_by_ref_2u_where_n104_is_absent() -> None:
    header = "BPR*I*80\nN1*PR*EXAMPLE HEALTH\nREF*2U*OTHERID\n"
    (claim,) = remitted(remittance(CLAIM, header))
    assert claim.claim.payer.id == "OTHERID"


def test_a_line_has_its_codes_units_and_numbers() -> None:
    first, second = one(LINES).claim.lines
    assert (first.line, first.control_number) == (1, "LINE1")
    assert (first.procedure, first.procedure_qualifier, first.modifiers) == ("J1885", "HC", ("25", "59"))
    assert (first.submitted_procedure, first.submitted_modifiers) == ("J1100", ("25",))
    assert (first.charge, first.paid, first.allowed) == (Decimal(200), Decimal(80), Decimal(100))
    assert (first.units_paid, first.units_submitted) == (Decimal(2), Decimal(4))
    assert (first.service_from, first.service_to) == (date(2026, 5, 1), date(2026, 5, 1))
    assert (second.procedure, second.revenue_code, second.units_paid) == (None, "0450", None)


def test_claim_level_adjustments_are_kept() -> None:
    assert one(CLAIM).claim.adjustments == (AdjustmentFacts(None, "CO", "45", Decimal(5)),)


def test_all_six_triplets_of_a_cas_are_kept_with_their_quantities() -> None:
    triplets = "*".join(f"{reason}*{reason}.50*{reason}" for reason in (1, 2, 3, 4, 5, 6))
    found = one(f"CLP*PT1*1*100*76*0*12*ICN1\nCAS*CO*{triplets}\n").claim.adjustments
    assert found == tuple(
        AdjustmentFacts(None, "CO", str(n), Decimal(f"{n}.50"), Decimal(n)) for n in (1, 2, 3, 4, 5, 6)
    )


def test_a_quantity_is_not_taken_for_the_next_adjustment() -> None:
    adjustments = one("CLP*PT1*1*100*0*0*12\nCAS*CO*45*60*3*97*40\n").claim.adjustments
    assert [(a.reason, a.quantity) for a in adjustments] == [("45", Decimal(3)), ("97", None)]


def test_line_adjustments_name_their_line() -> None:
    assert one(LINES).claim.adjustments == (
        AdjustmentFacts(1, "PR", "1", Decimal(20)),
        AdjustmentFacts(1, "CO", "45", Decimal(100)),
        AdjustmentFacts(2, "CO", "97", Decimal(100), Decimal(1)),
    )


@pytest.mark.parametrize(
    ("composite", "procedure", "modifiers"),
    [
        ("HC:J1885:25:59::::LABEL", "J1885", ("25", "59")),
        ("HC:J1885", "J1885", ()),
        ("J1885", "J1885", ()),
        ("HC", None, ()),
        ("", None, ()),
        ("HC>J1885>25", "J1885", ("25",)),
    ],
)
def test_modifiers_are_split_out_of_the_composite(
    composite: str, procedure: str | None, modifiers: tuple[str, ...]
) -> None:
    (line,) = one(f"CLP*PT1*1*100*100*0*12\nSVC*{composite}*100*100\n").claim.lines
    assert (line.procedure, line.modifiers) == (procedure, modifiers)


def test_a_separator_that_isa16_does_not_declare_is_a_finding() -> None:
    finding = FindingFacts("component_undeclared", "SVC", 1, 1)
    assert finding in one("CLP*PT1*1*100*100*0*12\nSVC*HC>J1885>25*100*100\n").claim.findings


def test_every_lq_of_a_line_is_kept() -> None:
    assert one(LINES).claim.remarks == (
        RemarkFacts(1, "N115", "LQ"),
        RemarkFacts(1, "M25", "LQ"),
        RemarkFacts(1, "75", "LQ*RX"),
    )


def test_outpatient_remarks_are_moa03_to_moa07() -> None:
    claim = one(CLAIM + "MOA*0.5*100*MA01*MA130*N1*N2*N3*9.99*8.88\n").claim
    assert claim.remarks == tuple(
        RemarkFacts(None, code, place)
        for code, place in (
            ("MA01", "MOA03"),
            ("MA130", "MOA04"),
            ("N1", "MOA05"),
            ("N2", "MOA06"),
            ("N3", "MOA07"),
        )
    )


def test_inpatient_remarks_are_mia05_and_mia20_to_mia23() -> None:
    mia = "*".join(
        ["MIA", "1", "2", "3", "4", "MA07", *(str(n) for n in range(6, 20)), "N20", "N21", "N22", "N23"]
    )
    claim = one(CLAIM + mia + "\n").claim
    assert [(r.code, r.place) for r in claim.remarks] == [
        ("MA07", "MIA05"),
        ("N20", "MIA20"),
        ("N21", "MIA21"),
        ("N22", "MIA22"),
        ("N23", "MIA23"),
    ]


def test_the_policy_a_line_was_denied_under_is_kept() -> None:
    assert one(LINES).claim.policies == (PolicyFacts(1, "L35000"),)


def test_several_payments_in_one_file_stay_apart() -> None:
    first = remittance(CLAIM)
    second = remittance(CLAIM, "BPR*I*80\nTRN*1*TRACE2*15\nN1*PR*OTHER PAYER*XV*PAYER2\n")
    claims = remitted(first + second)
    assert [c.claim.remittance.trace_number for c in claims] == ["TRACE1", "TRACE2"]
    assert [c.claim.payer.id for c in claims] == ["PAYER1", "PAYER2"]
    assert [(c.interchange, c.index) for c in claims] == [(1, 1), (2, 2)]


def test_newline_as_terminator_is_read_like_any_other() -> None:
    (claim,) = remitted(remittance(LINES, end="\n"))
    assert claim.claim.lines == one(LINES).claim.lines


@pytest.mark.parametrize(
    ("wrong", "reason", "place"),
    [
        ("CLP*PT9*1*ABC*0*0*12", "amount_not_numeric", ("CLP", 3)),
        ("CLP*PT9*1*1e3*0*0*12", "amount_not_numeric", ("CLP", 3)),
        ("CLP*PT9*1*NaN*0*0*12", "amount_not_numeric", ("CLP", 3)),
        ("CLP*PT9*1*1,000*0*0*12", "amount_not_numeric", ("CLP", 3)),
        ("CLP*PT9*1*100*+5*0*12", "amount_not_numeric", ("CLP", 4)),
        ("CLP*PT9*1*١٢*0*0*12", "amount_not_numeric", ("CLP", 3)),
        ("CLP*PT9*1*" + "9" * 19 + "*0*0*12", "amount_not_numeric", ("CLP", 3)),
        ("CLP*PT9*1**0*0*12", "amount_missing", ("CLP", 3)),
        ("CLP*PT9*1*100**0*12", "amount_missing", ("CLP", 4)),
        ("CLP*PT9*1*100*0*X*12", "amount_not_numeric", ("CLP", 5)),
        ("CLP**1*100*0*0*12", "claim_number_missing", ("CLP", 1)),
        ("CLP*PT9*1*1*0*0\nCAS*CO*45*ABC", "amount_not_numeric", ("CAS", 3)),
        ("CLP*PT9*1*1*0*0\nCAS*CO*45*1*A", "quantity_not_numeric", ("CAS", 4)),
        ("CLP*PT9*1*1*0*0\nCAS*CO*45*", "amount_missing", ("CAS", 3)),
        ("CLP*PT9*1*1*0*0\nSVC*HC:J1885*X*0", "amount_not_numeric", ("SVC", 2)),
        ("CLP*PT9*1*1*0*0\nSVC*HC:J1885*1*0**X", "quantity_not_numeric", ("SVC", 5)),
    ],
)
def test_a_bad_element_costs_its_own_claim_only(wrong: str, reason: str, place: tuple[str, int]) -> None:
    data = remittance(f"{CLAIM}{wrong}\n{CLAIM.replace('PT1', 'PT2')}")
    assert [c.claim.claim_number for c in remitted(data)] == ["PT1", "PT2"]
    (bad,) = quarantine(data)
    assert (bad.reason, bad.index) == (reason, 2)
    assert bad.place is not None
    assert (bad.place.segment, bad.place.element) == place
    assert bad.text == tuple(wrong.split("\n"))


def test_blank_money_is_null_and_never_zero() -> None:
    claim = one("CLP*PT1*1*100*95**12*ICN1\nCAS*CO*45*5\n").claim
    assert claim.patient_responsibility is None
    assert "balance_patient" not in codes("CLP*PT1*1*100*95**12*ICN1\nCAS*CO*45*5\n")


@pytest.mark.parametrize("text", ["-.5", "0", "12.30", "-7", ".75"])
def test_every_spelling_of_an_amount_is_exact(text: str) -> None:
    assert one(f"CLP*PT1*1*{text}*0*0*12\n").claim.charge == Decimal(text)


def test_a_file_cut_before_its_se_loses_only_the_last_claim_and_says_so() -> None:
    data = remittance(CLAIM + CLAIM.replace("PT1", "PT2") + "PLB*1234567893*20261231*WO:ICN9*5\n")
    cut = data[: data.index(b"SE*")]
    assert [c.claim.claim_number for c in remitted(cut)] == ["PT1"]
    (bad,) = quarantine(cut)
    assert (bad.claim_number, bad.reason) == ("PT2", "truncated")
    (end,) = closed(cut)
    assert not end.complete
    assert FindingFacts("se_missing", "SE") in end.findings


def test_a_cut_within_a_claim_quarantines_that_claim() -> None:
    data = remittance(CLAIM + LINES)
    (bad,) = quarantine(data[: data.index(b"AMT*B6")])
    assert bad.reason == "truncated"
    assert bad.text[-1] == "REF*0K*L35000"


def test_one_unknown_segment_is_a_finding_and_stays_with_its_claim() -> None:
    claim = one(CLAIM + "XYZ*1*2\n").claim
    assert FindingFacts("unknown_segment", "XYZ") in claim.findings
    assert claim.segments[-1] == "XYZ*1*2"


def test_a_strange_segment_id_is_not_repeated_in_the_finding() -> None:
    """What stands where an id belongs may be somebody's name."""
    assert FindingFacts("unknown_segment", None) in one(CLAIM + "JOHN DOE*1\n").claim.findings


def test_extra_elements_are_a_finding_with_their_line() -> None:
    claim = one(LINES + "LQ*HE*N1*EXTRA\n").claim
    assert FindingFacts("extra_elements", "LQ", 3, 2) in claim.findings
    assert claim.remarks[-1] == RemarkFacts(2, "N1", "LQ")


@pytest.mark.parametrize(
    ("body", "finding"),
    [
        ("CLP*PT1*1*100*90*0*12\nCAS*CO*45*5\n", "balance_claim"),
        ("CLP*PT1*1*100*80*0*12\nCAS*PR*1*20\n", "balance_patient"),
        ("CLP*PT1*1*100*80**12\nCAS*PR*1*20\n", "patient_responsibility_missing"),
        ("CLP*PT1*1*100*95*0*12\nCAS*CO*45*5\nSVC*HC:J1885*100*90\n", "balance_line"),
        ("CLP*PT1*1*100*95*0*12\nSVC*HC:J1885*100*90\nCAS*CO*45*5\n", "balance_lines_paid"),
        ("CLP*PT1**100*95*0*12\nCAS*CO*45*5\n", "status_missing"),
        ("CLP*PT1*1*100*95*0*12\nCAS*CO*45*5\nDTM*232*20261399\n", "date_invalid"),
    ],
)
def test_what_does_not_add_up_is_a_finding(body: str, finding: str) -> None:
    assert finding in codes(body)


@pytest.mark.parametrize("body", [LINES, "CLP*PT1*1*100*80*15*12\nCAS*CO*45*5\nCAS*PR*1*15\n"])
def test_what_adds_up_is_no_finding(body: str) -> None:
    assert not codes(body)


def test_a_reversal_may_leave_out_the_patient_share() -> None:
    assert not codes("CLP*PT1*22*-100*-80**12\nCAS*PR*1*-20\n")


def test_the_payment_is_compared_with_its_claims_and_provider_adjustments() -> None:
    paid = "CLP*PT1*1*100*100*0*12\n"
    right = closed(remittance(paid + "PLB*1*20261231*WO:A*15*L6:B*5\n"))[0]
    assert not [f for f in right.findings if f.code.startswith("balance")]
    wrong = closed(remittance(paid))[0]
    assert FindingFacts("balance_payment", "BPR", 2) in wrong.findings


def test_the_balance_of_a_payment_with_a_quarantined_claim_is_unchecked() -> None:
    (end,) = closed(remittance("CLP*PT1*1*X*100*0*12\n"))
    assert FindingFacts("balance_unchecked", "BPR", 2) in end.findings


def test_all_six_pairs_of_a_plb_are_read() -> None:
    pairs = "*".join(
        f"{reason}:REF{n}*{n}.25" for n, reason in enumerate(("WO", "FB", "CS", "L6", "72", "J1"), 1)
    )
    found = [
        i
        for i in items(remittance(f"PLB*1234567893*20261231*{pairs}\n"))
        if isinstance(i, ProviderAdjustment)
    ]
    assert [(p.adjustment.reason, p.adjustment.reference, p.adjustment.amount) for p in found] == [
        (reason, f"REF{n}", Decimal(f"{n}.25"))
        for n, reason in enumerate(("WO", "FB", "CS", "L6", "72", "J1"), 1)
    ]
    assert [p.segments for p in found] == [1, 0, 0, 0, 0, 0]
    assert {p.adjustment.fiscal_period for p in found} == {date(2026, 12, 31)}


def test_a_bad_provider_adjustment_is_set_aside_and_the_others_are_read() -> None:
    read = items(remittance("PLB*1*20261231*WO:A*X*L6:B*5\n"))
    assert [i.reason for i in read if isinstance(i, QuarantinedRecord)] == ["amount_not_numeric"]
    assert [i.adjustment.reason for i in read if isinstance(i, ProviderAdjustment)] == ["L6"]


def test_an_original_reference_at_the_line_is_taken_too() -> None:
    assert one(CLAIM + "SVC*HC:J1885*100*95\nREF*F8*ICN0\n").claim.original_reference == "ICN0"


def test_latin1_text_of_a_claim_gives_the_same_bytes_again() -> None:
    data = remittance(CLAIM + "NM1*QC*1*DOE*JOSÉ\n").replace("É".encode(), b"\xc9")
    (claim,) = remitted(data)
    assert claim.claim.encoding == "latin-1"
    assert "~\n".join(claim.claim.segments).encode("latin-1") in data


def test_a_4010_remittance_is_read_and_flagged() -> None:
    data = remittance(CLAIM).replace(b"005010X221A1", b"004010X091A1")
    (claim,) = remitted(data)
    assert FindingFacts("guide_4010", "ST", 3) in claim.claim.findings
