"""Delivery: batches what goes back to one payer into interchanges, and says which claims a 999 speaks of.

Under a payer's key it keeps what it knows of the payer, and below that key each claim and each sealed interchange that
is not known to be delivered; under a group's key what a functional group held and what its 999 said. The files
themselves are written by the shell (`outbox.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from schemas.acknowledgment import GroupAcknowledged, GroupRecorded
from schemas.calls import BatchDue, ContextChanged, FileReady, FileUncertain, FileWritten
from schemas.envelope import Event
from schemas.records.claim_group import ClaimGroup
from schemas.records.interchange import Consignment, ControlNumbers, Interchanges, SealedInterchange
from schemas.resubmission import DeliveryResolved, Outbound
from schemas.shape import Shape
from services.core.processing import NO_WAITS, Context, Outcome, Processor, Waits, WithPartition
from services.delivery.batches import seal, take, urgency
from services.delivery.earlier_records import give_records
from services.delivery.files import ready, resolve, uncertain, written
from services.delivery.groups import acknowledge, record
from services.delivery.records import CONSIGNMENTS, SEALED, PayerRecords


def handle(
    state: WithPartition[Shape, ControlNumbers], event: Event[Any], context: Context
) -> tuple[WithPartition[Shape, ControlNumbers], Sequence[Outcome]]:
    """Answer one event for a payer's or a group's key."""
    own, data = state.own, event.data
    if isinstance(data, GroupRecorded | GroupAcknowledged):
        group = own if isinstance(own, ClaimGroup) else ClaimGroup()
        after, outcomes = (
            record(group, data, event) if isinstance(data, GroupRecorded) else acknowledge(group, data, event)
        )
        return WithPartition(after, state.partition), outcomes
    records = PayerRecords(
        event,
        context,
        own if isinstance(own, Interchanges) else None,
        state.partition or ControlNumbers(),
        state.below,
    )
    give_records(records)
    if isinstance(data, Outbound):
        take(records, data)
    elif isinstance(data, BatchDue):
        seal(records, data)
    elif isinstance(data, FileReady):
        ready(records, data)
    elif isinstance(data, FileWritten):
        written(records, data)
    elif isinstance(data, FileUncertain):
        uncertain(records, data)
    elif isinstance(data, DeliveryResolved):
        resolve(records, data)
    elif isinstance(data, ContextChanged) and records.state is not None:
        records.look_at_hold()
    numbers = state.partition if records.numbers == ControlNumbers() else records.numbers
    return WithPartition(records.state, numbers, changed=records.changed), records.outcomes


def open_tag(payer_key: str) -> str:
    """How the tags of a payer's waiting claims begin; the day on which each is due follows."""
    return f"open|{payer_key}|"


def waits(state: Shape) -> Waits:
    """What the shell looks for: payers whose claims wait, those claims by urgency, files to write; and the release of
    a payer on hold."""
    match state:
        case Interchanges(open=open_, writing=writing) if open_ or writing:
            return Waits(tags=frozenset({"open"}))
        case Interchanges(held=True) if state.waiting or state.unfinished:
            return Waits(tags=frozenset({"hold"}))
        case Interchanges(held=False) if state.waiting:
            return Waits(tags=frozenset({"open"}))
        case Consignment(interchange=None):
            return Waits(tags=frozenset({f"{open_tag(state.batch)}{urgency(state).isoformat()}"}))
        case SealedInterchange():
            return Waits(tags=frozenset({"uncertain" if state.uncertain else "writing"}))
        case _:
            return NO_WAITS


PROCESSOR: Processor[Shape] = Processor(
    name="delivery",
    inputs=("outbound", "group-recorded", "group-acknowledged"),
    handle=handle,
    state_topic="interchanges",
    states={"group-recorded": "claim-groups", "group-acknowledged": "claim-groups"},
    models={
        "interchanges": Interchanges,
        CONSIGNMENTS: Consignment,
        SEALED: SealedInterchange,
        "claim-groups": ClaimGroup,
    },
    partition_topic="interchanges",
    partition_model=ControlNumbers,
    below=(CONSIGNMENTS, SEALED),
    waits=waits,
)
