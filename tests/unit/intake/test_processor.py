"""What the items of a file become."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import TypeVar

import pytest

from benchmarks.files import claim_file, remittance_file
from schemas.acknowledgment import ClaimAcknowledged, GroupAcknowledged, GroupRecorded
from schemas.envelope import claim_key, file_key, group_key, interchange_key, transaction_key
from schemas.faults import DeadLetter
from schemas.remittance import Adjudication, RemittanceAdjusted
from schemas.shape import Shape
from services.core.processing import Outcome
from services.core.x12.items import InterchangeOpened, Item, RemittedClaim
from services.core.x12.reader import read
from services.intake import groups, quarantine
from services.intake.groups import UNDATED
from services.intake.manifest import Manifest, references_of
from services.intake.processor import FileFacts, Reading, Taken
from services.intake.siblings import SiblingCount

S = TypeVar("S", bound=Shape)

SECRET = b"k" * 32
DIGEST = "d" * 64
REMITTANCE = b"".join(remittance_file(10))
CLAIMS = b"".join(claim_file(10))

ISA = "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *260105*0900*^*00501*000000001*0*P*:~"


def key(number: str) -> str:
    return claim_key("main", SECRET, number)


def prepared(items: Iterable[Item]) -> FileFacts:
    manifest, count = Manifest(), SiblingCount()
    for item in items:
        manifest.take(item, count)
    return FileFacts("main", SECRET, DIGEST, count.total(), manifest.references())


def taken(data: bytes) -> list[Taken]:
    items = list(read([data]))
    reading = Reading(prepared(items))
    return [reading.take(item) for item in items]


def outcomes(data: bytes) -> list[Outcome]:
    return [outcome for one in taken(data) for outcome in one.outcomes]


def only(data: bytes, model: type[S]) -> list[S]:
    return [outcome.data for outcome in outcomes(data) if isinstance(outcome.data, model)]


def remit(claims: str, tail: str = "", dates: str = "DTM*405*20260105~") -> bytes:
    return (
        f"{ISA}GS*HP*S*R*20260106*0900*1*X*005010X221A1~ST*835*0001~"
        f"BPR*I*0*C*NON************20260107~TRN*1*T1*1512345678~{dates}"
        f"N1*PR*PLAN*XV*P1~N1*PE*CLINIC*XX*1234567893~LX*1~{claims}{tail}SE*9*0001~GE*1*1~IEA*1*000000001~"
    ).encode()


PAID = "CLP*{0}*1*100*100**12*{1}*11*1~SVC*HC:G0463*100*100**1~"


def test_a_claim_of_an_837_becomes_claim_submitted_under_its_key() -> None:
    first = outcomes(CLAIMS)[0]
    assert (first.type, first.key) == ("claim-submitted.v1", key("CLM00000000"))


def test_the_business_time_of_an_837_is_bht04() -> None:
    assert outcomes(CLAIMS)[0].time == datetime(2026, 1, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("dates", "day"), [("DTM*405*20260105~", 5), ("", 7)], ids=["production date", "payment date"]
)
def test_the_business_time_of_an_835_is_its_production_date_else_its_payment_date(
    dates: str, day: int
) -> None:
    [paid] = outcomes(remit(PAID.format("A", "P1"), dates=dates))
    assert paid.time == datetime(2026, 1, day, tzinfo=UTC)


def test_an_835_without_dates_takes_the_date_of_its_group() -> None:
    [paid] = outcomes(remit(PAID.format("A", "P1"), dates="").replace(b"20260107", b""))
    assert paid.time == datetime(2026, 1, 6, tzinfo=UTC)


def test_a_file_without_any_date_is_undated() -> None:
    data = remit(PAID.format("A", "P1"), dates="").replace(b"20260107", b"").replace(b"20260106", b"")
    [paid] = outcomes(data)
    assert paid.time == UNDATED


def test_a_denied_claim_and_a_paid_one_are_told_apart() -> None:
    denied = "CLP*B*1*100*0**12*P2*11*1~CAS*CO*197*100~"
    data = remit(PAID.format("A", "P1") + denied)
    assert [outcome.type for outcome in outcomes(data)] == ["claim-adjudicated.v1", "claim-denied.v1"]


def test_the_state_of_a_published_claim_is_counted() -> None:
    denied = "CLP*B*1*100*0**12*P2*11*1~CAS*CO*197*100~"
    states = [one.state for one in taken(remit(PAID.format("A", "P1") + denied)) if one.claims]
    assert states == ["paid", "denied_full"]


def test_every_claim_says_how_many_of_its_number_the_file_holds() -> None:
    bad = PAID.format("a", "P2").replace("*100*100*", "*100*1E5*")
    data = remit(PAID.format("A", "P1") + bad + PAID.format("B", "P3"))
    claims = only(data, Adjudication)
    assert [(c.siblings, c.siblings_quarantined) for c in claims] == [(2, 1), (1, 0)]


def test_a_plb_names_the_claim_with_its_payer_control_number() -> None:
    [adjusted] = only(remit(PAID.format("A", "P1"), "PLB*1234567893*20261231*WO:P1*10~"), RemittanceAdjusted)
    assert adjusted.claim_number == "A"


def test_a_plb_that_names_a_claim_lies_under_its_key() -> None:
    plb = outcomes(remit(PAID.format("A", "P1"), "PLB*1234567893*20261231*WO:A*10~"))[-1]
    assert plb.key == key("A")


def test_a_plb_reference_may_carry_a_second_word() -> None:
    assert references_of(" icn1 hic2 ") == ("ICN1 HIC2", "ICN1")


def test_a_plb_that_could_mean_two_claims_names_none() -> None:
    data = remit(PAID.format("A", "P1") + PAID.format("B", "P1"), "PLB*1234567893*20261231*WO:P1*10~")
    [adjusted] = only(data, RemittanceAdjusted)
    assert adjusted.claim_number is None


def test_the_plbs_of_one_payment_that_name_no_claim_meet_under_one_key() -> None:
    data = remit(PAID.format("A", "P1"), "PLB*1234567893*20261231*FB:EFT1*-10*L6:X*-5~")
    keys = {o.key for o in outcomes(data) if isinstance(o.data, RemittanceAdjusted)}
    assert len(keys) == 1
    assert keys.pop().startswith("main|trace|")


def test_money_taken_for_a_claim_of_an_earlier_payment_lies_under_the_key_of_its_number() -> None:
    data = remit(PAID.format("A", "P1"), "PLB*1234567893*20261231*WO:OLD1*10*FB:OLD2 ICN9*5~")
    found = [o for o in outcomes(data) if isinstance(o.data, RemittanceAdjusted)]
    assert [o.key for o in found] == [key("OLD1"), key("OLD2")]
    assert {o.data.claim_number for o in found if isinstance(o.data, RemittanceAdjusted)} == {None}


def acknowledged(trace: str) -> bytes:
    return (
        f"{ISA}GS*HN*S*R*20260106*0900*1*X*005010X214~ST*277*0001*005010X214~"
        "BHT*0085*08*B1*20260106*0900*TH~HL*1**20*1~NM1*PR*2*PLAN*****PI*P1~TRN*1*B1~"
        "HL*2*1*21*1~NM1*41*2*CLINIC*****46*S1~TRN*2*B2~STC*A1:19:PR*20260106*WQ*100~"
        "HL*3*2*19*1~NM1*85*2*CLINIC*****XX*1234567893~HL*4*3*PT~NM1*QC*1*SYNTH*PAT****MI*M1~"
        f"{trace}STC*A7:562:85*20260106*U*100~REF*1K*ICN1~SE*16*0001~GE*1*1~IEA*1*000000001~"
    ).encode()


def test_a_277ca_lies_under_the_key_of_the_claim_number_in_its_trn02() -> None:
    found = [o for o in outcomes(acknowledged("TRN*2*A~")) if isinstance(o.data, ClaimAcknowledged)]
    assert found[-1].key == key("A")


def test_a_277ca_that_refuses_a_whole_batch_lies_under_the_key_of_its_file() -> None:
    refused = acknowledged("TRN*2*A~").replace(b"STC*A1:19:PR*20260106*WQ", b"STC*A8:19:PR*20260106*U")
    found = [o for o in outcomes(refused) if isinstance(o.data, ClaimAcknowledged)]
    assert [outcome.key for outcome in found] == [file_key("main", DIGEST), key("A")]


def test_a_277ca_that_refuses_a_whole_transaction_meets_its_claims_there() -> None:
    refused = acknowledged("TRN*2*A~").replace(b"STC*A1:19:PR*20260106*WQ", b"STC*A8:19:PR*20260106*U")
    [verdict] = [o for o in outcomes(refused) if isinstance(o.data, GroupAcknowledged)]
    assert verdict.key == transaction_key("main", "R", "B2")
    assert (verdict.data.accepted, verdict.data.kind, len(verdict.data.reasons)) == (False, "277ca", 1)


def test_a_277ca_repeats_the_reference_of_what_it_answers() -> None:
    found = [o.data for o in outcomes(acknowledged("TRN*2*A~")) if isinstance(o.data, ClaimAcknowledged)]
    assert [(d.scope, d.reference) for d in found] == [("claim", "B2")]


def test_a_999_meets_the_group_that_it_answers() -> None:
    data = (
        f"{ISA}GS*FA*PAYER*CLINIC*20260106*0900*7*X*005010X231A1~ST*999*0001*005010X231A1~"
        "AK1*HC*0042*005010X222A1~AK2*837*0001~IK5*A~AK9*A*1*1*1~SE*6*0001~GE*1*7~IEA*1*000000001~"
    ).encode()
    [answer] = [o for o in outcomes(data) if isinstance(o.data, GroupAcknowledged)]
    assert answer.key == group_key("main", "CLINIC", "42")


def recorded(data: bytes, skipped: int = 0) -> list[Outcome]:
    items = list(read([data]))
    reading = Reading(prepared(items))
    found: list[Outcome] = []
    for number, item in enumerate(items):
        (reading.skip if number < skipped else reading.take)(item)
        found += reading.recorded()
    return found + list(reading.close())


def test_a_group_records_the_claims_of_its_transactions() -> None:
    [group, *_] = recorded(b"".join(claim_file(5, per_transaction=3)))
    assert isinstance(group.data, GroupRecorded)
    assert [(t.control_number, t.claim_numbers) for t in group.data.transactions] == [
        ("0001", ("CLM00000000", "CLM00000001", "CLM00000002")),
        ("0002", ("CLM00000003", "CLM00000004")),
    ]


def test_each_transaction_of_a_group_is_recorded_under_its_own_reference_too() -> None:
    [group, _, *each] = recorded(b"".join(claim_file(5, per_transaction=3)))
    assert isinstance(group.data, GroupRecorded)
    assert group.data.known_by == "group"
    for one, transaction in zip(each, group.data.transactions, strict=True):
        assert isinstance(one.data, GroupRecorded)
        assert one.data.transactions == (transaction,)
        assert one.data.known_by == "transaction"
        assert transaction.reference is not None
        assert one.key == transaction_key("main", group.data.sender, transaction.reference)


def test_a_group_is_recorded_under_its_interchange_too() -> None:
    [group, whole, *_] = recorded(b"".join(claim_file(5, per_transaction=3)))
    assert isinstance(group.data, GroupRecorded)
    assert whole.data == group.data.model_copy(update={"known_by": "interchange"})
    opened = next(
        i for i in read([b"".join(claim_file(5, per_transaction=3))]) if isinstance(i, InterchangeOpened)
    )
    assert whole.key == interchange_key("main", opened.sender, opened.control_number)


def test_a_ta1_meets_the_interchange_that_it_answers() -> None:
    data = f"{ISA}TA1*000000042*260105*0900*R*022~IEA*0*000000001~".encode()
    [answer] = outcomes(data)
    assert isinstance(answer.data, GroupAcknowledged)
    opened = next(i for i in read([data]) if isinstance(i, InterchangeOpened))
    assert answer.key == interchange_key("main", opened.receiver, "42")
    assert (answer.data.kind, answer.data.accepted, answer.data.reasons[0].status) == ("ta1", False, "022")


def test_a_group_that_the_file_does_not_close_is_recorded_all_the_same() -> None:
    cut = CLAIMS[: CLAIMS.index(b"SE*")]
    [group, _, _] = recorded(cut)
    assert isinstance(group.data, GroupRecorded)
    assert len(group.data.transactions[0].claims) == 10


def test_the_parts_of_a_group_are_the_same_after_a_restart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(groups, "GROUP_CLAIMS", 4)
    whole = recorded(CLAIMS)
    assert len(whole) == 9
    for skipped in range(len(list(read([CLAIMS])))):
        assert recorded(CLAIMS, skipped) == whole


@pytest.mark.parametrize("data", [REMITTANCE, CLAIMS], ids=["835", "837"])
def test_a_restart_at_any_item_gives_the_events_of_a_run_without_one(data: bytes) -> None:
    items = list(read([data]))
    facts = prepared(items)
    whole = Reading(facts)
    expected = [whole.take(item) for item in items]
    for start in range(len(items)):
        reading = Reading(facts)
        for item in items[:start]:
            reading.skip(item)
        assert [reading.take(item) for item in items[start:]] == expected[start:]


def test_a_bad_claim_is_kept_back_alone() -> None:
    bad = PAID.format("B", "P2").replace("*100*100*", "*100*ABC*")
    results = taken(remit(PAID.format("A", "P1") + bad + PAID.format("C", "P3")))
    assert [(one.state, one.quarantined and one.quarantined.reason) for one in results if one.claims] == [
        ("paid", None),
        (None, "amount_not_numeric"),
        ("paid", None),
    ]


def test_the_letter_of_a_bad_claim_holds_its_segments_under_its_key() -> None:
    bad = PAID.format("B", "P2").replace("*100*100*", "*100*ABC*")
    [letter] = [o for o in outcomes(remit(bad)) if isinstance(o.data, DeadLetter)]
    assert isinstance(letter.data, DeadLetter)
    assert letter.key == key("B")
    assert letter.data.original == bad.rstrip("~").replace("~", "\n").encode()


def test_a_claim_that_does_not_fit_into_one_letter_comes_in_several(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quarantine, "LETTER_BYTES", 20)
    bad = PAID.format("B", "P2").replace("*100*100*", "*100*ABC*")
    letters = only(remit(bad), DeadLetter)
    assert b"".join(letter.original for letter in letters) == bad.rstrip("~").replace("~", "\n").encode()
    assert len({letter.letter for letter in letters}) == len(letters) == 3


def test_what_the_language_has_no_room_for_is_kept_back_without_its_values() -> None:
    items = list(read([remit(PAID.format("A", "P1"))]))
    [claim] = [item for item in items if isinstance(item, RemittedClaim)]
    broken = replace(claim, claim=claim.claim._replace(crossover_payer=7))  # type: ignore[arg-type]
    result = Reading(prepared(items)).take(broken)
    assert result.quarantined is not None
    assert result.quarantined.reason == "not_representable"
