"""The account of one claim for a person, from its events: timeline, causes, proposal, clocks, what is missing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Final, TypeVar

from schemas.acknowledgment import ClaimAcknowledged
from schemas.case import CaseChanged, Cause, ClassifiedDenial
from schemas.claim import ClaimSubmitted, Payer
from schemas.codes import Automation, Decision
from schemas.documentation import ClaimDocumented
from schemas.envelope import Event
from schemas.faults import DeadLetter, LetterDiscarded, LetterReplayed
from schemas.recoding import CaseFlagged, DecisionRequested, RecodingDecided, RecodingProposed
from schemas.remittance import Adjudication, Adjustment, Remark, RemittanceAdjusted
from schemas.resubmission import ClaimDelivered, ClaimResubmitted, ResubmissionRefused
from schemas.shape import Money, Shape, money_text
from services.cli.rendering import counted

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
    "document": "a document that supports the change: approve with --document",
}
"""What a word of `missing` or `needs` asks a person for."""

TABLE: Final = "table:"
"""How `missing` names a table that is not loaded."""


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


class Account(Shape):
    """The document of `reclaim explain --json`."""

    claim_number: str
    key: str
    lineages: tuple[LineageAccount, ...]
    timeline: tuple[Moment, ...]
    open_letters: tuple[str, ...] = ()
    """dead letters of this claim: while one is open, nothing of it is automated or sent"""


def give_account(claim_number: str, key: str, events: Iterable[Event[Shape]]) -> Account | None:
    """The account of a claim from all events of its key; null where there are none."""
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
            what=_told(event.data),
        )
        for event in told
    ]
    return Account(
        claim_number=claim_number,
        key=key,
        lineages=tuple(_account_of(lineage, told) for lineage in lineages),
        timeline=tuple(sorted(moments, key=lambda moment: moment.date)),
        open_letters=tuple(f"{letter}: {reason}" for letter, reason in letters.items()),
    )


def _lineage(data: Shape) -> str | None:
    found = getattr(data, "lineage", None)
    return found if isinstance(found, str) else None


def _of(events: Iterable[Event[Shape]], type_: type[E], lineage: str) -> list[E]:
    return [e.data for e in events if isinstance(e.data, type_) and _lineage(e.data) == lineage]


def _account_of(lineage: str, events: list[Event[Shape]]) -> LineageAccount:
    denial = next(reversed(_of(events, ClassifiedDenial, lineage)), None)
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
    return LineageAccount(
        lineage=lineage,
        payer=denial.payer if denial else proposal.payer if proposal else None,
        claim_state=denial.claim_state if denial else None,
        denied_amount=denial.denied_amount if denial else None,
        matched_claim=denial.matched_claim if denial else None,
        causes=tuple(_cause(cause) for cause in denial.causes) if denial else (),
        remit_quality=denial.remit_quality if denial else (),
        proposal=proposal,
        decision=decided[-1].decision if decided else None,
        refusal=refusal,
        sent=tuple(delivered.file for delivered in sent),
        settles=_settles(proposal, decided, refusal),
    )


def _cause(cause: Cause) -> CauseAccount:
    return CauseAccount(
        cause=cause.cause,
        label=cause.label,
        amount=cause.amount,
        codes=tuple(_adjusted(a) for a in cause.adjustments) + tuple(_remarked(r) for r in cause.remarks),
        fix=cause.fix,
        action=cause.action,
        recoverability=cause.recoverability,
    )


def _adjusted(adjustment: Adjustment) -> str:
    return (
        f"{adjustment.group}-{adjustment.reason} ${money_text(adjustment.amount)} {_place(adjustment.line)}"
    )


def _remarked(remark: Remark) -> str:
    return f"{remark.code} in {remark.place} {_place(remark.line)}"


def _place(line: int | None) -> str:
    return "on the claim" if line is None else f"on line {line}"


def _settles(
    proposal: RecodingProposed | None, decided: list[RecodingDecided], refusal: str | None
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
    if decided and decided[-1].decision is Decision.HELD and decided[-1].until is not None:
        wanted.append(f"held until {decided[-1].until.isoformat()}")
    wanted.append("a decision: `reclaim decide CLAIM approve|reject|hold --by WHO --reason CODE`")
    return tuple(dict.fromkeys(wanted))


def _wanted(word: str) -> str:
    if word.startswith(TABLE):
        kind = word.removeprefix(TABLE)
        return f"the {kind} on file: `reclaim load {kind} FILE`"
    return SETTLES.get(word, word.replace("_", " "))


def _told(data: Shape) -> str:
    """An event in a few words: codes, amounts and identifiers, never a name of a person."""
    for model, tell in _TELLERS:
        if isinstance(data, model):
            return tell(data)
    return ""


def _submitted(claim: ClaimSubmitted) -> str:
    again = f", frequency {claim.frequency_code}" if claim.frequency_code not in (None, "1") else ""
    return f"{claim.transaction}, {counted(len(claim.lines), 'line')}, ${money_text(claim.total_charge)} billed{again}"


def _adjudicated(adjudication: Adjudication) -> str:
    text = (
        f"{adjudication.claim_state.replace('_', ' ')}: ${money_text(adjudication.paid)} paid of "
        f"${money_text(adjudication.charge)}"
    )
    if adjudication.denied_amount:
        text += f", ${money_text(adjudication.denied_amount)} denied"
    codes = dict.fromkeys(f"{a.group}-{a.reason}" for a in adjudication.adjustments)
    return text + (f" ({', '.join(codes)})" if codes else "")


def _acknowledged(data: ClaimAcknowledged) -> str:
    codes = ", ".join(":".join(filter(None, (r.category, r.status))) for r in data.reasons)
    return f"{'accepted' if data.accepted else 'rejected'} ({data.kind}{', ' + codes if codes else ''})"


def _money_moved(data: RemittanceAdjusted) -> str:
    return f"{data.reason}: ${money_text(data.amount)} {'taken' if data.amount > 0 else 'given'} outside the claim"


def _documented(data: ClaimDocumented) -> str:
    told = (counted(len(data.documents), "document"), counted(len(data.answers), "answer"))
    return ", ".join([*told, *data.documented_diagnoses])


def _classified(data: ClassifiedDenial) -> str:
    causes = ", ".join(cause.cause for cause in data.causes)
    return f"revision {data.revision}: {causes} (${money_text(data.denied_amount)})"


def _changed(data: CaseChanged) -> str:
    return f"revision {data.revision}: {data.change}" + ("" if data.open_denial else ", no open denial")


def _proposed(data: RecodingProposed) -> str:
    return f"{data.automation} {data.action}, {data.path} by rule {data.rule.id}"


def _requested(data: DecisionRequested) -> str:
    return f"{data.wish} wanted by {data.by} ({data.reason})"


def _decided(data: RecodingDecided) -> str:
    return f"{data.decision} by {data.by} ({data.reason})"


def _resubmitted(data: ClaimResubmitted) -> str:
    code = f", frequency {data.frequency_code}" if data.frequency_code else ""
    return f"{data.path}{code}, generation {data.generation}"


def _refused(data: ResubmissionRefused) -> str:
    return f"{data.reason}{', waits' if data.waits else ''}"


def _delivered(data: ClaimDelivered) -> str:
    return f"{data.file} (interchange {data.interchange_control_number})"


def _flagged(data: CaseFlagged) -> str:
    return f"{data.flag}: {data.reason}"


def _lettered(data: DeadLetter) -> str:
    return f"{data.service} could not handle it: {data.reason}"


def _answered(data: LetterReplayed | LetterDiscarded) -> str:
    return f"by {data.by} ({data.reason})"


_TELLERS: Final[tuple[tuple[type[Shape], Callable[..., str]], ...]] = (
    (ClaimSubmitted, _submitted),
    (ClaimAcknowledged, _acknowledged),
    (Adjudication, _adjudicated),
    (RemittanceAdjusted, _money_moved),
    (ClaimDocumented, _documented),
    (ClassifiedDenial, _classified),
    (CaseChanged, _changed),
    (RecodingProposed, _proposed),
    (DecisionRequested, _requested),
    (RecodingDecided, _decided),
    (ClaimResubmitted, _resubmitted),
    (ResubmissionRefused, _refused),
    (ClaimDelivered, _delivered),
    (CaseFlagged, _flagged),
    (DeadLetter, _lettered),
    (LetterReplayed, _answered),
    (LetterDiscarded, _answered),
)
