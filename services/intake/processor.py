"""What a file's items become: events, quarantine, and what the file's record says of them. Pure.

Works through one file in its order. Everything follows from the file's bytes, the tenant and the secret of its
keys, so a second reading of the same file gives the same events, and one that goes on after a crash too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Protocol, cast

from pydantic import ValidationError
from pydantic_core import PydanticSerializationError

from schemas.acknowledgment import AcknowledgmentReason, ClaimAcknowledged, GroupAcknowledged
from schemas.claim import Position
from schemas.envelope import (
    business_time,
    claim_key,
    content_id,
    file_key,
    group_key,
    interchange_key,
    transaction_key,
)
from schemas.records.intake_file import QuarantinedEntry
from schemas.remittance import RemittanceAdjusted
from schemas.shape import Shape
from services.core.denials.remitted import Facts
from services.core.denials.state import decide
from services.core.processing import Outcome
from services.core.recoupments import may_be_of_a_claim
from services.core.x12.facts import RemittanceFacts
from services.core.x12.items import (
    AcknowledgedClaim,
    AcknowledgedGroup,
    AcknowledgedInterchange,
    GroupClosed,
    GroupOpened,
    InterchangeOpened,
    Item,
    ProviderAdjustment,
    QuarantinedClaim,
    QuarantinedRecord,
    RemittedClaim,
    SubmittedClaim,
    TransactionClosed,
    TransactionOpened,
)
from services.intake.groups import UNDATED, Groups
from services.intake.manifest import normalized_reference, references_of
from services.intake.payloads import Payloads
from services.intake.quarantine import kept_back, letters

SERVICE: Final = "intake"

SUBMISSIONS: Final = frozenset({"837P", "837I"})

TRANSACTION: Final = "transaction"
"""The scope of a 277CA that judges a whole transaction set."""

PROVIDER: Final = "provider"
"""The scope of a 277CA that judges all claims of one billing provider."""

ACCEPTED_INTERCHANGE: Final = frozenset({"A", "E"})
"""TA104: accepted, and accepted with errors."""

REJECTED: Final = "R"
"""How a 999 says in AK901 that it takes nothing."""

SUBMITTED: Final = "submitted"
"""The state under which a published 837 claim is counted."""


class Siblings(Protocol):
    """How often a claim number stands in the 835s of the file."""

    def of(self, claim_number: str) -> tuple[int, int]:
        """CLPs with this number, and how many of them are quarantined."""
        ...


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What must be known of a file before its first event: the outcome of the first pass."""

    tenant: str
    secret: bytes
    digest: str
    siblings: Siblings
    references: frozenset[str]
    """what its PLB entries refer to"""


@dataclass(frozen=True, slots=True)
class Taken:
    """What one item became."""

    outcomes: Sequence[Outcome] = ()
    claims: int = 0
    """1 where the item is a claim"""
    state: str | None = None
    """of a published claim: `submitted`, or its claim state"""
    quarantined: QuarantinedEntry | None = None
    """of a claim that is kept back"""
    record_quarantined: bool = False
    """something else is kept back"""


NOTHING: Final = Taken()


