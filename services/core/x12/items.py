"""What the reader yields, in file order. Every segment of a file is counted in exactly one item.

`offset` is the byte offset of the item's first segment in the (decompressed) file, `segments` the number of
segments that the item stands for. `interchange`, `group` and `transaction` count from 1 within what holds
them; `index` counts the claims (CLM, CLP) of the file, quarantined ones too.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from services.core.x12.facts import (
    AcknowledgmentFacts,
    ClaimFacts,
    FindingFacts,
    GroupFacts,
    InterchangeFacts,
    PayerFacts,
    ProviderAdjustmentFacts,
    RemittanceFacts,
    RemittedFacts,
)
from services.core.x12.header import Delimiters


@dataclass(frozen=True, slots=True)
class InterchangeOpened:
    """ISA."""

    offset: int
    segments: int
    interchange: int
    sender: str
    receiver: str
    control_number: str
    """ISA13"""
    usage: str
    """ISA15: P or T"""
    delimiters: Delimiters
    findings: tuple[FindingFacts, ...]


@dataclass(frozen=True, slots=True)
class GroupOpened:
    """GS."""

    offset: int
    segments: int
    interchange: int
    group: int
    functional_id: str
    """GS01: HC, HP, HN, FA, ..."""
    sender: str
    receiver: str
    recorded: date | None
    """GS04"""
    control_number: str
    """GS06"""
    version: str
    """GS08"""


@dataclass(frozen=True, slots=True)
class TransactionOpened:
    """ST and, for the processed kinds, the header up to the first loop that holds claims."""

    offset: int
    segments: int
    interchange: int
    group: int
    transaction: int
    kind: str
    """837P | 837I | 835 | 277CA | 999, else what it is (837D, 837 reporting, 834, 997, ...)"""
    processed: bool
    guide: str
    """ST03, else GS08"""
    control_number: str
    """ST02"""
    reference: str | None
    """BHT03"""
    created: date | None
    """BHT04"""
    remittance: RemittanceFacts | None
    """of an 835"""
    payer: PayerFacts | None
    """of an 835"""
    findings: tuple[FindingFacts, ...]


@dataclass(frozen=True, slots=True)
class LoopRead:
    """Segments around claims that are no claim: 2000A, 2000B, 2000C of an 837, LX, TS2, TS3 of an 835, the upper
    HL of a 277CA. The claims carry what they need of them; this item is there so that all are counted."""

    offset: int
    segments: int
    interchange: int
    group: int
    transaction: int
    loop: str
    """billing | subscriber | patient | other"""


@dataclass(frozen=True, slots=True)
class SubmittedClaim:
    """A CLM that can be published as `claim-submitted`."""

    offset: int
    segments: int
    interchange: int
    group: int
    transaction: int
    index: int
    claim: ClaimFacts


@dataclass(frozen=True, slots=True)
class RemittedClaim:
    """A CLP that can be published as `claim-denied` or `claim-adjudicated`."""

    offset: int
    segments: int
    interchange: int
    group: int
    transaction: int
    index: int
    claim: RemittedFacts


@dataclass(frozen=True, slots=True)
class ProviderAdjustment:
    """One of the up to six adjustments of a PLB. The PLB is counted in the first of them (`segments` 1, then 0)."""

    offset: int
    segments: int
    interchange: int
    group: int
    transaction: int
    index: int
    """counts the PLB adjustments of the file, from 1"""
    adjustment: ProviderAdjustmentFacts


@dataclass(frozen=True, slots=True)
class AcknowledgedClaim:
    """A claim loop of a 277CA; without a claim number where a whole batch or provider was refused."""

    offset: int
    segments: int
    interchange: int
    group: int
    transaction: int
    index: int
    """counts the acknowledgments of the file, from 1"""
    acknowledgment: AcknowledgmentFacts


@dataclass(frozen=True, slots=True)
class AcknowledgedGroup:
    """A 999: what the receiver says of one functional group (AK1 to AK9)."""

    offset: int
    segments: int
    interchange: int
    group: int
    transaction: int
    index: int
    """counts the acknowledged groups of the file, from 1"""
    acknowledgment: GroupFacts


@dataclass(frozen=True, slots=True)
class AcknowledgedInterchange:
    """A TA1: whether an interchange was taken at all."""

    offset: int
    segments: int
    interchange: int
    group: int
    transaction: int
    index: int
    """counts the TA1 of the file, from 1"""
    acknowledgment: InterchangeFacts


@dataclass(frozen=True, slots=True)
class QuarantinedClaim:
    """A CLM or CLP that cannot be published. Counts as a claim in."""

    offset: int
    segments: int
    interchange: int
    group: int
    transaction: int
    index: int
    kind: str
    """837P | 837I | 835"""
    reason: str
    """truncated, amount_not_numeric, amount_missing, quantity_not_numeric, claim_number_missing,
    claim_too_large, too_many_elements, segment_too_long, too_many_claims, outside_transaction"""
    place: FindingFacts | None
    """the segment and element at fault"""
    claim_number: str | None
    text: tuple[str, ...]
    """the claim's segments (cut at the limit where it is too large)"""


@dataclass(frozen=True, slots=True)
class QuarantinedRecord:
    """What is no claim and cannot be published: a PLB adjustment, a 277CA claim loop, a 999 without its end."""

    offset: int
    segments: int
    interchange: int
    group: int
    transaction: int
    kind: str
    """PLB | 277CA | 999"""
    reason: str
    text: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TransactionClosed:
    """SE, or its absence (`complete` false). Counts of what the transaction held.

    `segments` also counts the body of a transaction that is not processed.
    """

    offset: int
    segments: int
    interchange: int
    group: int
    transaction: int
    kind: str
    processed: bool
    complete: bool
    control_number: str
    claims: int
    """CLM or CLP, published and quarantined; of kinds that are not processed: those that were skipped"""
    quarantined: int
    adjustments: int
    """CAS triplets of the published claims (835)"""
    provider_adjustments: int
    paid: Decimal
    """sum of CLP04 of the published claims"""
    findings: tuple[FindingFacts, ...]


@dataclass(frozen=True, slots=True)
class GroupClosed:
    """GE, or its absence (`segments` 0, finding `ge_missing`)."""

    offset: int
    segments: int
    interchange: int
    group: int
    transactions: int
    findings: tuple[FindingFacts, ...]


@dataclass(frozen=True, slots=True)
class InterchangeClosed:
    """IEA, or its absence (`segments` 0, finding `iea_missing`: the file is truncated)."""

    offset: int
    segments: int
    interchange: int
    groups: int
    findings: tuple[FindingFacts, ...]


@dataclass(frozen=True, slots=True)
class StrayData:
    """Data that belongs to nothing: kept and reported. `segments` is 0 for bytes that are no segment."""

    offset: int
    segments: int
    reason: str
    """leading_blank, data_before_interchange, segment_too_long, segment_outside_transaction,
    interchange_acknowledgment (a TA1 that does not say of what), file_too_large"""
    data: bytes


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Nothing of the file can be read. The only item then."""

    offset: int
    segments: int
    reason: str
    """empty, no_interchange, no_terminator"""


Item = (
    InterchangeOpened
    | GroupOpened
    | TransactionOpened
    | LoopRead
    | SubmittedClaim
    | RemittedClaim
    | ProviderAdjustment
    | AcknowledgedClaim
    | AcknowledgedGroup
    | AcknowledgedInterchange
    | QuarantinedClaim
    | QuarantinedRecord
    | TransactionClosed
    | GroupClosed
    | InterchangeClosed
    | StrayData
    | Unreadable
)
