"""Delivery: batches what goes back to one payer into interchanges, and says which claims a 999 speaks of.

Under a payer's key it keeps the open batch and the interchanges that are being written; under a group's key what
a functional group held and what its 999 said. The files themselves are written by the shell (`outbox.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from schemas.acknowledgment import GroupAcknowledged, GroupRecorded
from schemas.calls import BatchDue, ContextChanged, FileReady, FileUncertain, FileWritten
from schemas.envelope import Event
from schemas.records.claim_group import ClaimGroup
from schemas.records.interchange import ControlNumbers, Interchanges
from schemas.resubmission import DeliveryResolved, Outbound
from schemas.shape import Shape
from services.core.processing import NO_WAITS, Context, Outcome, Processor, Waits, WithPartition
from services.delivery.batches import Batches
from services.delivery.groups import acknowledge, record

_RECORDS_PER_STEP = 20
"""One payer's batch is one state record of at most 1 MiB: twenty claims of 45 KB fit between two looks of the
shell, which seals a batch that has become large."""


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
    batches = Batches(
        event, context, own if isinstance(own, Interchanges) else None, state.partition or ControlNumbers()
    )
    if isinstance(data, Outbound):
        batches.take(data)
    elif isinstance(data, BatchDue):
        batches.seal()
    elif isinstance(data, FileReady):
        batches.ready(data)
    elif isinstance(data, FileWritten):
        batches.written(data)
    elif isinstance(data, FileUncertain):
        batches.uncertain(data)
    elif isinstance(data, DeliveryResolved):
        batches.resolve(data)
    elif isinstance(data, ContextChanged):
        batches.look_at_hold()
    if batches.state == own:
        return state, batches.outcomes
    numbers = state.partition if batches.numbers == ControlNumbers() else batches.numbers
    return WithPartition(batches.state, numbers), batches.outcomes


def waits(state: Shape) -> Waits:
    """What the shell looks for: batches that are open, files to write; and the release of a payer on hold."""
    if not isinstance(state, Interchanges):
        return NO_WAITS
    tags = set()
    if state.open:
        tags.add("hold" if state.held else "open")
    if any(not interchange.uncertain for interchange in state.writing):
        tags.add("hold" if state.held else "writing")
    if any(interchange.uncertain for interchange in state.writing):
        tags.add("uncertain")
    return Waits(tags=frozenset(tags)) if tags else NO_WAITS


PROCESSOR: Processor[Shape] = Processor(
    name="delivery",
    inputs=("outbound", "group-recorded", "group-acknowledged"),
    handle=handle,
    state_topic="interchanges",
    states={"group-recorded": "claim-groups", "group-acknowledged": "claim-groups"},
    models={"interchanges": Interchanges, "claim-groups": ClaimGroup},
    partition_topic="interchanges",
    partition_model=ControlNumbers,
    waits=waits,
    records_per_step=_RECORDS_PER_STEP,
)
