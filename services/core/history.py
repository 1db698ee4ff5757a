"""What happened to a lineage, fact by fact in business order, and all documentation of it as one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Final, TypeVar

from schemas.case import HistoryEntry
from schemas.documentation import ClaimDocumented
from schemas.records.claim_case import Documentation, RemittedFact, Submission
from services.core.chronology import NO_DATE, remitted_on
from services.core.lineage_facts import Members

T = TypeVar("T")

ELSEWHERE: Final = "another payer"


def history_of(
    members: Members, ordered: Sequence[RemittedFact], elsewhere: Iterable[RemittedFact]
) -> tuple[HistoryEntry, ...]:
    """Every dated fact. `ordered`: the adjudications in business order; `elsewhere`: those of other payers."""
    order = {f.event: n for n, f in enumerate(ordered)}
    found = [
        *_submitted(members.submissions),
        *(_to(entry, ELSEWHERE) for entry in _submitted(members.sent_elsewhere)),
        *(_adjudicated(f) for f in ordered),
        *(_by(_adjudicated(f), ELSEWHERE) for f in elsewhere),
        *_others(members),
    ]
    return tuple(
        sorted(found, key=lambda e: (e.date or NO_DATE, order.get(e.fact, -1), e.type, e.fact, e.summary))
    )


def _submitted(submissions: Iterable[Submission]) -> Iterator[HistoryEntry]:
    for s in submissions:
        summary = f"frequency {s.claim.frequency_code}"
        yield HistoryEntry(fact=s.event, type="claim-submitted", date=s.claim.submitted, summary=summary)


def _adjudicated(fact: RemittedFact) -> HistoryEntry:
    day = remitted_on(fact.adjudication)
    return HistoryEntry(
        fact=fact.event,
        type="claim-adjudicated",
        date=None if day == NO_DATE else day,
        summary=fact.adjudication.claim_state.value,
    )


def _to(entry: HistoryEntry, whom: str) -> HistoryEntry:
    return entry.model_copy(update={"summary": f"{entry.summary} to {whom}"})


def _by(entry: HistoryEntry, whom: str) -> HistoryEntry:
    return entry.model_copy(update={"summary": f"{entry.summary} by {whom}"})


def _others(members: Members) -> Iterator[HistoryEntry]:
    def entry(fact: str, type_: str, day: date | None, summary: str) -> HistoryEntry:
        return HistoryEntry(fact=fact, type=type_, date=day, summary=summary)

    for a in members.acknowledgments:
        said = a.acknowledgment
        word = "accepted" if said.accepted else "rejected"
        yield entry(a.event, "claim-acknowledged", said.received, f"{said.kind} {word}")
    for p in members.provider_adjustments:
        remittance = p.adjustment.remittance
        day = remittance.payment_date or remittance.production_date
        yield entry(p.event, "remittance-adjusted", day, f"PLB {p.adjustment.reason}")
    for d in members.documentation:
        yield entry(d.event, "claim-documented", d.documented.documented, "documented")
    for send in members.sends:
        sent = send.resubmission
        summary = f"generation {sent.generation} {sent.path.value}"
        yield entry(send.event, "claim-resubmitted", send.sent, summary)
    for send in members.received:
        summary = f"{send.resubmission.path.value} by {ELSEWHERE}'s denial"
        yield entry(send.event, "claim-resubmitted", send.sent, summary)
    for delivery in members.deliveries:
        yield entry(delivery.event, "claim-delivered", delivery.at, "delivered")


def merged(claim_number: str, documentation: Sequence[Documentation]) -> ClaimDocumented | None:
    """All documentation as one: each entry once, in the order of its date."""
    parts = sorted(documentation, key=lambda d: (d.documented.documented, d.id))
    if not parts:
        return None
    told = [part.documented for part in parts]
    return ClaimDocumented(
        claim_number=claim_number,
        documented_diagnoses=_once(code for d in told for code in d.documented_diagnoses),
        documents=_once(document for d in told for document in d.documents),
        answers=_once(answer for d in told for answer in d.answers),
        authorizations=_once(one for d in told for one in d.authorizations),
        levels=_once(one for d in told for one in d.levels),
        drugs=_once(one for d in told for one in d.drugs),
        counts=_once(one for d in told for one in d.counts),
        places=_once(one for d in told for one in d.places),
        documented=told[-1].documented,
    )


def _once(values: Iterable[T]) -> tuple[T, ...]:
    found: list[T] = []
    for value in values:
        if value not in found:
            found.append(value)
    return tuple(found)
