"""The chain shows a record that was changed, dropped, swapped, doubled or cut off."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.codes import Decision
from schemas.control import OperatorAction
from schemas.envelope import Event
from schemas.recoding import CaseFlagged, GuardResult
from schemas.records.audit_head import AuditHead
from schemas.resubmission import ClaimDelivered, ResubmissionRefused
from schemas.shape import Shape
from schemas.trail import AuditRecord
from services.audit.chain import BEGINNING, Fault, Head, hash_of, link, verify
from services.audit.processor import PROCESSOR
from services.core.processing import WithPartition
from tests.decisions import DAY, KEY, approval, context, decided, event, proposed
from tests.reading import as_read
from tests.unit.delivery.test_batches import resubmission


def read(told: Event[Any]) -> Event[Any]:
    return as_read(PROCESSOR, told)


def trail(*payloads: Shape, state: Any = None) -> tuple[list[AuditRecord], AuditHead]:
    """What audit records of these events, one after another in one partition."""
    both: Any = WithPartition(None, state)
    records: list[AuditRecord] = []
    for number, data in enumerate(payloads):
        both, outcomes = PROCESSOR.handle(both, read(event(data, id_=f"event{number}")), context())
        records += [o.data for o in outcomes if isinstance(o.data, AuditRecord)]
    assert isinstance(both.partition, AuditHead)
    return records, both.partition


PAYLOADS = (
    approval(),
    *(decided(d) for d in (Decision.REJECTED, Decision.HELD, Decision.WITHDRAWN)),
    approval(),
)
RECORDS, STATE = trail(*PAYLOADS)
HEAD = Head(STATE.seq, STATE.hash)


def changed_at(index: int, **fields: object) -> list[AuditRecord]:
    records = list(RECORDS)
    records[index] = records[index].model_copy(update=fields)
    return records


def test_an_untouched_chain_holds() -> None:
    assert [r.seq for r in RECORDS] == [1, 2, 3, 4, 5]
    assert verify(RECORDS, head=HEAD) is None


def test_an_empty_chain_holds() -> None:
    assert verify([], head=Head(0, BEGINNING)) is None


@pytest.mark.parametrize("index", range(5))
@pytest.mark.parametrize(
    "fields", [{"actor": "x"}, {"reason": "x"}, {"event_digest": "0"}, {"before": ("x",)}]
)
def test_a_changed_record_is_found(index: int, fields: dict[str, object]) -> None:
    assert verify(changed_at(index, **fields)) == Fault("changed", index + 1)


@pytest.mark.parametrize("index", range(4))
def test_a_record_that_was_changed_and_hashed_anew_is_found_at_the_next_one(index: int) -> None:
    forged = RECORDS[index].model_copy(update={"actor": "x"})
    records = list(RECORDS)
    records[index] = forged.model_copy(update={"hash": hash_of(forged)})
    assert verify(records) == Fault("changed", index + 2)


def test_the_last_record_changed_and_hashed_anew_is_found_by_the_head() -> None:
    forged = RECORDS[4].model_copy(update={"actor": "x"})
    records = [*RECORDS[:4], forged.model_copy(update={"hash": hash_of(forged)})]
    assert verify(records, head=HEAD) == Fault("foreign", 5)
    assert verify(records, anchor=HEAD) == Fault("foreign", 5)


@pytest.mark.parametrize("index", range(4))
def test_a_dropped_record_is_missing(index: int) -> None:
    assert verify([*RECORDS[:index], *RECORDS[index + 1 :]]) == Fault("missing", index + 1)


@pytest.mark.parametrize("index", range(4))
def test_two_swapped_records_are_found(index: int) -> None:
    records = list(RECORDS)
    records[index], records[index + 1] = records[index + 1], records[index]
    assert verify(records) == Fault("missing", index + 1)


@pytest.mark.parametrize("index", range(5))
def test_a_doubled_record_is_found(index: int) -> None:
    assert verify([*RECORDS[: index + 1], *RECORDS[index:]]) == Fault("reordered", index + 1)


def test_a_cut_tail_is_found_by_the_head_and_by_an_anchor_only() -> None:
    assert verify(RECORDS[:3]) is None
    assert verify(RECORDS[:3], head=HEAD) == Fault("cut", 4)
    assert verify(RECORDS[:3], anchor=HEAD) == Fault("cut", 4)


def test_a_chain_that_was_rebuilt_is_found_by_an_anchor() -> None:
    rebuilt, _ = trail(*PAYLOADS[1:], approval())
    assert verify(rebuilt) is None
    assert verify(rebuilt, anchor=Head(RECORDS[1].seq, RECORDS[1].hash)) == Fault("foreign", 2)


def test_what_retention_removed_is_vouched_for_by_an_anchor_only() -> None:
    kept = RECORDS[2:]
    assert verify(kept) == Fault("missing", 1)
    assert verify(kept, anchor=Head(2, RECORDS[1].hash)) is None
    assert verify(kept, anchor=Head(4, RECORDS[3].hash)) is None
    assert verify(kept, anchor=Head(2, "0" * 64)) == Fault("changed", 3)


def test_what_went_between_an_anchor_and_the_first_record_is_missing() -> None:
    assert verify(RECORDS[3:], anchor=Head(2, RECORDS[1].hash)) == Fault("missing", 3)


def test_a_link_takes_the_place_after_the_head() -> None:
    head = Head(7, "a" * 64)
    linked = link(head, RECORDS[0])
    assert (linked.seq, linked.previous_hash) == (8, head.hash)
    assert linked.hash == hash_of(linked)


# What is recorded


def test_a_repeated_event_is_recorded_once() -> None:
    _, state = trail(approval())
    again, outcomes = PROCESSOR.handle(
        WithPartition(None, state), read(event(approval(), id_="event0")), context()
    )
    assert list(outcomes) == []
    assert again == WithPartition(None, state)


def test_an_approval_says_who_what_and_on_which_evidence() -> None:
    (record,), _ = trail(approval().model_copy(update={"documents": ("doc1",)}))
    assert (record.actor, record.approver, record.action) == ("tester", "tester", "approved")
    assert (record.rule, record.evidence) == ("prior-authorization@1", ("doc1",))
    assert (record.before, record.after) == (("prior_authorization=",), ("prior_authorization=AUTH1",))
    assert record.subject == KEY


@pytest.mark.parametrize("decision", [Decision.REFUSED, Decision.REJECTED, Decision.HELD, Decision.REOPENED])
def test_who_approved_nothing_is_no_approver(decision: Decision) -> None:
    (record,), _ = trail(decided(decision))
    assert (record.approver, record.action) == (None, str(decision))


def test_a_veto_stands_in_the_trail() -> None:
    vetoed = GuardResult(id="G7", result="veto", reason="remark_N185")
    passed = GuardResult(id="G9", result="pass", reason="evidence_named")
    (record,), _ = trail(proposed(guards=(vetoed, passed)))
    assert record.evidence == ("0" * 64, "fact1", "veto:G7:remark_N185")


def test_what_a_person_does_to_the_system_is_recorded() -> None:
    action = OperatorAction(action="hold", subject="payer:EHP01", by="tester", os_user="t", requested="1")
    (record,), _ = trail(action)
    assert (record.actor, record.action, record.evidence) == ("tester", "hold", ("payer:EHP01",))


def test_a_record_stays_in_the_partition_of_its_event() -> None:
    _, outcomes = PROCESSOR.handle(WithPartition(None, None), read(event(approval())), context())
    assert [o.key for o in outcomes] == [KEY]


def test_every_input_of_audit_is_recorded() -> None:
    delivered = ClaimDelivered(
        claim_number="A1",
        lineage="l",
        proposal_id="p",
        resubmission_id="r",
        file="f",
        interchange_control_number="000000009",
        group_control_number="9",
        digest="0" * 64,
        at=DAY,
    )
    refused = ResubmissionRefused(
        claim_number="A1",
        lineage="l",
        revision=1,
        proposal_id="p",
        resubmission_id=None,
        reason="payer_on_hold",
        waits=True,
    )
    flagged = CaseFlagged(claim_number="A1", lineage="l", revision=1, flag="deadline_alarm", reason="appeal")
    resubmitted = resubmission("r1").resubmission
    assert resubmitted is not None
    action = OperatorAction(action="hold", subject="payer:EHP01", by="tester", os_user="t", requested="1")
    payloads = (proposed(), approval(), resubmitted, delivered, refused, flagged, action)
    records, _ = trail(*payloads)
    assert [r.action for r in records] == [
        *("proposed", "approved", "resubmitted", "delivered", "refused", "flagged", "hold"),
    ]
    assert len(records) == len(PROCESSOR.inputs)
    assert records[3].interchange_control_number == "000000009"
