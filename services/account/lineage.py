"""One life of a claim number for a person: why it was denied, what is proposed, what came of it, what is open."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from schemas.case import Attempt, CaseChanged, Cause, ClassifiedDenial, Recoupment
from schemas.claim import Payer
from schemas.envelope import Event
from schemas.recoding import RecodingDecided, RecodingProposed
from schemas.remittance import Adjustment, Remark
from schemas.resubmission import ClaimDelivered, ClaimResubmitted, ResubmissionRefused
from schemas.shape import Money, Shape, money_text
from services.account.exchange import CodeAccount, carriers
from services.account.next_step import TABLE, settles
from services.account.words import QUALITY_WORDS, UNCLEAR, WAIT_WORDS, missing_part, said_of
from services.core.codes.tables import Tables
from services.core.denials.playbook import PLAYBOOK
from services.core.denials.rejection import subject_of

E = TypeVar("E", bound=Shape)


class CauseAccount(Shape):
    """One reason for the denial: in plain words, with the codes that carry it and where they stood."""

    cause: str
    label: str
    amount: Money
    codes: tuple[str, ...]
    fix: str
    action: str
    recoverability: str
    carriers: tuple[CodeAccount, ...] = ()
    """the same codes with what each says"""
    first: str | None = None
    """the right first move"""
    never: str | None = None
    """the tempting wrong one"""


class LineageAccount(Shape):
    """One life of the claim number: what it was denied for, what is proposed, and what happens next."""

    lineage: str
    payer: Payer | None = None
    claim_state: str | None = None
    denied_amount: Money | None = None
    matched_claim: bool | None = None
    causes: tuple[CauseAccount, ...] = ()
    remit_quality: tuple[str, ...] = ()
    proposal: RecodingProposed | None = None
    decision: str | None = None
    """the last decision about this proposal"""
    refusal: str | None = None
    """why an approved claim was not sent, where that still stands"""
    sent: tuple[str, ...] = ()
    """files below the outbox that carry this lineage"""
    settles: tuple[str, ...] = ()
    """what would settle it: the next step of a person; empty where nothing waits for one"""
    open: bool = True
    """whether the denial stands; false where a later answer or link closed it"""
    change: str | None = None
    """what closed it: paid, reversed, ..."""
    not_known: tuple[str, ...] = ()
    """what would change the answer if it were known"""
    attempts: tuple[Attempt, ...] = ()
    """what came of each claim that went back"""
    paid: Money | None = None
    """by the adjudication in force"""
    recoupments: tuple[Recoupment, ...] = ()
    """money taken outside the claim (PLB)"""
    silent: Money | None = None
    """what of it no reversal explains"""


def lineage_of(data: Shape) -> str | None:
    """The lineage that an event speaks of; null for one of the whole claim number."""
    found = getattr(data, "lineage", None)
    return found if isinstance(found, str) else None


def _of(events: Iterable[Event[Shape]], type_: type[E], lineage: str) -> list[E]:
    return [e.data for e in events if isinstance(e.data, type_) and lineage_of(e.data) == lineage]


def account_of(claim_number: str, lineage: str, events: list[Event[Shape]], tables: Tables) -> LineageAccount:
    """What all events of a claim number say of one lineage of it."""
    change = max(_of(events, CaseChanged, lineage), key=lambda c: c.revision, default=None)
    told_of = [s for e in events if (s := subject_of(e.data)) is not None and s.lineage == lineage]
    denial = max(told_of, key=lambda s: s.revision, default=None)
    proposal = next(reversed(_of(events, RecodingProposed, lineage)), None)
    decided = [
        d for d in _of(events, RecodingDecided, lineage) if proposal and d.proposal_id == proposal.proposal_id
    ]
    sent = _of(events, ClaimDelivered, lineage)
    refusals = [
        r
        for r in _of(events, ResubmissionRefused, lineage)
        if proposal and r.proposal_id == proposal.proposal_id
    ]
    under_way = any(
        proposal and s.proposal_id == proposal.proposal_id for s in _of(events, ClaimResubmitted, lineage)
    )
    refusal = refusals[-1].reason if refusals and not under_way else None
    closed = (
        change is not None and not change.open_denial and (not denial or change.revision > denial.revision)
    )
    told = [t for t in (change, denial) if t is not None]
    latest = max(told, key=lambda t: t.revision, default=None)
    return LineageAccount(
        lineage=lineage,
        payer=denial.payer if denial else proposal.payer if proposal else change.payer if change else None,
        claim_state=denial.claim_state if denial else None,
        denied_amount=denial.denied_amount if denial else None,
        matched_claim=denial.matched_claim if denial else None,
        causes=tuple(_cause(cause, denial, tables) for cause in denial.causes) if denial else (),
        remit_quality=denial.remit_quality if denial else (),
        proposal=proposal,
        decision=decided[-1].decision if decided else None,
        refusal=refusal,
        sent=tuple(delivered.file for delivered in sent),
        settles=() if closed else settles(claim_number, denial, proposal, decided, refusal),
        open=denial is not None and not closed,
        change=change.change if change is not None and closed else None,
        not_known=_not_known(denial, proposal) if denial is not None and not closed else (),
        attempts=latest.attempts if latest is not None else (),
        paid=denial.adjudication.paid
        if denial is not None and not closed
        else (change.paid if change is not None else None),
        recoupments=latest.recoupments if latest is not None else (),
        silent=latest.silent if latest is not None else None,
    )


def _cause(cause: Cause, denial: ClassifiedDenial, tables: Tables) -> CauseAccount:
    remittance = denial.adjudication.remittance
    play = PLAYBOOK.play(cause.cause, [a.reason for a in cause.adjustments])
    return CauseAccount(
        cause=cause.cause,
        label=cause.label,
        amount=cause.amount,
        codes=(
            *(_adjusted(a) for a in cause.adjustments),
            *(_remarked(r) for r in cause.remarks),
            *cause.statuses,
        ),
        fix=cause.fix,
        action=cause.action,
        recoverability=cause.recoverability,
        carriers=carriers(
            cause.adjustments,
            cause.remarks,
            remittance.payment_date or remittance.production_date,
            tables,
        ),
        first=play.first if play is not None else None,
        never=play.never if play is not None else None,
    )


def _not_known(denial: ClassifiedDenial, proposal: RecodingProposed | None) -> tuple[str, ...]:
    """What keeps the answer from being sure: of the claim, of the remittance, of the tables."""
    found = [said_of(WAIT_WORDS, word) for word in denial.waits]
    found += [
        f"what the payer meant: {QUALITY_WORDS[word]}" for word in denial.remit_quality if word in UNCLEAR
    ]
    found += [f"policy {p.id}, which the payer decided by: read it" for p in denial.adjudication.policies]
    if proposal is not None:
        tables = [w.removeprefix(TABLE).partition(".") for w in proposal.missing if w.startswith(TABLE)]
        found += [
            f"what {missing_part(kind, part)} would say: {'it is not' if part else 'none is'} loaded for the day"
            for kind, _, part in tables
        ]
    return tuple(dict.fromkeys(found))


def _adjusted(adjustment: Adjustment) -> str:
    return (
        f"{adjustment.group}-{adjustment.reason} ${money_text(adjustment.amount)} {_place(adjustment.line)}"
    )


def _remarked(remark: Remark) -> str:
    return f"{remark.code} in {remark.place} {_place(remark.line)}"


def _place(line: int | None) -> str:
    return "on the claim" if line is None else f"on line {line}"
