"""Which claims each functional group of an 837 holds, gathered for `group-recorded`: a 999 names only the group. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from schemas.acknowledgment import GroupRecorded, GroupTransaction
from services.core.groups import recordings
from services.core.processing import Outcome
from services.core.x12.items import GroupOpened

UNDATED: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""The business time of an event whose file holds no readable date at all."""

GROUP_CLAIMS: Final = 2_000
"""Claims in one part of `group-recorded` (some 200 KB). The guides advise at most 5,000 a transaction."""

CLAIM_NUMBER_LENGTH: Final = 80
"""A claim number longer than this stands in no `group-recorded`. CLM01 has at most 38 characters."""


@dataclass(slots=True)
class _Part:
    """The part of a `group-recorded` that is being gathered."""

    number: int = 1
    transactions: list[tuple[str, str | None, list[str], list[str], list[str]]] = field(default_factory=list)
    """ST02, BHT03, claim keys, claim numbers, billing NPIs"""
    claims: int = 0


class Groups:
    """The groups of one file, one after the other. `digest`: of the file."""

    def __init__(self, tenant: str, digest: str) -> None:
        self.envelope = ("", "")
        """ISA06 and ISA13"""
        self._tenant = tenant
        self._digest = digest
        self._group: GroupOpened | None = None
        self._part = _Part()
        self._full: list[Outcome] = []

    def open(self, group: GroupOpened) -> None:
        """A group begins."""
        self._group, self._part = group, _Part()

    def begin(self, control_number: str, reference: str | None) -> None:
        """A transaction set of claims begins: ST02 and BHT03."""
        self._part.transactions.append((control_number, reference, [], [], []))

    def record(self, key: str, claim_number: str, billing_npi: str) -> bool:
        """A claim of the transaction set; whether the part is full with it, and is to be flushed."""
        part = self._part
        if not part.transactions or len(claim_number) > CLAIM_NUMBER_LENGTH:
            return False
        _, _, keys, numbers, providers = part.transactions[-1]
        keys.append(key)
        numbers.append(claim_number)
        providers.append(billing_npi)
        part.claims += 1
        return part.claims >= GROUP_CLAIMS

    def close(self, time: datetime) -> None:
        """The group, or the file, is at its end."""
        self.flush(time)
        self._group = None

    def taken(self) -> Sequence[Outcome]:
        """The parts that are full, or whose group has ended, since this was last asked."""
        full, self._full = self._full, []
        return full

    def flush(self, time: datetime) -> None:
        """Make an event of the part gathered so far, of this business time. The transaction it ends in goes on in the next part."""
        group, part = self._group, self._part
        if group is None or not part.claims:
            return
        transactions = tuple(
            GroupTransaction(
                control_number=number,
                claims=tuple(keys),
                claim_numbers=tuple(numbers),
                reference=reference,
                providers=tuple(providers),
            )
            for number, reference, keys, numbers, providers in part.transactions
            if keys
        )
        last = part.transactions[-1]
        self._part = _Part(part.number + 1, [(last[0], last[1], [], [], [])])
        recorded = GroupRecorded(
            sender=group.sender,
            receiver=group.receiver,
            control_number=group.control_number,
            recorded=group.recorded or UNDATED.date(),
            transactions=transactions,
            part=part.number,
        )
        place = f"{self._digest}:{group.interchange}.{group.group}.{part.number}"
        self._full += recordings(self._tenant, self.envelope, place, time, recorded)
