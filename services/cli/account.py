"""The account of one claim for a person, from its events: timeline, causes, proposal, clocks, what is missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Final, TypeVar

from schemas.case import Attempt, CaseChanged, Cause, ClassifiedDenial, Recoupment
from schemas.claim import Payer
from schemas.codes import Automation, Decision, Path
from schemas.envelope import Event
from schemas.faults import DeadLetter, LetterDiscarded, LetterReplayed
from schemas.recoding import RecodingDecided, RecodingProposed
from schemas.remittance import Adjustment, Remark
from schemas.resubmission import ClaimDelivered, ClaimResubmitted, ResubmissionRefused
from schemas.shape import Money, Shape, money_text
from services.cli.claim_account import (
    AnswerAccount,
    BilledAccount,
    CodeAccount,
    RejectionAccount,
    answered,
    billed,
    carriers,
    rejected,
)
from services.cli.claim_words import (
    QUALITY_WORDS,
    UNCLEAR,
    WAIT_WORDS,
    loading_kind,
    missing_part,
    plain,
    said_of,
)
from services.cli.timeline import tell
from services.core.codes.tables import NO_TABLES, Tables
from services.core.denials.playbook import PLAYBOOK
from services.core.denials.rejection import subject_of
from services.core.resubmission.path import CLAIM_PATHS

E = TypeVar("E", bound=Shape)

CLAIM_LOGS: Final = (
    "claim-submitted",
    "claim-acknowledged",
    "claim-denied",
    "claim-adjudicated",
    "remittance-adjusted",
    "claim-documented",
    "denial-classified",
    "case-changed",
    "recoding-proposed",
    "decision-requested",
    "recoding-decided",
    "claim-resubmitted",
    "resubmission-refused",
    "claim-delivered",
    "case-flagged",
    "dead-letters",
)
"""The logs that tell of one claim, in the order in which a day's events are told."""

CLOSING: Final = (Decision.APPROVED, Decision.OVERRIDDEN, Decision.REJECTED, Decision.WITHDRAWN)
"""Decisions after which a proposal waits for nobody."""

SETTLES: Final[Mapping[str, str]] = {
    "claim": "the submitted claim: put its 837 into the inbox",
    "lines": "the submitted lines that the remittance speaks of: the 837 at hand does not show them",
    "clock_passed:appeal": "an exception of the payer: its time for an appeal is over",
    "clock_passed:corrected_claim": "an exception of the payer: its time for a corrected claim is over",
    "clock_passed:filing_limit": "proof of timely filing (999, 277CA) or an exception: the filing limit has passed",
    "clock_passed:records": "an exception of the payer: its time for the records is over",
    "clock_passed:reopening": "good cause for a reopening: its year is over",
    "max_attempts": "another way: the claim was sent back as often as this payer takes it",
    "paper_only": "the claim on paper: this payer takes nothing electronic",
    "document": "a document that supports the change: approve with --document",
    "documented.documented_diagnoses": "the diagnosis, documented for this encounter: `reclaim load documentation FILE`",
    "documented_diagnosis": "the diagnosis, documented for this encounter: `reclaim load documentation FILE`",
    "documented.counts": "counts or minutes of the record: `reclaim load documentation FILE`",
    "documented.counts.modifiers": "the units as the record counts them apart, each part with what sets it apart: `reclaim load documentation FILE`",
    "documented.surgeries": "the surgery before, which stands on another claim of the patient: `reclaim load documentation FILE`",
    "documented.levels": "on what the level rests, decision making or time: `reclaim load documentation FILE`",
    "fact:same_unit_basis": "whether both codes count the same unit: a coder reads both",
    "fact:the_other_service_of_the_day": "the other service of the day: it is not on this claim",
    "fact:a_limit_that_is_not_published": "a limit of the code that is not published",
    "next_payer": "who pays after this payer, if anybody does: the claim names no other payer",
    "prior_remittance": "the remittance of the payer that comes first, if there is one: put its 835 into the inbox",
    "documented.drugs.wasted": "what was given and discarded, as the administration record says: `reclaim load documentation FILE`",
}
"""What a word of `missing` or `needs` asks a person for."""

TABLE: Final = "table:"
"""How `missing` names a table that is not loaded."""

CLAIM: Final = "claim."
"""How `missing` names what the claim does not say."""

PROFILE: Final = "profile."
"""How `missing` names what the payer's profile does not say."""


class Moment(Shape):
    """One dated event of the claim, in a few words without names."""

    date: date
    event: str
    id: str
    lineage: str | None
    what: str


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


class Account(Shape):
    """The document of `reclaim explain --json`."""

    claim_number: str
    key: str
    lineages: tuple[LineageAccount, ...]
    timeline: tuple[Moment, ...]
    billed: tuple[BilledAccount, ...] = ()
    answers: tuple[AnswerAccount, ...] = ()
    rejections: tuple[RejectionAccount, ...] = ()
    open_letters: tuple[str, ...] = ()
    """dead letters of this claim: while one is open, nothing of it is automated or sent"""


