"""The fold behind `reclaim status`: pure, and idempotent per business fact.

A lineage counts once, under its latest classification and proposal; a resubmission once, by its id; a letter
once, until it is replayed or discarded. So a fact that is told twice changes no number.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from schemas.codes import Action, Automation, ClaimState, Decision
from schemas.records.intake_file import IntakeFile, IntakeStatus
from schemas.records.work_item import HELD
from services.monitor.payloads import (
    Classified,
    Decided,
    Delivered,
    Item,
    Letter,
    Proposed,
    Refused,
    Resubmitted,
    Told,
    WorkItem,
)
from services.monitor.receipts import Receipts
from services.monitor.summary import (
    ZERO,
    CauseTotal,
    IntakeTotals,
    Quarantined,
    Resubmissions,
    Summary,
    Unaccounted,
    Unreadable,
    Waiting,
    WaitingClaim,
)

LOG_TOPICS: Final = (
    "denial-classified",
    "case-changed",
    "recoding-proposed",
    "recoding-decided",
    "claim-resubmitted",
    "claim-delivered",
    "resubmission-refused",
    "claim-acknowledged",
    "remittance-adjusted",
    "dead-letters",
)
"""The logs that the fold reads; within a key the order of a topic matters, the order of topics does not."""

STATE_TOPICS: Final = ("intake-files", "holds", "work-items", "claim-groups")
"""The state topics of which it reads the latest records."""

QUARANTINING_SERVICE: Final = "intake"
"""Its letters are quarantined claims: they stand under `quarantine`, not among the dead letters."""

STATES: Final = ("submitted", *(state for state in ClaimState if state is not ClaimState.REJECTED))
AUTOMATIONS: Final = tuple(reversed(Automation))
DECISIONS: Final = tuple(Decision)
"""What is counted even where it is 0, so that a reader of the JSON finds every word."""

FILE_ID_LENGTH: Final = 8
"""Hex digits of a file's digest that a person is shown: enough to tell the files of an inbox apart."""


