"""What came of each rule: the fold behind `reclaim outcomes`. Pure, and idempotent per business fact.

A proposal counts once under its rule version, payer and path; an attempt once, under the latest that a revision of
its lineage says of it. So each number follows from the topics alone, in any order between them.

A proposal that was not sent is skipped, with the reason, and never counts as tried: success is of attempts that the
payer has answered, and both numbers stand beside each other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from schemas.claim import Payer
from schemas.codes import Automation, Decision, Path
from schemas.shape import Money, Shape
from services.monitor.payloads import Refused

LOG_TOPICS: Final = (
    "recoding-proposed",
    "recoding-decided",
    "resubmission-refused",
    "claim-resubmitted",
    "case-changed",
    "denial-classified",
)
"""The logs that the fold reads; within a key the order of a topic matters, the order of topics does not."""

TOO_FEW: Final = 20
"""Answers below which a share says nothing: with 19 of 20 the true chance may be anything from 75 % to nearly all."""

ZERO: Final = Decimal("0.00")

PAID: Final = frozenset({"paid", "paid_in_part"})
DECIDED: Final = frozenset({"paid", "paid_in_part", "denied_again", "reversed"})
"""Outcomes by which the payer said something of the claim: a rejected one was never looked at, a void asks nothing."""


class Chance(Shape):
    """How often the payer paid, of how many answers. `share`: null where these are too few to say."""

    paid: int
    of: int
    share: Decimal | None


class Outcome(Shape):
    """One rule version with one payer on one path."""

    rule: str
    version: str
    payer: str | None
    path: str
    proposed: int
    """proposals, without those that another took the place of"""
    tried: int
    """claims that were sent back"""
    paid: int = 0
    paid_in_part: int = 0
    denied_same: int = 0
    """denied again, for a cause that the attempt was to cure"""
    denied_other: int = 0
    reversed: int = 0
    """paid or denied, and taken back since"""
    voided: int = 0
    rejected: int = 0
    """turned away before adjudication"""
    pending: int = 0
    """sent and not answered"""
    asked: Money = ZERO
    """what was denied when the answered attempts were sent"""
    recovered: Money = ZERO
    """what the payer pays since, over what it paid before"""
    skipped: dict[str, int] = {}
    """proposals that were not sent, and why"""
    open: int = 0
    """proposals that nobody has decided, or that wait to be sent"""
    chance: Chance


# What the fold needs of each event and no more.


class _Rule(Shape):
    id: str
    version: str


class _Proposed(Shape):
    proposal_id: str
    lineage: str
    payer: Payer
    path: Path
    automation: Automation
    rule: _Rule


class _Decided(Shape):
    proposal_id: str
    decision: Decision
    reason: str


class _Refused(Refused):
    proposal_id: str
    waits: bool


class _Sent(Shape):
    resubmission_id: str
    proposal_id: str
    payer: Payer
    path: Path


class _Attempt(Shape):
    resubmission_id: str
    outcome: str | None = None
    asked: Money | None = None
    recovered: Money | None = None
    same_cause: bool | None = None


class _Told(Shape):
    lineage: str
    revision: int
    attempts: tuple[_Attempt, ...] = ()


Place = tuple[str, str, str | None, str]
"""Rule, version, payer, path."""


@dataclass(slots=True)
class _Row:
    proposals: set[str] = field(default_factory=set)
    sends: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Outcomes:
    """Give it the topics with `event`, then ask for `rows()` or `chance()`."""

    proposed: dict[str, _Proposed] = field(default_factory=dict)
    made: dict[str, set[str]] = field(default_factory=dict)
    """proposal -> the events that made it: one that was withdrawn may come back under its id"""
    withdrawn: dict[str, set[str]] = field(default_factory=dict)
    decided: dict[str, _Decided] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    sent: dict[str, _Sent] = field(default_factory=dict)
    left_out: set[str] = field(default_factory=set)
    """claims that delivery left out before they left: withdrawn, too large, nobody signs"""
    told: dict[tuple[str, str], _Told] = field(default_factory=dict)

    def event(self, id_: str, type_: str, key: str, value: bytes) -> None:
        """Fold one event by its id and type; a type that says nothing here is passed over."""
        match type_.rpartition(".v")[0]:
            case "recoding-proposed":
                proposal = _Proposed.parse(value)
                self.proposed[proposal.proposal_id] = proposal
                self.made.setdefault(proposal.proposal_id, set()).add(id_)
            case "recoding-decided":
                decided = _Decided.parse(value)
                if decided.decision is Decision.WITHDRAWN:
                    self.withdrawn.setdefault(decided.proposal_id, set()).add(id_)
                elif decided.decision not in (Decision.REFUSED, Decision.ASSIGNED):
                    self.decided[decided.proposal_id] = decided
            case "resubmission-refused":
                refused = _Refused.parse(value)
                if not refused.waits:
                    self.refused[refused.proposal_id] = refused.reason
                if refused.left_out is not None:
                    self.left_out.add(refused.left_out)
            case "claim-resubmitted":
                sent = _Sent.parse(value)
                self.sent[sent.resubmission_id] = sent
            case "case-changed" | "denial-classified":
                told = _Told.parse(value)
                known = self.told.get((key, told.lineage))
                if known is None or told.revision >= known.revision:
                    self.told[key, told.lineage] = told
            case _:
                pass

    def rows(self) -> tuple[Outcome, ...]:
        """Every rule version, payer and path with a proposal for a claim or an attempt, by name."""
        answers = self._answers()
        found: dict[Place, _Row] = {}
        gone = [sent for sent in self.sent.values() if sent.resubmission_id not in self.left_out]
        tried = {sent.proposal_id for sent in gone}
        for proposal in self.proposed.values():
            if proposal.proposal_id in tried or self._counts(proposal):
                found.setdefault(self._place(proposal), _Row()).proposals.add(proposal.proposal_id)
        for sent in gone:
            made = self.proposed.get(sent.proposal_id)
            if made is not None:
                found.setdefault(self._place(made), _Row()).sends.add(sent.resubmission_id)
        ordered = sorted(found, key=lambda p: (p[0], p[1], p[2] or "", p[3]))
        return tuple(self._outcome(place, found[place], answers, tried) for place in ordered)

    def chance(self, rule: str, payer: str | None, path: str) -> Chance:
        """How often this payer paid what a rule (in any version) sent on a path."""
        rows = [r for r in self.rows() if (r.rule, r.payer, r.path) == (rule, payer, path)]
        return _chance(sum(r.chance.paid for r in rows), sum(r.chance.of for r in rows))

    def _answers(self) -> dict[str, _Attempt]:
        return {a.resubmission_id: a for told in self.told.values() for a in told.attempts}

    def _counts(self, proposal: _Proposed) -> bool:
        """Not: what asks for nothing to be done, and what a later proposal took the place of."""
        id_ = proposal.proposal_id
        stands = len(self.made[id_]) > len(self.withdrawn.get(id_, ()))
        return proposal.path is not Path.NONE and proposal.automation is not Automation.A0 and stands

    def _place(self, proposal: _Proposed) -> Place:
        return proposal.rule.id, proposal.rule.version, proposal.payer.id, proposal.path.value

    def _outcome(self, place: Place, row: _Row, answers: dict[str, _Attempt], tried: set[str]) -> Outcome:
        rule, version, payer, path = place
        known = [answers.get(send) for send in sorted(row.sends)]
        counts = Counter(_word(attempt) for attempt in known)
        answered = [a for a in known if a is not None and a.outcome in DECIDED]
        paid = sum(a.outcome in PAID for a in answered)
        skipped = Counter(self._skipped(row.proposals - tried))
        return Outcome(
            rule=rule,
            version=version,
            payer=payer,
            path=path,
            proposed=len(row.proposals),
            tried=len(row.sends),
            paid=counts["paid"],
            paid_in_part=counts["paid_in_part"],
            denied_same=counts["denied_same"],
            denied_other=counts["denied_other"],
            reversed=counts["reversed"],
            voided=counts["voided"],
            rejected=counts["rejected"],
            pending=counts["pending"],
            asked=sum((a.asked or ZERO for a in answered), ZERO),
            recovered=sum((a.recovered or ZERO for a in answered), ZERO),
            skipped=dict(sorted(skipped.items())),
            open=len(row.proposals - tried) - skipped.total(),
            chance=_chance(paid, len(answered)),
        )

    def _skipped(self, proposals: Iterable[str]) -> Iterator[str]:
        """Why each proposal that was not sent never will be; nothing of those that may still be."""
        for proposal in proposals:
            decided = self.decided.get(proposal)
            if decided is not None and decided.decision is Decision.REJECTED:
                yield decided.reason
            elif proposal in self.refused:
                yield self.refused[proposal]
            elif (
                decided is not None
                and decided.decision in (Decision.APPROVED, Decision.OVERRIDDEN)
                and self.proposed[proposal].path.value not in _SENT_PATHS
            ):
                yield "by_hand"


_SENT_PATHS: Final = frozenset({"replacement", "new_claim", "void", "void_then_new", "secondary_claim"})
"""Paths on which a claim goes out; what was approved on another is a person's own work."""


def _word(attempt: _Attempt | None) -> str:
    if attempt is None or attempt.outcome is None:
        return "pending"
    if attempt.outcome == "denied_again":
        return "denied_same" if attempt.same_cause else "denied_other"
    return attempt.outcome


def _chance(paid: int, of: int) -> Chance:
    share = (Decimal(paid) / of).quantize(Decimal("0.001")) if of >= TOO_FEW else None
    return Chance(paid=paid, of=of, share=share)
