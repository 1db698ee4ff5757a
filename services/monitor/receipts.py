"""Which of our generations payers have taken in, and what came from them that is about nothing that was read here.

Read from the topics alone: what groups held and what their 999 said (`claim-groups`), each claim's 999 and 277CA,
what was delivered, and the PLB entries.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from schemas.shape import Money, Shape
from services.core.receipts import ORIGINAL, Left, Said, spoken_of
from services.core.recoupments import may_be_of_a_claim
from services.monitor.summary import ZERO, Untied

NO_GROUP: Final = "no 837 with this group number was read or written here"
NO_CLAIM: Final = "no 837 with this claim number was read or written here"
NO_TRANSACTION: Final = "turns a file away that was not read or written here"
NO_INTERCHANGE: Final = "no interchange of 837s with this number was read or written here"
NO_PROVIDER: Final = "turns away the claims of a provider that none of that file has"
NO_NAME: Final = "turns claims away and does not say which file they were in"
NO_PAYMENT: Final = "names no claim that was read here: `reclaim link` ties it to one"


class _Transaction(Shape):
    claims: tuple[str, ...]
    reference: str | None = None
    resubmissions: tuple[str, ...] = ()
    providers: tuple[str, ...] = ()


class _Recorded(Shape):
    recorded: date
    transactions: tuple[_Transaction, ...] = ()


class _Verdict(Shape):
    kind: str = "999"
    received: date | None
    provider: str | None = None


class _Group(Shape):
    parts: tuple[_Recorded, ...] = ()
    acknowledgments: tuple[_Verdict, ...] = ()


class _Acknowledged(Shape):
    claim_number: str | None
    kind: str
    accepted: bool
    received: date | None
    reference: str | None = None
    resubmission_id: str | None = None


class _Moved(Shape):
    reason: str
    amount: Money
    claim_number: str | None = None


@dataclass(slots=True)
class Receipts:
    """Part of the fold behind `reclaim status`."""

    groups: dict[str, _Group] = field(default_factory=dict)
    said: dict[str, list[_Acknowledged]] = field(default_factory=dict)
    left: dict[str, list[Left]] = field(default_factory=dict)
    moved: dict[str, tuple[str, _Moved]] = field(default_factory=dict)

    def group(self, key: str, value: bytes) -> None:
        self.groups[key] = _Group.parse(value)

    def acknowledged(self, key: str, value: bytes) -> None:
        self.said.setdefault(key, []).append(_Acknowledged.parse(value))

    def delivered(self, key: str, resubmission: str, control_number: str, at: date) -> None:
        known = self.left.setdefault(key, [])
        if all(left.resubmission_id != resubmission for left in known):
            known.append(Left(resubmission, control_number, at))

    def money_moved(self, id_: str, key: str, value: bytes) -> None:
        self.moved[id_] = key, _Moved.parse(value)

    def accepted(self) -> frozenset[str]:
        """Our resubmissions that a payer has taken in and not turned away."""
        originals = self._originals()
        taken: set[str] = set()
        refused: set[str] = set()
        for key, left in self.left.items():
            for said in self.said.get(key, ()):
                about = spoken_of(
                    Said(said.resubmission_id, said.reference, said.received), left, originals.get(key, ())
                )
                if about != ORIGINAL:
                    (taken if said.accepted else refused).add(about)
        return frozenset(taken - refused)

    def untied(self, adjudicated: Iterable[str]) -> tuple[Untied, ...]:
        """What is about nothing that is known, by kind. `adjudicated`: the keys of claims that a payer answered."""
        known = {key for key, _ in self._held()} | self.left.keys()
        answered = known | set(adjudicated)
        # A verdict came for a group, a transaction or a claim of which there is no 837; the keys say which it is.
        alone = Counter(
            reason
            for group in self.groups.values()
            for verdict in group.acknowledgments
            if (reason := _alone(verdict, group.parts)) is not None
        )
        nameless = sum(
            said.claim_number is None and said.reference is None
            for told in self.said.values()
            for said in told
        )
        claims = sum(
            said.claim_number is not None
            for key, told in self.said.items()
            if key not in known
            for said in told
        )
        money = [
            entry.amount
            for key, entry in self.moved.values()
            if entry.claim_number is None
            and key not in answered
            and may_be_of_a_claim(entry.reason, entry.amount)
        ]
        found = (
            Untied(kind="999", count=alone[NO_GROUP], reason=NO_GROUP),
            Untied(kind="277ca", count=alone[NO_TRANSACTION], reason=NO_TRANSACTION),
            Untied(kind="277ca", count=alone[NO_PROVIDER], reason=NO_PROVIDER),
            Untied(kind="277ca", count=nameless, reason=NO_NAME),
            Untied(kind="277ca", count=claims, reason=NO_CLAIM),
            Untied(kind="ta1", count=alone[NO_INTERCHANGE], reason=NO_INTERCHANGE),
            Untied(kind="plb", count=len(money), amount=sum(money, ZERO), reason=NO_PAYMENT),
        )
        return tuple(one for one in found if one.count)

    def _held(self) -> Iterator[tuple[str, _Transaction]]:
        """Claim key and transaction, of all groups."""
        for group in self.groups.values():
            for part in group.parts:
                for transaction in part.transactions:
                    for key in transaction.claims:
                        yield key, transaction

    def _originals(self) -> dict[str, list[str]]:
        """Claim key -> BHT03 of the 837s of others that held it, for the claims that we sent back."""
        found: dict[str, list[str]] = {}
        for key, transaction in self._held():
            if key in self.left and transaction.reference is not None and not transaction.resubmissions:
                found.setdefault(key, []).append(transaction.reference)
        return found


_ALONE: Final = {"277ca": NO_TRANSACTION, "ta1": NO_INTERCHANGE}


def _alone(verdict: _Verdict, parts: tuple[_Recorded, ...]) -> str | None:
    """Why a verdict is about nothing that is known; null where it is about something."""
    fitting = [p for p in parts if verdict.received is None or verdict.received >= p.recorded]
    if not fitting:
        return _ALONE.get(verdict.kind, NO_GROUP)
    named = {npi for part in fitting for transaction in part.transactions for npi in transaction.providers}
    return NO_PROVIDER if verdict.provider is not None and verdict.provider not in named else None
