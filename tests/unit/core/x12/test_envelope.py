"""Envelopes: what is wrong with them is found, and no claim is lost by it."""

from __future__ import annotations

import tracemalloc

import pytest

from services.core.x12.facts import FindingFacts
from services.core.x12.items import (
    AcknowledgedInterchange,
    GroupClosed,
    GroupOpened,
    InterchangeClosed,
    InterchangeOpened,
    QuarantinedClaim,
    RemittedClaim,
    StrayData,
    TransactionClosed,
    TransactionOpened,
    Unreadable,
)
from services.core.x12.reader import read
from services.core.x12.tokenizer import Limits
from tests.accounting import account
from tests.x12_text import closed, items, professional, quarantine, remittance, remitted

CLAIM = "CLP*PT1*1*80*80*0*12\n"
DATA = remittance(CLAIM)


def finding_codes(data: bytes) -> set[str]:
    return {f.code for i in items(data) for f in getattr(i, "findings", ())}


def test_a_right_envelope_has_no_findings() -> None:
    assert not finding_codes(DATA)


@pytest.mark.parametrize(
    ("before", "after", "finding"),
    [
        (b"SE*12*0001", b"SE*13*0001", "se_count"),
        (b"SE*12*0001", b"SE*X*0001", "se_count"),
        (b"SE*12*0001", b"SE*12*0002", "se_control_number"),
        (b"GE*1*7", b"GE*2*7", "ge_count"),
        (b"GE*1*7", b"GE*1*8", "ge_control_number"),
        (b"IEA*1*000000007", b"IEA*9*000000007", "iea_count"),
        (b"IEA*1*000000007", b"IEA*1*000000008", "iea_control_number"),
        (b"GE*1*7~\n", b"", "ge_missing"),
        (b"IEA*1*000000007~\n", b"", "iea_missing"),
        (b"SE*12*0001~\n", b"", "se_missing"),
    ],
)
def test_a_wrong_envelope_is_found_and_every_segment_kept(before: bytes, after: bytes, finding: str) -> None:
    data = DATA.replace(before, after)
    assert data != DATA
    assert finding in finding_codes(data)
    account(data)


def test_a_wrong_count_loses_no_claim() -> None:
    assert len(remitted(DATA.replace(b"SE*12*0001", b"SE*99*0009"))) == 1


def test_items_name_interchange_group_and_transaction() -> None:
    opened = items(DATA)
    isa = next(i for i in opened if isinstance(i, InterchangeOpened))
    assert (isa.sender, isa.receiver, isa.control_number, isa.usage) == (
        "SENDER",
        "RECEIVER",
        "000000007",
        "T",
    )
    gs = next(i for i in opened if isinstance(i, GroupOpened))
    assert (gs.functional_id, gs.sender, gs.control_number) == ("HP", "SENDER", "7")
    st = next(i for i in opened if isinstance(i, TransactionOpened))
    assert (st.kind, st.processed, st.guide, st.control_number) == ("835", True, "005010X221A1", "0001")


def test_positions_count_within_what_holds_them() -> None:
    two = DATA.replace(b"GE*1*7", b"ST*835*0002~CLP*PT2*1*1*1*0*12~SE*3*0002~GE*2*7")
    places = [(c.interchange, c.group, c.transaction, c.index) for c in remitted(two + two)]
    assert places == [(1, 1, 1, 1), (1, 1, 2, 2), (2, 1, 1, 3), (2, 1, 2, 4)]


def test_a_transaction_without_se_loses_its_last_claim_only() -> None:
    body = CLAIM + CLAIM.replace("PT1", "PT2")
    data = remittance(body).replace(b"SE*13*0001~\n", b"ST*835*0002~\nCLP*PT3*1*1*1*0*12~\nSE*3*0002~\n")
    assert [c.claim.claim_number for c in remitted(data)] == ["PT1", "PT3"]
    assert [(q.claim_number, q.reason) for q in quarantine(data)] == [("PT2", "truncated")]


def test_an_iea_without_terminator_is_complete() -> None:
    data = DATA.rstrip(b"\n").removesuffix(b"~")
    assert len(remitted(data)) == 1
    assert finding_codes(data) == {"terminator_missing"}


def test_a_file_that_ends_within_its_se_is_cut() -> None:
    data = DATA[: DATA.index(b"SE*12") + 5]
    assert not remitted(data)
    assert [q.reason for q in quarantine(data)] == ["truncated"]
    account(data)


def test_groups_behind_an_iea_are_read() -> None:
    iea = b"IEA*1*000000007~\n"
    data = DATA.replace(iea, b"").replace(b"GS*HP", iea + b"GS*HP")
    assert len(remitted(data)) == 1
    assert "outside_interchange" in finding_codes(data)


def test_a_claim_outside_of_any_transaction_is_quarantined() -> None:
    data = DATA.replace(b"GE*1*7", b"CLP*PT2*1*1*1*0*12~NM1*QC*1~GE*1*7")
    (bad,) = quarantine(data)
    assert (bad.reason, bad.claim_number, bad.segments) == ("outside_transaction", "PT2", 2)


def test_segments_outside_of_any_transaction_are_stray() -> None:
    read_items = items(DATA.replace(b"GS*HP", b"TA1**260601*1200*A*000~REF*X*Y~GS*HP"))
    assert [i.reason for i in read_items if isinstance(i, StrayData)] == [
        "interchange_acknowledgment",
        "segment_outside_transaction",
    ]


