"""What the facts of a case say of each of its lineages: the open denial, its causes, attempts, and what waits.

Pure views of a set of facts. What is costly (causes, line matches, the claim read back from a resubmission) is
computed only when an event is made.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any, Final

from schemas.case import Attempt, CaseChanged, ClassifiedDenial, Evidence, PayerAnswer
from schemas.claim import ClaimSubmitted, Payer
from schemas.codes import ClaimState
from schemas.envelope import content_id
from schemas.records.claim_case import (
    Acknowledgment,
    ClaimCase,
    RemittedFact,
    Send,
    Submission,
)
from services.core.attempts import REJECTED, TAKEN, Answer, answers, attempts_of
from services.core.chronology import (
    NO_DATE,
    VOID,
    Standing,
    paid_beside,
    refused_as_duplicate,
    remitted_on,
    standing,
)
from services.core.current_claim import as_submitted, last_submitted
from services.core.denials.classification import classify
from services.core.denials.knowledge import reason_code
from services.core.denials.lines import match_lines
from services.core.denials.rejection import causes_of, is_first, not_adjudicated
from services.core.denials.state import BALANCE
from services.core.history import history_of, merged
from services.core.lineage_facts import Members, distributed, goes_on
from services.core.receipts import ORIGINAL, Received, receipts_of, received, turned_away
from services.core.recoding.exclusion import claim_providers
from services.core.recoupments import recoupments_of, silent
from services.core.resubmission.next_payer import left_to_next
from services.core.traits import UNSAID, reference

SIBLINGS_MISSING: Final = "siblings_missing"
"""a file holds more of this claim number than was folded: a correction may follow its reversal"""
UNMATCHED_CLAIM: Final = "unmatched_claim"
AMBIGUOUS_LINEAGE: Final = "ambiguous_lineage"
UNBALANCED: Final = "unbalanced"
"""the amounts of the adjudication do not add up, so it was read wrongly or written wrongly"""
PAID_CHANGE: Final = "paid"
CLAIM_OF_ANOTHER_PAYER: Final = "claim_of_another_payer"
"""the claim that is known was sent to another payer than the one who denied"""
REFUSED_AS_DUPLICATE: Final = "refused_as_duplicate"
"""somebody has sent the claim again, and the payer has refused it: a machine does not send it once more"""
UNREADABLE_CLAIM: Final = "unreadable_claim"
"""the resubmission that the payer adjudicated cannot be read back"""

LATE_REASONS: Final = frozenset({"29", "305"})
"""CARCs of a claim that came too late"""

_RESPONSIBILITIES: Final = {0: "primary", 1: "secondary", 2: "tertiary"}


class LineageView:
    """One lineage of a case. `others`: those of the same claim with other payers."""

    def __init__(self, case: ClaimCase, members: Members, siblings_missing: bool) -> None:
        self.id = members.lineage.id
        self._case = case
        self._members = members
        self._siblings_missing = siblings_missing
        self.standing: Standing = standing(members.adjudications)
        self.others: Sequence[LineageView] = ()
        self._receipts = received(members)

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
            said += [self._claim_source or "", *self._waits(readable=True), *self._said_before]
            said += [f"{proof.id}:{about}" for proof, about in self._proofs]
            said += self._have_it_after
        if self._turned_away:
            said += [*(a.id for a in self._turned_away), self._claim_source or ""]
        said += self._changed_before.values()
        return content_id(*self.facts, "", *said)

    @property
    def _proofs(self) -> Received:
        """What proves when a claim came, where the payer says that it came late: then it is a fact like any other. Of
        other denials an acceptance changes nothing."""
        if self.denial is None:
            return ()
        reasons = {reason_code(a.reason) for a in self.denial.adjudication.adjustments}
        return self._receipts if reasons & LATE_REASONS else ()

    # Other payers of the claim

    @property
    def _answered_last(self) -> RemittedFact | None:
        """What the payer said last, even where that was taken back."""
        stand = self.standing
        return stand.current or (stand.ordered[-1] if stand.ordered else None)

    @property
    def _before(self) -> Sequence[LineageView]:
        """The payers that stand before this one: what it owes hangs on what they said, and not the other way."""
        place = self._members.place
        return [v for v in self.others if v._members.place < place != UNSAID]

    @property
    def _after(self) -> Sequence[LineageView]:
        """The payers that stand after this one and have the claim, where the denial leaves it to them: it is not
        sent to them a second time. Of any other denial they change nothing."""
        onward = any(goes_on(send) for send in self._members.sends)
        if self.denial is None or not (onward or left_to_next(self.denial.adjudication)):
            return ()
        place = self._members.place
        return [v for v in self.others if place < v._members.place != UNSAID]

    @property
    def _have_it_after(self) -> tuple[str, ...]:
        """By which fact each of them is known to have it."""
        return tuple(sorted(fact for view in self._after if (fact := view._first_told) is not None))

    @property
    def _first_told(self) -> str | None:
        """What told first of this payer."""
        if self.standing.ordered:
            return self.standing.ordered[0].id
        return min((s.id for s in self._members.submissions), default=None)

    @property
    def _said_before(self) -> tuple[str, ...]:
        """Ids of what they said last, and of the claims that they said it of."""
        found: set[str] = set()
        for other in self._before:
            if (last := other._answered_last) is not None:
                found |= {last.id, *filter(None, (other._claim_source,))}
        return tuple(sorted(found))

    @cached_property
    def _changed_before(self) -> dict[str, str]:
        """The payers before this one that took something back after this one had decided, by lineage, each with its
        last fact: what this one paid rests on what they said. An open denial tells of them anyway."""
        current = self.standing.current
        if current is None or self.denial is not None:
            return {}
        day = remitted_on(current.adjudication)
        found = {}
        for other in self._before:
            later = [f for f in other.standing.ordered if remitted_on(f.adjudication) > day]
            if any(f.adjudication.claim_state is ClaimState.REVERSED for f in later):
                found[other.id] = later[-1].id
        return found

    def _other_payers(self) -> tuple[PayerAnswer, ...]:
        found = []
        for other in self._before:
            last = other._answered_last
            if last is None:
                continue
            said = last.adjudication
            day = remitted_on(said)
            found.append(
                PayerAnswer(
                    lineage=other.id,
                    payer=said.payer,
                    responsibility=_RESPONSIBILITIES.get(other._members.lineage.responsibility),
                    claim_state=other.state or said.claim_state,
                    charge=said.charge,
                    paid=said.paid,
                    patient_responsibility=said.patient_responsibility,
                    payer_control_number=said.payer_control_number,
                    remitted=None if day == NO_DATE else day,
                    fact=last.event,
                    adjudication=said,
                    claim=other._sent_to,
                    readjudicated=any(
                        f.adjudication.claim_state is ClaimState.REVERSED for f in other.standing.ordered
                    ),
                )
            )
        return tuple(found)

    @property
    def _sent_to(self) -> ClaimSubmitted | None:
        """The 837 that was sent to this payer and to no other."""
        found = last_submitted(self._members.submissions)
        return found.claim if found is not None else None

    # Attempts

    @cached_property
    def _heard(self) -> tuple[Answer, ...]:
        """What this payer answers of what it got, whichever lineage it was made for."""
        members = self._members
        got = (*(s for s in members.sends if not goes_on(s)), *members.received)
        return answers(self.standing, got, members.deliveries, self._rejections)

    @property
    def _rejections(self) -> list[tuple[str, str]]:
        return [(a.id, about) for a, about in self._receipts if not a.acknowledgment.accepted]

    @cached_property
    def _answers(self) -> tuple[Answer, ...]:
        """What came of the claims of this lineage. One that went on to another payer is answered by that one, and
        before anything was heard of it, by an acknowledgment that turned it away."""
        sends = self._members.sends
        onward = [s for s in sends if goes_on(s)]
        if not onward and not self._members.received:
            return self._heard
        own = {s.id for s in sends}
        found = [a for view in (self, *self.others) for a in view._heard if a.resubmission in own]
        heard = {a.resubmission for a in found}
        unheard = [s for s in onward if s.id not in heard]
        return (*found, *answers(standing(()), unheard, (), self._rejections))

    @cached_property
    def _outcomes(self) -> dict[str, Answer]:
        return {answer.resubmission: answer for answer in self._answers}

    def _answered(self) -> str | None:
        """The attempt that the adjudication in force answers; else the one that was rejected last."""
        stand = self.standing
        decisive = stand.current or (stand.ordered[-1] if stand.ordered else None)
        sends = (*self._members.received, *self._members.sends)
        generations = {send.id: send.resubmission.generation for send in sends}
        rejected = [a for a in self._outcomes.values() if a.outcome == REJECTED]
        own = [a for a in self._heard if decisive is not None and a.fact == decisive.id]
        onward = [self._outcomes[s.id] for s in self._members.sends if goes_on(s) and s.id in self._outcomes]
        refused = [self._outcomes[resubmission] for resubmission in self._refused_as_duplicate]
        latest = max(
            (*own, *onward, *rejected, *refused),
            key=lambda a: (generations[a.resubmission], a.resubmission),
            default=None,
        )
        return latest.resubmission if latest is not None else None

    @cached_property
    def _refused_as_duplicate(self) -> tuple[str, ...]:
        """Our resubmissions that the payer took for the claim it had, in the order of their generations."""
        if not self._outcomes:
            return ()
        duplicates = {f.id for f in self.standing.ordered if refused_as_duplicate(f.adjudication)}
        sends = sorted(self._members.sends, key=lambda s: (s.resubmission.generation, s.id))
        return tuple(
            s.id for s in sends if s.id in self._outcomes and self._outcomes[s.id].fact in duplicates
        )

    @cached_property
    def _attempts(self) -> tuple[Attempt, ...]:
        members = self._members
        rejected = {a.id: a.acknowledgment.received for a in members.acknowledgments}
        elsewhere = [fact for other in self.others for fact in other.standing.ordered]
        return attempts_of(
            self.standing, members.sends, members.deliveries, self._answers, rejected, elsewhere
        )

    @cached_property
    def _turned_away(self) -> tuple[Acknowledgment, ...]:
        """What turned the claim away last, where nobody has adjudicated it and the provider did not send it again since.
        What we have sent since and nobody has turned away changes nothing: it waits for its answer."""
        if self.standing.ordered:
            return ()
        again = self._rejected_send
        about = again.id if again is not None else ORIGINAL
        return turned_away(self._receipts, self._members.submissions, about)

    @cached_property
    def _rejected_send(self) -> Send | None:
        """The last of our generations that was turned away."""
        turned = {a.resubmission for a in self._answers if a.outcome == REJECTED}
        sends = [s for s in self._members.sends if s.id in turned]
        return max(sends, key=lambda s: (s.resubmission.generation, s.id), default=None)

    # The claim

    @cached_property
    def _adjudicated_send(self) -> Send | None:
        """The last resubmission that the payer adjudicated, unless a submission of others came after it. What went on
        to it from the payer before is the first."""
        members = self._members
        outcomes = {answer.resubmission: answer for answer in self._heard}
        taken = [
            send
            for send in (*members.received, *members.sends)
            if send.resubmission.frequency_code != VOID
            and send.id in outcomes
            and outcomes[send.id].outcome in TAKEN
            and send.id not in self._refused_as_duplicate
        ]
        if not taken:
            return None
        last = max(taken, key=lambda s: (s not in members.received, s.resubmission.generation, s.id))
        answered_by = outcomes[last.id].fact
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
        """To this payer; else the claim as another had it."""
        return last_submitted(self._members.submissions) or last_submitted(self._members.sent_elsewhere)

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
        elif not self._members.submissions and self._adjudicated_send is None:
            found.append(CLAIM_OF_ANOTHER_PAYER)
        if not readable and self._submission is not None:
            found.append(UNREADABLE_CLAIM)
        if self._members.ambiguous or self._members.lineage.ambiguous:
            found.append(AMBIGUOUS_LINEAGE)
        repeats = (f for f in self.standing.ordered if f is not denial)
        if denial is not None and any(refused_as_duplicate(f.adjudication) for f in repeats):
            found.append(REFUSED_AS_DUPLICATE)
        if denial is not None and BALANCE in denial.adjudication.remit_quality:
            found.append(UNBALANCED)
        return tuple(sorted(found))

    def _known(self) -> tuple[str, ...]:
        """The facts that an event stands on: those from outside, and the claim where a denial is open."""
        if self.denial is None:
            return self.facts
        source = self._claim_source
        own = (source,) if source is not None else ()
        onward = [a.fact for a in self._answers]
        return tuple(sorted({*self.facts, *own, *self._said_before, *self._have_it_after, *onward}))

    def changed(self, revision: int, change: str) -> CaseChanged:
        current = self.standing.current
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
            **(self._paid() if change == PAID_CHANGE else {}),
            attempts=self._attempts,
            paid=current.adjudication.paid if current is not None else None,
            recoupments=recoupments_of(self._members.provider_adjustments),
            silent=silent(self.standing, self._members.provider_adjustments),
            reasons=tuple(r for a in self._turned_away for r in a.acknowledgment.reasons),
            rejected=self._rejected(revision),
            changed_before=tuple(a for a in self._other_payers() if a.lineage in self._changed_before)
            if self._changed_before
            else (),
        )

    def _rejected(self, revision: int) -> ClassifiedDenial | None:
        """The claim that was turned away and may go again as a first claim."""
        submitted = last_submitted(self._members.submissions)
        if not self._turned_away or submitted is None:
            return None
        claim: ClaimSubmitted | None = submitted.claim
        if self._rejected_send is not None:
            claim = as_submitted(self._rejected_send, submitted.claim)
        if claim is None or not is_first(claim):
            return None
        attempts = self._attempts
        causes = causes_of([(a.event, a.acknowledgment) for a in self._turned_away], claim)
        return ClassifiedDenial(
            claim_number=self.claim_number,
            lineage=self.id,
            revision=revision,
            answers=self._answered(),
            payer=claim.payer,
            filing_indicator=claim.filing_indicator,
            payer_state=claim.payer_state,
            claim_state=ClaimState.REJECTED,
            denied_amount=claim.total_charge,
            primary_cause=causes[0].cause,
            causes=causes,
            generation=max((a.generation for a in attempts), default=0),
            matched_claim=True,
            facts=tuple(sorted({*self.facts, submitted.id})),
            waits=self._waits(readable=True),
            claim=claim,
            adjudication=not_adjudicated(claim),
            attempts=attempts,
            documented=merged(self.claim_number, self._members.documentation),
            history=history_of(self._members, (), ()),
        )

    def _paid(self) -> dict[str, Any]:
        """What the payer paid, for the reverse guard."""
        current = self.standing.current
        if current is None or current.adjudication.claim_state is not ClaimState.PAID:
            return {}
        adjudication, claim = current.adjudication, self._claim()
        return {
            "paid_lines": adjudication.lines,
            "service_from": adjudication.service_from,
            "filing_indicator": adjudication.filing_indicator,
            "facility_type": adjudication.facility_type,
            "paid_providers": tuple(sorted(claim_providers(claim))) if claim is not None else (),
            "paid_before": paid_beside(self.standing),
        }

    def classified(self, revision: int, denial: RemittedFact) -> ClassifiedDenial:
        adjudication = denial.adjudication
        claim = self._claim()
        result = classify(adjudication, denial.event, self._earlier(denial))
        attempts = self._attempts
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
            matches=match_lines(adjudication.lines, claim.lines, adjudication.remarks)
            if claim is not None
            else (),
            attempts=attempts,
            documented=merged(self.claim_number, self._members.documentation),
            history=history_of(
                self._members,
                self.standing.ordered,
                [f for other in self.others for f in other.standing.ordered],
            ),
            other_payers=self._other_payers(),
            refused_as_duplicate=self._refused_as_duplicate,
            receipts=receipts_of(self._proofs),
            recoupments=recoupments_of(self._members.provider_adjustments),
            silent=silent(self.standing, self._members.provider_adjustments),
            later_payers=tuple(payer for view in self._after if (payer := view._payer()) is not None),
        )

    def _payer(self) -> Payer | None:
        if self.standing.ordered:
            return (self.standing.current or self.standing.ordered[-1]).adjudication.payer
        if self._submission is not None:
            return self._submission.claim.payer
        told = [a.acknowledgment.payer for a in self._members.acknowledgments if a.acknowledgment.payer]
        return told[0] if told else None

    def _earlier(self, denial: RemittedFact) -> tuple[Evidence, ...]:
        """What a denial as duplicate may be a duplicate of: adjudications before it, a claim that the provider sent again,
        and our own attempts."""
        ordered = self.standing.ordered
        before = ordered[: ordered.index(denial)]
        found = [
            Evidence(source=f.event, place="2100 CLP02", value=f.adjudication.claim_state.value)
            for f in before
        ]
        found += [
            Evidence(source=s.event, place="claim-submitted", value=f"frequency {s.claim.frequency_code}")
            for s in sorted(self._members.submissions, key=lambda s: (s.claim.submitted or NO_DATE, s.id))[1:]
        ]
        found += [
            Evidence(
                source=s.event, place="claim-resubmitted", value=f"generation {s.resubmission.generation}"
            )
            for s in sorted(self._members.sends, key=lambda s: (s.resubmission.generation, s.id))
        ]
        return tuple(found)


def views(key: str, case: ClaimCase) -> tuple[LineageView, ...]:
    """The lineages of a case, sorted by id. `key`: the claim key."""
    # A file that only repeats what is known is not waited for.
    telling = {fact.adjudication.position.file for fact in case.adjudications}
    siblings_missing = any(s.file in telling and len(s.folded) < s.expected for s in case.files)
    members = sorted(distributed(key, case), key=lambda m: m.lineage.id)
    found = tuple(LineageView(case, m, siblings_missing) for m in members)
    if len(found) > 1:
        for view, own in zip(found, members, strict=True):
            same = zip(found, members, strict=True)
            view.others = [v for v, m in same if v is not view and m.lineage.claim == own.lineage.claim]
    return found