class Reading:
    """Takes the items of one file in their order; `skip` those that an earlier run has published."""

    def __init__(self, file: FileFacts) -> None:
        self._file = file
        self._groups = Groups(file.tenant, file.digest)
        self._group: GroupOpened | None = None
        self._transaction: TransactionOpened | None = None
        self._named: dict[str, str | None] = {}
        self._payloads = Payloads()

    def skip(self, item: Item) -> None:
        """Know of the item what later ones need, without making its events again."""
        self._observe(item)

    def take(self, item: Item) -> Taken:
        """The events of an item. Never raises on data."""
        self._observe(item)
        try:
            return self._become(item)
        except (ValidationError, PydanticSerializationError):
            # The reader gave what the language has no room for; the claim is kept, its values stay unsaid.
            return self.keep_back(item, "not_representable")

    def recorded(self) -> Sequence[Outcome]:
        """The parts of `group-recorded` that were filled by the items since this was last asked."""
        return self._groups.taken()

    def close(self) -> Sequence[Outcome]:
        """What is left when the file is at its end."""
        self._groups.close(self._time())
        return self.recorded()

    def _become(self, item: Item) -> Taken:
        match item:
            case RemittedClaim():
                return self._remitted(item)
            case SubmittedClaim():
                return self._submitted(item)
            case ProviderAdjustment():
                return self._adjusted(item)
            case AcknowledgedClaim():
                return self._acknowledged(item)
            case AcknowledgedGroup():
                return self._group_acknowledged(item)
            case AcknowledgedInterchange():
                return self._interchange_acknowledged(item)
            case QuarantinedClaim() | QuarantinedRecord():
                return self.keep_back(item, item.reason)
            case _:
                return NOTHING

    # What later items need

    def _observe(self, item: Item) -> None:
        match item:
            case RemittedClaim(claim=claim):
                if self._file.references:
                    self._name(claim.claim_number, claim.claim_number)
                    if claim.payer_control_number:
                        self._name(claim.payer_control_number, claim.claim_number)
            case SubmittedClaim(claim=submitted):
                self._record(submitted.claim_number, submitted.billing_npi or "")
            case QuarantinedClaim():
                if item.kind in SUBMISSIONS and item.claim_number:
                    self._record(item.claim_number, "")
            case InterchangeOpened():
                self._groups.envelope = (item.sender, item.control_number)
            case GroupOpened():
                self._groups.close(self._time())
                self._groups.open(item)
                self._group, self._transaction = item, None
            case TransactionOpened():
                self._transaction = item
                if item.kind in SUBMISSIONS:
                    self._groups.begin(item.control_number, item.reference)
            case TransactionClosed():
                self._transaction = None
            case GroupClosed():
                self._groups.close(self._time())
                self._group = None
            case _:
                pass

    def _name(self, reference: str, claim_number: str) -> None:
        """Remember whom a PLB reference means; two claims with one number mean nobody."""
        reference = normalized_reference(reference)
        if reference in self._file.references:
            known = self._named.setdefault(reference, claim_number)
            if known is not None and normalized_reference(known) != normalized_reference(claim_number):
                self._named[reference] = None

    def _record(self, claim_number: str, billing_npi: str) -> None:
        if self._groups.record(self._claim_key(claim_number), claim_number, billing_npi):
            self._groups.flush(self._time())

    # Events

    def _submitted(self, item: SubmittedClaim) -> Taken:
        claim = item.claim
        data = self._payloads.submitted(claim, self._position(item))
        key = self._claim_key(claim.claim_number)
        return Taken(
            (self._claim_outcome(data, "claim-submitted.v1", key, item, claim.submitted),), 1, SUBMITTED
        )

    def _remitted(self, item: RemittedClaim) -> Taken:
        claim = item.claim
        decided = decide(cast(Facts, claim))
        siblings = self._file.siblings.of(claim.claim_number)
        data = self._payloads.remitted(claim, decided, siblings, self._position(item))
        key = self._claim_key(claim.claim_number)
        type_ = "claim-denied.v1" if decided.claim_state.denied else "claim-adjudicated.v1"
        day = _remitted_on(claim.remittance)
        return Taken((self._claim_outcome(data, type_, key, item, day),), 1, decided.claim_state.value)

    def _adjusted(self, item: ProviderAdjustment) -> Taken:
        adjustment = item.adjustment
        named = None
        for reference in references_of(adjustment.reference or ""):
            named = named or self._named.get(reference)
        data = RemittanceAdjusted.model_validate(
            {**adjustment._asdict(), "claim_number": named, "position": self._position(item)},
            from_attributes=True,
        )
        remittance = adjustment.remittance
        referred = references_of(adjustment.reference or "")[-1]
        if named is not None:
            key = self._claim_key(named)
        elif referred and may_be_of_a_claim(adjustment.reason, adjustment.amount):
            # No claim of this payment: then perhaps one of an earlier one, by its number.
            key = self._claim_key(referred)
        else:
            trace = content_id(
                remittance.payer_tax_id or "", remittance.trace_number or "", self._file.tenant
            )
            key = f"{self._file.tenant}|trace|{trace}"
        day = _remitted_on(remittance)
        return Taken((self._outcome(data, "remittance-adjusted.v1", key, item, day),))

    def _acknowledged(self, item: AcknowledgedClaim) -> Taken:
        acknowledgment = item.acknowledgment
        values = acknowledgment._asdict()
        sender, provider = values.pop("sender"), values.pop("provider")
        data = ClaimAcknowledged.model_validate(
            {**values, "position": self._position(item)}, from_attributes=True
        )
        number = acknowledgment.claim_number
        key = self._claim_key(number) if number else file_key(self._file.tenant, self._file.digest)
        told = self._outcome(data, "claim-acknowledged.v1", key, item, acknowledgment.received)
        of_provider = data.scope == PROVIDER and provider is not None
        if data.reference is None or not (data.scope == TRANSACTION or of_provider):
            return Taken((told,))
        # What turns a whole transaction set away, or all of a provider's claims in it, meets there with them.
        verdict = GroupAcknowledged(
            sender=sender,
            control_number=data.reference,
            accepted=data.accepted,
            status=REJECTED,
            received=data.received,
            segments=data.segments,
            position=self._position(item),
            kind=data.kind,
            reasons=data.reasons,
            provider=provider if of_provider else None,
        )
        there = transaction_key(self._file.tenant, sender, data.reference)
        return Taken((told, self._outcome(verdict, "group-acknowledged.v1", there, item, data.received)))

    def _group_acknowledged(self, item: AcknowledgedGroup) -> Taken:
        acknowledgment = item.acknowledgment
        data = GroupAcknowledged.model_validate(
            {**acknowledgment._asdict(), "position": self._position(item)}, from_attributes=True
        )
        key = group_key(self._file.tenant, acknowledgment.sender, acknowledgment.control_number)
        return Taken((self._outcome(data, "group-acknowledged.v1", key, item, acknowledgment.received),))

    def _interchange_acknowledged(self, item: AcknowledgedInterchange) -> Taken:
        told = item.acknowledgment
        data = GroupAcknowledged(
            sender=told.sender,
            control_number=told.control_number,
            accepted=told.status in ACCEPTED_INTERCHANGE,
            status=told.status,
            received=told.received,
            segments=told.segments,
            position=self._position(item),
            kind="ta1",
            reasons=(AcknowledgmentReason(category="TA1", status=told.note),) if told.note else (),
        )
        return Taken(
            (
                Outcome(
                    type="group-acknowledged.v1",
                    key=interchange_key(self._file.tenant, told.sender, told.control_number),
                    natural_key=f"{self._file.digest}:TA1:{item.index}",
                    time=self._time(told.received),
                    data=data,
                ),
            )
        )

    # Quarantine

    def keep_back(self, item: Item, reason: str) -> Taken:
        """What cannot be published goes to `dead-letters` with its own segments, under the claim's key where
        its number can be read: an open letter keeps the claim from being worked on without it."""
        kept = kept_back(item)
        if kept is None:
            return NOTHING
        key = self._claim_key(kept.number) if kept.number else file_key(self._file.tenant, self._file.digest)
        outcomes = letters(kept, reason, key, self._time(), digest=self._file.digest, service=SERVICE)
        if kept.index:
            return Taken(outcomes, 1, quarantined=QuarantinedEntry(index=kept.index, reason=reason))
        return Taken(outcomes, record_quarantined=True)

    # Names and times

    def _claim_key(self, claim_number: str) -> str:
        return claim_key(self._file.tenant, self._file.secret, claim_number)

    def _position(self, item: IndexedItem) -> Position:
        return Position.trust(
            {
                "file": self._file.digest,
                "interchange": item.interchange,
                "group": item.group,
                "transaction": item.transaction,
                "index": item.index,
            }
        )

    def _outcome(self, data: Shape, type_: str, key: str, item: IndexedItem, day: date | None) -> Outcome:
        """The natural key is the file and the place in it: what is said twice is judged from its content."""
        return Outcome(
            type=type_,
            key=key,
            natural_key=f"{self._file.digest}:{item.index}",
            time=self._time(day),
            data=data,
        )

    def _claim_outcome(
        self, data: Shape, type_: str, key: str, item: IndexedItem, day: date | None
    ) -> Outcome:
        """The outcome of a payload that was not checked: it is encoded here, where what is wrong with it is known."""
        return Outcome(
            type=type_,
            key=key,
            natural_key=f"{self._file.digest}:{item.index}",
            time=self._time(day),
            data=data,
            payload=data.encode_strictly(),
        )

    def _time(self, day: date | None = None) -> datetime:
        """Business time: the date given, else BHT04, else GS04."""
        if day is None and self._transaction is not None:
            day = self._transaction.created
        if day is None and self._group is not None:
            day = self._group.recorded
        return UNDATED if day is None else business_time(day)


IndexedItem = (
    SubmittedClaim
    | RemittedClaim
    | ProviderAdjustment
    | AcknowledgedClaim
    | AcknowledgedGroup
    | AcknowledgedInterchange
)


def _remitted_on(remittance: RemittanceFacts) -> date | None:
    """The business date of an 835: its production date (DTM*405), else its payment date (BPR16)."""
    return remittance.production_date or remittance.payment_date
