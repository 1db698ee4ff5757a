"""What the facts of a case say of each of its lineages: the open denial, its causes, attempts, and what waits.

Pure views of a set of facts. What is costly (causes, line matches, the claim read back from a resubmission) is
computed only when an event is made.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Final, TypeVar

from schemas.case import Attempt, CaseChanged, ClassifiedDenial, Evidence, HistoryEntry
from schemas.claim import ClaimSubmitted, Payer
from schemas.codes import ClaimState
from schemas.documentation import ClaimDocumented
from schemas.envelope import content_id
from schemas.records.claim_case import (
    Acknowledgment,
    ClaimCase,
    Delivery,
    Documentation,
    ProviderAdjustmentFact,
    RemittedFact,
    Send,
    Submission,
)
from services.core.chronology import (
    DENIED_AGAIN,
    NO_DATE,
    PAID,
    REJECTED,
    VOID,
    Answer,
    Standing,
    answers,
    remitted_on,
    standing,
)
from services.core.current_claim import as_submitted, last_submitted
from services.core.denials.classification import classify
from services.core.denials.lines import match_lines
from services.core.facts import adjudication_traits, submission_traits
from services.core.lineages import UNATTACHED, UNDATED, Lineage, lineages, reference

SIBLINGS_MISSING: Final = "siblings_missing"
"""a file holds more of this claim number than was folded: a correction may follow its reversal"""
UNMATCHED_CLAIM: Final = "unmatched_claim"
AMBIGUOUS_LINEAGE: Final = "ambiguous_lineage"
UNBALANCED: Final = "unbalanced"
"""the amounts of the adjudication do not add up, so it was read wrongly or written wrongly"""
UNREADABLE_CLAIM: Final = "unreadable_claim"
"""the resubmission that the payer adjudicated cannot be read back"""


@dataclass(slots=True)
class _Members:
    """The facts of one lineage."""

    lineage: Lineage
    submissions: list[Submission] = field(default_factory=list)
    adjudications: list[RemittedFact] = field(default_factory=list)
    acknowledgments: list[Acknowledgment] = field(default_factory=list)
    provider_adjustments: list[ProviderAdjustmentFact] = field(default_factory=list)
    documentation: list[Documentation] = field(default_factory=list)
    sends: list[Send] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)
    ambiguous: bool = False


class LineageView:
    """One lineage of a case."""

    def __init__(self, case: ClaimCase, members: _Members, siblings_missing: bool) -> None:
        self.id = members.lineage.id
        self._case = case
        self._members = members
        self._siblings_missing = siblings_missing
        self.standing: Standing = standing(members.adjudications)
        self._answers = answers(self.standing, members.sends, members.deliveries, members.acknowledgments)

    @property
    def denial(self) -> RemittedFact | None:
        """The open denial."""
        return self.standing.denial

    @property
    def state(self) -> ClaimState | None:
        return self.standing.state

    @property
    def claim_number(self) -> str:
        """As the provider writes it, else as the payer does."""
        if self._submission is not None:
            return self._submission.claim.claim_number
        ordered = self.standing.ordered
        return ordered[-1].adjudication.claim_number if ordered else self._case.claim_number

    @cached_property
    def facts(self) -> tuple[str, ...]:
        """Ids of the facts from outside, sorted. Acknowledgments that accept are none: they change nothing."""
        members = self._members
        ids = [f.id for f in members.adjudications]
        ids += [f.id for f in members.acknowledgments if not f.acknowledgment.accepted]
        ids += [f.id for f in members.provider_adjustments]
        ids += [f.id for f in members.documentation]
        return tuple(sorted(ids))

    @cached_property
    def digest(self) -> str:
        """What the last event of this lineage was about; empty where there is nothing to say."""
        if not self.facts:
            return ""
        said = [f"{a.resubmission}:{a.fact}:{a.outcome}" for a in self._answers]
        if self.denial is not None:
            said += [self._claim_source or "", *self._waits(readable=True)]
        return content_id(*self.facts, "", *said)

    # Attempts

    @cached_property
    def _outcomes(self) -> dict[str, Answer]:
        return {answer.resubmission: answer for answer in self._answers}

    def _answered(self) -> str | None:
        """The attempt that the adjudication in force answers; else the one that was rejected last."""
        stand = self.standing
        decisive = stand.current or (stand.ordered[-1] if stand.ordered else None)
        generations = {send.id: send.resubmission.generation for send in self._members.sends}
        rejected = [a for a in self._outcomes.values() if a.outcome == REJECTED]
        own = [a for a in self._answers if decisive is not None and a.fact == decisive.id]
        latest = max(
            (*own, *rejected), key=lambda a: (generations[a.resubmission], a.resubmission), default=None
        )
        return latest.resubmission if latest is not None else None

    def _attempts(self) -> tuple[Attempt, ...]:
        delivered = {delivery.id for delivery in self._members.deliveries}
        sends = sorted(self._members.sends, key=lambda s: (s.resubmission.generation, s.id))
        return tuple(
            Attempt(
                resubmission_id=send.id,
                proposal_id=send.resubmission.proposal_id,
                generation=send.resubmission.generation,
                causes=send.resubmission.causes,
                path=send.resubmission.path.value,
                delivered=send.id in delivered,
                outcome=self._outcomes[send.id].outcome if send.id in self._outcomes else None,
            )
            for send in sends
        )

    # The claim

    @cached_property
    def _adjudicated_send(self) -> Send | None:
        """The last resubmission that the payer adjudicated, unless a submission of others came after it."""
        taken = [
            send
            for send in self._members.sends
            if send.resubmission.frequency_code != VOID
            and send.id in self._outcomes
            and self._outcomes[send.id].outcome in (PAID, DENIED_AGAIN)
        ]
        if not taken:
            return None
        last = max(taken, key=lambda s: (s.resubmission.generation, s.id))
        answered_by = self._outcomes[last.id].fact
        controls = next(
            reference(f.adjudication.payer_control_number)
            for f in self._members.adjudications
            if f.id == answered_by
        )
        if any(reference(s.claim.original_reference) & controls for s in self._members.submissions):
            return None
        return last

    @cached_property
    def _submission(self) -> Submission | None:
        return last_submitted(self._members.submissions)

    @property
    def _claim_source(self) -> str | None:
        """The id of the fact that the current claim comes from."""
        if self._submission is None:
            return None
        return self._adjudicated_send.id if self._adjudicated_send is not None else self._submission.id

    def _claim(self) -> ClaimSubmitted | None:
        """Null where no 837 is known, or the resubmission in force cannot be read back."""
        if self._submission is None:
            return None
        if self._adjudicated_send is None:
            return self._submission.claim
        return as_submitted(self._adjudicated_send, self._submission.claim)

    # Events

    def _waits(self, readable: bool) -> tuple[str, ...]:
        denial = self.denial
        found = []
        if self._siblings_missing:
            found.append(SIBLINGS_MISSING)
        if self._submission is None:
            found.append(UNMATCHED_CLAIM)
        elif not readable:
            found.append(UNREADABLE_CLAIM)
        if self._members.ambiguous or self._members.lineage.ambiguous:
            found.append(AMBIGUOUS_LINEAGE)
        if denial is not None and any(f.code.startswith("balance") for f in denial.adjudication.findings):
            found.append(UNBALANCED)
        return tuple(sorted(found))

    def _known(self) -> tuple[str, ...]:
        """The facts that an event stands on: those from outside, and the claim where a denial is open."""
        source = self._claim_source if self.denial is not None else None
        return tuple(sorted({*self.facts, *((source,) if source is not None else ())}))

    def changed(self, revision: int, change: str) -> CaseChanged:
        return CaseChanged(
            claim_number=self.claim_number,
            lineage=self.id,
            revision=revision,
            answers=self._answered(),
            change=change,
            open_denial=self.denial is not None,
            claim_state=self.state,
            payer=self._payer(),
            accepted=False if change == "acknowledged" else None,
            facts=self._known(),
        )

    def classified(self, revision: int, denial: RemittedFact) -> ClassifiedDenial:
        adjudication = denial.adjudication
        claim = self._claim()
        result = classify(adjudication, denial.event, self._earlier(denial))
        attempts = self._attempts()
        return ClassifiedDenial(
            claim_number=self.claim_number,
            lineage=self.id,
            revision=revision,
            answers=self._answered(),
            payer=adjudication.payer,
            filing_indicator=adjudication.filing_indicator,
            payer_state=adjudication.payer_state,
            claim_state=adjudication.claim_state,
            denied_amount=adjudication.denied_amount,
            primary_cause=result.primary_cause,
            causes=result.causes,
            directives=result.directives,
            remit_quality=result.remit_quality,
            generation=max((a.generation for a in attempts), default=0),
            matched_claim=claim is not None,
            facts=self._known(),
            waits=self._waits(readable=claim is not None),
            claim=claim,
            adjudication=adjudication,
            matches=match_lines(adjudication.lines, claim.lines) if claim is not None else (),
            attempts=attempts,
            documented=self._documented(),
            history=self._history(),
        )

    def _payer(self) -> Payer | None:
        if self.standing.ordered:
            return (self.standing.current or self.standing.ordered[-1]).adjudication.payer
        if self._submission is not None:
            return self._submission.claim.payer
        told = [a.acknowledgment.payer for a in self._members.acknowledgments if a.acknowledgment.payer]
        return told[0] if told else None

    def _earlier(self, denial: RemittedFact) -> tuple[Evidence, ...]:
        """What a denial as duplicate may be a duplicate of: adjudications before it, and our own attempts."""
        ordered = self.standing.ordered
        before = ordered[: ordered.index(denial)]
        found = [
            Evidence(source=f.event, place="2100 CLP02", value=f.adjudication.claim_state.value)
            for f in before
        ]
        found += [
            Evidence(
                source=s.event, place="claim-resubmitted", value=f"generation {s.resubmission.generation}"
            )
            for s in sorted(self._members.sends, key=lambda s: (s.resubmission.generation, s.id))
        ]
        return tuple(found)

    def _documented(self) -> ClaimDocumented | None:
        """All documentation as one: each entry once, in the order of its date."""
        parts = sorted(self._members.documentation, key=lambda d: (d.documented.documented, d.id))
        if not parts:
            return None
        told = [part.documented for part in parts]
        return ClaimDocumented(
            claim_number=self.claim_number,
            documented_diagnoses=_once(code for d in told for code in d.documented_diagnoses),
            documents=_once(document for d in told for document in d.documents),
            answers=_once(answer for d in told for answer in d.answers),
            documented=told[-1].documented,
        )

    def _history(self) -> tuple[HistoryEntry, ...]:
        members = self._members
        found: list[tuple[str, str, date | None, str]] = []
        for s in members.submissions:
            found.append(
                (s.event, "claim-submitted", s.claim.submitted, f"frequency {s.claim.frequency_code}")
            )
        for f in self.standing.ordered:
            day = remitted_on(f.adjudication)
            shown = None if day == NO_DATE else day
            found.append((f.event, "claim-adjudicated", shown, f.adjudication.claim_state.value))
        for a in members.acknowledgments:
            word = "accepted" if a.acknowledgment.accepted else "rejected"
            found.append(
                (a.event, "claim-acknowledged", a.acknowledgment.received, f"{a.acknowledgment.kind} {word}")
            )
        for p in members.provider_adjustments:
            remittance = p.adjustment.remittance
            day_of = remittance.payment_date or remittance.production_date
            found.append((p.event, "remittance-adjusted", day_of, f"PLB {p.adjustment.reason}"))
        for d in members.documentation:
            found.append((d.event, "claim-documented", d.documented.documented, "documented"))
        for send in members.sends:
            sent = send.resubmission
            found.append(
                (
                    send.event,
                    "claim-resubmitted",
                    send.sent,
                    f"generation {sent.generation} {sent.path.value}",
                )
            )
        for delivery in members.deliveries:
            found.append((delivery.event, "claim-delivered", delivery.at, "delivered"))
        order = {f.event: n for n, f in enumerate(self.standing.ordered)}
        found.sort(key=lambda e: (e[2] or NO_DATE, order.get(e[0], -1), e[1], e[0]))
        return tuple(HistoryEntry(fact=f, type=t, date=d, summary=s) for f, t, d, s in found)


T = TypeVar("T")


def _once(values: Iterable[T]) -> tuple[T, ...]:
    found: list[T] = []
    for value in values:
        if value not in found:
            found.append(value)
    return tuple(found)


def views(key: str, case: ClaimCase) -> tuple[LineageView, ...]:
    """The lineages of a case, sorted by id. `key`: the claim key."""
    # A file that only repeats what is known is not waited for.
    telling = {fact.adjudication.position.file for fact in case.adjudications}
    siblings_missing = any(s.file in telling and len(s.folded) < s.expected for s in case.files)
    return tuple(
        LineageView(case, members, siblings_missing)
        for members in sorted(_distributed(key, case), key=lambda m: m.lineage.id)
    )


def _distributed(key: str, case: ClaimCase) -> Sequence[_Members]:
    """Every fact with its lineage."""
    traits = [submission_traits(s.id, s.claim) for s in case.submissions]
    traits += [adjudication_traits(f.id, f.adjudication) for f in case.adjudications]
    members = [_Members(lineage) for lineage in lineages(key, traits)]
    by_fact = {fact: m for m in members for fact in m.lineage.facts}
    for submission in case.submissions:
        by_fact[submission.id].submissions.append(submission)
    for remitted in case.adjudications:
        by_fact[remitted.id].adjudications.append(remitted)
    places = _Places(key, members)
    sent_as: dict[str, _Members] = {}
    for send in case.sends:
        sent = send.resubmission
        own = next((m for m in members if m.lineage.id == sent.lineage), None)
        sent_as[send.id] = own or places.find(reference(sent.original_reference))
        sent_as[send.id].sends.append(send)
    for delivery in case.deliveries:
        if delivery.id in sent_as:
            sent_as[delivery.id].deliveries.append(delivery)
    for acknowledgment in case.acknowledgments:
        said = acknowledgment.acknowledgment
        places.find(reference(said.payer_control_number), said.charge).acknowledgments.append(acknowledgment)
    for entry in case.provider_adjustments:
        places.find(reference(entry.adjustment.reference)).provider_adjustments.append(entry)
    for documentation in case.documentation:
        for member in places.documented(documentation.documented):
            member.documentation.append(documentation)
    return places.all()


class _Places:
    """Where a fact belongs that has no dates of service of its own."""

    def __init__(self, key: str, members: Sequence[_Members]) -> None:
        self._key = key
        self._members = members
        self._loose: _Members | None = None

    def find(self, references: frozenset[str], charge: Decimal | None = None) -> _Members:
        """By control number, by charge, the only lineage with a resubmission delivered, the only lineage; else a
        lineage of its own."""
        members = self._members
        choices = (
            [m for m in members if m.lineage.references & references],
            [m for m in members if charge is not None and abs(charge) in m.lineage.charges],
            [m for m in members if m.deliveries],
            members,
        )
        return next((found[0] for found in choices if len(found) == 1), None) or self._own()

    def documented(self, documented: ClaimDocumented) -> Sequence[_Members]:
        """The lineage in whose dates of service a document falls, the only lineage; else all, and then none of
        them may be automated: documentation of one encounter proves nothing of another."""
        days = [document.date for document in documented.documents]
        dated = [m for m in self._members if any(_within(day, m.lineage) for day in days)]
        if len(dated) == 1:
            return dated
        if not self._members:
            return [self._own()]
        for member in self._members:
            member.ambiguous = member.ambiguous or len(self._members) > 1
        return self._members

    def all(self) -> Sequence[_Members]:
        return [*self._members, *([self._loose] if self._loose is not None else [])]

    def _own(self) -> _Members:
        if self._loose is None:
            name = UNATTACHED if self._members else UNDATED
            lineage = Lineage(
                id=content_id(self._key, name),
                facts=frozenset(),
                ambiguous=bool(self._members),
                charges=frozenset(),
                references=frozenset(),
                start=None,
                end=None,
            )
            self._loose = _Members(lineage)
        return self._loose


def _within(day: date, lineage: Lineage) -> bool:
    return lineage.start is not None and lineage.end is not None and lineage.start <= day <= lineage.end
