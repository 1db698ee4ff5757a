"""277CA and 999: what came back before adjudication."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from services.core.x12.facts import (
    AcknowledgmentFacts,
    GroupFacts,
    PayerFacts,
    ReasonFacts,
    TransactionVerdict,
)
from services.core.x12.items import AcknowledgedClaim, AcknowledgedGroup, Item, LoopRead, QuarantinedRecord
from tests.x12_text import interchange, items

HEADER = """
BHT*0085*08*BATCH1*20260602*1200*TH
HL*1**20*1
NM1*PR*2*EXAMPLE HEALTH*****PI*PAYER1
HL*2*1*21*1
NM1*41*2*SUBMITTER*****46*SUB1
TRN*2*BATCH1
STC*A1:19:PR*20260602*WQ*250
HL*3*2*19*1
NM1*85*2*EXAMPLE CLINIC*****XX*1234567893
"""
ACCEPTED = """
HL*4*3*PT
NM1*QC*1*DOE*JANE****MI*MEMBER1
TRN*2*PT1
STC*A2:20:PR*20260603*WQ*150
REF*1K*ICN1
DTP*472*D8*20260501
"""
REJECTED = """
HL*5*3*PT
NM1*QC*1*ROE*JOHN****MI*MEMBER2
TRN*2*PT2
STC*A7:562:85*20260603*U*100******A7:21
"""


def acknowledgment(body: str) -> bytes:
    return interchange(body, functional="HN", version="005010X214", transaction="277")


def claims(data: bytes) -> list[AcknowledgmentFacts]:
    return [i.acknowledgment for i in items(data) if isinstance(i, AcknowledgedClaim)]


def test_an_accepted_claim_carries_the_payers_number() -> None:
    (claim,) = claims(acknowledgment(HEADER + ACCEPTED))
    assert (claim.claim_number, claim.kind, claim.accepted) == ("PT1", "277ca", True)
    assert claim.reasons == (ReasonFacts("A2", "20", "PR"),)
    assert claim.payer == PayerFacts("PAYER1", "EXAMPLE HEALTH")
    assert (claim.payer_control_number, claim.charge) == ("ICN1", Decimal(150))
    assert claim.received == date(2026, 6, 3)
    assert claim.segments[0] == "HL*4*3*PT"


def test_a_rejected_claim_carries_every_status() -> None:
    _, claim = claims(acknowledgment(HEADER + ACCEPTED + REJECTED))
    assert (claim.claim_number, claim.accepted) == ("PT2", False)
    assert claim.reasons == (ReasonFacts("A7", "562", "85"), ReasonFacts("A7", "21"))


@pytest.mark.parametrize(
    ("stc", "accepted"),
    [
        ("A1:19", True),
        ("A2:20", True),
        ("A5:35", True),
        ("A3:21", False),
        ("A6:562", False),
        ("A8:21", False),
    ],
)
def test_the_category_decides_where_no_action_is_given(stc: str, accepted: bool) -> None:
    (claim,) = claims(acknowledgment(HEADER + f"HL*4*3*PT\nTRN*2*PT1\nSTC*{stc}*20260603\n"))
    assert claim.accepted is accepted


def test_a_rejected_batch_is_an_acknowledgment_without_claim_number() -> None:
    (batch,) = claims(acknowledgment(HEADER.replace("A1:19:PR*20260602*WQ", "A3:21:PR*20260602*U")))
    assert (batch.claim_number, batch.accepted) == (None, False)


def test_a_rejected_provider_behind_a_claim_loses_neither() -> None:
    body = HEADER + ACCEPTED + "HL*5*2*19*1\nSTC*A8:21*20260603*U\n" + REJECTED
    assert [(c.claim_number, c.accepted) for c in claims(acknowledgment(body))] == [
        ("PT1", True),
        (None, False),
        ("PT2", False),
    ]


def test_a_claim_loop_without_number_is_set_aside() -> None:
    read = items(acknowledgment(HEADER + "HL*4*3*PT\nSTC*A2:20*20260603*WQ\n"))
    assert [i.reason for i in read if isinstance(i, QuarantinedRecord)] == ["claim_number_missing"]


def test_the_last_claim_of_a_cut_277ca_is_set_aside() -> None:
    data = acknowledgment(HEADER + ACCEPTED + REJECTED)
    read = items(data[: data.index(b"SE*")])
    assert [i.acknowledgment.claim_number for i in read if isinstance(i, AcknowledgedClaim)] == ["PT1"]
    assert [i.reason for i in read if isinstance(i, QuarantinedRecord)] == ["truncated"]
    assert [i.loop for i in read if isinstance(i, LoopRead)] == ["other"] * 3


def group(body: str) -> list[Item]:
    return items(interchange(body, functional="FA", version="005010X231A1", transaction="999"))


def verdict(body: str) -> GroupFacts:
    (found,) = [i.acknowledgment for i in group(body) if isinstance(i, AcknowledgedGroup)]
    return found


def test_an_accepted_group_names_its_sender_and_number() -> None:
    found = verdict("AK1*HC*17*005010X222A1\nAK2*837*0001*005010X222A1\nIK5*A\nAK9*A*1*1*1\n")
    assert (found.sender, found.control_number, found.status, found.accepted) == ("RECEIVER", "17", "A", True)
    assert found.transactions == (TransactionVerdict("0001", True, ()),)
    assert found.received == date(2026, 6, 1)


def test_a_rejected_transaction_says_where_and_why() -> None:
    found = verdict(
        "AK1*HC*17*005010X222A1\nAK2*837*0001*005010X222A1\nIK3*NM1*8*2010BA*8\nIK4*9:2*67*7*SECRET\n"
        "CTX*CLM01:PT1\nIK5*R*5\nAK2*837*0002\nIK5*E\nAK9*P*2*2*1\n"
    )
    assert (found.status, found.accepted) == ("P", True)
    assert found.transactions == (
        TransactionVerdict(
            "0001",
            False,
            (ReasonFacts("IK3", "8", "NM1"), ReasonFacts("IK4", "7", "NM109-2"), ReasonFacts("IK5", "5")),
        ),
        TransactionVerdict("0002", True, ()),
    )


def test_a_group_may_be_rejected_without_a_word_on_its_transactions() -> None:
    found = verdict("AK1*HC*17\nAK9*R*1*1*0*1\n")
    assert (found.accepted, found.transactions) == (False, ())


def test_a_999_without_its_end_is_set_aside() -> None:
    assert [i.reason for i in group("AK1*HC*17\n") if isinstance(i, QuarantinedRecord)] == ["status_missing"]
