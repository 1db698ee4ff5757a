"""What the facts of a case say of each of its lineages: the open denial, attempts, the claim in force, what waits.

Pure views of a set of facts; `lineage_events.py` makes events of them. What is costly (causes, line matches, the claim
read back from a resubmission) is computed only when an event is made.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Final

from schemas.case import Attempt
from schemas.claim import ClaimSubmitted, Payer
from schemas.codes import ClaimState
from schemas.envelope import content_id
from schemas.records.claim_case import Acknowledgment, ClaimCase, RemittedFact, Send, Submission
from services.core.attempts import REJECTED, TAKEN, Answer, answers, attempts_of
from services.core.chronology import VOID, Standing, refused_as_duplicate, remitted_on, standing
from services.core.current_claim import as_submitted, last_submitted
from services.core.denials.knowledge import reason_code
from services.core.denials.state import BALANCE
from services.core.lineage_facts import Members, distributed, goes_on
from services.core.receipts import ORIGINAL, Received, received, turned_away
from services.core.resubmission.next_payer import left_to_next
from services.core.traits import UNSAID, reference

SIBLINGS_MISSING: Final = "siblings_missing"
"""a file holds more of this claim number than was folded: a correction may follow its reversal"""
UNMATCHED_CLAIM: Final = "unmatched_claim"
AMBIGUOUS_LINEAGE: Final = "ambiguous_lineage"
UNBALANCED: Final = "unbalanced"
"""the amounts of the adjudication do not add up, so it was read wrongly or written wrongly"""
CLAIM_OF_ANOTHER_PAYER: Final = "claim_of_another_payer"
"""the claim that is known was sent to another payer than the one who denied"""
REFUSED_AS_DUPLICATE: Final = "refused_as_duplicate"
"""somebody has sent the claim again, and the payer has refused it: a machine does not send it once more"""
UNREADABLE_CLAIM: Final = "unreadable_claim"
"""the resubmission that the payer adjudicated cannot be read back"""

LATE_REASONS: Final = frozenset({"29", "305"})
"""CARCs of a claim that came too late"""


class LineageView:
    """One lineage of a case. `others`: those of the same claim with other payers."""

    def __init__(self, case: ClaimCase, members: Members, siblings_missing: bool) -> None:
        self.id = members.lineage.id
        self._case = case
        self.members = members
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
        members = self.members
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
            said += [self._claim_source or "", *self.waits(readable=True), *self._said_before]
            said += [f"{proof.id}:{about}" for proof, about in self.proofs]
            said += self._have_it_after
        if self.turned_away:
            said += [*(a.id for a in self.turned_away), self._claim_source or ""]
        said += self.changed_before.values()
        return content_id(*self.facts, "", *said)

    @property
    def proofs(self) -> Received:
        """What proves when a claim came, where the payer says that it came late: then it is a fact like any other. Of
        other denials an acceptance changes nothing."""
        if self.denial is None:
            return ()
        reasons = {reason_code(a.reason) for a in self.denial.adjudication.adjustments}
        return self._receipts if reasons & LATE_REASONS else ()

    # Other payers of the claim

    @property
    def answered_last(self) -> RemittedFact | None:
        """What the payer said last, even where that was taken back."""
        stand = self.standing
        return stand.current or (stand.ordered[-1] if stand.ordered else None)

    @property
    def before(self) -> Sequence[LineageView]:
        """The payers that stand before this one: what it owes hangs on what they said, and not the other way."""
        place = self.members.place
        return [v for v in self.others if v.members.place < place != UNSAID]

    @property
    def after(self) -> Sequence[LineageView]:
        """The payers that stand after this one and have the claim, where the denial leaves it to them: it is not
        sent to them a second time. Of any other denial they change nothing."""
        onward = any(goes_on(send) for send in self.members.sends)
        if self.denial is None or not (onward or left_to_next(self.denial.adjudication)):
            return ()
        place = self.members.place
        return [v for v in self.others if place < v.members.place != UNSAID]

    @property
    def _have_it_after(self) -> tuple[str, ...]:
        """By which fact each of them is known to have it."""
        return tuple(sorted(fact for view in self.after if (fact := view._first_told) is not None))

    @property
    def _first_told(self) -> str | None:
        """What told first of this payer."""
        if self.standing.ordered:
            return self.standing.ordered[0].id
        return min((s.id for s in self.members.submissions), default=None)

    @property
    def _said_before(self) -> tuple[str, ...]:
        """Ids of what they said last, and of the claims that they said it of."""
        found: set[str] = set()
        for other in self.before:
            if (last := other.answered_last) is not None:
                found |= {last.id, *filter(None, (other._claim_source,))}
        return tuple(sorted(found))

    @cached_property
    def changed_before(self) -> dict[str, str]:
        """The payers before this one that took something back after this one had decided, by lineage, each with its
        last fact: what this one paid rests on what they said. An open denial tells of them anyway."""
        current = self.standing.current
        if current is None or self.denial is not None:
            return {}
        day = remitted_on(current.adjudication)
        found = {}
        for other in self.before:
            later = [f for f in other.standing.ordered if remitted_on(f.adjudication) > day]
            if any(f.adjudication.claim_state is ClaimState.REVERSED for f in later):
                found[other.id] = later[-1].id
        return found

    @property
    def sent_to(self) -> ClaimSubmitted | None:
        """The 837 that was sent to this payer and to no other."""
        found = last_submitted(self.members.submissions)
        return found.claim if found is not None else None

    # Attempts

    @cached_property
    def _heard(self) -> tuple[Answer, ...]:
        """What this payer answers of what it got, whichever lineage it was made for."""
        members = self.members
        got = (*(s for s in members.sends if not goes_on(s)), *members.received)
        return answers(self.standing, got, members.deliveries, self._rejections)

    @property
    def _rejections(self) -> list[tuple[str, str]]:
        return [(a.id, about) for a, about in self._receipts if not a.acknowledgment.accepted]

    @cached_property
    def _answers(self) -> tuple[Answer, ...]:
        """What came of the claims of this lineage. One that went on to another payer is answered by that one, and
        before anything was heard of it, by an acknowledgment that turned it away."""
        sends = self.members.sends
        onward = [s for s in sends if goes_on(s)]
        if not onward and not self.members.received:
            return self._heard
        own = {s.id for s in sends}
        found = [a for view in (self, *self.others) for a in view._heard if a.resubmission in own]
        heard = {a.resubmission for a in found}
        unheard = [s for s in onward if s.id not in heard]
        return (*found, *answers(standing(()), unheard, (), self._rejections))

    @cached_property
    def _outcomes(self) -> dict[str, Answer]:
        return {answer.resubmission: answer for answer in self._answers}

    def answered(self) -> str | None:
        """The attempt that the adjudication in force answers; else the one that was rejected last."""
        stand = self.standing
        decisive = stand.current or (stand.ordered[-1] if stand.ordered else None)
        sends = (*self.members.received, *self.members.sends)
        generations = {send.id: send.resubmission.generation for send in sends}
        rejected = [a for a in self._outcomes.values() if a.outcome == REJECTED]
        own = [a for a in self._heard if decisive is not None and a.fact == decisive.id]
        onward = [self._outcomes[s.id] for s in self.members.sends if goes_on(s) and s.id in self._outcomes]
        refused = [self._outcomes[resubmission] for resubmission in self.refused_as_duplicate]
        latest = max(
            (*own, *onward, *rejected, *refused),
            key=lambda a: (generations[a.resubmission], a.resubmission),
            default=None,
        )
        return latest.resubmission if latest is not None else None

    @cached_property
    def refused_as_duplicate(self) -> tuple[str, ...]:
        """Our resubmissions that the payer took for the claim it had, in the order of their generations."""
        if not self._outcomes:
            return ()
        duplicates = {f.id for f in self.standing.ordered if refused_as_duplicate(f.adjudication)}
        sends = sorted(self.members.sends, key=lambda s: (s.resubmission.generation, s.id))
        return tuple(
            s.id for s in sends if s.id in self._outcomes and self._outcomes[s.id].fact in duplicates
        )

    @cached_property
    def attempts(self) -> tuple[Attempt, ...]:
        """What came of each claim that went back."""
        members = self.members
        rejected = {a.id: a.acknowledgment.received for a in members.acknowledgments}
        elsewhere = [fact for other in self.others for fact in other.standing.ordered]
        return attempts_of(
            self.standing, members.sends, members.deliveries, self._answers, rejected, elsewhere
        )

    @cached_property
    def turned_away(self) -> tuple[Acknowledgment, ...]:
        """What turned the claim away last, where nobody has adjudicated it and the provider did not send it again since.
        What we have sent since and nobody has turned away changes nothing: it waits for its answer."""
        if self.standing.ordered:
            return ()
        again = self.rejected_send
        about = again.id if again is not None else ORIGINAL
        return turned_away(self._receipts, self.members.submissions, about)

    @cached_property
    def rejected_send(self) -> Send | None:
        """The last of our generations that was turned away."""
        turned = {a.resubmission for a in self._answers if a.outcome == REJECTED}
        sends = [s for s in self.members.sends if s.id in turned]
        return max(sends, key=lambda s: (s.resubmission.generation, s.id), default=None)

    # The claim

    @cached_property
    def _adjudicated_send(self) -> Send | None:
        """The last resubmission that the payer adjudicated, unless a submission of others came after it. What went on
        to it from the payer before is the first."""
        members = self.members
        outcomes = {answer.resubmission: answer for answer in self._heard}
        taken = [
            send
            for send in (*members.received, *members.sends)
            if send.resubmission.frequency_code != VOID
            and send.id in outcomes
            and outcomes[send.id].outcome in TAKEN
            and send.id not in self.refused_as_duplicate
        ]
        if not taken:
            return None
        last = max(taken, key=lambda s: (s not in members.received, s.resubmission.generation, s.id))
        answered_by = outcomes[last.id].fact
        controls = next(
            reference(f.adjudication.payer_control_number)
            for f in self.members.adjudications
            if f.id == answered_by
        )
        if any(reference(s.claim.original_reference) & controls for s in self.members.submissions):
            return None
        return last

    @cached_property
    def _submission(self) -> Submission | None:
        """To this payer; else the claim as another had it."""
        return last_submitted(self.members.submissions) or last_submitted(self.members.sent_elsewhere)

    @property
    def _claim_source(self) -> str | None:
        """The id of the fact that the current claim comes from."""
        if self._submission is None:
            return None
        return self._adjudicated_send.id if self._adjudicated_send is not None else self._submission.id

    def claim(self) -> ClaimSubmitted | None:
        """Null where no 837 is known, or the resubmission in force cannot be read back."""
        if self._submission is None:
            return None
        if self._adjudicated_send is None:
            return self._submission.claim
        return as_submitted(self._adjudicated_send, self._submission.claim)

    # What an event says of it

    def waits(self, readable: bool) -> tuple[str, ...]:
        """What keeps a machine from acting on it. `readable`: whether the claim in force could be read back."""
        denial = self.denial
        found = []
        if self._siblings_missing:
            found.append(SIBLINGS_MISSING)
        if self._submission is None:
            found.append(UNMATCHED_CLAIM)
        elif not self.members.submissions and self._adjudicated_send is None:
            found.append(CLAIM_OF_ANOTHER_PAYER)
        if not readable and self._submission is not None:
            found.append(UNREADABLE_CLAIM)
        if self.members.ambiguous or self.members.lineage.ambiguous:
            found.append(AMBIGUOUS_LINEAGE)
        repeats = (f for f in self.standing.ordered if f is not denial)
        if denial is not None and any(refused_as_duplicate(f.adjudication) for f in repeats):
            found.append(REFUSED_AS_DUPLICATE)
        if denial is not None and BALANCE in denial.adjudication.remit_quality:
            found.append(UNBALANCED)
        return tuple(sorted(found))

    def known(self) -> tuple[str, ...]:
        """The facts that an event stands on: those from outside, and the claim where a denial is open."""
        if self.denial is None:
            return self.facts
        source = self._claim_source
        own = (source,) if source is not None else ()
        onward = [a.fact for a in self._answers]
        return tuple(sorted({*self.facts, *own, *self._said_before, *self._have_it_after, *onward}))

    def payer(self) -> Payer | None:
        """Who answers this lineage."""
        if self.standing.ordered:
            return (self.standing.current or self.standing.ordered[-1]).adjudication.payer
        if self._submission is not None:
            return self._submission.claim.payer
        told = [a.acknowledgment.payer for a in self.members.acknowledgments if a.acknowledgment.payer]
        return told[0] if told else None


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