def test_an_interchange_acknowledgment_says_of_which_interchange_and_what() -> None:
    data = DATA.replace(b"GS*HP", b"TA1*000000071*260601*1200*R*022~GS*HP")
    (told,) = [i for i in items(data) if isinstance(i, AcknowledgedInterchange)]
    said = told.acknowledgment
    assert (said.control_number, said.status, said.note) == ("000000071", "R", "022")
    assert said.sender == next(i for i in items(data) if isinstance(i, InterchangeOpened)).receiver
    assert sum(i.segments for i in items(data)) == data.count(b"~")


def test_other_kinds_are_counted_and_not_read() -> None:
    data = DATA.replace(b"ST*835*0001", b"ST*834*0001").replace(b"005010X221A1", b"005010X220A1")
    read_items = items(data)
    st = next(i for i in read_items if isinstance(i, TransactionOpened))
    end = next(i for i in read_items if isinstance(i, TransactionClosed))
    assert (st.kind, st.processed, end.claims) == ("834", False, 1)
    assert sum(i.segments for i in read_items) == data.count(b"~")


@pytest.mark.parametrize("data", [b"", b"hello", b"PK\x03\x04" * 100_000])
def test_an_unreadable_file_is_one_item(data: bytes) -> None:
    (item,) = items(data)
    assert isinstance(item, Unreadable)


def test_counts_of_a_transaction_tell_claims_adjustments_and_money() -> None:
    body = CLAIM + "CAS*CO*45*0*1*97*0\nCLP*PT2*1*X*1*0*12\n" + "PLB*1*20261231*WO:A*15\n"
    (end,) = closed(remittance(body))
    assert (end.claims, end.quarantined, end.adjustments, end.provider_adjustments) == (2, 1, 2, 1)
    assert end.paid == 80


def test_closings_count_what_they_close() -> None:
    found = items(DATA + DATA)
    assert [i.transactions for i in found if isinstance(i, GroupClosed)] == [1, 1]
    assert [i.groups for i in found if isinstance(i, InterchangeClosed)] == [1, 1]


# limits


def claims_over(data: bytes, limits: Limits) -> list[tuple[str | None, str]]:
    return [(i.claim_number, i.reason) for i in read([data], limits) if isinstance(i, QuarantinedClaim)]


def test_a_claim_of_too_many_segments_is_quarantined_alone() -> None:
    data = remittance(CLAIM + "REF*EA*1\n" * 50 + CLAIM.replace("PT1", "PT2"))
    assert claims_over(data, Limits(claim_segments=40)) == [("PT1", "claim_too_large")]
    kept = next(i for i in read([data], Limits(claim_segments=40)) if isinstance(i, QuarantinedClaim))
    assert (len(kept.text), kept.segments) == (40, 51)


def test_a_claim_with_too_many_elements_is_quarantined_alone() -> None:
    data = remittance(CLAIM + "REF" + "*X" * 50 + "\n" + CLAIM.replace("PT1", "PT2"))
    assert claims_over(data, Limits(elements=40)) == [("PT1", "too_many_elements")]


def test_claims_over_the_limit_of_a_transaction_are_quarantined() -> None:
    data = remittance(CLAIM + CLAIM.replace("PT1", "PT2"))
    assert claims_over(data, Limits(claims=1)) == [("PT2", "too_many_claims")]


def test_a_segment_over_the_limit_breaks_its_claim_only() -> None:
    data = remittance(CLAIM + "NTE*" + "X" * 400 + "\n" + CLAIM.replace("PT1", "PT2"))
    assert claims_over(data, Limits(segment_bytes=300)) == [("PT1", "segment_too_long")]
    assert len([i for i in read([data], Limits(segment_bytes=300)) if isinstance(i, RemittedClaim)]) == 1


def test_a_clp_over_the_limit_is_a_claim_too() -> None:
    data = remittance(CLAIM + "CLP*PT2*" + "X" * 400 + "\nNM1*QC*1\n" + CLAIM.replace("PT1", "PT3"))
    assert claims_over(data, Limits(segment_bytes=300)) == [(None, "segment_too_long")]


def test_loops_that_lost_a_segment_make_their_claims_unfit_to_be_sent_back() -> None:
    body = "N3*" + "X" * 400 + "\nCLM*PT1*10***11:B:1\nLX*1\nSV1*HC:G0008*10*UN*1\n"
    claims = [i for i in read([professional(body)], Limits(segment_bytes=300)) if hasattr(i, "claim")]
    assert [c.claim.resubmittable for c in claims] == [False]
    assert FindingFacts("segment_too_long") in claims[0].claim.findings


def peak_bytes(claims: int) -> int:
    """What reading so many claims takes at most."""
    head, claim, tail = DATA.partition(CLAIM.strip().encode() + b"~\n")
    tracemalloc.start()
    chunks = (head, *(claim * 1000 for _ in range(claims // 1000)), tail)
    assert sum(isinstance(i, RemittedClaim) for i in read(iter(chunks))) == claims
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak


def test_memory_stays_flat() -> None:
    assert peak_bytes(8_000) < 1.2 * peak_bytes(4_000)
