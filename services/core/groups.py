"""Where what a functional group of 837s held is written down: under each number by which a payer may speak of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from schemas.acknowledgment import GroupRecorded
from schemas.envelope import transaction_key
from services.core.processing import Outcome

BY_TRANSACTION = "transaction"


def recordings(
    tenant: str, group: str, place: str, time: datetime, recorded: GroupRecorded
) -> Iterator[Outcome]:
    """`group-recorded` under the key of the group (GS06, for a 999), and once more for each transaction set under that
    of its BHT03 (for a 277CA that turns all of it away). `place`: what makes the recording one."""
    yield Outcome(type="group-recorded.v1", key=group, natural_key=place, time=time, data=recorded)
    for transaction in recorded.transactions:
        if transaction.reference is None:
            continue
        yield Outcome(
            type="group-recorded.v1",
            key=transaction_key(tenant, recorded.sender, transaction.reference),
            natural_key=f"{place}|{transaction.control_number}",
            time=time,
            data=recorded.model_copy(update={"transactions": (transaction,), "known_by": BY_TRANSACTION}),
        )
