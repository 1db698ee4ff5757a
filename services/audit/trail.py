"""The trail as it stands in the log, held against its own chains."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from schemas.records.audit_head import AuditHead
from schemas.trail import AuditRecord
from services.audit.chain import BEGINNING, Head, verify
from services.runtime.log import Log
from services.runtime.records import decode_event, decode_state

FAULTS: Final = {
    "changed": "was changed",
    "missing": "is missing",
    "reordered": "is not in its place",
    "cut": "and all after it are gone",
    "foreign": "does not lead on from the head that was kept",
}


def check_trail(log: Log, anchors: Mapping[int, Head]) -> tuple[int, list[str]]:
    """How many records the chains of all partitions hold, and the first fault of each that does not hold."""
    faults = []
    count = 0
    for partition in range(log.partition_count):
        records, head = _chain(log, partition)
        count += len(records)
        fault = verify(records, anchors.get(partition), head)
        if fault is not None:
            faults.append(f"partition {partition}: record {fault.seq} {FAULTS[fault.kind]}")
    return count, faults


def _chain(log: Log, partition: int) -> tuple[list[AuditRecord], Head]:
    """A partition's records and the head that was committed with the last of them: while audit runs, both are
    read again until no commit lay between."""
    head = head_of(log, partition)
    while True:
        events = [decode_event(record).data for record in log.read("audit-trail", partition)]
        after = head_of(log, partition)
        if after == head:
            return [data for data in events if isinstance(data, AuditRecord)], head
        head = after


def head_of(log: Log, partition: int) -> Head:
    """What a partition's chain is said to end with now."""
    state = None
    for record in log.read("audit-heads", partition):
        state = decode_state(record, AuditHead)
    return Head(0, BEGINNING) if state is None else Head(state.seq, state.hash)