def give_account(
    claim_number: str, key: str, events: Iterable[Event[Shape]], tables: Tables = NO_TABLES
) -> Account | None:
    """The account of a claim from all events of its key; null where there are none. `tables`: the user's lists
    of codes, for their words."""
    told = list(events)
    if not told:
        return None
    lineages = dict.fromkeys(lineage for e in told if (lineage := _lineage(e.data)) is not None)
    letters: dict[str, str] = {}
    for event in told:
        if isinstance(event.data, DeadLetter):
            letters[event.data.letter] = event.data.reason
        elif isinstance(event.data, LetterReplayed | LetterDiscarded):
            letters.pop(event.data.letter, None)
    moments = [
        Moment(
            date=event.time.date(),
            event=event.type.rpartition(".v")[0],
            id=event.id,
            lineage=_lineage(event.data),
            what=tell(event.data),
        )
        for event in told
    ]
    return Account(
        claim_number=claim_number,
        key=key,
        lineages=tuple(_account_of(claim_number, lineage, told, tables) for lineage in lineages),
        billed=billed(told),
        answers=answered(told, tables),
        rejections=rejected(told),
        timeline=tuple(sorted(moments, key=lambda moment: moment.date)),
        open_letters=tuple(f"{letter}: {reason}" for letter, reason in letters.items()),
    )


def _lineage(data: Shape) -> str | None:
    found = getattr(data, "lineage", None)
    return found if isinstance(found, str) else None


def _of(events: Iterable[Event[Shape]], type_: type[E], lineage: str) -> list[E]:
    return [e.data for e in events if isinstance(e.data, type_) and _lineage(e.data) == lineage]


def _account_of(
    claim_number: str, lineage: str, events: list[Event[Shape]], tables: Tables
) -> LineageAccount:
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
        settles=() if closed else _settles(claim_number, denial, proposal, decided, refusal),
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


def _settles(
    claim_number: str,
    denial: ClassifiedDenial | None,
    proposal: RecodingProposed | None,
    decided: list[RecodingDecided],
    refusal: str | None,
) -> tuple[str, ...]:
    """What a person can do next."""
    if refusal is not None:
        return (f"approved but not sent: {refusal}",)
    if proposal is None or proposal.automation is Automation.A0:
        return ()
    if decided and decided[-1].decision in CLOSING:
        return ()
    wanted = [_wanted(word) for word in proposal.missing]
    wanted += [_wanted(need) for candidate in proposal.candidates for need in candidate.needs]
    if proposal.query is not None:
        wanted.append(f"an answer of the provider: {proposal.query}")
    if not wanted and denial is not None and proposal.automation is Automation.A1 and not _stopped(proposal):
        # Nothing is missing that a table or a document could bring: then it is the first move that settles it.
        primary = denial.causes[0]
        play = PLAYBOOK.play(primary.cause, [a.reason for a in primary.adjustments])
        wanted += [play.first] if play is not None else []
    if decided and decided[-1].decision is Decision.HELD and decided[-1].until is not None:
        wanted.append(f"held until {decided[-1].until.isoformat()}")
    wanted.append(_decision(claim_number, proposal))
    return tuple(dict.fromkeys(wanted))


def _stopped(proposal: RecodingProposed) -> bool:
    """Whether the stop list keeps everything back that would be sent (G7)."""
    return any(guard.id == "G7" and guard.result == "veto" for guard in proposal.guards)


def _decision(claim_number: str, proposal: RecodingProposed) -> str:
    """What a person types: an approval only of what can be approved."""
    closing = f"a decision: `reclaim decide {claim_number} reject --by YOU --reason CODE` closes it; or hold"
    if _stopped(proposal):
        return closing
    if not (proposal.edits or proposal.candidates or proposal.path_edits):
        if proposal.path in CLAIM_PATHS:
            return (
                f"your own edits: `reclaim override {claim_number} --edits FILE --by YOU --reason documented "
                "--document REF`, or decide reject, or hold"
            )
        if proposal.path is Path.NONE:
            return closing
    choice = " --candidate N" if len(proposal.candidates) > 1 else ""
    wants = any(g.result == "veto" and g.id in ("G1", "G3", "G6", "G8") for g in proposal.guards)
    document = " --document REF" if proposal.candidates or wants or "document" in proposal.missing else ""
    return (
        f"a decision: `reclaim decide {claim_number} approve{choice}{document} --by YOU --reason documented`,"
        " or reject, or hold"
    )


def _wanted(word: str) -> str:
    if word.startswith(TABLE):
        kind, _, part = word.removeprefix(TABLE).partition(".")
        return f"{missing_part(kind, part)}: `reclaim load {loading_kind(kind)} FILE`"
    if word.startswith(CLAIM):
        return f"what the claim does not say: {plain(word.removeprefix(CLAIM))}"
    if word.startswith(PROFILE):
        return f"how this payer takes it ({plain(word.removeprefix(PROFILE))}): `reclaim load payer_profiles FILE`"
    return SETTLES.get(word, plain(word))
