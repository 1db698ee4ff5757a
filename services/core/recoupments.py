"""Money that a payer moves outside the claims (PLB) while it names one of them.

A recoupment that follows a reversal is only how the payer collects what the reversal says. One without any is
silent: money of a claim that counts as paid is gone, and nothing in the 835 says why (domain reference 1.1, PLB).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Final

from schemas.case import Recoupment
from schemas.records.claim_case import ProviderAdjustmentFact
from services.core.chronology import Standing

RECOUPING: Final = frozenset({"WO", "WU", "72", "FB", "CS", "OB", "TL"})
"""PLB03-1 of money that is taken for a claim, or carried to the next payment. Interest (L6), bonuses, settlements and
fees are not of a claim's price. Source: the value list of PLB03-1 (005010X221A1); domain reference 1.1."""

ZERO: Final = Decimal("0.00")


def may_be_of_a_claim(reason: str, amount: Decimal) -> bool:
    """Whether an entry whose reference no claim of its own payment bears may mean an earlier claim. What is carried
    forward (FB with a negative amount) means a payment."""
    code = reason.strip().upper()
    return code in RECOUPING and (code != "FB" or amount > 0)


def recoupments_of(entries: Sequence[ProviderAdjustmentFact]) -> tuple[Recoupment, ...]:
    """The entries that move money of the claim, in the order of their dates."""
    found = [
        Recoupment(
            reason=taken.reason,
            amount=taken.amount,
            taken=taken.remittance.payment_date or taken.remittance.production_date,
            fact=entry.event,
        )
        for entry in _recouping(entries)
        for taken in (entry.adjustment,)
    ]
    return tuple(sorted(found, key=lambda r: (str(r.taken or ""), r.fact)))


def silent(standing: Standing, entries: Sequence[ProviderAdjustmentFact]) -> Decimal | None:
    """What was taken beyond what reversals took back; null where nothing was."""
    taken = sum((e.adjustment.amount for e in _recouping(entries)), ZERO)
    if taken <= 0:
        return None
    return max(ZERO, taken - _taken_back(standing)) or None


def _taken_back(standing: Standing) -> Decimal:
    """By how much reversals, with what corrects them, made the payments of the claim smaller."""
    facts = {fact.id: fact.adjudication for fact in standing.ordered}
    reversed_ = sum((facts[of].paid for of in standing.taken_back.values() if of in facts), ZERO)
    if not reversed_:
        return ZERO
    current = standing.current
    corrected = current is not None and current.id not in standing.taken_back.values()
    return reversed_ - (current.adjudication.paid if current is not None and corrected else ZERO)


def _recouping(entries: Iterable[ProviderAdjustmentFact]) -> Iterable[ProviderAdjustmentFact]:
    return (e for e in entries if e.adjustment.reason.strip().upper() in RECOUPING)
