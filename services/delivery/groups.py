"""Functional groups and their 999: which claims an acknowledgment of a group speaks of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from schemas.acknowledgment import (
    ClaimAcknowledged,
    GroupAcknowledged,
    GroupRecorded,
    GroupTransaction,
    TransactionAcknowledged,
)
from schemas.envelope import Event, content_id
from schemas.records.claim_group import ClaimGroup
from services.core.groups import BY_INTERCHANGE
from services.core.processing import Outcome

TA1: Final = "ta1"
_SCOPES: Final = {TA1: "interchange", "277ca": "transaction"}

_REJECTED: Final = frozenset({"R", "M", "W", "X"})
"""AK901 that takes nothing of the group: rejected, failed authentication or decryption."""


def record(
    group: ClaimGroup, recorded: GroupRecorded, event: Event[Any]
) -> tuple[ClaimGroup, Sequence[Outcome]]:
    """Remember a part of a group. A sender that uses a control number again on a later day begins a new group."""
    latest = max((part.recorded for part in group.parts), default=recorded.recorded)
    if recorded.recorded < latest or recorded in group.parts:
        return group, ()
    same_day = [p for p in group.parts if p.recorded == recorded.recorded and _part(p) != _part(recorded)]
    parts = tuple(sorted((*same_day, recorded), key=_part))
    return _tell(group.model_copy(update={"parts": parts}), event)


def acknowledge(
    group: ClaimGroup, acknowledged: GroupAcknowledged, event: Event[Any]
) -> tuple[ClaimGroup, Sequence[Outcome]]:
    """Remember what a 999 said; one that says it again adds nothing."""
    verdict = acknowledged.model_copy(update={"segments": (), "findings": ()})
    if any(_same(verdict, known) for known in group.acknowledgments):
        return group, ()
    return _tell(group.model_copy(update={"acknowledgments": (*group.acknowledgments, verdict)}), event)


def _tell(group: ClaimGroup, event: Event[Any]) -> tuple[ClaimGroup, Sequence[Outcome]]:
    """`claim-acknowledged` for every claim of which a verdict is known and not told yet."""
    outcomes: list[Outcome] = []
    told = list(group.told)
    for verdict in group.acknowledgments:
        if verdict.kind == TA1 and verdict.accepted:
            # That the envelope could be read says nothing of what is in it.
            continue
        for part, transaction in _transactions(group, verdict):
            said = next(
                (t for t in verdict.transactions if t.control_number == transaction.control_number), None
            )
            accepted = verdict.status not in _REJECTED and (said is None or said.accepted)
            token = _token(part, transaction, verdict, said, accepted)
            if token in told:
                continue
            told.append(token)
            outcomes += _outcomes(transaction, verdict, said, accepted, token, event)
    return group.model_copy(update={"told": tuple(told)}), outcomes


def _transactions(
    group: ClaimGroup, verdict: GroupAcknowledged
) -> Iterator[tuple[GroupRecorded, GroupTransaction]]:
    """What a verdict speaks of: a group cannot be acknowledged before it was made."""
    for part in group.parts:
        if verdict.received is None or verdict.received >= part.recorded:
            yield from ((part, transaction) for transaction in part.transactions)


def _outcomes(
    transaction: GroupTransaction,
    verdict: GroupAcknowledged,
    said: TransactionAcknowledged | None,
    accepted: bool,
    token: str,
    event: Event[Any],
) -> Iterator[Outcome]:
    scope = _SCOPES.get(verdict.kind, "transaction" if said is not None else "group")
    for place, key in enumerate(transaction.claims):
        numbers, ours = transaction.claim_numbers, transaction.resubmissions
        if verdict.provider is not None and transaction.providers[place : place + 1] != (verdict.provider,):
            continue
        yield Outcome(
            type="claim-acknowledged.v1",
            key=key,
            natural_key=f"{token}|{place}",
            time=event.time,
            data=ClaimAcknowledged(
                claim_number=numbers[place] if place < len(numbers) else None,
                kind=verdict.kind,
                accepted=accepted,
                reasons=said.reasons if said is not None else verdict.reasons,
                received=verdict.received,
                position=verdict.position,
                scope="provider" if verdict.provider is not None else scope,
                reference=transaction.reference,
                resubmission_id=ours[place] if place < len(ours) else None,
            ),
        )


def _part(recorded: GroupRecorded) -> tuple[int, str]:
    """What part this is: of an interchange, which may hold several groups, also of which."""
    return recorded.part, recorded.control_number if recorded.known_by == BY_INTERCHANGE else ""


def _same(one: GroupAcknowledged, other: GroupAcknowledged) -> bool:
    """Whether two 999 say the same; the file that each came in does not matter."""
    return one.model_copy(update={"position": other.position}) == other


def _token(
    part: GroupRecorded,
    transaction: GroupTransaction,
    verdict: GroupAcknowledged,
    said: TransactionAcknowledged | None,
    accepted: bool,
) -> str:
    """What makes one verdict about one transaction one fact."""
    reasons = said.model_dump_json() if said is not None else verdict.status
    about = () if verdict.kind != TA1 and verdict.provider is None else (verdict.kind, verdict.provider or "")
    return content_id(
        *(part.sender, part.control_number, part.recorded.isoformat(), str(part.part)),
        *(transaction.control_number, *transaction.claims, str(accepted), reasons, str(verdict.received)),
        *about,
    )
