"""What a file holds, counted from what the reader yields. The first pass; the second counts the same way."""

from __future__ import annotations

from collections import Counter
from typing import Final, Protocol

from schemas.records.intake_file import FileCounts
from services.core.x12.facts import FindingFacts
from services.core.x12.items import (
    AcknowledgedClaim,
    AcknowledgedGroup,
    AcknowledgedInterchange,
    GroupClosed,
    GroupOpened,
    InterchangeClosed,
    InterchangeOpened,
    Item,
    ProviderAdjustment,
    QuarantinedClaim,
    QuarantinedRecord,
    RemittedClaim,
    StrayData,
    SubmittedClaim,
    TransactionClosed,
    TransactionOpened,
    Unreadable,
)

REFERENCES_KEPT: Final = 50_000
"""PLB references that are looked for among the claims of the file. A real 835 has a few hundred; the limit keeps
memory flat (about 5 MB), and beyond it an adjustment simply names no claim."""


class CountsSiblings(Protocol):
    """Takes the claim number of every 835 claim of the file."""

    def add(self, claim_number: str, *, quarantined: bool) -> None: ...


def normalized_reference(text: str) -> str:
    """A claim number or payer control number as it is compared."""
    return text.strip().upper()


def references_of(reference: str) -> tuple[str, ...]:
    """What a PLB03-2 may name: itself, or its first word (Medicare puts a control number behind the claim's)."""
    whole = normalized_reference(reference)
    words = whole.split()
    return (whole,) if len(words) < 2 else (whole, words[0])


class Tally:
    """Counts over items; begins where an earlier tally stood."""

    def __init__(self, before: FileCounts | None = None) -> None:
        counts = before or FileCounts()
        self._transactions = Counter(counts.transactions)
        self._interchanges = counts.interchanges
        self._groups = counts.groups
        self._segments = counts.segments
        self._claims = counts.claims
        self._claims_not_processed = counts.claims_not_processed
        self._adjustments = counts.adjustments
        self._provider_adjustments = counts.provider_adjustments
        self._acknowledged_claims = counts.acknowledged_claims
        self._acknowledged_groups = counts.acknowledged_groups
        self._paid = counts.paid
        self._element: str | None = None

    def observe(self, item: Item) -> None:
        """Know of an item what later ones need, without counting it."""
        if isinstance(item, InterchangeOpened):
            self._element = item.delimiters.element

    def take(self, item: Item) -> None:
        self.observe(item)
        self._segments += item.segments
        match item:
            case RemittedClaim(claim=claim):
                self._claims += 1
                self._adjustments += len(claim.adjustments)
                self._paid += claim.paid
            case SubmittedClaim():
                self._claims += 1
            case QuarantinedClaim():
                self._claims += 1
                if item.kind == "835":
                    self._adjustments += self._triplets(item.text)
            case ProviderAdjustment():
                self._provider_adjustments += 1
            case QuarantinedRecord():
                self._provider_adjustments += item.kind == "PLB"
                self._acknowledged_claims += item.kind == "277CA"
                self._acknowledged_groups += item.kind == "999"
            case AcknowledgedClaim():
                self._acknowledged_claims += 1
            case AcknowledgedGroup():
                self._acknowledged_groups += 1
            case TransactionOpened():
                self._transactions[item.kind] += 1
            case TransactionClosed():
                if not item.processed:
                    self._claims_not_processed += item.claims
            case GroupOpened():
                self._groups += 1
            case InterchangeOpened():
                self._interchanges += 1
            case _:
                pass

    def _triplets(self, text: tuple[str, ...]) -> int:
        """CAS02, 05, ... that hold a reason, of a claim whose facts could not be read."""
        segments = [segment.split(self._element) for segment in text if segment.startswith("CAS")]
        return sum(1 for elements in segments for reason in elements[2::3] if reason)

    def counts(self) -> FileCounts:
        return FileCounts(
            interchanges=self._interchanges,
            groups=self._groups,
            transactions=dict(sorted(self._transactions.items())),
            segments=self._segments,
            claims=self._claims,
            claims_not_processed=self._claims_not_processed,
            adjustments=self._adjustments,
            provider_adjustments=self._provider_adjustments,
            acknowledged_claims=self._acknowledged_claims,
            acknowledged_groups=self._acknowledged_groups,
            paid=self._paid,
        )


class Manifest:
    """The first pass over a file. Memory does not grow with its claims."""

    def __init__(self) -> None:
        self.unreadable: str | None = None
        """why nothing of it can be read: a code"""
        self.truncated = False
        """it ends before its IEA"""
        self.groups_closed = False
        """its last group has its GE: no claim can be missing from it"""
        self._tally = Tally()
        self._findings: Counter[str] = Counter()
        self._references: set[str] = set()

    def take(self, item: Item, siblings: CountsSiblings) -> None:
        self._tally.take(item)
        match item:
            case RemittedClaim(claim=claim):
                siblings.add(claim.claim_number, quarantined=False)
                self._note(claim.findings)
            case SubmittedClaim(claim=submitted):
                self._note(submitted.findings)
            case QuarantinedClaim():
                if item.kind == "835" and item.claim_number:
                    siblings.add(item.claim_number, quarantined=True)
            case ProviderAdjustment(adjustment=adjustment):
                self._note(adjustment.findings)
                if adjustment.reference and len(self._references) < REFERENCES_KEPT:
                    self._references.update(references_of(adjustment.reference))
            case AcknowledgedClaim(acknowledgment=acknowledged):
                self._note(acknowledged.findings)
            case AcknowledgedGroup(acknowledgment=group):
                self._note(group.findings)
            case InterchangeClosed():
                self._note(item.findings)
                self.truncated = any(finding.code == "iea_missing" for finding in item.findings)
            case GroupClosed():
                self._note(item.findings)
                self.groups_closed = not any(finding.code == "ge_missing" for finding in item.findings)
            case InterchangeOpened() | TransactionOpened() | TransactionClosed():
                self._note(item.findings)
            case AcknowledgedInterchange():
                self._findings["interchange_acknowledgment"] += 1
            case StrayData():
                self._findings[item.reason] += 1
            case Unreadable():
                self.unreadable = item.reason
            case _:
                pass

    def _note(self, findings: tuple[FindingFacts, ...]) -> None:
        for finding in findings:
            self._findings[finding.code] += 1

    def counts(self) -> FileCounts:
        return self._tally.counts()

    def findings(self) -> dict[str, int]:
        return dict(sorted(self._findings.items()))

    def references(self) -> frozenset[str]:
        """What the PLB entries of the file refer to."""
        return frozenset(self._references)
