"""Where what a functional group of 837s held is written down: under each number by which a payer may speak of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from schemas.acknowledgment import GroupRecorded
from schemas.envelope import group_key, interchange_key, transaction_key
from services.core.processing import Outcome

BY_TRANSACTION: Final = "transaction"
BY_INTERCHANGE: Final = "interchange"


def recordings(
    tenant: str, interchange: tuple[str, str], place: str, time: datetime, recorded: GroupRecorded
) -> Iterator[Outcome]:
    """`group-recorded` under the key of the group (GS06, for a 999), once more under that of its interchange (ISA06 and
    ISA13, for a TA1), and for each transaction set under that of its BHT03 (for a 277CA that turns all of it away, or
    all of a provider's). `place`: what makes the recording one."""
    group = group_key(tenant, recorded.sender, recorded.control_number)
    yield Outcome(type="group-recorded.v1", key=group, natural_key=place, time=time, data=recorded)
    yield Outcome(
        type="group-recorded.v1",
        key=interchange_key(tenant, *interchange),
        natural_key=f"{place}|{BY_INTERCHANGE}",
        time=time,
        data=recorded.model_copy(update={"known_by": BY_INTERCHANGE}),
    )
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