@dataclass(slots=True)
class Tally:
    """Give it the topics with `event` and `record`, then take `summary()`."""

    files: dict[str, IntakeFile] = field(default_factory=dict)
    items: dict[str, tuple[Item, ...]] = field(default_factory=dict)
    holds: set[str] = field(default_factory=set)
    classified: dict[tuple[str, str], Classified] = field(default_factory=dict)
    proposed: dict[tuple[str, str], Proposed] = field(default_factory=dict)
    decided: dict[str, Decided] = field(default_factory=dict)
    sent: dict[str, str] = field(default_factory=dict)
    delivered: dict[str, str] = field(default_factory=dict)
    left_out: set[str] = field(default_factory=set)
    """claims that delivery left out before they left: withdrawn, too large, nobody signs"""
    told: dict[tuple[str, str], Told] = field(default_factory=dict)
    receipts: Receipts = field(default_factory=Receipts)
    letters: dict[str, str] = field(default_factory=dict)

    def record(self, topic: str, key: str, value: bytes | None) -> None:
        """Fold a record of a state topic; the latest of a key stands, null removes it."""
        if topic == "holds":
            if value is None:
                self.holds.discard(key)
            else:
                self.holds.add(key)
        elif topic == "intake-files" and value is not None:
            self.files[key] = IntakeFile.parse(value)
        elif topic == "work-items":
            self.items[key] = WorkItem.parse(value).lineages if value is not None else ()
        elif topic == "claim-groups" and value is not None:
            self.receipts.group(key, value)

    def event(self, id_: str, type_: str, key: str, value: bytes) -> None:
        """Fold one event by its id and type; a type that says nothing here is passed over."""
        match type_.rpartition(".v")[0]:
            case "denial-classified":
                denial = Classified.parse(value)
                self.classified[key, denial.lineage] = denial
                self._told(key, denial)
            case "case-changed":
                self._told(key, Told.parse(value))
            case "recoding-proposed":
                proposal = Proposed.parse(value)
                self.proposed[key, proposal.lineage] = proposal
            case "recoding-decided":
                self.decided[id_] = Decided.parse(value)
            case "claim-resubmitted":
                resubmitted = Resubmitted.parse(value)
                self.sent[resubmitted.resubmission_id] = resubmitted.proposal_id
            case "claim-delivered":
                delivered = Delivered.parse(value)
                self.delivered[delivered.resubmission_id] = delivered.file
                self.receipts.delivered(
                    key,
                    delivered.resubmission_id,
                    delivered.interchange_control_number,
                    delivered.at,
                )
            case "resubmission-refused":
                refused = Refused.parse(value)
                if refused.left_out is not None:
                    self.left_out.add(refused.left_out)
            case "claim-acknowledged":
                self.receipts.acknowledged(key, value)
            case "remittance-adjusted":
                self.receipts.money_moved(id_, key, value)
            case "dead-letter":
                letter = Letter.parse(value)
                self.letters[letter.letter] = letter.service
            case "letter-replayed" | "letter-discarded":
                self.letters.pop(Letter.parse(value).letter, None)
            case _:
                pass

    def _told(self, key: str, told: Told) -> None:
        known = self.told.get((key, told.lineage))
        if known is None or told.revision >= known.revision:
            self.told[key, told.lineage] = told

    def summary(self) -> Summary:
        """The numbers as they stand."""
        return Summary(
            intake=self._intake(),
            claims=_counted(
                (state for f in self.files.values() for state in Counter(f.by_state).elements()), STATES
            ),
            denials=self._denials(),
            proposals=_counted((p.automation for p in self.proposed.values()), AUTOMATIONS),
            decisions=_counted((d.decision for d in self.decided.values()), DECISIONS),
            resubmissions=self._resubmissions(),
            quarantine=tuple(
                Quarantined(file=file.file[:FILE_ID_LENGTH], index=entry.index, reason=entry.reason)
                for file in self._sorted_files()
                for entry in file.quarantined
            ),
            dead_letters=sum(service != QUARANTINING_SERVICE for service in self.letters.values()),
            holds=tuple(sorted(self.holds)),
            waiting=self._waiting(),
            unreadable=tuple(
                Unreadable(file=file.file[:FILE_ID_LENGTH], reason=file.reason or "unreadable")
                for file in self._sorted_files()
                if file.status is IntakeStatus.UNREADABLE
            ),
            outgoing=tuple(sorted(set(self.delivered.values()))),
            untied=self.receipts.untied(key for key, _ in self.told),
            withdrawn=_counted(
                (d.reason for d in self.decided.values() if d.decision is Decision.WITHDRAWN), ()
            ),
            unaccounted=tuple(self._unaccounted()),
            being_read=tuple(
                file.file[:FILE_ID_LENGTH]
                for file in self._sorted_files()
                if file.status is IntakeStatus.PUBLISHING
            ),
        )

    def _resubmissions(self) -> Resubmissions:
        attempts = {a.resubmission_id: a for told in self.told.values() for a in told.attempts}
        outcomes = Counter(a.outcome for a in attempts.values())
        return Resubmissions(
            published=len(self.sent),
            delivered=len(self.delivered),
            acknowledged=len(self.receipts.accepted()),
            paid=outcomes["paid"] + outcomes["paid_in_part"],
            denied_again=outcomes["denied_again"],
            rejected=outcomes["rejected"],
            reversed=outcomes["reversed"],
            recovered=sum((a.recovered or ZERO for a in attempts.values()), ZERO),
        )

    def _sorted_files(self) -> list[IntakeFile]:
        return sorted(self.files.values(), key=lambda file: file.file)

    def _unaccounted(self) -> Iterator[Unaccounted]:
        for file in self._sorted_files():
            if file.status is not IntakeStatus.PUBLISHED:
                continue
            claims = file.claims_published + file.claims_quarantined
            if (file.held.claims, file.held.segments) != (claims, file.kept.segments):
                yield Unaccounted(
                    file=file.file[:FILE_ID_LENGTH],
                    claims_in=file.held.claims,
                    claims_published=file.claims_published,
                    claims_quarantined=file.claims_quarantined,
                    segments_in=file.held.segments,
                    segments_kept=file.kept.segments,
                )

    def _intake(self) -> IntakeTotals:
        files = self.files.values()
        duplicates = sum(file.duplicates for file in files)
        # A file that is half published counts with the part that is: so what came in is always accounted for.
        counted = [f.kept if f.status is IntakeStatus.PUBLISHING else f.held for f in files]
        return IntakeTotals(
            files=len(files) + duplicates,
            duplicate_files=duplicates,
            unreadable_files=sum(file.status is IntakeStatus.UNREADABLE for file in files),
            files_in_progress=sum(file.status is IntakeStatus.PUBLISHING for file in files),
            by_kind=dict(sorted(Counter(kind for file in files for kind in file.held.transactions).items())),
            claims_in=sum(counts.claims for counts in counted),
            claims_published=sum(file.claims_published for file in files),
            claims_quarantined=sum(file.claims_quarantined for file in files),
            segments_in=sum(counts.segments for counts in counted),
            segments_kept=sum(file.kept.segments for file in files),
        )

    def _denials(self) -> dict[str, CauseTotal]:
        counts: Counter[str] = Counter()
        amounts = dict.fromkeys((d.primary_cause for d in self.classified.values()), ZERO)
        for denial in self.classified.values():
            counts[denial.primary_cause] += 1
            amounts[denial.primary_cause] += denial.denied_amount
        by_dollars = sorted(amounts, key=lambda cause: (-amounts[cause], cause))
        return {cause: CauseTotal(count=counts[cause], amount=amounts[cause]) for cause in by_dollars}

    def largest(self) -> dict[str, str]:
        """The claim with most at stake on each rung of the ladder, A3 first."""
        found: dict[str, str] = {}
        for p in sorted(self.proposed.values(), key=lambda p: (-p.amount_at_stake, p.claim_number)):
            found.setdefault(p.automation, p.claim_number)
        return {rung: found[rung] for rung in AUTOMATIONS if rung in found}

    def worklist(self) -> tuple[WaitingClaim, ...]:
        """The claims that wait for a person, most dollars first. It names claim numbers: for people, not logs."""
        waiting = [
            WaitingClaim(
                claim_number=item.proposal.claim_number,
                lineage=item.lineage,
                proposal_id=item.proposal.proposal_id,
                payer=item.proposal.payer.id,
                cause=item.proposal.primary_cause,
                action=item.proposal.action,
                automation=item.proposal.automation,
                amount=item.proposal.amount_at_stake,
                due=min((deadline.due for deadline in item.proposal.deadlines), default=None),
                held=item.status == HELD,
            )
            for item in self._items()
            if item.proposal is not None and item.waits_for_a_person()
        ]
        waiting += [
            WaitingClaim(
                claim_number=one.claim_number,
                lineage=item.lineage,
                proposal_id=one.id,
                payer=one.payer.id if one.payer is not None else None,
                cause=one.kind,
                action=Action.NONE,
                automation=Automation.A1,
                amount=one.amount or ZERO,
                due=None,
                held=one.held_until is not None,
            )
            for item in self._items()
            for one in item.attention
            if not one.ended
        ]
        return tuple(sorted(waiting, key=lambda w: (-w.amount, w.claim_number, w.lineage)))

    def _items(self) -> Iterator[Item]:
        return (item for items in self.items.values() for item in items)

    def _waiting(self) -> Waiting:
        listed = self.worklist()
        machine = [i for i in self._items() if i.waits_for and not i.waits_for_a_person()]
        return Waiting(
            person=len(listed),
            person_amount=sum((claim.amount for claim in listed), ZERO),
            held=sum(claim.held for claim in listed),
            machine=dict(sorted(Counter(reason for item in machine for reason in item.waits_for).items())),
            undelivered=len(self.sent.keys() - self.delivered.keys() - self.left_out),
        )


def _counted(words: Iterable[str], known: Iterable[str]) -> dict[str, int]:
    """How often each word came, the known ones first and with their zeros."""
    counts = Counter(str(word) for word in words)
    return {**{str(word): counts[word] for word in known}, **dict(sorted(counts.items()))}
