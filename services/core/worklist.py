"""What waits for a person, in the order in which it is worth a person's time.

priority = dollars at stake x the chance of recovering them / days left on the binding clock. Until outcomes of this
installation are known, the chance is a stated default.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from schemas.claim import Payer
from schemas.codes import Action, Automation, Path, Recoverability
from schemas.recoding import Deadline
from schemas.records.work_item import HELD, OPEN, UNDECIDED
from schemas.shape import CENT, Money, Shape
from services.core.resubmission.deadlines import pressing

CHANCES: Final = {Recoverability.SOFT: Decimal("0.63"), Recoverability.HARD: Decimal("0.10")}
"""Of a denied dollar that is worked: soft as a survey of hospital rework found (63 % recoverable, domain reference 4.2,
S29); hard is our assumption. Neither is of this installation."""

NO_CLOCK_DAYS: Final = 365
"""What counts as days left where no clock is known: it must not push aside what has one."""

SORTS: Final = ("priority", "dollars", "due", "claim")


class WorkRow(Shape):
    """One claim that waits for a person. It names the claim number: for people, not for logs."""

    claim_number: str
    lineage: str
    proposal_id: str
    payer: str | None
    cause: str
    codes: tuple[str, ...]
    """CARCs and remark codes, as the payer sent them"""
    action: Action
    path: Path
    automation: Automation
    amount: Money
    chance: Money
    clock: str | None
    """the binding one of the clocks that run against the action"""
    due: date | None
    days_left: int | None
    """negative: it has run out"""
    priority: Money
    owner: str | None
    held_until: date | None
    held_reason: str | None
    returned: str | None
    """why what was approved came back"""
    needs: tuple[str, ...]
    """what a person must bring before a candidate is applied"""
    attempts: int
    """how often we have sent it back already"""
    proof: str


class _Candidate(Shape):
    needs: tuple[str, ...] = ()


class _Proposal(Shape):
    claim_number: str
    proposal_id: str
    payer: Payer
    action: Action
    path: Path
    automation: Automation
    primary_cause: str
    amount_at_stake: Money
    deadlines: tuple[Deadline, ...] = ()
    candidates: tuple[_Candidate, ...] = ()
    proof: str


class _Code(Shape):
    reason: str | None = None
    code: str | None = None


class _Cause(Shape):
    cause: str
    recoverability: Recoverability
    adjustments: tuple[_Code, ...] = ()
    remarks: tuple[_Code, ...] = ()
    statuses: tuple[str, ...] = ()


class _Attempt(Shape):
    generation: int


class _Denial(Shape):
    causes: tuple[_Cause, ...] = ()
    attempts: tuple[_Attempt, ...] = ()


class _Attention(Shape):
    id: str
    kind: str
    claim_number: str
    payer: Payer | None = None
    reason: str
    amount: Money | None = None
    held_until: date | None = None
    held_reason: str | None = None
    ended: bool = False


class _Item(Shape):
    lineage: str
    status: str
    proposal: _Proposal | None = None
    denial: _Denial | None = None
    waits_for: tuple[str, ...] = ()
    returned: str | None = None
    attended: bool = False
    held_until: date | None = None
    held_reason: str | None = None
    owner: str | None = None
    attention: tuple[_Attention, ...] = ()


class _WorkItem(Shape):
    lineages: tuple[_Item, ...] = ()


def work_rows(items: Mapping[str, bytes], today: date | None) -> list[WorkRow]:
    """Every row that waits for a person, the highest priority first. `items`: the latest record of each claim key of
    `work-items`; `today`: the latest day that was opened."""
    lineages = [item for value in items.values() for item in _WorkItem.parse(value).lineages]
    rows = [
        _row(item, item.proposal, item.denial or _Denial(), today)
        for item in lineages
        if item.proposal is not None and _for_a_person(item, item.proposal)
    ]
    rows += [_attention_row(item, one) for item in lineages for one in item.attention if not one.ended]
    return ordered(rows, "priority")


@dataclass(frozen=True, slots=True)
class OpenClaim:
    """One undecided denial, whoever it waits for."""

    payer: str | None
    path: Path
    automation: Automation
    amount: Decimal
    chance: Decimal
    """of recovering it: from 0 to 1"""
    binding: Deadline | None
    """the first of the clocks that run against what is proposed"""


def open_claims(items: Mapping[str, bytes]) -> Iterator[OpenClaim]:
    """Every undecided denial of `work-items` (latest record by claim key)."""
    for value in items.values():
        for item in _WorkItem.parse(value).lineages:
            proposal = item.proposal
            if proposal is not None and item.status in UNDECIDED:
                yield OpenClaim(
                    payer=proposal.payer.id,
                    path=proposal.path,
                    automation=proposal.automation,
                    amount=proposal.amount_at_stake,
                    chance=_chance(proposal, item.denial or _Denial()),
                    binding=_binding(proposal),
                )


@dataclass(frozen=True, slots=True)
class ItemStanding:
    """One proposed denial, whatever was decided of it. `due`, `clock`: the binding one of its clocks."""

    lineage: str
    status: str
    """of schemas/records/work_item.py: open, held, sent, taken, ..."""
    proposal_id: str
    action: Action
    path: Path
    automation: Automation
    amount: Decimal
    """at stake"""
    due: date | None
    clock: str | None
    owner: str | None


def item_standings(value: bytes) -> Iterator[ItemStanding]:
    """Every lineage with a proposal in one record of `work-items`."""
    for item in _WorkItem.parse(value).lineages:
        proposal = item.proposal
        if proposal is not None:
            binding = _binding(proposal)
            yield ItemStanding(
                lineage=item.lineage,
                status=item.status,
                proposal_id=proposal.proposal_id,
                action=proposal.action,
                path=proposal.path,
                automation=proposal.automation,
                amount=proposal.amount_at_stake,
                due=binding.due if binding is not None else None,
                clock=binding.clock if binding is not None else None,
                owner=item.owner,
            )


def ordered(rows: Iterable[WorkRow], by: str) -> list[WorkRow]:
    """The rows by one of SORTS: most first for priority and dollars, soonest first for due."""
    if by == "dollars":
        return sorted(rows, key=lambda r: (-r.amount, r.claim_number, r.lineage))
    if by == "due":
        return sorted(rows, key=lambda r: (r.due or date.max, -r.priority, r.claim_number, r.lineage))
    if by == "claim":
        return sorted(rows, key=lambda r: (r.claim_number, r.lineage))
    return sorted(rows, key=lambda r: (-r.priority, -r.amount, r.claim_number, r.lineage))


def _for_a_person(item: _Item, proposal: _Proposal) -> bool:
    if item.status not in (OPEN, HELD) or proposal.automation is Automation.A0:
        return False
    return proposal.automation is not Automation.A3 or item.attended or not item.waits_for


def _row(item: _Item, proposal: _Proposal, denial: _Denial, today: date | None) -> WorkRow:
    chance = _chance(proposal, denial)
    binding = _binding(proposal)
    left = None if binding is None or today is None else (binding.due - today).days
    codes = dict.fromkeys(
        code
        for c in denial.causes
        for code in (*(one.reason or one.code or "" for one in (*c.adjustments, *c.remarks)), *c.statuses)
    )
    return WorkRow(
        claim_number=proposal.claim_number,
        lineage=item.lineage,
        proposal_id=proposal.proposal_id,
        payer=proposal.payer.id,
        cause=proposal.primary_cause,
        codes=tuple(codes),
        action=proposal.action,
        path=proposal.path,
        automation=proposal.automation,
        amount=proposal.amount_at_stake,
        chance=chance,
        clock=binding.clock if binding is not None else None,
        due=binding.due if binding is not None else None,
        days_left=left,
        priority=priority(proposal.amount_at_stake, chance, left),
        owner=item.owner,
        held_until=item.held_until,
        held_reason=item.held_reason,
        returned=item.returned,
        needs=tuple(dict.fromkeys(need for c in proposal.candidates for need in c.needs)),
        attempts=len(denial.attempts),
        proof=proposal.proof,
    )


def _attention_row(item: _Item, one: _Attention) -> WorkRow:
    """What waits without a proposal. What was taken silently is asked about like a denial on the merits; nobody knows
    a clock for it, nor the dollars of a claim that was turned away."""
    amount = one.amount or Decimal("0.00")
    chance = CHANCES[Recoverability.HARD]
    return WorkRow(
        claim_number=one.claim_number,
        lineage=item.lineage,
        proposal_id=one.id,
        payer=one.payer.id if one.payer is not None else None,
        cause=one.kind,
        codes=tuple(one.reason.split(",")),
        action=Action.NONE,
        path=Path.NONE,
        automation=Automation.A1,
        amount=amount,
        chance=chance,
        clock=None,
        due=None,
        days_left=None,
        priority=priority(amount, chance, None),
        owner=item.owner,
        held_until=one.held_until,
        held_reason=one.held_reason,
        returned=None,
        needs=(),
        attempts=0,
        proof="",
    )


def _chance(proposal: _Proposal, denial: _Denial) -> Decimal:
    leading = [c for c in denial.causes if c.cause == proposal.primary_cause]
    return CHANCES[leading[0].recoverability if leading else Recoverability.HARD]


def _binding(proposal: _Proposal) -> Deadline | None:
    clocks = pressing(proposal.deadlines, proposal.action, proposal.path)
    return min(clocks, key=lambda c: (c.due, c.clock), default=None)


def priority(amount: Decimal, chance: Decimal, days_left: int | None) -> Decimal:
    """Expected dollars a day of the time that is left; on the last day, all of them; once the clock has run out,
    none: what is left then is an exception to ask for, not a race."""
    if days_left is not None and days_left < 0:
        return Decimal("0.00")
    return (amount * chance / max(1, NO_CLOCK_DAYS if days_left is None else days_left)).quantize(CENT)
