"""The life of one claim number: `fold(case, event)`, a set of facts and what is said of each of its lineages.

A fact is kept once. Everything else (which claim it belongs to, the business order, the open denial, what
answers what) is a function of the set, so the order of arrival cannot matter; only revisions count arrivals.
A lineage's revision goes up when what facts from outside say of it changes: adjudications, rejections,
documentation, links. Our own sends and deliveries are folded silently, to know what the next 835 answers.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol

from schemas.acknowledgment import ClaimAcknowledged
from schemas.case import CaseChanged, ClassifiedDenial
from schemas.claim import ClaimSubmitted
from schemas.codes import ClaimState
from schemas.documentation import ClaimDocumented
from schemas.envelope import Event
from schemas.records.claim_case import (
    Acknowledgment,
    ClaimCase,
    Delivery,
    Documentation,
    FileShare,
    LineageMark,
    ProviderAdjustmentFact,
    RemittedFact,
    Send,
    Submission,
)
from schemas.remittance import Adjudication, RemittanceAdjusted
from schemas.resubmission import ClaimDelivered, ClaimResubmitted
from services.core.current_claim import transmissions
from services.core.facts import (
    acknowledgment_id,
    adjudication_id,
    documentation_id,
    identified,
    kept,
    provider_adjustment_id,
    submission_id,
)
from services.core.lineage_events import changed, classified
from services.core.lineage_view import LineageView, views

Change = CaseChanged | ClassifiedDenial

GONE: Final = ""
"""the digest of a lineage whose facts belong to another"""

ACKNOWLEDGED: Final = "acknowledged"
ADJUSTED: Final = "adjusted"
DOCUMENTED: Final = "documented"
LINKED: Final = "linked"
ADJUDICATED: Final = "adjudicated"
"""said as what the adjudication made of the claim: paid, reversed, adjusted"""

_STATES: Final = {
    ClaimState.PAID: "paid",
    ClaimState.ZERO_PAY_BENIGN: "paid",
    ClaimState.REVERSED: "reversed",
}


@dataclass(frozen=True, slots=True)
class _Added:
    """A case with one fact more. `fact`: its id; `change`: what it means to the lineage it belongs to."""

    case: ClaimCase
    fact: str
    change: str


def fold(case: ClaimCase | None, event: Event[Any]) -> tuple[ClaimCase | None, tuple[Change, ...]]:
    """The case with what the event says, and what is to be said of its lineages.

    An event that says nothing new leaves the case as it was (the same object) and gives no change. One that
    names no claim number gives null where there was no case. Never raises on data.
    """
    added = _added(case, event.data, event.id, event)
    if added is None:
        return case, ()
    if not _told_by_others(added.case):
        return added.case, ()
    marks = {mark.lineage: mark for mark in added.case.marks}
    found = views(event.key, added.case)
    changes: list[Change] = []
    for gone in sorted(set(marks) - {view.id for view in found}):
        if marks[gone].digest != GONE:
            marks[gone] = LineageMark(lineage=gone, revision=marks[gone].revision + 1, digest=GONE)
            changes.append(_vanished(added.case, marks[gone]))
    for view in found:
        digest = view.digest
        mark = marks.get(view.id)
        if digest == (mark.digest if mark is not None else GONE):
            continue
        revision = mark.revision + 1 if mark is not None else 1
        marks[view.id] = LineageMark(lineage=view.id, revision=revision, digest=digest)
        changes.extend(_changes(view, revision, added))
    ordered = tuple(marks[lineage] for lineage in sorted(marks))
    return (added.case.model_copy(update={"marks": ordered}) if changes else added.case), tuple(changes)


def _told_by_others(case: ClaimCase) -> bool:
    """Something came from outside that a lineage could be about. A claim alone, as most are when they come, has
    nothing that is worth a look."""
    known = case.adjudications or case.submissions
    return bool(
        case.adjudications
        # What was taken under a number that is no claim's says nothing of any.
        or (case.provider_adjustments and known)
        or case.documentation
        or any(not a.acknowledgment.accepted for a in case.acknowledgments)
    )


def _changes(view: LineageView, revision: int, added: _Added) -> Iterable[Change]:
    """Exactly one of `denial-classified` and `case-changed`; where a denial stays open, the one after the other."""
    denial = view.denial
    fresh = denial is not None and denial.id == added.fact
    if not fresh:
        change = added.change if added.fact in view.facts else LINKED
        if change == ADJUDICATED:
            change = ADJUSTED if view.state is None else _STATES.get(view.state, ADJUSTED)
        yield changed(view, revision, change)
    if denial is not None:
        yield classified(view, revision, denial)


def _vanished(case: ClaimCase, mark: LineageMark) -> CaseChanged:
    return CaseChanged(
        claim_number=case.claim_number,
        lineage=mark.lineage,
        revision=mark.revision,
        answers=None,
        change=LINKED,
        open_denial=False,
    )


def _added(case: ClaimCase | None, data: object, event: str, told: Event[Any]) -> _Added | None:
    """The case with the fact, or null where it is known or names no claim."""
    match data:
        case Adjudication():
            return _with_adjudication(case or _new(data.claim_number), data, event)
        case ClaimSubmitted():
            case = case or _new(data.claim_number)
            return _with_submission(case, data, event)
        case ClaimAcknowledged() if data.claim_number is not None:
            case = case or _new(data.claim_number)
            acknowledgment = data.model_copy(update={"segments": (), "findings": ()})
            fact = Acknowledgment(id=acknowledgment_id(data), event=event, acknowledgment=acknowledgment)
            return _with(case, "acknowledgments", fact, ACKNOWLEDGED)
        case RemittanceAdjusted() if (named := _named(data, told.key)) is not None:
            case = case or _new(named)
            adjustment = data.model_copy(update={"segments": (), "findings": ()})
            entry = ProviderAdjustmentFact(
                id=provider_adjustment_id(data), event=event, adjustment=adjustment
            )
            return _with(case, "provider_adjustments", entry, ADJUSTED)
        case ClaimDocumented():
            case = case or _new(data.claim_number)
            documentation = Documentation(id=documentation_id(data), event=event, documented=data)
            return _with(case, "documentation", documentation, DOCUMENTED)
        case ClaimResubmitted():
            case = case or _new(data.claim_number)
            send = Send(id=data.resubmission_id, event=event, sent=told.time.date(), resubmission=data)
            return _with(case, "sends", send, LINKED)
        case ClaimDelivered():
            case = case or _new(data.claim_number)
            delivery = Delivery(
                id=data.resubmission_id,
                event=event,
                at=data.at,
                control_number=data.interchange_control_number,
            )
            return _with(case, "deliveries", delivery, LINKED)
        case _:
            return None


def _named(adjustment: RemittanceAdjusted, key: str) -> str | None:
    """The claim that a PLB entry speaks of: as its own remittance told, else the number by which it came here."""
    if adjustment.claim_number is not None:
        return adjustment.claim_number
    return adjustment.reference if key.count("|") == 1 else None


def _new(claim_number: str) -> ClaimCase:
    return ClaimCase(claim_number=claim_number.strip().upper())


class _Fact(Protocol):
    @property
    def id(self) -> str: ...


def _with(case: ClaimCase, field: str, fact: _Fact, change: str) -> _Added | None:
    facts: tuple[_Fact, ...] = getattr(case, field)
    if any(known.id == fact.id for known in facts):
        return None
    merged = tuple(sorted((*facts, fact), key=lambda f: f.id))
    return _Added(case.model_copy(update={field: merged}), fact.id, change)


def _with_submission(case: ClaimCase, claim: ClaimSubmitted, event: str) -> _Added | None:
    """A claim that is known changes nothing but where it came in another transaction set: somebody sent it again."""
    fresh = Submission(id=submission_id(claim), event=event, claim=claim)
    known = next((s for s in case.submissions if s.id == fresh.id), None)
    if known is None:
        return _with(case, "submissions", fresh, LINKED)
    # Which of them came first here makes no difference.
    first, second = sorted((known, fresh), key=lambda s: transmissions(s)[0].place)
    came = {*transmissions(first), *transmissions(second)} - {transmissions(first)[0]}
    kept = first.model_copy(update={"again": tuple(sorted(came, key=lambda t: t.place))})
    if kept.again == known.again:
        return None
    others = tuple(s for s in case.submissions if s.id != fresh.id)
    submissions = tuple(sorted((*others, kept), key=lambda s: s.id))
    return _Added(case.model_copy(update={"submissions": submissions}), fresh.id, LINKED)


def _with_adjudication(case: ClaimCase, adjudication: Adjudication, event: str) -> _Added | None:
    """A repeated remittance changes nothing; that another file holds it too is noted where that file is waited
    for, and one that a person linked to a claim takes the place of the one that did not say which."""
    id_ = adjudication_id(adjudication)
    files = _shared(case.files, adjudication)
    fact = RemittedFact(id=id_, event=event, adjudication=kept(adjudication))
    known = next((f for f in case.adjudications if f.id == id_), None)
    if known is not None and identified(adjudication) > identified(known.adjudication):
        others = tuple(f for f in case.adjudications if f.id != id_)
        case = case.model_copy(update={"adjudications": others})
    added = _with(case, "adjudications", fact, LINKED if known is not None else ADJUDICATED)
    if files == case.files:
        return added
    added = added or _Added(case, id_, LINKED)
    return replace(added, case=added.case.model_copy(update={"files": files}))


def _shared(files: tuple[FileShare, ...], adjudication: Adjudication) -> tuple[FileShare, ...]:
    position = adjudication.position
    known = next((f for f in files if f.file == position.file), None)
    expected = adjudication.siblings - adjudication.siblings_quarantined
    if known is not None:
        expected = min(expected, known.expected)
    elif expected < 2:
        return files
    folded = tuple(sorted({position.index, *(known.folded if known is not None else ())}))
    share = FileShare(file=position.file, expected=expected, folded=folded)
    if share == known:
        return files
    others = [f for f in files if f.file != position.file]
    return tuple(sorted((*others, share), key=lambda f: f.file))
